import type { Estimate } from "../core/index.ts";
import { clusteredMean } from "./cluster.ts";
import { tQuantile } from "./distributions.ts";
import { alphaOf, checkSample, type Numbers } from "./sample.ts";

/**
 * The difference of two independent means with Welch's interval.
 *
 * ā − b̄ ± t_ν(1−α/2) · √(s_a² + s_b²),  ν = (s_a² + s_b²)² / (s_a⁴/(n−1) + s_b⁴/(m−1))
 *
 * with the means' standard errors s_a = s/√n and s_b; with clusters they are cluster-robust, and n and m count clusters.
 *
 * @param a at least 2 values
 * @param b at least 2 values of other items
 * @param options `level`, default 0.95; `clusters` of both, such as prompts, which do not cross from one to the other
 * @returns `n` counts both; constant values on both sides give an interval of width 0
 * @throws NotEnoughDataError for fewer than 2 values or clusters on a side
 * Source: Welch (1947); SciPy's `ttest_ind(a, b, equal_var=False).confidence_interval`; for clusters see `clusteredMean`.
 * @example welchEstimate([1, 2, 3, 4], [2, 4, 6, 8, 10]).value // -3.5
 */
export function welchEstimate(
  a: Numbers,
  b: Numbers,
  options: {
    level?: number | undefined;
    unscored?: number | undefined;
    clusters?: readonly [a: readonly (string | number)[], b: readonly (string | number)[]] | undefined;
  } = {},
): Estimate {
  const { level = 0.95, unscored = 0, clusters } = options;
  const alpha = alphaOf(level);
  checkSample(a, 2, "the first sample");
  checkSample(b, 2, "the second sample");
  const sides = [a, b].map((values, side) =>
    clusteredMean(values, clusters?.[side] ?? Array.from(values, (_, i) => i)),
  );
  const [first, second] = sides as [(typeof sides)[number], (typeof sides)[number]];
  const [va, vb] = [first.standardError ** 2, second.standardError ** 2];
  const value = first.mean - second.mean;
  const df = (va + vb) ** 2 / (va ** 2 / (first.clusters - 1) + vb ** 2 / (second.clusters - 1));
  const half = va + vb === 0 ? 0 : tQuantile(1 - alpha / 2, df) * Math.sqrt(va + vb);
  return {
    value,
    low: value - half,
    high: value + half,
    level,
    n: a.length + b.length,
    ...(clusters === undefined ? {} : { clusters: first.clusters + second.clusters }),
    unscored,
    method: `difference of independent means, Welch${clusters === undefined ? "" : ", cluster-robust"}`,
  };
}
