import {
  type Estimate,
  type Example,
  isScored,
  NotEnoughDataError,
  type Reward,
  type Task,
  UsageError,
} from "../../core/index.ts";
import { type ScoreAllOptions, scoreBatches } from "../../run/index.ts";
import { meanEstimate, proportionEstimate } from "../../stats/index.ts";
import { pairsOfExample } from "./pairs.ts";

/** Options of `scaleStudy`. */
export interface ScaleStudyOptions extends Omit<ScoreAllOptions, "repeats"> {
  /** What each scale is called, the first being the one that the others are held against; at least two. */
  scales: readonly string[];
  /** How often each answer is scored on each scale; at least 1, default 3. Without repeats there is no repeat s.d. */
  repeats?: number | undefined;
  level?: number | undefined;
}

/** What a judge does on one scale. */
export interface ScaleFacts {
  scale: string;
  /** Of labelled pairs, over repeats: the better one's score is above; a tie is half. */
  accuracy: Estimate | undefined;
  /** Share of pairs with equal scores. */
  ties: Estimate | undefined;
  /** Of the pairs that are no tie. */
  decided: Estimate | undefined;
  /** Root mean square over answers of the s.d. of repeats, as a share of the scale's width (or of the scores' own, without a range). */
  repeatSd: Estimate | undefined;
  /** Share of scores that are missing, unreadable ones above all. */
  unscored: Estimate;
  /** Accuracy here less accuracy on the first scale, on the same pairs; undefined for the first. */
  difference: Estimate | undefined;
}

/** What `scaleStudy` says. */
export interface ScaleReport {
  scales: readonly ScaleFacts[];
  pairs: number;
  repeats: number;
}

/** One repeat's credits on one pair. */
interface PairFacts {
  key: string;
  cluster: string;
  /** Credits over repeats; ties are ½. */
  credits: number[];
}

/**
 * Which scale suits a judge: the same judge asked for scores on several scales, such as 1-5, 1-10 and words.
 *
 * Coarse scales tie more; fine ones repeat less well; words may be read where numbers are not. Accuracies are held against the first scale's
 * pair by pair. Whether words are better for judges in general, as MJ-Bench says of its models, is not decided by one judge.
 *
 * @param judge the judge's reward on a scale; it scores one answer at a time
 * @param examples labelled pairs or groups
 * @throws UsageError for fewer than two scales, or one that is named twice; NotEnoughDataError for fewer than two labelled pairs
 * @source MJ-Bench (2024), its study of rating scales
 * @example scaleStudy((scale) => pointwiseJudge({ model, scale }), examples, { scales: ["1-5", "words-5"] })
 */
export async function scaleStudy(
  judge: (scale: string) => Reward | Promise<Reward>,
  examples: readonly Example[],
  options: ScaleStudyOptions,
): Promise<ScaleReport> {
  const { scales, repeats = 3, level = 0.95, ...run } = options;
  if (scales.length < 2 || new Set(scales).size < scales.length)
    throw new UsageError("a scale study needs two different scales or more", "such as 1-5, 1-10 and words-5");
  if (!(Number.isInteger(repeats) && repeats >= 1))
    throw new UsageError(`repeats must be a whole number of at least 1, not ${repeats}`);
  const pairs = examples.flatMap((example) =>
    pairsOfExample(example).filter(({ label }) => label === "low" || label === "high"),
  );
  if (pairs.length < 2) throw new NotEnoughDataError("a scale study needs two labelled pairs", 2);
  const facts: ScaleFacts[] = [];
  let first: Map<string, number> | undefined;
  for (const name of scales) {
    const reward = await judge(name);
    const scores = await scoresOf(reward, examples, { ...run, repeats });
    const found = pairs.map(
      ({ id, low, high, cluster, label }): PairFacts => ({
        key: `${low} ${high} ${id}`,
        cluster,
        credits: (scores.get(id) ?? []).flatMap((own) => {
          const [a, b] = label === "low" ? [own[low], own[high]] : [own[high], own[low]];
          return a == null || b == null ? [] : [a > b ? 1 : a === b ? 0.5 : 0];
        }),
      }),
    );
    const means = new Map(
      found.flatMap(({ key, credits }) => (credits.length === 0 ? [] : [[key, mean(credits)] as const])),
    );
    facts.push({
      scale: name,
      ...pairFacts(found, level),
      ...scoreFacts(reward, examples, scores, level),
      difference: first === undefined ? undefined : differenceOf(first, means, found, level),
    });
    first ??= means;
  }
  return { scales: facts, pairs: pairs.length, repeats };
}

