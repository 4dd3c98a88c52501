import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { tQuantile } from "./distributions.ts";
import { alphaOf, checkSample, differencesOf, groupsOf, type Interval, meanOf, type Numbers } from "./sample.ts";

/** A mean whose error allows for observations of one cluster going together. */
export interface ClusteredMean extends Interval {
  mean: number;
  standardError: number;
  clusters: number;
}

/**
 * The cluster-robust standard error of a mean.
 *
 * √(f · Σ_g (Σ_{i in g} (x_i - x̄))²) / n, f = 1 for CR0, G/(G-1) for CR1
 *
 * @param values n finite observations
 * @param clusters the cluster of each, n labels, at least 2 distinct
 * @param correction "CR1" (default) or "CR0"
 * @throws NotEnoughDataError for fewer than 2 clusters
 * Source: Liang and Zeger (1986); CR1 agrees with inspect_ai's `stderr(cluster=...)` and with statsmodels 0.15
 * `OLS(...).fit(cov_type="cluster")` on a constant (CR0: `use_correction=False`).
 */
export function clusteredStandardError(
  values: Numbers,
  clusters: readonly (string | number)[],
  correction: "CR0" | "CR1" = "CR1",
): number {
  return clusteredMean(values, clusters, { correction }).standardError;
}

/**
 * A mean with its cluster-robust standard error and Student's t interval on G - 1 degrees of freedom.
 *
 * @param values n finite observations
 * @param clusters the cluster of each, such as its prompt
 * @param options `level`, default 0.95; `correction`, default "CR1"
 * @throws NotEnoughDataError for fewer than 2 clusters, UsageError for lists of unequal length
 * Source: Liang and Zeger (1986); Cameron and Miller (2015), section VI, for t with G - 1.
 */
export function clusteredMean(
  values: Numbers,
  clusters: readonly (string | number)[],
  options: { level?: number | undefined; correction?: "CR0" | "CR1" | undefined } = {},
): ClusteredMean {
  const alpha = alphaOf(options.level ?? 0.95);
  checkSample(values, 1);
  if (clusters.length !== values.length)
    throw new UsageError(`${values.length} values but ${clusters.length} cluster labels`);
  const groups = groupsOf(clusters);
  if (groups.count < 2) throw new NotEnoughDataError("a clustered error needs at least 2 clusters", 2);
  const mean = meanOf(values);
  const sums = new Float64Array(groups.count);
  for (let i = 0; i < values.length; i++) sums[groups.of[i]!]! += values[i]! - mean;
  let square = 0;
  for (const sum of sums) square += sum * sum;
  const factor = options.correction === "CR0" ? 1 : groups.count / (groups.count - 1);
  const standardError = Math.sqrt(factor * square) / values.length;
  const half = standardError === 0 ? 0 : tQuantile(1 - alpha / 2, groups.count - 1) * standardError;
  return { mean, low: mean - half, high: mean + half, standardError, clusters: groups.count };
}

/**
 * The mean paired difference a - b with a cluster-robust error; `clusteredMean` of the differences.
 *
 * @param a n values of the first system
 * @param b n values of the second on the same items
 * @param clusters the cluster of each item
 */
export function clusteredDifference(
  a: Numbers,
  b: Numbers,
  clusters: readonly (string | number)[],
  options: { level?: number | undefined; correction?: "CR0" | "CR1" | undefined } = {},
): ClusteredMean {
  return clusteredMean(differencesOf(a, b), clusters, options);
}
