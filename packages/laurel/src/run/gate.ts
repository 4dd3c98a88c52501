import {
  answerText,
  type Candidate,
  type Estimate,
  type Example,
  type Fault,
  isScored,
  NotEnoughDataError,
  promptText,
  type Reason,
  type Reward,
  type Score,
  UsageError,
} from "../core/index.ts";
import { type Baseline, baselineDiffers } from "./baseline.ts";
import { decide } from "./gate-decide.ts";
import { checkBar } from "./gate-interval.ts";
import { type ScoreAllOptions, scoreBatches } from "./score-all.ts";

/** What a gate asks for: a least mean, or being no worse than a baseline by more than a margin (0: being better). */
export type Bar =
  | { min: number; baseline?: undefined; margin?: undefined }
  | { baseline: Baseline; margin: number; min?: undefined };

/** Options of `gateOn`. */
export interface GateOnOptions extends ScoreAllOptions {
  /** Confidence of the interval. Default 0.95. */
  level?: number | undefined;
  /** Share of tasks that may be left out as unscored. Default 0: what is unscored counts against both answers. */
  allowUnscored?: number | undefined;
  /** Only this subset key; default: all. */
  subset?: string | undefined;
  /** How many of the worst tasks to keep with their texts. Default 5. */
  worst?: number | undefined;
  /** Ids that the baseline has and the rows lack are not held against the rows: for a part of the file. Default false. */
  partial?: boolean | undefined;
}

/** The answer of a gate. `undecided` is never a pass. */
export type GateVerdict = "pass" | "worse" | "undecided";

/** One of the worst tasks, with what a reader needs to see why. */
export interface WorstTask {
  id: string;
  value: number;
  /** The baseline's value, where there is one. */
  baseline: number | undefined;
  prompt: string;
  /** The worst candidate's answer. */
  answer: string;
  fault: Fault | undefined;
  rationale: string | undefined;
}

/** A subset's part of the answer; it does not decide. */
export interface GateSubset {
  n: number;
  unscored: number;
  /** Undefined where there is too little. */
  estimate: Estimate | undefined;
  /** At a confidence that is corrected for the number of subsets of the key (Bonferroni). */
  verdict: GateVerdict | undefined;
}

/** What a gate found. */
export interface Gated {
  verdict: GateVerdict;
  reward: string;
  bar: { min: number } | { baseline: string; margin: number };
  /** The mean over tasks, or the mean paired difference from the baseline. */
  estimate: Estimate;
  /** The means that a difference is of. */
  means: { now: Estimate | undefined; baseline: Estimate | undefined } | undefined;
  /** The interval's ends if all that is unscored had the worst value, and the best; undefined without a range or if none is. */
  bounds: { low: number; high: number } | undefined;
  /** Why it is undecided. */
  because: "interval" | "unscored" | "no-variation" | undefined;
  /** About how many prompts would decide, where more would. */
  needed: number | undefined;
  tasks: number;
  faults: Partial<Record<Fault, number>>;
  unscored: { tasks: number; reasons: Partial<Record<Reason, number>>; message: string | undefined };
  /** Tasks that only one side has. */
  pairing: { onlyNow: number; onlyBaseline: number } | undefined;
  subsets: Readonly<Record<string, Readonly<Record<string, GateSubset>>>>;
  worst: readonly WorstTask[];
}

/** One task on its way: sums over candidates and repeats. */
export interface Item {
  id: string;
  cluster: string;
  subsets: Readonly<Record<string, string>>;
  sum: number;
  scored: number;
  unscored: number;
  worst: WorstTask | undefined;
}

/**
 * Holds a reward's mean on some tasks against a least value or a baseline, and decides on the interval.
 *
 * A task's value is the mean of its candidates; tasks that share a prompt are one cluster. It passes where the interval's low end
 * reaches the bar, is worse where the high end lies below it, and is undecided in between. Unscored candidates are not dropped in
 * silence: unless their share is allowed, the verdict has to hold whether they would have scored the least or the most.
 *
 * @param reward any reward
 * @param examples tasks with clusters and subsets, in batches; labels are not looked at
 * @param bar `{ min }`, on the reward's own scale, or `{ baseline, margin }`: tasks are paired by id
 * @throws UsageError for a bar that can never be passed or failed; NotEnoughDataError for no tasks, or where an interval needs more
 * prompts; InputError where the baseline shares no id; rethrows what reading and scoring throw
 * @example (await gateOn(math(), [examples], { min: 0.8 })).verdict // "pass"
 */
