import {
  type Candidate,
  isScored,
  type Reward,
  type Score,
  type Scores,
  type Span,
  seedFrom,
  split,
  type Task,
  textOf,
} from "laurel";
import { type Perturbation, perturbations } from "laurel/bench";
import { ranked } from "laurel/run";

/** One candidate written in another way, and what became of its score. */
export interface Reworded {
  name: string;
  /** form, paraphrase or boilerplate: each leaves what the answer says. */
  kind: string;
  candidate: number;
  text: string;
  before: number | null;
  after: number | null;
  /** Why there is no score now. */
  unscored: string | null;
  fault: string | null;
  /** The best candidates with this one in place of its original, where that differs; else null. */
  best: readonly number[] | null;
}

/** The candidates in another order; values in the original order. */
export interface Reordered {
  order: readonly number[];
  values: readonly (number | null)[];
  /** The largest change of a value. */
  largest: number;
  best: readonly number[];
}

/** What a reward does where the answers stay the same in substance. */
export interface Changes {
  /** Calls that it took: candidates scored. */
  asked: number;
  best: readonly number[];
  orders: readonly Reordered[];
  reworded: readonly Reworded[];
}

const scoreOf = (score: Score | undefined): number | null =>
  score !== undefined && isScored(score) ? score.value : null;

/**
 * The candidate with its answer's text rewritten, its steps one by one so that they stay steps; undefined where it is not one plain text,
 * its steps overlap, or nothing changes.
 */
function rewritten(
  candidate: Candidate,
  kind: Perturbation["kind"],
  apply: (text: string) => string | undefined,
): Candidate | undefined {
  const [only] = candidate.output;
  if (candidate.output.length !== 1 || only?.role !== "assistant") return undefined;
  const text = textOf(only);
  const { steps, finish } = candidate;
  const made = (content: string, spans?: readonly Span[]): Candidate | undefined =>
    content === text ? undefined : { output: [{ role: "assistant", content }], steps: spans, finish };
  if (steps === undefined) return made(apply(text) ?? text);
  if (kind === "boilerplate") {
    const whole = apply(text) ?? text;
    const before = whole.indexOf(text);
    return before < 0
      ? undefined
      : made(
          whole,
          steps.map(({ start, end }) => ({ start: start + before, end: end + before })),
        );
  }
  if (steps.some(({ start }, i) => i > 0 && start < steps[i - 1]!.end)) return undefined;
  let content = "";
  let at = 0;
  const spans = steps.map(({ start, end }): Span => {
    content += text.slice(at, start);
    const step = text.slice(start, end);
    const from = content.length;
    content += apply(step) ?? step;
    at = end;
    return { start: from, end: content.length };
  });
  return made(content + text.slice(at), spans);
}

/**
 * Scores a task once more with its candidates in other orders, and with each candidate in other words (the stress audit's rewordings).
 *
 * A reward that sees candidates one by one is asked for the changed one only; one that sees the group is shown the group with it.
 * @param score asks the reward
 * @example (await changesOf(reward, task, (tasks) => engine.score(reward, tasks))).reworded
 */
export async function changesOf(
  reward: Reward,
  task: Task,
  score: (tasks: readonly Task[]) => Promise<Scores>,
): Promise<Changes> {
  const n = task.candidates.length;
  const own = task.candidates.map((_, i) => i);
  const orders = n < 2 ? [] : [[...own].reverse(), ...(n < 3 ? [] : [[...own.slice(1), 0]])];
  const seed = seedFrom("playground");
  const changed = perturbations.flatMap(({ name, kind, apply }) =>
    task.candidates.flatMap((candidate, index) => {
      const one = rewritten(candidate, kind, (text) => apply(text, split(seed, `${name} ${index}`)));
      return one === undefined ? [] : [{ name, kind, index, candidate: one }];
    }),
  );
  const alone = reward.sees === "candidate";
  const tasks: Task[] = [
    task,
    ...orders.map((order) => ({ ...task, candidates: order.map((i) => task.candidates[i]!) })),
    ...changed.map(({ index, candidate }) => ({
      ...task,
      candidates: alone ? [candidate] : task.candidates.with(index, candidate),
    })),
  ];
  const scores = await score(tasks);
  const first = scores[0]!;
  const before = ranked(first).tied;
  return {
    asked: tasks.reduce((sum, one) => sum + one.candidates.length, 0),
    best: before,
    orders: orders.map((order, k) => {
      const now = scores[1 + k]!;
      const there = own.map((i) => now[order.indexOf(i)]!);
      const gaps = there.map((one, i) => Math.abs((scoreOf(one) ?? Number.NaN) - (scoreOf(first[i]) ?? Number.NaN)));
      return {
        order,
        values: there.map(scoreOf),
        largest: Math.max(0, ...gaps.filter((gap) => !Number.isNaN(gap))),
        best: ranked(there).tied,
      };
    }),
    reworded: changed.map(({ name, kind, index, candidate }, k) => {
      const row = scores[1 + orders.length + k]!;
      const now = row[alone ? 0 : index]!;
      const best = ranked(alone ? first.with(index, now) : row).tied;
      return {
        name,
        kind,
        candidate: index,
        text: textOf(candidate.output[0]!),
        before: scoreOf(first[index]),
        after: scoreOf(now),
        unscored: now.unscored?.reason ?? null,
        fault: isScored(now) ? (now.fault ?? null) : null,
        best: best.join() === before.join() ? null : best,
      };
    }),
  };
}
