import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { betaQuantile, normalQuantile } from "./distributions.ts";
import { alphaOf, type Interval } from "./sample.ts";

function checkCounts(successes: number, n: number): void {
  if (n === 0) throw new NotEnoughDataError("a proportion needs at least 1 observation", 1);
  if (!(n > 0 && successes >= 0 && successes <= n))
    throw new UsageError(`a proportion needs 0 <= successes <= n, got ${successes} of ${n}`);
}

/**
 * Wilson's score interval for a proportion.
 *
 * (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n), p = successes / n
 *
 * @param successes in [0, n]; ties may count a half
 * @param n observations, above 0
 * @param level of confidence, default 0.95
 * @returns the two ends, inside [0, 1]
 * @throws NotEnoughDataError for n = 0, UsageError for successes outside [0, n]
 * Source: Wilson (1927); agrees with SciPy 1.17 `binomtest(...).proportion_ci(method="wilson")`.
 * @example wilson(8, 10) // { low: 0.490, high: 0.943 }
 */
export function wilson(successes: number, n: number, level = 0.95): Interval {
  const alpha = alphaOf(level);
  checkCounts(successes, n);
  const z = normalQuantile(1 - alpha / 2);
  const p = successes / n;
  const centre = p + (z * z) / (2 * n);
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return {
    low: successes === 0 ? 0 : Math.max(0, (centre - half) / scale),
    high: successes === n ? 1 : Math.min(1, (centre + half) / scale),
  };
}

/**
 * The exact interval of Clopper and Pearson for a proportion; covers at least `level`, usually more.
 *
 * low = Beta⁻¹(α/2; k, n-k+1), high = Beta⁻¹(1-α/2; k+1, n-k)
 *
 * @param successes k in [0, n]
 * @param n observations, above 0
 * @param level of confidence, default 0.95
 * @throws NotEnoughDataError for n = 0, UsageError for successes outside [0, n]
 * Source: Clopper and Pearson (1934); agrees with SciPy 1.17 `binomtest(...).proportion_ci(method="exact")`.
 */
export function clopperPearson(successes: number, n: number, level = 0.95): Interval {
  const alpha = alphaOf(level);
  checkCounts(successes, n);
  return {
    low: successes === 0 ? 0 : betaQuantile(alpha / 2, successes, n - successes + 1),
    high: successes === n ? 1 : betaQuantile(1 - alpha / 2, successes + 1, n - successes),
  };
}

/**
 * The interval of Newcombe for the difference of two independent proportions, from Wilson's intervals of both.
 *
 * d = a/n − b/m;  low = d − √((a/n − l₁)² + (u₂ − b/m)²), high = d + √((u₁ − a/n)² + (b/m − l₂)²)
 *
 * @param a successes of n, b successes of m
 * @returns the difference and its ends, in [−1, 1]
 * @throws NotEnoughDataError for n = 0 or m = 0, UsageError for successes outside [0, n]
 * Source: Newcombe, Statistics in Medicine 17 (1998), method 10; his 56 of 70 less 48 of 80 gives 0.0524 to 0.3339.
 * @example newcombe(56, 70, 48, 80) // { value: 0.2, low: 0.0524, high: 0.3339 }
 */
export function newcombe(a: number, n: number, b: number, m: number, level = 0.95): Interval & { value: number } {
  const [one, two] = [wilson(a, n, level), wilson(b, m, level)];
  const [p, q] = [a / n, b / m];
  return {
    value: p - q,
    low: p - q - Math.hypot(p - one.low, two.high - q),
    high: p - q + Math.hypot(one.high - p, q - two.low),
  };
}