export async function gateOn(
  reward: Reward,
  examples: AsyncIterable<readonly Example[]> | Iterable<readonly Example[]>,
  bar: Bar,
  options: GateOnOptions = {},
): Promise<Gated> {
  const level = options.level ?? 0.95;
  if (bar.min !== undefined) checkBar(bar.min, reward.range, level);
  else if (!(bar.margin >= 0)) throw new UsageError(`the margin must be 0 or more, not ${bar.margin}`);
  const differs = bar.min === undefined ? baselineDiffers(reward, bar.baseline) : undefined;
  if (differs !== undefined) options.onWarning?.(differs);
  const reasons: Partial<Record<Reason, number>> = {};
  const faults: Partial<Record<Fault, number>> = {};
  let message: string | undefined;
  const waiting = new Map<object, Example>();
  const items = new Map<string, Item>();
  const worst: Item[] = [];
  async function* tasks() {
    for await (const batch of examples) {
      for (const example of batch) waiting.set(example.task, example);
      yield batch.map((example) => example.task);
    }
  }
  const repeats = options.repeats ?? 1;
  for await (const rows of scoreBatches(reward, tasks(), options))
    for (const { task, row } of rows) {
      const example = waiting.get(task)!;
      if ((row.repeat ?? 0) === repeats - 1) waiting.delete(task);
      const item = items.get(task.id) ?? itemOf(example);
      items.set(task.id, item);
      if (row.scores.length === 0) item.unscored++;
      for (const [c, score] of row.scores.entries()) {
        if (isScored(score)) {
          item.sum += score.value;
          item.scored++;
          if (score.fault !== undefined) faults[score.fault] = (faults[score.fault] ?? 0) + 1;
          if (item.worst === undefined || score.value < item.worst.value)
            item.worst = worstOf(example, task.candidates[c]!, score);
        } else {
          item.unscored++;
          reasons[score.unscored.reason] = (reasons[score.unscored.reason] ?? 0) + 1;
          message ??= score.unscored.message;
        }
      }
      keepWorst(worst, item, bar, options.worst ?? 5);
    }
  if (items.size === 0) throw new NotEnoughDataError("there are no tasks to hold against the bar");
  if ([...items.values()].every((item) => item.scored === 0))
    throw new NotEnoughDataError(
      `none of the ${items.size} tasks could be scored: ${Object.entries(reasons)
        .map(([reason, n]) => `${n} ${reason}`)
        .join(", ")} (such as: ${message ?? "no candidates"})`,
    );
  const decided = decide([...items.values()], reward, bar, level, options);
  return {
    ...decided,
    reward: reward.name,
    bar: bar.min === undefined ? { baseline: bar.baseline.name, margin: bar.margin } : { min: bar.min },
    faults,
    unscored: { ...decided.unscored, reasons, message },
    worst: worst.flatMap((item) => worstTask(item, bar)),
  };
}

function itemOf({ task, cluster, subsets }: Example): Item {
  return { id: task.id, cluster, subsets, sum: 0, scored: 0, unscored: 0, worst: undefined };
}

const shown = 2000;

function worstOf({ task }: Example, candidate: Candidate, score: Extract<Score, { value: number }>): WorstTask {
  return {
    id: task.id,
    value: score.value,
    baseline: undefined,
    prompt: promptText(task).slice(0, shown),
    answer: answerText(candidate).slice(0, shown),
    fault: score.fault,
    rationale: score.rationale?.slice(0, shown),
  };
}

/** How bad a task is: its value, or its difference from the baseline. */
function badness(item: Item, bar: Bar): number {
  const value = item.scored === 0 ? Number.POSITIVE_INFINITY : item.sum / item.scored;
  if (bar.min !== undefined) return value;
  const before = bar.baseline.task(item.id);
  return before === undefined || before.scored === 0 ? Number.POSITIVE_INFINITY : value - before.sum / before.scored;
}

/** Keeps the texts of the worst tasks only, so that a file of any length fits. */
function keepWorst(list: Item[], item: Item, bar: Bar, most: number): void {
  if (!list.includes(item)) list.push(item);
  list.sort((a, b) => badness(a, bar) - badness(b, bar));
  if (list.length > most) list.pop()!.worst = undefined;
}

function worstTask(item: Item, bar: Bar): WorstTask[] {
  if (item.worst === undefined) return [];
  const before = bar.min === undefined ? bar.baseline.task(item.id) : undefined;
  const baseline = before === undefined || before.scored === 0 ? undefined : before.sum / before.scored;
  return bar.min === undefined && baseline === undefined
    ? []
    : [{ ...item.worst, value: item.sum / item.scored, baseline }];
}
