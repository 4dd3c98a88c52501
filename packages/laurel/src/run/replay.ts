import {
  answerText,
  type Estimate,
  isScored,
  NotEnoughDataError,
  promptText,
  type Reason,
  type Reward,
  type Score,
  seedFrom,
  split,
  type Task,
} from "../core/index.ts";
import type { RolloutGroup } from "../io/index.ts";
import { meanOf, varianceOf } from "../stats/index.ts";
import { creditEstimate, maybe, valueEstimate } from "./credit.ts";
import { type Difference, differenceOf } from "./difference.ts";
import { Pool } from "./pool.ts";
import { type ScoreAllOptions, scoreBatches } from "./score-all.ts";

/** Options of `replay`. */
export interface ReplayOptions extends Omit<ScoreAllOptions, "repeats" | "order"> {
  /** Confidence of the intervals. Default 0.95. */
  level?: number | undefined;
  /** How many of the rows whose advantage changes sign to keep with their texts. Default 20. */
  rows?: number | undefined;
}

/** A roll-out whose advantage changes sign. */
export interface FlippedRow {
  id: string;
  candidate: number;
  now: number;
  before: number;
  advantage: { now: number; before: number };
  prompt: string;
  completion: string;
}

/** What one side of a replay could not score. */
export interface ReplaySide {
  name: string;
  mean: Estimate | undefined;
  unscored: number;
  reasons: Partial<Record<Reason, number>>;
  /** Share of groups without any spread: they teach nothing. */
  flat: Estimate | undefined;
}

/** What changes when one reward takes another's place on the same roll-outs. */
export interface Replayed {
  groups: number;
  rows: number;
  /** Rows that both score. */
  paired: number;
  now: ReplaySide;
  before: ReplaySide;
  /** Now less before, by prompt. */
  difference: Difference;
  advantages:
    | {
        /** Groups of at least two rows that both score. */
        groups: number;
        rows: number;
        /** Mean absolute change of a row's advantage. */
        change: Estimate;
        /** Share of rows whose advantage goes from above 0 to below or back. */
        flipped: Estimate;
        /** Rows that had an advantage and have none now, and the other way round. */
        lost: number;
        gained: number;
      }
    | undefined;
  /** Rows whose reward itself goes from above 0 to below or back. */
  rewardFlips: number;
  flips: readonly FlippedRow[];
}

const chunk = 256;

/**
 * Replays logged roll-outs under a new reward: what changes in the rewards and in what a trainer would learn from them.
 *
 * Advantages are GRPO's: (r − mean) / (sd + 10⁻⁴) within a group, sd with n − 1 as TRL has it, over the rows that both sides score.
 * All intervals are by prompt. Advantages of less than 10⁻⁹ count as 0.
 *
 * @param groups from `readRollouts`
 * @param now the new reward
 * @param before the old one, or "recorded" for what the log holds
 * @throws NotEnoughDataError where fewer than 2 prompts are scored by both
 * Source: Shao et al. (2024), DeepSeekMath, section 4.1.2, for the advantage; TRL's GRPO trainer for its constants.
 * @example await replay(readRollouts(["completions_00010.parquet"]), math(), "recorded")
 */
export async function replay(
  groups: AsyncIterable<RolloutGroup> | Iterable<RolloutGroup>,
  now: Reward,
  before: Reward | "recorded",
  options: ReplayOptions = {},
): Promise<Replayed> {
  const level = options.level ?? 0.95;
  const tally = new Tally(options.rows ?? 20, now.name, before === "recorded" ? "recorded" : before.name);
  const own = options.pool === undefined ? new Pool({ workers: options.workers }) : undefined;
  const run: ScoreAllOptions = { ...options, repeats: 1, order: "input", pool: options.pool ?? own };
  const stopped = (): boolean => options.stop?.aborted === true || options.signal?.aborted === true;
  try {
    let waiting: RolloutGroup[] = [];
    const score = async (): Promise<void> => {
      const tasks = waiting.map((group) => group.example.task);
      const scoresNow = await scored(now, tasks, run);
      const scoresBefore = before === "recorded" ? undefined : await scored(before, tasks, run);
      // a stopped run leaves the last tasks unscored, which says nothing about them
      if (!stopped()) for (const [i, group] of waiting.entries()) tally.add(group, scoresNow[i]!, scoresBefore?.[i]);
      waiting = [];
    };
    for await (const group of groups) {
      waiting.push(group);
      if (waiting.length === chunk) await score();
      if (stopped()) break;
    }
    if (waiting.length > 0 && !stopped()) await score();
  } finally {
    await own?.[Symbol.asyncDispose]();
  }
  return tally.result(level, options.seed ?? 0);
}

async function scored(reward: Reward, tasks: readonly Task[], options: ScoreAllOptions): Promise<(readonly Score[])[]> {
  const all: (readonly Score[])[] = [];
  for await (const rows of scoreBatches(reward, [tasks], options)) for (const { row } of rows) all.push(row.scores);
  return all;
}

/** GRPO's advantages of a group; all 0 where nothing varies. */
function advantagesOf(values: readonly number[]): number[] {
  const mean = meanOf(values);
  const sd = Math.sqrt(varianceOf(values));
  return values.map((value) => {
    const advantage = (value - mean) / (sd + 1e-4);
    return Math.abs(advantage) < 1e-9 ? 0 : advantage;
  });
}

