import { UsageError } from "../core/errors.ts";
import { type Random, random, split } from "../core/seed.ts";
import type { Estimate, Seed } from "../core/types.ts";
import { binomialPmf } from "./distributions.ts";
import { countEstimate } from "./estimate.ts";
import type { Interval } from "./sample.ts";

/**
 * How often an interval method covers the truth, by simulation.
 *
 * @param draw makes one sample from a random stream
 * @param truth the value to be covered
 * @param interval makes an interval from a sample and a seed
 * @param options `seed`; `reps` samples, default 2,000
 * @returns the share covered with its own Wilson interval, and the mean width
 * @example intervalCoverage((rng) => Float64Array.from({ length: 20 }, rng.normal), 0, (x) => studentMean(x), { seed })
 */
export function intervalCoverage<T>(
  draw: (rng: Random) => T,
  truth: number,
  interval: (sample: T, seed: Seed) => Interval,
  options: { seed: Seed; reps?: number | undefined },
): { coverage: Estimate; meanWidth: number } {
  const reps = options.reps ?? 2000;
  if (!(Number.isInteger(reps) && reps >= 1)) throw new UsageError(`reps must be a whole number above 0, got ${reps}`);
  const rng = random(split(options.seed, "draw"));
  let covered = 0;
  let width = 0;
  for (let r = 0; r < reps; r++) {
    const { low, high } = interval(draw(rng), split(options.seed, r));
    if (low <= truth && truth <= high) covered++;
    width += (high - low) / reps;
  }
  return { coverage: countEstimate(covered, reps), meanWidth: width };
}

/**
 * The exact coverage of a proportion's interval: Σ_k P(k; n, p) 1[low(k) <= p <= high(k)].
 *
 * @param n observations, at least 1
 * @param p true proportion
 * @param interval such as `wilson`
 * Source: Brown, Cai and DasGupta (2001).
 */
export function proportionCoverage(n: number, p: number, interval: (successes: number, n: number) => Interval): number {
  let covered = 0;
  for (let k = 0; k <= n; k++) {
    const { low, high } = interval(k, n);
    if (low <= p && p <= high) covered += binomialPmf(k, n, p);
  }
  return covered;
}
