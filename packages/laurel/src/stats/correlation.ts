import { type Estimate, NotEnoughDataError } from "../core/index.ts";
import { normalCdf, normalQuantile, tCdf } from "./distributions.ts";
import { kendallCounts, kendallExact } from "./kendall.ts";
import { alphaOf, checkPaired, meanOf, type Numbers } from "./sample.ts";

/** A correlation with its interval and the two-sided p value of no correlation. */
export interface Correlation extends Estimate {
  p: number;
}

/**
 * Pearson's correlation.
 *
 * r = Σ (x - x̄)(y - ȳ) / √(Σ (x - x̄)² Σ (y - ȳ)²); interval tanh(atanh r ± z / √(n - 3)); p from t = r √((n - 2)/(1 - r²)).
 *
 * @param x n finite numbers.
 * @param y n finite numbers, paired with x.
 * @param level of the interval, default 0.95.
 * @returns r; for n of 2 or 3 the interval is [-1, 1]; for n = 2 p is 1.
 * @throws NotEnoughDataError for n < 2 or where one side does not vary; UsageError for unequal lengths or NaN.
 *
 * Source: Fisher (1915, 1921); p and interval as SciPy 1.12 `pearsonr`.
 *
 * @example
 * pearson([1, 2, 3, 4], [1, 3, 2, 4]).value; // 0.8
 */
export function pearson(x: Numbers, y: Numbers, level = 0.95): Correlation {
  checkPaired(x, y, 2);
  const value = productMoment(x, y);
  const ends = fisher(value, level, 1 / Math.sqrt(x.length - 3), x.length > 3);
  return {
    value,
    ...ends,
    level,
    n: x.length,
    unscored: 0,
    method: `Pearson, ${x.length > 3 ? "Fisher z interval" : "no interval below 4 pairs"}`,
    p: studentP(value, x.length),
  };
}

/**
 * Spearman's rank correlation: Pearson's of the mid-ranks.
 *
 * Interval tanh(atanh ρ ± z √((1 + ρ²/2) / (n - 3))) (Bonett and Wright); p from Student's t with n - 2 degrees of freedom.
 *
 * @param x, y, level as `pearson`; ties get the mean of their ranks.
 * @throws as `pearson`.
 *
 * Source: Spearman (1904); Bonett and Wright, Psychometrika 65 (2000); p as SciPy 1.12 `spearmanr`.
 */
export function spearman(x: Numbers, y: Numbers, level = 0.95): Correlation {
  checkPaired(x, y, 2);
  const n = x.length;
  const value = productMoment(midRanks(x), midRanks(y));
  const ends = fisher(value, level, Math.sqrt((1 + (value * value) / 2) / (n - 3)), n > 3);
  return {
    value,
    ...ends,
    level,
    n,
    unscored: 0,
    method: `Spearman, ${n > 3 ? "Bonett-Wright interval" : "no interval below 4 pairs"}`,
    p: studentP(value, n),
  };
}

/**
 * Kendall's tau-b, in O(n log n).
 *
 * τ = (C - D) / √((n₀ - n₁)(n₀ - n₂)), n₀ = n (n - 1)/2, n₁ and n₂ the pairs tied in x and in y. Interval
 * tanh(atanh τ ± z √(0.437 / (n - 4))) (Fieller, Hartley and Pearson; Bonett and Wright). p: exact without ties where n is at
 * most 33 or at most one pair is out of order, else normal with the variance corrected for ties.
 *
 * @param x, y, level as `pearson`; for n up to 4 the interval is [-1, 1].
 * @throws as `pearson`.
 *
 * Source: Kendall, Biometrika 33 (1945); Knight, JASA 61 (1966); p as SciPy 1.12 `kendalltau` (method "auto").
 */
export function kendall(x: Numbers, y: Numbers, level = 0.95): Correlation {
  checkPaired(x, y, 2);
  const n = x.length;
  const c = kendallCounts(x, y);
  const pairs = (n * (n - 1)) / 2;
  if (c.tiedX === pairs || c.tiedY === pairs) throw constant(c.tiedX === pairs ? "x" : "y");
  const surplus = pairs - c.tiedX - c.tiedY + c.tiedBoth - 2 * c.discordant;
  const value = clamp(surplus / Math.sqrt((pairs - c.tiedX) * (pairs - c.tiedY)));
  let p: number;
  if (c.tiedX === 0 && c.tiedY === 0 && (n <= 33 || Math.min(c.discordant, pairs - c.discordant) <= 1))
    p = kendallExact(n, Math.min(c.discordant, pairs - c.discordant));
  else {
    const m = n * (n - 1);
    const variance =
      (m * (2 * n + 5) - c.x1 - c.y1) / 18 +
      (2 * c.tiedX * c.tiedY) / m +
      (n > 2 ? (c.x0 * c.y0) / (9 * m * (n - 2)) : 0);
    p = Math.min(1, 2 * normalCdf(-Math.abs(surplus) / Math.sqrt(variance)));
  }
  const ends = fisher(value, level, Math.sqrt(0.437 / (n - 4)), n > 4);
  return {
    value,
    ...ends,
    level,
    n,
    unscored: 0,
    method: `Kendall tau-b, ${n > 4 ? "Fieller interval" : "no interval below 5 pairs"}`,
    p,
  };
}

/**
 * Mid-ranks from 1, ascending: equal values share the mean of their places.
 *
 * @param values finite numbers.
 */
export function midRanks(values: Numbers): Float64Array {
  const order = Int32Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

function productMoment(x: Numbers, y: Numbers): number {
  const mx = meanOf(x);
  const my = meanOf(y);
  let sxx = 0;
  let syy = 0;
  let sxy = 0;
  // Scaled by the largest deviation, so that squares neither vanish nor overflow.
  let bx = 0;
  let by = 0;
  for (let i = 0; i < x.length; i++) {
    bx = Math.max(bx, Math.abs(x[i]! - mx));
    by = Math.max(by, Math.abs(y[i]! - my));
  }
  if (bx === 0 || by === 0) throw constant(bx === 0 ? "x" : "y");
  for (let i = 0; i < x.length; i++) {
    const dx = (x[i]! - mx) / bx;
    const dy = (y[i]! - my) / by;
    sxx += dx * dx;
    syy += dy * dy;
    sxy += dx * dy;
  }
  return clamp(sxy / Math.sqrt(sxx * syy));
}

function constant(side: string): NotEnoughDataError {
  return new NotEnoughDataError(`a correlation is undefined: all values of ${side} are equal`);
}

const clamp = (r: number): number => Math.max(-1, Math.min(1, r));

function fisher(r: number, level: number, se: number, enough: boolean): { low: number; high: number } {
  const z = normalQuantile(1 - alphaOf(level) / 2);
  if (!enough) return { low: -1, high: 1 };
  if (Math.abs(r) === 1) return { low: r, high: r };
  return { low: Math.tanh(Math.atanh(r) - z * se), high: Math.tanh(Math.atanh(r) + z * se) };
}

function studentP(r: number, n: number): number {
  if (n === 2) return 1;
  if (Math.abs(r) === 1) return 0;
  const t = Math.abs(r) * Math.sqrt((n - 2) / ((1 - r) * (1 + r)));
  return Math.min(1, 2 * tCdf(-t, n - 2));
}
