import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { clusteredDifference, clusteredMean, clusteredStandardError } from "./cluster.ts";
import { discordantDifference, mcnemar, mcnemarOf } from "./contingency.ts";
import { benjaminiHochberg, holm } from "./multiplicity.ts";
import { meanOf, varianceOf } from "./sample.ts";

const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/stats-a/tests.json", import.meta.url), "utf8"),
) as {
  mcnemar: number[][];
  adjust: { ps: number[]; holm: number[]; bh: number[] }[];
  clusters: { y: number[]; labels: number[]; cr0: number; cr1: number; ci: [number, number] }[];
};

describe("mcnemar", () => {
  it("agrees with statsmodels 0.15 to 1e-10: exact, chi-squared, corrected, mid-p", () => {
    for (const [b, c, exact, chi, chiP, corrected, correctedP, mid] of expected.mcnemar) {
      expect(mcnemar(b!, c!).p).toBeCloseTo(exact!, 10);
      if (chi === undefined) continue;
      expect(mcnemar(b!, c!, { method: "chi2" })).toMatchObject({
        statistic: expect.closeTo(chi, 10),
        p: expect.closeTo(chiP!, 10),
      });
      // statsmodels does not stop the correction at 0, which turns b = c into p below 1; ours does
      if (b !== c)
        expect(mcnemar(b!, c!, { method: "chi2-corrected" })).toMatchObject({
          statistic: expect.closeTo(corrected!, 10),
          p: expect.closeTo(correctedP!, 10),
        });
      expect(mcnemar(b!, c!, { method: "mid-p" }).p).toBeCloseTo(mid!, 10);
    }
  });

  it("gives Perception-R1's published 1 against 5: exact p 0.21875", () => {
    expect(mcnemar(1, 5).p).toBeCloseTo(0.21875, 14);
  });

  it("is symmetric, in [0, 1], and smaller for a larger imbalance of the same total", () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (b, c) => {
        for (const method of ["exact", "mid-p", "chi2", "chi2-corrected"] as const) {
          const { p } = mcnemar(b, c, { method });
          expect(mcnemar(c, b, { method }).p).toBeCloseTo(p, 12);
          expect(p >= 0 && p <= 1).toBe(true);
          if (b >= c && c > 0) expect(mcnemar(b + 1, c - 1, { method }).p).toBeLessThanOrEqual(p + 1e-12);
        }
      }),
    );
  });

  it("states degenerate tables: no discordant items give p = 1, no odds ratio without losses, no items are refused", () => {
    for (const method of ["exact", "mid-p", "chi2", "chi2-corrected"] as const)
      expect(mcnemar(0, 0, { method })).toMatchObject({ p: 1, statistic: 0, oddsRatio: undefined });
    expect(mcnemar(3, 0).oddsRatio).toBeUndefined();
    expect(mcnemar(0, 3).oddsRatio).toMatchObject({ value: 0, low: 0 });
    expect(mcnemarOf([true, false, true], [false, false, true])).toMatchObject({ onlyFirst: 1, onlySecond: 0 });
    expect(() => mcnemarOf([], [])).toThrow(NotEnoughDataError);
    expect(() => mcnemarOf([true], [])).toThrow(UsageError);
    expect(() => mcnemar(1.5, 2)).toThrow(UsageError);
  });
});

describe("discordantDifference", () => {
  it("is worked by hand, mirrors, holds the value and narrows with n", () => {
    // b = 8, c = 2, n = 48: shares 9/50 and 3/50, half-width z sqrt((0.24 - 0.0144) / 50)
    const got = discordantDifference(8, 2, 48);
    const half = 1.959963984540054 * Math.sqrt((0.24 - 0.0144) / 50);
    expect(got.value).toBe(0.125);
    expect(got.low).toBeCloseTo(0.12 - half, 12);
    expect(got.high).toBeCloseTo(0.12 + half, 12);
    fc.assert(
      fc.property(fc.nat(30), fc.nat(30), fc.nat(100), (b, c, both) => {
        fc.pre(b + c + both > 0);
        const one = discordantDifference(b, c, b + c + both);
        const other = discordantDifference(c, b, b + c + both);
        expect(other.low).toBeCloseTo(-one.high, 12);
        expect(one.low).toBeLessThanOrEqual(one.value);
        expect(one.high).toBeGreaterThanOrEqual(one.value);
        const more = discordantDifference(4 * b, 4 * c, 4 * (b + c + both));
        expect(more.high - more.low).toBeLessThan(one.high - one.low);
      }),
    );
    expect(() => discordantDifference(0, 0, 0)).toThrow(NotEnoughDataError);
    expect(() => discordantDifference(2, 2, 3)).toThrow(UsageError);
  });
});

