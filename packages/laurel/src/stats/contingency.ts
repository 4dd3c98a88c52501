import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { binomialCdf, binomialPmf, chi2Sf, normalQuantile } from "./distributions.ts";
import { clopperPearson } from "./proportions.ts";
import { alphaOf, type Interval } from "./sample.ts";

/** How McNemar's p is computed: exact binomial, mid-p, chi-squared, or chi-squared with Edwards' correction. */
export type McNemarMethod = "exact" | "mid-p" | "chi2" | "chi2-corrected";

/** What McNemar's test says about two 0/1 outcomes of the same items. */
export interface McNemar {
  /** Two-sided. */
  p: number;
  /** The chi-squared statistic with 1 degree of freedom; for exact and mid-p the smaller discordant count. */
  statistic: number;
  /** Items that only the first got right. */
  onlyFirst: number;
  /** Items that only the second got right. */
  onlySecond: number;
  /** onlyFirst / onlySecond with the ends of its exact interval (`high` may be infinite); undefined if onlySecond is 0. */
  oddsRatio: (Interval & { value: number }) | undefined;
  method: McNemarMethod;
}

/**
 * McNemar's test from the two discordant counts: are two systems right equally often on the same items?
 *
 * exact: 2 P(X <= min(b, c)), X binomial(b+c, ½), at most 1; mid-p: exact less P(X = min(b, c)), 1 if b = c;
 * chi2: (b-c)²/(b+c); corrected: (|b-c|-1)²/(b+c), not below 0.
 *
 * @param b items that only the first got right, a whole number
 * @param c items that only the second got right, a whole number
 * @param options `method`, default "exact"; `level` of the odds ratio's interval, default 0.95
 * @returns p = 1 when there are no discordant items
 * @throws UsageError for counts that are not whole and at least 0
 * Source: McNemar (1947), Edwards (1948), Fagerland, Lydersen and Laake (2013) for mid-p; exact and chi-squared agree with
 * statsmodels 0.15 `mcnemar`. The odds ratio's interval maps that of Clopper and Pearson for b/(b+c).
 * @example mcnemar(1, 5).p // 0.21875
 */
export function mcnemar(
  b: number,
  c: number,
  options: { method?: McNemarMethod | undefined; level?: number | undefined } = {},
): McNemar {
  if (!(Number.isInteger(b) && Number.isInteger(c) && b >= 0 && c >= 0))
    throw new UsageError(`McNemar's counts must be whole and at least 0, got ${b} and ${c}`);
  const method = options.method ?? "exact";
  const n = b + c;
  const smaller = Math.min(b, c);
  let p = 1;
  let statistic = method === "exact" || method === "mid-p" ? smaller : 0;
  if (n > 0 && b !== c && (method === "exact" || method === "mid-p")) {
    p = Math.min(1, 2 * binomialCdf(smaller, n, 0.5));
    if (method === "mid-p") p -= binomialPmf(smaller, n, 0.5);
  } else if (n > 0 && (method === "chi2" || method === "chi2-corrected")) {
    const gap = Math.max(0, Math.abs(b - c) - (method === "chi2-corrected" ? 1 : 0));
    statistic = (gap * gap) / n;
    p = chi2Sf(statistic, 1);
  }
  let oddsRatio: McNemar["oddsRatio"];
  if (c > 0) {
    const share = clopperPearson(b, n, options.level ?? 0.95);
    oddsRatio = { value: b / c, low: share.low / (1 - share.low), high: share.high / (1 - share.high) };
  }
  return { p, statistic, onlyFirst: b, onlySecond: c, oddsRatio, method };
}

/**
 * McNemar's test from two lists of outcomes of the same items.
 *
 * @param first outcome of the first system by item
 * @param second outcome of the second system by item, as many
 * @param options as `mcnemar`'s
 * @throws UsageError for lists of unequal length, NotEnoughDataError for no items
 */
export function mcnemarOf(
  first: readonly boolean[],
  second: readonly boolean[],
  options: { method?: McNemarMethod | undefined; level?: number | undefined } = {},
): McNemar {
  if (first.length !== second.length)
    throw new UsageError(`${first.length} outcomes against ${second.length}; they must be of the same items`);
  if (first.length === 0) throw new NotEnoughDataError("McNemar's test of no items", 1);
  let b = 0;
  let c = 0;
  for (let i = 0; i < first.length; i++) {
    if (first[i] === true && second[i] === false) b++;
    if (first[i] === false && second[i] === true) c++;
  }
  return mcnemar(b, c, options);
}

/**
 * The difference of two paired proportions (first right less second right) with Bonett and Price's interval.
 *
 * p₁₀' - p₀₁' ± z √((p₁₀' + p₀₁' - (p₁₀' - p₀₁')²) / (n + 2)), p₁₀' = (b + 1) / (n + 2), p₀₁' = (c + 1) / (n + 2)
 *
 * Use it, not a t interval of 0/1 differences, where few items are discordant.
 *
 * @param b items that only the first got right, a whole number
 * @param c items that only the second got right, a whole number
 * @param n all items, at least b + c and above 0
 * @param level of confidence, default 0.95
 * @returns `value` is (b - c) / n; the ends lie in [-1, 1]
 * @throws NotEnoughDataError for n = 0, UsageError for impossible counts
 * Source: Bonett and Price (2012), Adjusted Wald confidence interval for a difference of binomial proportions based on paired data.
 */
export function discordantDifference(b: number, c: number, n: number, level = 0.95): Interval & { value: number } {
  const alpha = alphaOf(level);
  if (n === 0) throw new NotEnoughDataError("a difference of proportions of no items", 1);
  if (!(Number.isInteger(b) && Number.isInteger(c) && Number.isInteger(n) && b >= 0 && c >= 0 && b + c <= n))
    throw new UsageError(`counts must be whole with b + c <= n, got ${b}, ${c} and ${n}`);
  const [first, second] = [(b + 1) / (n + 2), (c + 1) / (n + 2)];
  const centre = first - second;
  const half = normalQuantile(1 - alpha / 2) * Math.sqrt((first + second - centre * centre) / (n + 2));
  return { value: (b - c) / n, low: Math.max(-1, centre - half), high: Math.min(1, centre + half) };
}
