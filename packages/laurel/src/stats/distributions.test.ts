import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../core/errors.ts";
import * as distributions from "./distributions.ts";
import { noncentralTCdf } from "./noncentral-t.ts";
import * as special from "./special.ts";

const { rows } = JSON.parse(
  readFileSync(new URL("../../../../test/expected/stats-a/special.json", import.meta.url), "utf8"),
) as { rows: [string, ...number[]][] };

const all = { ...special, ...distributions, noncentralTCdf } as unknown as Record<
  string,
  (...args: number[]) => number
>;

describe("special functions and distributions", () => {
  // expected values: SciPy 1.17 (scripts/expected/stats_a.py); a value passes within 1e-10 of it, relative to its size
  // (values below 1e-12 relative to 1e-12); the noncentral t, which is integrated numerically, within 1e-10 absolutely
  const names = [...new Set(rows.map(([name]) => name))];
  it.each(names)("%s agrees with SciPy to 1e-10", (name) => {
    const worst = rows
      .filter(([one]) => one === name)
      .map(([, ...numbers]) => {
        const want = numbers.at(-1)!;
        const got = all[name]!(...numbers.slice(0, -1));
        const scale = name === "noncentralTCdf" ? 1 : Math.max(Math.abs(want), 1e-12);
        return { args: numbers.slice(0, -1), want, got, error: Math.abs(got - want) / scale };
      })
      .sort((a, b) => b.error - a.error)[0]!;
    expect(worst.error, JSON.stringify(worst)).toBeLessThan(1e-10);
  });

  it("inverts: cdf(quantile(p)) = p to 1e-12", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
        fc.double({ min: 0.3, max: 500, noNaN: true }),
        fc.double({ min: 0.3, max: 500, noNaN: true }),
        (p, a, b) => {
          expect(distributions.normalCdf(distributions.normalQuantile(p))).toBeCloseTo(p, 12);
          expect(distributions.tCdf(distributions.tQuantile(p, a), a)).toBeCloseTo(p, 12);
          expect(distributions.chi2Cdf(distributions.chi2Quantile(p, a), a)).toBeCloseTo(p, 12);
          expect(distributions.fCdf(distributions.fQuantile(p, a, b), a, b)).toBeCloseTo(p, 12);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("sums a binomial's probabilities to 1", () => {
    let sum = 0;
    for (let k = 0; k <= 300; k++) sum += distributions.binomialPmf(k, 300, 0.37);
    expect(sum).toBeCloseTo(1, 13);
  });

  it("refuses what is not defined", () => {
    expect(() => special.logGamma(0)).toThrow(UsageError);
    expect(() => special.incompleteBeta(1.5, 1, 1)).toThrow(UsageError);
    expect(() => distributions.tQuantile(0.5, 0)).toThrow(UsageError);
    expect(() => distributions.normalQuantile(Number.NaN)).toThrow(UsageError);
    expect(() => distributions.binomialPmf(1, 2.5, 0.5)).toThrow(UsageError);
  });
});
