import type { Estimate } from "../core/index.ts";
import { tQuantile } from "./distributions.ts";
import { alphaOf, checkSample, meanOf, type Numbers, varianceOf } from "./sample.ts";

/**
 * The difference of two independent means with Welch's interval.
 *
 * ā − b̄ ± t_ν(1−α/2) · √(s²_a/n + s²_b/m),  ν = (s²_a/n + s²_b/m)² / ((s²_a/n)²/(n−1) + (s²_b/m)²/(m−1))
 *
 * @param a at least 2 values
 * @param b at least 2 values of other items
 * @returns `n` counts both; constant values on both sides give an interval of width 0
 * @throws NotEnoughDataError for fewer
 * Source: Welch (1947); SciPy's `ttest_ind(a, b, equal_var=False).confidence_interval`.
 * @example welchEstimate([1, 2, 3, 4], [2, 4, 6, 8, 10]).value // -3.5
 */
export function welchEstimate(
  a: Numbers,
  b: Numbers,
  options: { level?: number | undefined; unscored?: number | undefined } = {},
): Estimate {
  const { level = 0.95, unscored = 0 } = options;
  const alpha = alphaOf(level);
  checkSample(a, 2, "the first sample");
  checkSample(b, 2, "the second sample");
  const [va, vb] = [varianceOf(a) / a.length, varianceOf(b) / b.length];
  const value = meanOf(a) - meanOf(b);
  const df = (va + vb) ** 2 / (va ** 2 / (a.length - 1) + vb ** 2 / (b.length - 1));
  const half = va + vb === 0 ? 0 : tQuantile(1 - alpha / 2, df) * Math.sqrt(va + vb);
  return {
    value,
    low: value - half,
    high: value + half,
    level,
    n: a.length + b.length,
    unscored,
    method: "difference of independent means, Welch",
  };
}
