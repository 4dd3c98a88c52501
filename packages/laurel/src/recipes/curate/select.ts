import {
  type Comparer,
  type Context,
  isScored,
  type Reward,
  random,
  type Seed,
  split,
  type Task,
  UsageError,
} from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";

/** What is kept of scored rows: the highest, the lowest, those nearest to the median, or any. */
export type SelectMode = "highest" | "lowest" | "middle" | "random";

/** Options of `selectBy`. */
export interface SelectOptions<T> {
  /** Default "highest". */
  mode?: SelectMode | undefined;
  /** Rows to keep; or a share of the scored ones. Without either, all that the bounds let through. */
  n?: number | undefined;
  share?: number | undefined;
  /** Keep only scores of at least this, and of less than that. */
  least?: number | undefined;
  below?: number | undefined;
  /** Keep as nearly as possible equally many of each group. */
  balanceBy?: ((row: T) => string) | undefined;
  /** Needed for "random"; otherwise ties keep the order of the rows. */
  seed?: Seed | undefined;
}

/** Rows that were kept, in the order in which they came, each with its score; and the others. */
export interface Selected<T> {
  kept: readonly { row: T; score: number }[];
  dropped: readonly { row: T; score: number | null }[];
  /** Rows without a score; they are never kept. */
  unscored: number;
}

/**
 * Keeps rows by a score: the one selection behind filters by reward, by difficulty and by doubt.
 *
 * @param rows all of them, since ranks need all
 * @param score of a row; null where there is none
 * @throws UsageError for both n and share, either out of range, a score that is not finite, or mode "random" without a seed
 * @source BLEUBERI's `selectByScore`, ViLBench's `selectByIndicator`, IXC-2.5-Reward's `filterByReward`, COIG-P's `keepAbove`
 * @example selectBy(rows, (row) => row.bleu, { mode: "lowest", n: 5000 }) // the hard ones
 */
export function selectBy<T>(
  rows: readonly T[],
  score: (row: T) => number | null,
  options: SelectOptions<T> = {},
): Selected<T> {
  const { mode = "highest", n, share, least = Number.NEGATIVE_INFINITY, below = Number.POSITIVE_INFINITY } = options;
  if (n !== undefined && share !== undefined) throw new UsageError("selectBy takes n or share, not both");
  if (n !== undefined && !(Number.isInteger(n) && n >= 0))
    throw new UsageError(`selectBy: n must be a whole number of at least 0, not ${n}`);
  if (share !== undefined && !(share >= 0 && share <= 1))
    throw new UsageError(`selectBy: share must lie in [0, 1], not ${share}`);
  const scores = rows.map(score);
  for (const value of scores)
    if (value !== null && !Number.isFinite(value)) throw new UsageError(`selectBy: a row has the score ${value}`);
  const scored = scores.flatMap((value, i) => (value === null ? [] : [i]));
  const open = scored.filter((i) => scores[i]! >= least && scores[i]! < below);
  const most = n ?? (share === undefined ? open.length : Math.round(share * scored.length));
  const kept = new Set(firsts(ranked(open, scores, mode, options.seed), rows, most, options.balanceBy));
  return {
    kept: rows.flatMap((row, i) => (kept.has(i) ? [{ row, score: scores[i]! }] : [])),
    dropped: rows.flatMap((row, i) => (kept.has(i) ? [] : [{ row, score: scores[i]! }])),
    unscored: rows.length - scored.length,
  };
}

function ranked(
  open: readonly number[],
  scores: readonly (number | null)[],
  mode: SelectMode,
  seed: Seed | undefined,
): readonly number[] {
  if (mode === "random") {
    if (seed === undefined) throw new UsageError('selectBy: mode "random" needs a seed');
    return random(split(seed, "select")).shuffled(open);
  }
  const sorted = open.map((i) => scores[i]!).sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  const key = {
    highest: (x: number) => -x,
    lowest: (x: number) => x,
    middle: (x: number) => Math.abs(x - median),
  }[mode];
  return [...open].sort((i, j) => key(scores[i]!) - key(scores[j]!) || i - j);
}

/** The first `most` of an order; balanced, the groups take turns. */
function firsts<T>(
  order: readonly number[],
  rows: readonly T[],
  most: number,
  balanceBy: ((row: T) => string) | undefined,
): readonly number[] {
  if (balanceBy === undefined) return order.slice(0, most);
  const groups = new Map<string, number[]>();
  for (const i of order) {
    const name = balanceBy(rows[i]!);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [i]);
    else group.push(i);
  }
  const turns = [...groups.values()].flatMap((group) => group.map((i, turn) => ({ i, turn })));
  return turns
    .sort((a, b) => a.turn - b.turn)
    .slice(0, most)
    .map(({ i }) => i);
}

/**
 * Keeps the questions with the highest indicator, such as those of `processPreference`.
 *
 * @param rows a null indicator is never kept
 * @param options `keep` rows; `balanceBy` takes turns over its groups (ViLBench: the five sources)
 * @returns the kept rows, in the order in which they came
 * @throws UsageError as `selectBy`
 * @source ViLBench (2025)
 */
