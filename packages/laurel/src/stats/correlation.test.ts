import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expected } from "../../../../test/expected/stats-b/read.ts";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import { kendall, midRanks, pearson, spearman } from "./correlation.ts";
import { kendallCounts } from "./kendall.ts";

type Pair = [value: number, p: number];
const { cases } = expected<{
  cases: { x: number[]; y: number[]; pearson?: Pair; spearman: Pair; kendall: Pair; pearsonInterval90?: Pair }[];
}>("correlation");

describe("correlations", () => {
  it("equal SciPy's values (1e-12) and default p values (1e-8), with and without ties, exact and asymptotic", () => {
    for (const c of cases) {
      const checks = [
        [spearman(c.x, c.y), c.spearman],
        [kendall(c.x, c.y), c.kendall],
      ] as const;
      for (const [got, [value, p]] of c.pearson === undefined
        ? checks
        : [...checks, [pearson(c.x, c.y), c.pearson] as const]) {
        expect(Math.abs(got.value - value)).toBeLessThan(1e-12);
        expect(Math.abs(got.p - p)).toBeLessThan(1e-8);
      }
      if (c.pearsonInterval90 === undefined) continue;
      const { low, high } = pearson(c.x, c.y, 0.9);
      expect(Math.abs(low - c.pearsonInterval90[0])).toBeLessThan(1e-10);
      expect(Math.abs(high - c.pearsonInterval90[1])).toBeLessThan(1e-10);
    }
  });

  it("count discordant and tied pairs as all pairs one by one do", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })), { maxLength: 25 }),
        (pairs) => {
          const x = pairs.map(([a]) => a);
          const y = pairs.map(([, b]) => b);
          let discordant = 0;
          let tiedX = 0;
          let tiedY = 0;
          let tiedBoth = 0;
          for (let i = 0; i < x.length; i++)
            for (let j = 0; j < i; j++) {
              if (x[i] === x[j]) tiedX++;
              if (y[i] === y[j]) tiedY++;
              if (x[i] === x[j] && y[i] === y[j]) tiedBoth++;
              if ((x[i]! - x[j]!) * (y[i]! - y[j]!) < 0) discordant++;
            }
          expect(kendallCounts(x, y)).toMatchObject({ discordant, tiedX, tiedY, tiedBoth });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("ignore the pairs' order and increasing maps (rank ones), change sign with one side, and hold value in interval", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
          minLength: 5,
          maxLength: 40,
        }),
        (pairs) => {
          const x = pairs.map(([a]) => a);
          const y = pairs.map(([, b]) => b);
          if (new Set(x).size < 2 || new Set(y).size < 2) return;
          for (const f of [pearson, spearman, kendall]) {
            const r = f(x, y);
            expect(r.low).toBeLessThanOrEqual(r.value);
            expect(r.high).toBeGreaterThanOrEqual(r.value);
            expect(r.p).toBeGreaterThanOrEqual(0);
            expect(r.p).toBeLessThanOrEqual(1);
            expect(f(y, x).value).toBeCloseTo(r.value, 12);
            expect(f([...x].reverse(), [...y].reverse()).value).toBeCloseTo(r.value, 12);
            expect(
              f(
                x,
                y.map((b) => -b),
              ).value,
            ).toBeCloseTo(-r.value, 12);
            if (f !== pearson)
              expect(
                f(
                  x.map((a) => a ** 3 + a),
                  y,
                ).value,
              ).toBeCloseTo(r.value, 12);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("cover the truth in about 95 % of 600 bivariate normal samples of 40 (4 standard errors: 0.914 to 0.986)", () => {
    const rho = 0.5;
    // Of a bivariate normal: Spearman 6/π asin(ρ/2), Kendall 2/π asin(ρ).
    const truth = [rho, (6 / Math.PI) * Math.asin(rho / 2), (2 / Math.PI) * Math.asin(rho)];
    const hits = [0, 0, 0];
    const r = random(seedFrom("correlation coverage"));
    for (let s = 0; s < 600; s++) {
      const x = Float64Array.from({ length: 40 }, () => r.normal());
      const y = x.map((a) => rho * a + Math.sqrt(1 - rho * rho) * r.normal());
      [pearson, spearman, kendall].forEach((f, i) => {
        const { low, high } = f(x, y);
        if (low <= truth[i]! && truth[i]! <= high) hits[i]!++;
      });
    }
    for (const h of hits) {
      expect(h / 600).toBeGreaterThan(0.914);
      expect(h / 600).toBeLessThan(0.986);
    }
  });

  it("sort 200,000 pairs for Kendall's tau in under 8 s (counting all pairs takes far longer)", () => {
    const r = random(seedFrom(5));
    const x = Float64Array.from({ length: 200_000 }, () => r.below(1000));
    const y = Float64Array.from(x, (a) => a + r.below(1000));
    const start = performance.now();
    expect(kendall(x, y).value).toBeGreaterThan(0.3);
    expect(performance.now() - start).toBeLessThan(8000);
  });

  it("state their degenerate cases: too few, constant, unequal lengths, NaN, two pairs, perfect order", () => {
    for (const f of [pearson, spearman, kendall]) {
      expect(() => f([], [])).toThrow(NotEnoughDataError);
      expect(() => f([1], [1])).toThrow(NotEnoughDataError);
      expect(() => f([1, 1, 1], [1, 2, 3])).toThrow("all values of x are equal");
      expect(() => f([1, 2, 3], [2, 2, 2])).toThrow(NotEnoughDataError);
      expect(() => f([1, 2], [1, 2, 3])).toThrow(UsageError);
      expect(() => f([1, Number.NaN], [1, 2])).toThrow(UsageError);
      expect(f([1, 2], [2, 1])).toMatchObject({ value: -1, low: -1, high: 1, p: 1 });
      expect(f([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6])).toMatchObject({ value: 1, low: 1, high: 1 });
    }
    expect([...midRanks([3, 1, 3])]).toEqual([2.5, 1, 2.5]);
  });
});
