import { UsageError } from "../core/errors.ts";
import { random } from "../core/seed.ts";
import type { Seed } from "../core/types.ts";
import { bootstrapInterval } from "./bootstrap.ts";
import { tCdf } from "./distributions.ts";
import { studentMean } from "./mean.ts";
import { drawBelow } from "./resample.ts";
import { type Alternative, alphaOf, checkSample, type Interval, meanOf, type Numbers } from "./sample.ts";

/** A mean paired difference with its interval and p. */
export interface PairedTest extends Interval {
  difference: number;
  p: number;
  n: number;
}

/**
 * The paired t test: t = d̄ / (s/√n) on n - 1 degrees of freedom.
 *
 * @param differences n paired differences (see `differencesOf`), n >= 2
 * @param options `level` of the two-sided interval, default 0.95; `alternative` of p, default "two-sided"
 * @returns where all differences are equal: an interval of width 0, with p = 1 if they are 0 and t infinite, p = 0 (or 1 on
 * the far side) if not
 * @throws NotEnoughDataError for n < 2
 * Source: Student (1908); agrees with SciPy 1.17 `ttest_rel`.
 * @example pairedT(differencesOf(a, b)).p
 */
export function pairedT(
  differences: Numbers,
  options: { level?: number | undefined; alternative?: Alternative | undefined } = {},
): PairedTest & { t: number; df: number; standardError: number } {
  const { mean, low, high, standardError } = studentMean(differences, options.level ?? 0.95);
  const df = differences.length - 1;
  const t = mean === 0 ? 0 : mean / standardError;
  const alternative = options.alternative ?? "two-sided";
  let p: number;
  if (standardError === 0 && mean === 0) p = 1;
  else if (alternative === "two-sided") p = 2 * tCdf(-Math.abs(t), df);
  else p = tCdf(alternative === "greater" ? -t : t, df);
  return { difference: mean, low, high, p, n: differences.length, t, df, standardError };
}

/**
 * The sign-flip permutation test of a mean paired difference of 0.
 *
 * Exact up to 14 differences: the share of the 2ⁿ sign assignments whose mean is at least as far out (within rounding).
 * Beyond that (extreme + 1) / (reps + 1) over random signs.
 *
 * @param differences n paired differences, n >= 1, symmetric about their centre under the null
 * @param options `seed` is needed for more than 14; `reps`, default 10,000; `alternative`, default "two-sided"
 * @returns p, and whether it is exact; all differences 0 give p = 1
 * @throws NotEnoughDataError for n = 0, UsageError where a seed is missing
 * Source: Fisher (1935), section 21; Phipson and Smyth (2010) for the + 1. Exact p agree with SciPy 1.17
 * `permutation_test(permutation_type="samples")`.
 */
export function signFlip(
  differences: Numbers,
  options: { seed?: Seed | undefined; reps?: number | undefined; alternative?: Alternative | undefined } = {},
): { p: number; exact: boolean } {
  checkSample(differences, 1, "differences");
  const alternative = options.alternative ?? "two-sided";
  const n = differences.length;
  let observed = 0;
  let size = 0;
  for (let i = 0; i < n; i++) {
    observed += differences[i]!;
    size += Math.abs(differences[i]!);
  }
  const slack = 1e-12 * size;
  const extreme = (sum: number): boolean =>
    alternative === "two-sided"
      ? Math.abs(sum) >= Math.abs(observed) - slack
      : alternative === "greater"
        ? sum >= observed - slack
        : sum <= observed + slack;
  if (n <= 14) {
    let count = 0;
    for (let signs = 0; signs < 2 ** n; signs++) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (signs >>> i) & 1 ? -differences[i]! : differences[i]!;
      if (extreme(sum)) count++;
    }
    return { p: count / 2 ** n, exact: true };
  }
  if (options.seed === undefined) throw new UsageError("a sign-flip test of more than 14 differences needs a seed");
  const reps = options.reps ?? 10_000;
  const rng = random(options.seed);
  let count = 0;
  for (let r = 0; r < reps; r++) {
    let sum = 0;
    let word = 0;
    for (let i = 0; i < n; i++) {
      if ((i & 31) === 0) word = rng.u32();
      sum += word & 1 ? -differences[i]! : differences[i]!;
      word >>>= 1;
    }
    if (extreme(sum)) count++;
  }
  return { p: (count + 1) / (reps + 1), exact: false };
}

/**
 * The paired bootstrap of a mean difference: items are resampled, both systems together.
 *
 * plain: p = 2 (min(#{d* <= 0}, #{d* >= 0}) + 1) / (reps + 1), at most 1;
 * centred: p = (#{|d* - mean of d*| >= |d̄|} + 1) / (reps + 1). The interval is the percentile interval of d* for both.
 *
 * @param differences n paired differences, n >= 2
 * @param options `seed`; `reps`, default 10,000; `level`, default 0.95; `null`: "centred" (default) or "plain"
 * @returns all differences equal: an interval of width 0; all 0: p = 1
 * @throws NotEnoughDataError for n < 2
 * Source: Koehn (2004); Riezler and Maxwell (2005) for centring; Efron and Tibshirani (1993), section 16.4. The percentile interval
 * of few items is too short (about 92 % for 20): prefer `pairedT` for small n.
 */
export function pairedBootstrap(
  differences: Numbers,
  options: {
    seed: Seed;
    reps?: number | undefined;
    level?: number | undefined;
    null?: "centred" | "plain" | undefined;
  },
): PairedTest {
  checkSample(differences, 2, "differences");
  const level = options.level ?? 0.95;
  alphaOf(level);
  const n = differences.length;
  const reps = options.reps ?? 10_000;
  const rng = random(options.seed);
  const indices = new Int32Array(n);
  const replicates = new Float64Array(reps);
  // taken relative to the first value so that equal differences give exactly equal replicates
  const origin = differences[0]!;
  for (let r = 0; r < reps; r++) {
    drawBelow(rng, n, indices);
    let sum = 0;
    for (let i = 0; i < n; i++) sum += differences[indices[i]!]! - origin;
    replicates[r] = origin + sum / n;
  }
  const difference = meanOf(differences);
  const p = options.null === "plain" ? plainP(replicates) : centredP(replicates, difference);
  replicates.sort();
  return { difference, ...bootstrapInterval(replicates, difference, { level }), p, n };
}

/** Twice the smaller share of replicates on either side of 0, zeros counted on both. */
function plainP(replicates: Float64Array): number {
  let below = 0;
  let above = 0;
  for (const one of replicates) {
    if (one <= 0) below++;
    if (one >= 0) above++;
  }
  return Math.min(1, (2 * (Math.min(below, above) + 1)) / (replicates.length + 1));
}

/** The share of replicates that lie as far from their own mean as the observed difference lies from 0. */
function centredP(replicates: Float64Array, difference: number): number {
  const centre = meanOf(replicates);
  const bar = Math.abs(difference) - 1e-12 * Math.abs(difference);
  let count = 0;
  for (const one of replicates) if (Math.abs(one - centre) >= bar) count++;
  return (count + 1) / (replicates.length + 1);
}