describe("holm and benjaminiHochberg", () => {
  it("agree with statsmodels and SciPy to 1e-12", () => {
    for (const { ps, holm: h, bh } of expected.adjust) {
      for (const [i, p] of holm(ps).entries()) expect(p).toBeCloseTo(h[i]!, 12);
      for (const [i, p] of benjaminiHochberg(ps).entries()) expect(p).toBeCloseTo(bh[i]!, 12);
    }
  });

  it("never lower a p, keep the order, and take none and ties", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), (ps) => {
        const h = holm(ps);
        const bh = benjaminiHochberg(ps);
        for (const [i, p] of ps.entries()) {
          expect(bh[i]!).toBeGreaterThanOrEqual(p * (1 - 1e-12));
          expect(h[i]!).toBeGreaterThanOrEqual(bh[i]! * (1 - 1e-12));
          for (const [j, q] of ps.entries()) if (p < q) expect(h[i]!).toBeLessThanOrEqual(h[j]!);
        }
      }),
    );
    expect(() => holm([Number.NaN])).toThrow(UsageError);
  });
});

describe("clustered errors", () => {
  it("agree with statsmodels' OLS on a constant to 1e-10: CR0, CR1 and the t interval", () => {
    for (const { y, labels, cr0, cr1, ci } of expected.clusters) {
      expect(clusteredStandardError(y, labels, "CR0")).toBeCloseTo(cr0, 10);
      const got = clusteredMean(y, labels);
      expect(got.standardError).toBeCloseTo(cr1, 10);
      expect(got.low).toBeCloseTo(ci[0], 10);
      expect(got.high).toBeCloseTo(ci[1], 10);
    }
  });

  const file = dataPath("stat-vectors/cases.jsonl");
  it.skipIf(file === undefined)("give inspect_ai's published values (needs shared data)", () => {
    const rows = readFileSync(file!, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter((row) => ["clustered_standard_error", "standard_error_of_mean"].includes(row.kind));
    expect(rows.length).toBe(3);
    for (const row of rows) {
      const got =
        row.kind === "clustered_standard_error"
          ? clusteredStandardError(row.values, row.clusters)
          : Math.sqrt(varianceOf(row.values) / row.values.length);
      expect(Math.abs(got - row.expected)).toBeLessThanOrEqual(row.tolerance);
    }
  });

  it("equal the plain error where every item is its own cluster, and do not depend on the labels' names", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 30 }), (values) => {
        const own = values.map((_, i) => i);
        const plain = Math.sqrt(varianceOf(values) / values.length);
        expect(clusteredStandardError(values, own)).toBeCloseTo(plain, 12);
        const pairs = values.map((_, i) => i >> 1);
        if (values.length > 2)
          expect(
            clusteredStandardError(
              values,
              pairs.map((g) => `g${-g}`),
            ),
          ).toBeCloseTo(clusteredStandardError(values, pairs), 12);
      }),
    );
  });

  it("take differences, and refuse a single cluster", () => {
    const got = clusteredDifference([1, 2, 3, 4], [0, 0, 1, 1], ["a", "a", "b", "b"]);
    expect(got.mean).toBe(meanOf([1, 2, 2, 3]));
    expect(clusteredMean([1, 1, 1], [1, 2, 3])).toMatchObject({ mean: 1, low: 1, high: 1, standardError: 0 });
    expect(() => clusteredMean([1, 2], ["a", "a"])).toThrow(NotEnoughDataError);
    expect(() => clusteredMean([1, 2], ["a"])).toThrow(UsageError);
  });
});
