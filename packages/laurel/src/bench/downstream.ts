import { type Estimate, NotEnoughDataError, type Seed, UsageError } from "../core/index.ts";
import { bestOfN, bootstrap, meanEstimate, pearson, spearman } from "../stats/index.ts";

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