async function scoresOf(
  reward: Reward,
  examples: readonly Example[],
  options: ScoreAllOptions,
): Promise<Map<string, (number | null)[][]>> {
  const scores = new Map<string, (number | null)[][]>();
  const tasks: Task[][] = examples.map(({ task }) => [task]);
  for await (const rows of scoreBatches(reward, tasks, options))
    for (const { task, row } of rows)
      scores.set(task.id, [
        ...(scores.get(task.id) ?? []),
        row.scores.map((score) => (isScored(score) ? score.value : null)),
      ]);
  return scores;
}

function pairFacts(found: readonly PairFacts[], level: number): Pick<ScaleFacts, "accuracy" | "ties" | "decided"> {
  const share = (of: (credit: number) => number | null): Estimate | undefined => {
    const values = found.flatMap(({ credits, cluster }) => {
      const own = credits.flatMap((credit) => of(credit) ?? []);
      return own.length === 0 ? [] : [{ value: mean(own), cluster }];
    });
    if (values.length === 0) return undefined;
    return proportionEstimate(
      values.map(({ value }) => value),
      { level, ...clustersOf(values) },
    );
  };
  return {
    accuracy: share((credit) => credit),
    ties: share((credit) => Number(credit === 0.5)),
    decided: share((credit) => (credit === 0.5 ? null : credit)),
  };
}

function scoreFacts(
  reward: Reward,
  examples: readonly Example[],
  scores: ReadonlyMap<string, readonly (readonly (number | null)[])[]>,
  level: number,
): Pick<ScaleFacts, "repeatSd" | "unscored"> {
  const all = [...scores.values()].flat(2);
  const known = all.filter((one) => one !== null);
  const [low, high] =
    reward.range ??
    known.reduce<[number, number]>(
      ([least, most], one) => [Math.min(least, one), Math.max(most, one)],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
    );
  const width = high - low;
  const spread = examples.flatMap(({ task, cluster }) =>
    task.candidates.flatMap((_, i) => {
      const values = (scores.get(task.id) ?? []).flatMap((own) => own[i] ?? []);
      if (values.length < 2 || !(width > 0)) return [];
      const centre = mean(values);
      const variance = values.reduce((sum, one) => sum + (one - centre) ** 2, 0) / (values.length - 1);
      return [{ value: variance / width ** 2, cluster }];
    }),
  );
  return {
    repeatSd: rootOf(spread, level),
    unscored: proportionEstimate(
      all.map((one) => one === null),
      { level },
    ),
  };
}

/** The root of a mean of squares, its interval's ends being the roots of the mean's. */
function rootOf(squares: readonly { value: number; cluster: string }[], level: number): Estimate | undefined {
  if (squares.length < 2) return undefined;
  const all = meanEstimate(
    squares.map(({ value }) => value),
    { level, ...clustersOf(squares) },
  );
  const root = (value: number): number => Math.sqrt(Math.max(0, value));
  return { ...all, value: root(all.value), low: root(all.low), high: root(all.high), method: "root mean square" };
}

function differenceOf(
  first: ReadonlyMap<string, number>,
  here: ReadonlyMap<string, number>,
  found: readonly PairFacts[],
  level: number,
): Estimate | undefined {
  const both = found.flatMap(({ key, cluster }) => {
    const [a, b] = [first.get(key), here.get(key)];
    return a === undefined || b === undefined ? [] : [{ value: b - a, cluster }];
  });
  if (both.length < 2) return undefined;
  return {
    ...meanEstimate(
      both.map(({ value }) => value),
      { level, ...clustersOf(both) },
    ),
    method: "paired difference to the first scale",
  };
}

function clustersOf(some: readonly { cluster: string }[]): { clusters?: string[] } {
  const clusters = some.map(({ cluster }) => cluster);
  const distinct = new Set(clusters).size;
  return distinct > 1 && distinct < some.length ? { clusters } : {};
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