interface Sample {
  values: number[];
  clusters: string[];
}

class Tally {
  readonly #most: number;
  readonly #names: readonly [string, string];
  #groups = 0;
  #rows = 0;
  readonly #now: number[] = [];
  readonly #before: number[] = [];
  readonly #clusters: string[] = [];
  readonly #unscored = [0, 0];
  readonly #reasons: Partial<Record<Reason, number>>[] = [{}, {}];
  readonly #flat: Sample[] = [
    { values: [], clusters: [] },
    { values: [], clusters: [] },
  ];
  readonly #change: Sample = { values: [], clusters: [] };
  readonly #flipped: Sample = { values: [], clusters: [] };
  #advantageGroups = 0;
  #lost = 0;
  #gained = 0;
  #rewardFlips = 0;
  readonly #flips: FlippedRow[] = [];

  constructor(most: number, now: string, before: string) {
    this.#most = most;
    this.#names = [now, before];
  }

  add({ example, recorded }: RolloutGroup, now: readonly Score[], before: readonly Score[] | undefined): void {
    const { task, cluster } = example;
    this.#groups++;
    this.#rows += task.candidates.length;
    const a: number[] = [];
    const b: number[] = [];
    const places: number[] = [];
    for (const c of task.candidates.keys()) {
      const first = this.#value(0, now[c]);
      const second = before === undefined ? (recorded[c] ?? null) : this.#value(1, before[c]);
      if (before === undefined && second === null) this.#unscored[1]!++;
      if (first === null || second === null) continue;
      a.push(first);
      b.push(second);
      places.push(c);
      this.#clusters.push(cluster);
      if (first * second < 0) this.#rewardFlips++;
    }
    this.#now.push(...a);
    this.#before.push(...b);
    if (a.length < 2) return;
    this.#advantageGroups++;
    for (const [side, values] of [a, b].entries()) {
      this.#flat[side]!.values.push(values.every((value) => value === values[0]) ? 1 : 0);
      this.#flat[side]!.clusters.push(cluster);
    }
    const [after, was] = [advantagesOf(a), advantagesOf(b)];
    for (const [i, c] of places.entries()) {
      const [x, y] = [after[i]!, was[i]!];
      const turned = x * y < 0;
      this.#change.values.push(Math.abs(x - y));
      this.#change.clusters.push(cluster);
      this.#flipped.values.push(turned ? 1 : 0);
      this.#flipped.clusters.push(cluster);
      if (x === 0 && y !== 0) this.#lost++;
      if (x !== 0 && y === 0) this.#gained++;
      if (turned) this.#keep(task, c, [a[i]!, b[i]!], [x, y]);
    }
  }

  #value(side: 0 | 1, score: Score | undefined): number | null {
    if (score !== undefined && isScored(score)) return score.value;
    this.#unscored[side]!++;
    const reason = score?.unscored.reason ?? "bug";
    const reasons = this.#reasons[side]!;
    reasons[reason] = (reasons[reason] ?? 0) + 1;
    return null;
  }

  #keep(task: Task, candidate: number, [now, before]: [number, number], [x, y]: [number, number]): void {
    const size = (row: FlippedRow): number => Math.abs(row.advantage.now - row.advantage.before);
    const last = this.#flips.at(-1);
    if (this.#flips.length >= this.#most && (last === undefined || Math.abs(x - y) <= size(last))) return;
    this.#flips.push({
      id: task.id,
      candidate,
      now,
      before,
      advantage: { now: x, before: y },
      prompt: promptText(task).slice(0, 4000),
      completion: answerText(task.candidates[candidate]!).slice(0, 4000),
    });
    this.#flips.sort((p, q) => size(q) - size(p));
    if (this.#flips.length > this.#most) this.#flips.pop();
  }

  result(level: number, seed: string | number): Replayed {
    const clusters = this.#clusters;
    if (new Set(clusters).size < 2)
      throw new NotEnoughDataError(
        `a replay needs rows that both score on at least 2 prompts; of ${this.#rows} rows ${this.#now.length} have both (unscored: ${this.#unscored[0]} by ${this.#names[0]}, ${this.#unscored[1]} by ${this.#names[1]})`,
        2,
      );
    const missing = this.#rows - this.#now.length;
    const side = (at: 0 | 1): ReplaySide => ({
      name: this.#names[at],
      mean: maybe(() => valueEstimate({ values: at === 0 ? this.#now : this.#before, clusters }, missing, level)),
      unscored: this.#unscored[at]!,
      reasons: this.#reasons[at]!,
      flat: maybe(() => creditEstimate(this.#flat[at]!, 0, level)),
    });
    const change = maybe(() => valueEstimate(this.#change, 0, level));
    const flipped = maybe(() => creditEstimate(this.#flipped, 0, level));
    return {
      groups: this.#groups,
      rows: this.#rows,
      paired: this.#now.length,
      now: side(0),
      before: side(1),
      difference: differenceOf(
        { a: this.#now, b: this.#before, clusters },
        { seed: split(seedFrom(seed), "replay"), level, unscored: missing },
      ),
      advantages:
        change === undefined || flipped === undefined
          ? undefined
          : {
              groups: this.#advantageGroups,
              rows: this.#change.values.length,
              change,
              flipped,
              lost: this.#lost,
              gained: this.#gained,
            },
      rewardFlips: this.#rewardFlips,
      flips: this.#flips,
    };
  }
}
