import { tQuantile } from "./distributions.ts";
import { alphaOf, checkSample, type Interval, meanOf, type Numbers, varianceOf } from "./sample.ts";

/**
 * Student's t interval for a mean: x̄ ± t_{n-1}(1-α/2) · s/√n.
 *
 * @param values n independent observations, n >= 2, finite
 * @param level of confidence, default 0.95
 * @returns mean, ends and standard error; constant values give an interval of width 0
 * @throws NotEnoughDataError for n < 2
 * Source: Student (1908); agrees with SciPy 1.17 `ttest_1samp(...).confidence_interval`.
 * @example studentMean([1, 2, 3, 4]) // { mean: 2.5, low: 0.446, high: 4.554, standardError: 0.645 }
 */
export function studentMean(values: Numbers, level = 0.95): Interval & { mean: number; standardError: number } {
  const alpha = alphaOf(level);
  checkSample(values, 2);
  const mean = meanOf(values);
  const standardError = Math.sqrt(varianceOf(values) / values.length);
  const half = standardError === 0 ? 0 : tQuantile(1 - alpha / 2, values.length - 1) * standardError;
  return { mean, low: mean - half, high: mean + half, standardError };
}
