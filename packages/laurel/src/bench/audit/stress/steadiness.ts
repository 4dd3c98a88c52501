import { answerText, type Estimate, type Example, isScored, type Reward, type Score } from "../../../core/index.ts";
import { creditEstimate, maybe } from "../../../run/credit.ts";
import { type Judged, type ScoreAllOptions, scoreAll } from "../../../run/index.ts";

/** Equal scores of different texts, which a reward cannot rank. */
export interface EqualScores {
  /** Share of pairs of different texts within a prompt whose scores are exactly equal. */
  equal: Estimate | undefined;
  pairs: number;
  /** How many different values there are among how many scores. */
  distinct: number;
  scores: number;
  /** The most frequent value and its share of all scores. */
  commonest: { value: number; share: number } | undefined;
}

/** How often different texts get the same score. At most the first eight candidates of a prompt are paired. */
export function equalScores(examples: readonly Example[], judged: readonly Judged[], level: number): EqualScores {
  const known = new Map(examples.map((example) => [example.task.id, example]));
  const equal: number[] = [];
  const clusters: string[] = [];
  const counts = new Map<number, number>();
  let scores = 0;
  for (const { id, cluster, repeat, scores: own } of judged) {
    if (repeat > 0) continue;
    const texts = known.get(id)!.task.candidates.map(answerText);
    for (const score of own)
      if (isScored(score)) {
        scores++;
        counts.set(score.value, (counts.get(score.value) ?? 0) + 1);
      }
    for (let i = 0; i < Math.min(8, own.length); i++)
      for (let k = 0; k < i; k++) {
        const [a, b] = [own[i]!, own[k]!];
        if (texts[i] === texts[k] || !isScored(a) || !isScored(b)) continue;
        equal.push(a.value === b.value ? 1 : 0);
        clusters.push(cluster);
      }
  }
  const [value, count] = [...counts].reduce((top, one) => (one[1] > top[1] ? one : top), [0, 0]);
  return {
    equal: maybe(() => creditEstimate({ values: equal, clusters }, 0, level)),
    pairs: equal.length,
    distinct: counts.size,
    scores,
    commonest: scores === 0 ? undefined : { value, share: count / scores },
  };
}

/** Whether scores depend on what else is scored in the same call. */
export interface BatchCheck {
  sizes: readonly number[];
  candidates: number;
  /** The largest change of a score between two runs of single tasks, in standard deviations of the scores: noise, not batching. */
  repeat: number;
  /** The same between single tasks and the size that changes most. */
  batch: number;
  /** Share of candidates whose score changes by more than a thousandth of a standard deviation between sizes. */
  changed: Estimate | undefined;
  /** Tasks whose best candidate changes. */
  best: number;
  tasks: number;
}

const sizes = [1, 3, 64] as const;

/**
 * Scores the same tasks one at a time, again one at a time, and in batches of 3 and 64: padding that leaks into scores shows here.
 * A reward that waits for a server gets so many calls at a time, which the server makes batches of.
 *
 * The cache is off. Where two runs of single tasks differ already, the reward is not deterministic, and batching cannot be blamed.
 */
export async function batchCheck(
  reward: Reward,
  examples: readonly Example[],
  options: ScoreAllOptions & { level: number },
): Promise<BatchCheck> {
  const tasks = examples.map(({ task }) => task);
  const run = async (batch: number): Promise<(readonly Score[])[]> => {
    const rows: (readonly Score[])[] = [];
    const { cache: _, repeats: __, ...rest } = options;
    for await (const { scores } of scoreAll(reward, tasks, { ...rest, cached: "none", batch, concurrency: batch }))
      rows.push(scores);
    return rows;
  };
  const single = await run(1);
  const again = await run(1);
  const others: (readonly Score[])[][] = [];
  for (const size of sizes.slice(1)) others.push(await run(size));
  const all = single.flat().flatMap((score) => (isScored(score) ? [score.value] : []));
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const sd = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length) || 1;
  const difference = (a: Score, b: Score): number =>
    isScored(a) && isScored(b)
      ? Math.abs(a.value - b.value) / sd
      : isScored(a) === isScored(b)
        ? 0
        : Number.POSITIVE_INFINITY;
  const largest = (other: readonly (readonly Score[])[]): number =>
    single.reduce(
      (most, row, r) => row.reduce((top, score, c) => Math.max(top, difference(score, other[r]![c]!)), most),
      0,
    );
  const changed: number[] = [];
  const clusters: string[] = [];
  let best = 0;
  for (const [r, row] of single.entries()) {
    for (const [c, score] of row.entries()) {
      changed.push(others.some((other) => difference(score, other[r]![c]!) > 1e-3) ? 1 : 0);
      clusters.push(examples[r]!.cluster);
    }
    if (others.some((other) => bestOf(other[r]!) !== bestOf(row))) best++;
  }
  return {
    sizes,
    candidates: changed.length,
    repeat: largest(again),
    batch: Math.max(...others.map(largest)),
    changed: maybe(() => creditEstimate({ values: changed, clusters }, 0, options.level)),
    best,
    tasks: tasks.length,
  };
}

function bestOf(scores: readonly Score[]): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (const [c, score] of scores.entries()) if (isScored(score) && score.value > most) [best, most] = [c, score.value];
  return best;
}
