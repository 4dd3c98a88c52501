import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { studentMean } from "./mean.ts";
import { clopperPearson, wilson } from "./proportions.ts";

const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/stats-a/intervals.json", import.meta.url), "utf8"),
) as {
  proportions: [number, number, number, number, number, number, number][];
  mean: { values: number[]; level: number; low: number; high: number };
};

describe("wilson and clopperPearson", () => {
  // SciPy 1.17 binomtest(...).proportion_ci; SciPy finds Clopper-Pearson's ends by a root search with xtol 2e-12
  it("agree with SciPy to 1e-10", () => {
    for (const [k, n, level, wLow, wHigh, cLow, cHigh] of expected.proportions) {
      const w = wilson(k, n, level);
      const c = clopperPearson(k, n, level);
      expect(Math.abs(w.low - wLow)).toBeLessThan(1e-10);
      expect(Math.abs(w.high - wHigh)).toBeLessThan(1e-10);
      expect(Math.abs(c.low - cLow)).toBeLessThan(1e-10);
      expect(Math.abs(c.high - cHigh)).toBeLessThan(1e-10);
    }
  });

  it("mirror when successes and failures change places, and stay inside [0, 1]", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const k = Math.round(share * n);
        for (const interval of [wilson, clopperPearson]) {
          const one = interval(k, n);
          const other = interval(n - k, n);
          expect(one.low).toBeCloseTo(1 - other.high, 10);
          expect(one.low).toBeGreaterThanOrEqual(0);
          expect(one.high).toBeLessThanOrEqual(1);
          expect(one.low).toBeLessThanOrEqual(k / n);
          expect(one.high).toBeGreaterThanOrEqual(k / n);
        }
      }),
    );
  });

  it("refuse no observations and impossible counts", () => {
    expect(() => wilson(0, 0)).toThrow(NotEnoughDataError);
    expect(() => clopperPearson(0, 0)).toThrow(NotEnoughDataError);
    expect(() => wilson(3, 2)).toThrow(UsageError);
    expect(() => wilson(1, 2, 1)).toThrow(UsageError);
  });
});

describe("studentMean", () => {
  it("agrees with SciPy's ttest_1samp interval to 1e-10", () => {
    const { values, level, low, high } = expected.mean;
    const got = studentMean(values, level);
    expect(got.low).toBeCloseTo(low, 10);
    expect(got.high).toBeCloseTo(high, 10);
  });

  it("gives width 0 for constant values and refuses a single one", () => {
    expect(studentMean([0.1, 0.1, 0.1])).toEqual({ mean: 0.1, low: 0.1, high: 0.1, standardError: 0 });
    expect(() => studentMean([1])).toThrow(NotEnoughDataError);
    expect(() => studentMean([1, Number.NaN])).toThrow(UsageError);
  });
});
