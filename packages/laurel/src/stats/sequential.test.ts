import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { type Random, random, seedFrom, split } from "../core/seed.ts";
import { empiricalBernsteinSequence, mixtureHalfWidth, mixtureRho, normalMixtureSequence } from "./sequential.ts";

const seed = seedFrom("sequential");

/** The share of streams in which the truth is outside the interval at any time up to n. */
function everMissed(
  streams: number,
  n: number,
  draw: (rng: Random) => number,
  truth: number,
  sequence: (values: Float64Array) => { low: Float64Array; high: Float64Array },
): number {
  let missed = 0;
  for (let s = 0; s < streams; s++) {
    const rng = random(split(seed, s));
    const { low, high } = sequence(Float64Array.from({ length: n }, () => draw(rng)));
    if (low.some((end, i) => end > truth || high[i]! < truth)) missed++;
  }
  return missed / streams;
}
// at most 5 % may miss; 4 standard errors of 600 streams are allowed on top
const bound = 0.05 + 4 * Math.sqrt((0.05 * 0.95) / 600);

describe("confidence sequences", () => {
  it("normal mixture: misses at any of 1,000 looks in at most 5 % of streams with known sigma", () => {
    const normal = everMissed(
      600,
      1000,
      (rng) => 3 + 2 * rng.normal(),
      3,
      (x) => normalMixtureSequence(x, { sigma: 2 }),
    );
    expect(normal).toBeLessThan(bound);
    const coin = everMissed(
      600,
      1000,
      (rng) => Number(rng.uniform() < 0.3),
      0.3,
      (x) => normalMixtureSequence(x, { sigma: 0.5 }),
    );
    expect(coin).toBeLessThan(bound);
  });

  it("empirical Bernstein: misses at any look in at most 5 % of streams of 0/1, skewed and constant values", () => {
    for (const [draw, truth] of [
      [(rng: Random) => Number(rng.uniform() < 0.1), 0.1],
      [(rng: Random) => rng.uniform() ** 3, 0.25],
      [() => 0.5, 0.5],
    ] as const)
      expect(everMissed(600, 1000, draw, truth, empiricalBernsteinSequence)).toBeLessThan(bound);
  });

  it("the fixed-n interval, looked at every time, does miss far more often: the reason for these", () => {
    const peeking = everMissed(
      300,
      1000,
      (rng) => rng.normal(),
      0,
      (x) => {
        let sum = 0;
        const means = x.map((value, i) => (sum += value) / (i + 1));
        return {
          low: means.map((mean, i) => mean - 1.96 / Math.sqrt(i + 1)),
          high: means.map((mean, i) => mean + 1.96 / Math.sqrt(i + 1)),
        };
      },
    );
    expect(peeking).toBeGreaterThan(0.2);
  });

  it("follow the published formulas at one point", () => {
    // by hand: t = 100, sigma = 1, rho = 0.2, alpha = 0.05: 2 (100 * 0.04 + 1) / (10^4 * 0.04) * log(sqrt(5) / 0.05) = 0.0950131...
    expect(mixtureHalfWidth(100, 1, 0.05, 0.2)).toBeCloseTo(Math.sqrt(0.025 * Math.log(Math.sqrt(5) / 0.05)), 12);
    // the tuned rho is within 1 % of the best half-width at its target, found by search
    const at = (rho: number): number => mixtureHalfWidth(500, 1, 0.05, rho);
    const best = Math.min(...Array.from({ length: 400 }, (_, i) => at(0.005 * (i + 1))));
    expect(at(mixtureRho(500, 0.05))).toBeLessThan(1.01 * best);
    // one value of 1: lambda = 1/2 (its cap), v = (1 - 1/2)^2, so half = (log 40 + (log 2 - 1/2) / 4) / (1/2): wider than [0, 1]
    expect(empiricalBernsteinSequence([1])).toEqual({
      value: Float64Array.of(1),
      low: Float64Array.of(0),
      high: Float64Array.of(1),
    });
  });

  it("empirical Bernstein narrows with n, more where values vary less, and maps ranges", () => {
    const rng = random(seed);
    const wide = Float64Array.from({ length: 2000 }, () => Number(rng.uniform() < 0.5));
    const calm = wide.map((x) => 0.45 + 0.1 * x);
    const [a, b] = [empiricalBernsteinSequence(wide), empiricalBernsteinSequence(calm)];
    const width = (s: { low: Float64Array; high: Float64Array }, i: number): number => s.high[i]! - s.low[i]!;
    expect(width(a, 1999)).toBeLessThan(width(a, 199));
    expect(width(b, 1999)).toBeLessThan(0.5 * width(a, 1999));
    const scaled = empiricalBernsteinSequence(
      wide.map((x) => 10 * x - 5),
      { range: [-5, 5] },
    );
    expect(scaled.low[1999]).toBeCloseTo(10 * a.low[1999]! - 5, 9);
  });

  it("state degenerate input", () => {
    expect(normalMixtureSequence([2, 2]).low[1]).toBe(Number.NEGATIVE_INFINITY);
    expect(Number.isFinite(normalMixtureSequence([2, 3]).low[1])).toBe(true);
    expect(() => normalMixtureSequence([])).toThrow(NotEnoughDataError);
    expect(() => empiricalBernsteinSequence([])).toThrow(NotEnoughDataError);
    expect(() => empiricalBernsteinSequence([1.2])).toThrow(UsageError);
  });
});
