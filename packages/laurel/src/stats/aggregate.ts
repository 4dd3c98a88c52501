import { UsageError } from "../core/errors.ts";
import { type RunMatrix, taskScores } from "./run-matrix.ts";
import { meanOf, type Numbers } from "./sample.ts";

/** One number for a run matrix. */
export type Aggregate = (matrix: RunMatrix) => number;

/** The mean score of each task. */
export function taskMeans(matrix: RunMatrix): Float64Array {
  return Float64Array.from({ length: matrix.tasks }, (_, m) => meanOf(taskScores(matrix, m)));
}

/**
 * The mean over tasks of the tasks' means, so that each task weighs the same whatever its number of runs.
 *
 * Source: Agarwal et al. (2021), rliable 1.2 `aggregate_mean`.
 */
export function meanOfTasks(matrix: RunMatrix): number {
  return meanOf(taskMeans(matrix));
}

/**
 * The median over tasks of the tasks' means, which is not the median of the pooled scores.
 *
 * Source: Agarwal et al. (2021), rliable 1.2 `aggregate_median`.
 */
export function medianOfTasks(matrix: RunMatrix): number {
  return medianOfSorted(taskMeans(matrix).sort());
}

/** The median of values: the middle one, or the mean of the two middle ones. */
export function median(values: Numbers): number {
  return medianOfSorted(Float64Array.from(values).sort());
}

function medianOfSorted(sorted: Float64Array): number {
  const upper = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[upper]! : meanOf([sorted[upper - 1]!, sorted[upper]!]);
}

/**
 * The mean of what is left after a share is cut from each end of the sorted values.
 *
 * @param share in [0, 0.5); floor(share · n) values are cut from each end
 * Source: SciPy 1.17 `trim_mean`.
 */
export function trimmedMean(values: Numbers, share: number): number {
  if (!(share >= 0 && share < 0.5)) throw new UsageError(`a trimmed share must lie in [0, 0.5), got ${share}`);
  const sorted = Float64Array.from(values).sort();
  const cut = Math.floor(share * sorted.length);
  return meanOf(sorted.subarray(cut, sorted.length - cut));
}

/**
 * The interquartile mean: the 25 % trimmed mean of all scores pooled.
 *
 * Pooling means that a task whose scores are all high (or low) may be cut whole, and that a task with more runs weighs more.
 *
 * Source: Agarwal et al. (2021), rliable 1.2 `aggregate_iqm`.
 * @example iqm(runsByTask([[1, 2, 3, 4], [5, 6, 7, 8]])) // 4.5
 */
export function iqm(matrix: RunMatrix): number {
  return trimmedMean(matrix.data, 0.25);
}

/**
 * The optimality gap: how far the scores fall short of γ, all scores pooled.
 *
 * γ - mean(min(x, γ))
 *
 * @param gamma γ, the score beyond which more does not count, default 1
 * Source: Agarwal et al. (2021), rliable 1.2 `aggregate_optimality_gap`.
 */
export function optimalityGap(matrix: RunMatrix, gamma = 1): number {
  let sum = 0;
  for (const score of matrix.data) sum += Math.min(score, gamma);
  return gamma - sum / matrix.data.length;
}
