import { describe, expect, it } from "vitest";
import { UsageError } from "../core/errors.ts";
import { type Random, seedFrom } from "../core/seed.ts";
import { discordantDifference } from "./contingency.ts";
import { intervalCoverage, proportionCoverage } from "./coverage.ts";
import { binomialPmf } from "./distributions.ts";
import { pairedT } from "./paired.ts";
import { clopperPearson, wilson } from "./proportions.ts";

const seed = seedFrom("coverage");
/** The same intervals, computed once for each count. */
const tabled = (n: number, interval: typeof wilson) => {
  const table = Array.from({ length: n + 1 }, (_, k) => interval(k, n));
  return (k: number) => table[k]!;
};
const sample = (n: number, draw: (rng: Random) => number) => (rng: Random) =>
  Float64Array.from({ length: n }, () => draw(rng));

describe("exact coverage of proportions", () => {
  it("Wilson's at n = 10, p = 0.3 is the sum worked from its intervals: k = 1..5 cover 0.3", () => {
    // Wilson's 95 % intervals for 10: k = 0 ends at 0.2775, k = 1 at 0.4042, k = 6 begins at 0.3127, k = 5 at 0.2366
    const choose = [1, 10, 45, 120, 210, 252];
    let sum = 0;
    for (const k of [1, 2, 3, 4, 5]) sum += choose[k]! * 0.3 ** k * 0.7 ** (10 - k);
    expect(proportionCoverage(10, 0.3, wilson)).toBeCloseTo(sum, 12);
  });

  it("Wilson's is at least 0.83 everywhere for n in 10..200, and within 1 point of 0.95 on average", () => {
    for (const n of [10, 20, 50, 200]) {
      const intervals = tabled(n, wilson);
      let sum = 0;
      let least = 1;
      for (let i = 1; i < 1000; i++) {
        const covered = proportionCoverage(n, i / 1000, intervals);
        sum += covered / 999;
        least = Math.min(least, covered);
      }
      expect(Math.abs(sum - 0.95), `n = ${n}`).toBeLessThan(0.01);
      expect(least, `n = ${n}`).toBeGreaterThan(0.83);
    }
  });

  it("Clopper and Pearson's never falls below 0.95", () => {
    for (const n of [1, 5, 20, 80]) {
      const intervals = tabled(n, clopperPearson);
      for (let i = 1; i < 500; i++) expect(proportionCoverage(n, i / 500, intervals)).toBeGreaterThanOrEqual(0.95);
    }
  });
});

describe("exact coverage of discordantDifference", () => {
  it("is at least 93 % for n >= 20 at p10 = 0.08, p01 = 0.04 and p10 = 0.25, p01 = 0.2, where t on 0/1 falls to 90 %", () => {
    for (const [p10, p01] of [
      [0.08, 0.04],
      [0.25, 0.2],
    ] as const)
      for (const n of [20, 40, 100]) {
        let covered = 0;
        for (let m = 0; m <= n; m++) {
          const some = binomialPmf(m, n, p10 + p01);
          for (let b = 0; b <= m; b++) {
            const { low, high } = discordantDifference(b, m - b, n);
            const truth = p10 - p01;
            if (low <= truth && truth <= high) covered += some * binomialPmf(b, m, p10 / (p10 + p01));
          }
        }
        expect(covered, `${p10} ${p01} n = ${n}`).toBeGreaterThan(0.93);
      }
  });
});

describe("simulated coverage of the paired t interval", () => {
  it.each([
    ["normal", (rng: Random) => rng.normal()],
    ["uniform", (rng: Random) => rng.uniform() - 0.5],
    ["Laplace", (rng: Random) => rng.exponential() - rng.exponential()],
  ] as const)("reaches 94 % on %s differences at n = 20 and 40 (8,000 samples)", (_, draw) => {
    for (const n of [20, 40]) {
      const { coverage } = intervalCoverage(sample(n, draw), 0, (d) => pairedT(d), { seed, reps: 8000 });
      expect(coverage.value).toBeGreaterThanOrEqual(0.94);
      expect(coverage.value).toBeLessThan(0.965);
    }
  });

  it("sees an interval that is too short", () => {
    const { coverage } = intervalCoverage(
      sample(20, (rng) => rng.normal()),
      0,
      (d) => pairedT(d, { level: 0.8 }),
      { seed },
    );
    expect(coverage.value).toBeLessThan(0.85);
    expect(() =>
      intervalCoverage(
        sample(2, (rng) => rng.normal()),
        0,
        (d) => pairedT(d),
        { seed, reps: 0 },
      ),
    ).toThrow(UsageError);
  });
});
