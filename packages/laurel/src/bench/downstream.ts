import { type Estimate, NotEnoughDataError, type Seed, UsageError } from "../core/index.ts";
import { bestOfN, bootstrap, meanEstimate, pearson, spearman } from "../stats/index.ts";
import { solveLinear } from "../stats/solve-linear.ts";

/** One prompt's samples: what a reward says of each, and what each is worth. */
export interface SampledGroup {
  values: readonly number[];
  gold: readonly number[];
  cluster?: string | undefined;
}

/**
 * The gold value of the best of n samples by a reward, for several n.
 *
 *     by prompt: the expected gold of the reward's favourite among n samples drawn without replacement from all that there are
 *
 * @param groups at least two prompts, each with as many samples as the largest n
 * @param ns numbers of samples, each at least 1
 * @returns an estimate for each n, by prompt
 * @throws UsageError for a prompt with too few samples
 * @source best-of-n as RewardBench 2 (2025) and RewardMATH (2024) use it; the estimator is `bestOfN`
 * @example bestOfNCurve([{ values: [1, 2], gold: [0, 1] }, { values: [2, 1], gold: [0, 1] }], [1, 2])
 */
export function bestOfNCurve(groups: readonly SampledGroup[], ns: readonly number[], level = 0.95): Estimate[] {
  const most = Math.max(...ns);
  for (const [i, { values, gold }] of groups.entries()) {
    if (values.length !== gold.length)
      throw new UsageError(`group ${i} has ${values.length} values and ${gold.length} gold values`);
    if (values.length < most) throw new UsageError(`group ${i} has ${values.length} samples, and n goes to ${most}`);
  }
  const clusters = groups.map(({ cluster }, i) => cluster ?? String(i));
  return ns.map((n) => ({
    ...meanEstimate(
      groups.map(({ values, gold }) => bestOfN(values, n, gold)),
      { level, clusters },
    ),
    method: `best of ${n}, cluster-robust t`,
  }));
}

/** Options of `benchmarkDownstreamCorrelation`. */
export interface DownstreamOptions {
  /** Default "spearman". */
  method?: "pearson" | "spearman" | undefined;
  seed: Seed;
  reps?: number | undefined;
  level?: number | undefined;
}

/**
 * How well a benchmark foretells what rewards are used for: the correlation over rewards of their scores with a downstream value.
 *
 * @param scores one a reward, at least 4
 * @param downstream the same rewards' values downstream
 * @returns the correlation with a percentile bootstrap interval over rewards; it does not hold the error of the scores themselves
 * @throws NotEnoughDataError for fewer than 4 rewards, or where one side does not vary
 * @source RewardBench 2 (2025), section 5.1
 * @example benchmarkDownstreamCorrelation(accuracies, bestOfSixteen, { seed }).value
 */
export function benchmarkDownstreamCorrelation(
  scores: readonly number[],
  downstream: readonly number[],
  options: DownstreamOptions,
): Estimate {
  const { method = "spearman", seed, reps = 2000, level = 0.95 } = options;
  if (scores.length !== downstream.length)
    throw new UsageError(`${scores.length} scores and ${downstream.length} downstream values`);
  if (scores.length < 4) throw new NotEnoughDataError("a correlation over rewards needs 4 of them", 4);
  const of = method === "pearson" ? pearson : spearman;
  const at = (indices: Int32Array): number => {
    const x = Array.from(indices, (i) => scores[i]!);
    const y = Array.from(indices, (i) => downstream[i]!);
    // a resample of one reward over and over has no correlation
    if (new Set(x).size === 1 || new Set(y).size === 1) return 0;
    return of(x, y).value;
  };
  const { value, low, high } = bootstrap(scores.length, at, { seed, reps, level });
  return { value, low, high, level, n: scores.length, unscored: 0, method: `${method}, bootstrap over rewards` };
}

/**
 * How much of what rewards do downstream their scores foretell, by several figures together: R² of a linear fit, each reward left out in turn.
 *
 *     R² = 1 − Σ(u_i − û_(−i))² / Σ(u_i − ū)², û_(−i) from the least-squares fit with intercept to the other rewards
 *
 * Below 0 where the figures foretell less than the mean does. With one figure it says what a correlation says; with more, whether figures
 * that measure other uses add to it.
 *
 * @param figures a list a figure, each with one score a reward
 * @param downstream the same rewards' values downstream
 * @throws NotEnoughDataError for fewer rewards than figures + 3, or a downstream value that does not vary; UsageError for unequal lengths, or
 *   figures of which one follows from the others
 * @source VLRMBench's sheet: three aspects against a pairwise benchmark; leave-one-out residuals as in Allen's PRESS (1974)
 * @example downstreamFit([stepF1, pairAccuracy, winRate], utility)
 */
export function downstreamFit(figures: readonly (readonly number[])[], downstream: readonly number[]): number {
  const n = downstream.length;
  const dim = figures.length + 1;
  for (const one of figures)
    if (one.length !== n) throw new UsageError(`${one.length} scores for ${n} downstream values`);
  if (n < dim + 2) throw new NotEnoughDataError(`${figures.length} figures need ${dim + 2} rewards`, dim + 2);
  const row = (i: number): number[] => [1, ...figures.map((one) => one[i]!)];
  const gram = new Float64Array(dim * dim);
  const right = new Float64Array(dim);
  const add = (to: { gram: Float64Array; right: Float64Array }, i: number, sign: 1 | -1): void => {
    const x = row(i);
    for (let a = 0; a < dim; a++) {
      to.right[a]! += sign * x[a]! * downstream[i]!;
      for (let b = 0; b < dim; b++) to.gram[a * dim + b]! += sign * x[a]! * x[b]!;
    }
  };
  for (let i = 0; i < n; i++) add({ gram, right }, i, 1);
  const mean = downstream.reduce((sum, one) => sum + one, 0) / n;
  let [left, whole] = [0, 0];
  for (let i = 0; i < n; i++) {
    const without = { gram: gram.slice(), right: right.slice() };
    add(without, i, -1);
    const w = solveLinear(without.gram, without.right);
    const said = row(i).reduce((sum, one, a) => sum + one * w[a]!, 0);
    left += (downstream[i]! - said) ** 2;
    whole += (downstream[i]! - mean) ** 2;
  }
  if (!(whole > 0)) throw new NotEnoughDataError("the downstream value does not vary");
  return 1 - left / whole;
}
