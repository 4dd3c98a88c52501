import { UsageError } from "../core/errors.ts";
import type { Estimate } from "../core/types.ts";
import { type BootstrapOptions, bootstrapOf } from "./bootstrap.ts";
import { clusteredMean } from "./cluster.ts";
import { normalQuantile, tQuantile } from "./distributions.ts";
import { studentMean } from "./mean.ts";
import { clopperPearson, wilson } from "./proportions.ts";
import { checkSample, differencesOf, groupsOf, meanOf, type Numbers } from "./sample.ts";

export interface EstimateOptions {
  /** Confidence, default 0.95. */
  level?: number | undefined;
  /** The cluster of each value, such as its prompt; left out where every value is its own. */
  clusters?: readonly (string | number)[] | undefined;
  /** Items that have no value and are not in the sample, default 0: they are stated, not imputed. */
  unscored?: number | undefined;
}

/**
 * A mean with Student's t interval, cluster-robust where clusters are given.
 *
 * @param values n >= 2 finite values (and at least 2 clusters)
 * @throws NotEnoughDataError for fewer
 * Source: `studentMean`, `clusteredMean`.
 * @example meanEstimate(scores, { clusters: prompts, unscored: 3 })
 */
export function meanEstimate(values: Numbers, options: EstimateOptions = {}): Estimate {
  const level = options.level ?? 0.95;
  const common = { level, n: values.length, unscored: options.unscored ?? 0 };
  if (options.clusters === undefined) {
    const { mean, low, high } = studentMean(values, level);
    return { value: mean, low, high, ...common, method: "mean, Student t" };
  }
  const { mean, low, high, clusters } = clusteredMean(values, options.clusters, { level });
  return { value: mean, low, high, ...common, clusters, method: "mean, cluster-robust t" };
}

/**
 * The mean of paired differences a - b with its interval; `meanEstimate` of the differences.
 *
 * @param a values of the first system
 * @param b values of the second on the same items
 */
export function differenceEstimate(a: Numbers, b: Numbers, options: EstimateOptions = {}): Estimate {
  const estimate = meanEstimate(differencesOf(a, b), options);
  return {
    ...estimate,
    method: `paired difference, ${options.clusters === undefined ? "Student t" : "cluster-robust t"}`,
  };
}

/**
 * A proportion from outcomes between 0 and 1 (ties a half) with Wilson's interval.
 *
 * With clusters, Wilson's interval is taken at the effective size n_e = p(1-p) / se², se cluster-robust, times (z / t_{G-1})², and
 * not above n; where se is 0 at the number of clusters.
 *
 * @param outcomes n >= 1 values in [0, 1], or booleans
 * @param options `interval`: "wilson" (default) or "clopper-pearson", besides `EstimateOptions`
 * @throws NotEnoughDataError for no outcomes or fewer than 2 clusters, UsageError for values outside [0, 1]
 * Source: Wilson (1927); Korn and Graubard (1998) for the effective size; Dean and Pagano (2015) for Wilson's interval with it.
 * @example proportionEstimate(preferred, { clusters: prompts }) // accuracy of a reward on preference pairs
 */
export function proportionEstimate(
  outcomes: Numbers | readonly boolean[],
  options: EstimateOptions & { interval?: "wilson" | "clopper-pearson" | undefined } = {},
): Estimate {
  const values = Float64Array.from(outcomes as ArrayLike<number | boolean>, Number);
  checkSample(values, 1, "outcomes");
  for (const [i, value] of values.entries())
    if (!(value >= 0 && value <= 1))
      throw new UsageError(`outcomes[${i}] is ${value}; a proportion's outcomes lie in [0, 1]`);
  const level = options.level ?? 0.95;
  const exact = options.interval === "clopper-pearson";
  const value = meanOf(values);
  const n = values.length;
  const size = options.clusters === undefined ? n : effectiveSize(values, options.clusters, level);
  const ends = (exact ? clopperPearson : wilson)(Math.min(size, value * size), size, level);
  return {
    value,
    ...ends,
    level,
    n,
    ...(options.clusters === undefined ? {} : { clusters: groupsOf(options.clusters).count }),
    unscored: options.unscored ?? 0,
    method: `proportion, ${exact ? "Clopper-Pearson" : "Wilson"}${options.clusters === undefined ? "" : " at the effective size"}`,
  };
}

/** How many independent outcomes would give as wide an interval as these clustered ones. */
function effectiveSize(values: Float64Array, clusters: readonly (string | number)[], level: number): number {
  const { mean, standardError, clusters: count } = clusteredMean(values, clusters, { level });
  const p = 1 - (1 - level) / 2;
  const ratio = (normalQuantile(p) / tQuantile(p, count - 1)) ** 2;
  const size = standardError === 0 ? count : (mean * (1 - mean)) / standardError ** 2;
  return Math.min(values.length, size * ratio);
}

/**
 * A proportion from counts, with Wilson's interval.
 *
 * @param successes in [0, n], ties a half
 * @param n above 0
 * @throws NotEnoughDataError for n = 0
 */
export function countEstimate(
  successes: number,
  n: number,
  options: Omit<EstimateOptions, "clusters"> & { interval?: "wilson" | "clopper-pearson" | undefined } = {},
): Estimate {
  const level = options.level ?? 0.95;
  const exact = options.interval === "clopper-pearson";
  return {
    value: n === 0 ? 0 : successes / n,
    ...(exact ? clopperPearson : wilson)(successes, n, level),
    level,
    n,
    unscored: options.unscored ?? 0,
    method: `proportion, ${exact ? "Clopper-Pearson" : "Wilson"}`,
  };
}

/**
 * Any statistic of values with a bootstrap interval, clusters resampled whole where they are given.
 *
 * @param values n >= 2 finite values
 * @param statistic of a resample
 * @param options `seed` and the rest of `BootstrapOptions`; `unscored` as in `EstimateOptions`
 * @throws as `bootstrap`
 * @example bootstrapEstimate(scores, median, { seed, clusters: prompts, method: "bca" })
 */
export function bootstrapEstimate(
  values: Numbers,
  statistic: (resample: Float64Array) => number,
  options: BootstrapOptions & { unscored?: number | undefined },
): Estimate {
  const { value, low, high, replicates } = bootstrapOf(values, statistic, options);
  return {
    value,
    low,
    high,
    level: options.level ?? 0.95,
    n: values.length,
    ...(options.clusters === undefined ? {} : { clusters: groupsOf(options.clusters).count }),
    unscored: options.unscored ?? 0,
    method: `${options.clusters === undefined ? "" : "cluster "}bootstrap, ${options.method ?? "percentile"}, ${replicates.length} resamples`,
  };
}