export function selectByIndicator<T>(
  rows: readonly { row: T; indicator: number | null }[],
  options: { keep: number; balanceBy?: ((row: T) => string) | undefined },
): readonly T[] {
  const { keep, balanceBy } = options;
  const { kept } = selectBy(rows, ({ indicator }) => indicator, {
    n: keep,
    ...(balanceBy === undefined ? {} : { balanceBy: ({ row }) => balanceBy(row) }),
  });
  return kept.map(({ row }) => row.row);
}

/**
 * Scores each task's one candidate and drops the low tail: bad samples of a tuning set.
 *
 * Rewards are not comparable over prompts, nor over sources: keep a share `within` each source rather than one bound for all.
 *
 * @param keep a `share` of the scored samples (of each source, where `within` names it), or those of at least a score (`above`)
 * @throws UsageError where a task has another number of candidates than one, or both or neither of share and above are given
 * @source IXC-2.5-Reward (2025), data cleaning; no threshold is published
 * @example const { kept } = await filterByReward(samples, reward, { share: 0.9 }, ctx);
 */
export async function filterByReward(
  samples: readonly Task[],
  reward: Reward,
  keep: { share?: number | undefined; above?: number | undefined; within?: ((sample: Task) => string) | undefined },
  ctx: Context,
): Promise<Selected<Task>> {
  if ((keep.share === undefined) === (keep.above === undefined))
    throw new UsageError("filterByReward needs either a share or a least score (above)");
  for (const { id, candidates } of samples)
    if (candidates.length !== 1)
      throw new UsageError(`filterByReward: ${id} has ${candidates.length} candidates, not one`);
  const scores = new Map<Task, number | null>();
  for (const [i, [score]] of (await ctx.score(reward, samples)).entries())
    scores.set(samples[i]!, score !== undefined && isScored(score) ? score.value : null);
  const score = (sample: Task): number | null => scores.get(sample)!;
  const options = { share: keep.share, least: keep.above };
  const { within } = keep;
  if (within === undefined) return selectBy(samples, score, options);
  const chosen = new Set(
    [...new Set(samples.map(within))].flatMap((source) =>
      selectBy(
        samples.filter((sample) => within(sample) === source),
        score,
        options,
      ).kept.map(({ row }) => row),
    ),
  );
  const rows = samples.map((row) => ({ row, score: score(row) }));
  return {
    kept: rows.flatMap(({ row, score: value }) => (chosen.has(row) ? [{ row, score: value! }] : [])),
    dropped: rows.filter(({ row }) => !chosen.has(row)),
    unscored: rows.filter(({ score: value }) => value === null).length,
  };
}

/**
 * Keeps the pairs on which a reward model is wrong or unsure: σ(r_chosen − r_rejected) below a bound.
 *
 * @param reward of a model trained on the original pairs alone, on the logit scale; or a comparer
 * @param options `below`, default 0.6
 * @returns pairs with the probability of their label; pairs that are not scored are not kept
 * @source Crome (2025), filtering of augmented pairs; its threshold is not known
 * @example const { kept } = await uncertainOnly(augmented, baseline, { below: 0.6 }, ctx);
 */
export async function uncertainOnly(
  pairs: readonly PreferencePair[],
  reward: Reward | Comparer,
  options: { below?: number | undefined },
  ctx: Context,
): Promise<Selected<PreferencePair>> {
  const tasks = pairs.map(
    ({ prompt, chosen, rejected }, i): Task => ({ id: `#${i}`, prompt, candidates: [chosen, rejected] }),
  );
  const probabilities = new Map<PreferencePair, number | null>();
  if ("compare" in reward) {
    const compared = await ctx.compare(
      reward,
      tasks.map((task) => ({ task, pairs: [[0, 1]] })),
    );
    for (const [i, [one]] of compared.entries())
      probabilities.set(pairs[i]!, one === undefined || one.unscored !== undefined ? null : one.p);
  } else
    for (const [i, [chosen, rejected]] of (await ctx.score(reward, tasks)).entries())
      probabilities.set(
        pairs[i]!,
        isScored(chosen!) && isScored(rejected!) ? 1 / (1 + Math.exp(rejected.value - chosen.value)) : null,
      );
  return selectBy(pairs, (pair) => probabilities.get(pair)!, { mode: "lowest", below: options.below ?? 0.6 });
}

/**
 * Keeps the runs that a judge calls a success, for rejection-sampling fine-tuning.
 *
 * What is kept is as pure as the judge is precise: with precision p a share 1 − p of it teaches failures. Choose the judge and the
 * threshold by precision on labelled runs (`laurel bench run agentrewardbench`, `binaryReport`), not by agreement.
 *
 * @param runs tasks with one candidate each
 * @param options `threshold`: kept from this score on; default above ½, as the benchmark counts success
 * @throws UsageError where a task has another number of candidates than one
 * @source AgentRewardBench (2025)
 * @example const { kept } = await keepSuccessful(runs, trajectoryJudge({ model }), {}, ctx);
 */
export function keepSuccessful(
  runs: readonly Task[],
  reward: Reward,
  options: { threshold?: number | undefined },
  ctx: Context,
): Promise<Selected<Task>> {
  const { threshold = 0.5 + Number.EPSILON } = options;
  return filterByReward(runs, reward, { above: threshold }, ctx);
}
