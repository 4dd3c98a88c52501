import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { random, seedFrom } from "../core/seed.ts";
import { type BootstrapMethod, bootstrap, bootstrapInterval, bootstrapOf } from "./bootstrap.ts";
import { clusterResampler, resampleIndices, stratifiedResampler } from "./resample.ts";
import { meanOf, varianceOf } from "./sample.ts";

const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/stats-a/bootstrap.json", import.meta.url), "utf8"),
) as {
  cases: {
    values: number[];
    reps: number;
    indices: number[];
    intervals: [string, BootstrapMethod, number, number, number][];
  }[];
};
const seed = seedFrom("bootstrap");
const statistics: Record<string, (values: Float64Array) => number> = {
  mean: meanOf,
  sd: (values) => Math.sqrt(varianceOf(values, 0)),
};

describe("bootstrap", () => {
  // the same indices were given to SciPy 1.17 `bootstrap` (scripts/expected/stats_a.py); ends must agree to 1e-12
  it("has SciPy's interval ends on the same resample indices: percentile, basic, BCa", () => {
    for (const { values, indices, intervals } of expected.cases)
      for (const [statistic, method, level, low, high] of intervals) {
        const got = bootstrapOf(values, statistics[statistic]!, {
          seed,
          method,
          level,
          indices: Int32Array.from(indices),
        });
        expect(Math.abs(got.low - low), `${statistic} ${method}`).toBeLessThan(1e-12);
        expect(Math.abs(got.high - high), `${statistic} ${method}`).toBeLessThan(1e-12);
      }
  });

  it("draws the indices that resampleIndices gives for the same seed", () => {
    const values = expected.cases[0]!.values;
    const drawn = bootstrapOf(values, meanOf, { seed, reps: 500 });
    const given = bootstrapOf(values, meanOf, { seed, indices: resampleIndices(values.length, 500, seed) });
    expect(given).toEqual(drawn);
  });

  const file = dataPath("arena-hard-stats/arena_hard_bootstrap.jsonl");
  it.skipIf(file === undefined)("gives Arena-Hard's published percentile intervals exactly (needs shared data)", () => {
    const rows = readFileSync(file!, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { score: number; lower: number; upper: number; results: number[] });
    expect(rows.length).toBe(28);
    for (const { score, lower, upper, results } of rows) {
      const { low, high } = bootstrapInterval(Float64Array.from(results).sort(), score);
      expect(low).toBeCloseTo(lower, 12);
      expect(high).toBeCloseTo(upper, 12);
    }
  });

  const cases = dataPath("stat-vectors/cases.jsonl");
  it.skipIf(cases === undefined)("gives the rouge scorer's bootstrap intervals of a mean (needs shared data)", () => {
    // upstream: 1,000 resamples, percentiles 5 and 95 by rounding to a replicate; on 3 values the replicates are so few that any
    // fair resampling lands on the same ones. The upstream middle is the median of the replicates.
    const rows = readFileSync(cases!, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; values: number[]; confidence: number; expected: number[] })
      .filter((row) => row.kind === "bootstrap_ci_of_mean");
    expect(rows.length).toBe(2);
    for (const row of rows) {
      const got = bootstrapOf(row.values, meanOf, { seed, reps: 20_000, level: row.confidence });
      expect(got.low).toBeCloseTo(row.expected[0]!, 8);
      expect(got.high).toBeCloseTo(row.expected[2]!, 8);
    }
  });

  it("keeps the size of every stratum, and takes clusters whole", () => {
    const strata = ["a", "b", "a", "c", "b", "a"];
    const draw = stratifiedResampler(strata, random(seed));
    for (let r = 0; r < 50; r++) {
      const labels = [...draw()].map((i) => strata[i]).sort();
      expect(labels).toEqual(["a", "a", "a", "b", "b", "c"]);
    }
    const cluster = clusterResampler(strata, random(seed));
    for (let r = 0; r < 50; r++) {
      const counts = new Map<number, number>();
      for (const i of cluster()) counts.set(i, (counts.get(i) ?? 0) + 1);
      expect(counts.get(0)).toBe(counts.get(2));
      expect(counts.get(1)).toBe(counts.get(4));
    }
  });

  it("draws uniformly: chi-squared over 3 x 10^5 draws stays below its 1 - 1e-6 quantile", () => {
    for (const n of [3, 10, 57]) {
      const counts = new Float64Array(n);
      const draws = resampleIndices(n, Math.floor(300_000 / n), seed);
      for (const i of draws) counts[i]!++;
      const mean = draws.length / n;
      const chi2 = counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0);
      expect(chi2).toBeLessThan(n - 1 + 5 * Math.sqrt(2 * (n - 1)) + 16);
      expect(counts.every((count) => count > 0)).toBe(true);
    }
  });

  it("widens with clusters that go together", () => {
    const values = Float64Array.from({ length: 60 }, (_, i) => Math.floor(i / 6) % 2);
    const clusters = Array.from({ length: 60 }, (_, i) => Math.floor(i / 6));
    const plain = bootstrapOf(values, meanOf, { seed, reps: 2000 });
    const clustered = bootstrapOf(values, meanOf, { seed, reps: 2000, clusters });
    expect(clustered.high - clustered.low).toBeGreaterThan(2 * (plain.high - plain.low));
  });

  it("states degenerate cases: constant values have width 0, too few are refused, BCa outside its replicates is refused", () => {
    const flat = bootstrapOf([2, 2, 2], meanOf, { seed, method: "bca", reps: 100 });
    expect([flat.value, flat.low, flat.high, flat.standardError]).toEqual([2, 2, 2, 0]);
    expect(() => bootstrapOf([1], meanOf, { seed })).toThrow(NotEnoughDataError);
    expect(() => bootstrapOf([1, 2], meanOf, { seed, clusters: ["a", "a"] })).toThrow(NotEnoughDataError);
    expect(() => bootstrapOf([1, 2], meanOf, { seed, clusters: ["a", "b"], strata: ["a", "b"] })).toThrow(UsageError);
    expect(() => bootstrapInterval(Float64Array.of(1, 2, 3), 5, { method: "bc" })).toThrow(NotEnoughDataError);
    expect(() => bootstrap(3, () => Number.NaN, { seed })).toThrow(UsageError);
  });
});
