import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { expected } from "../../../../test/expected/stats-b/read.ts";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import { brier, brierDecomposition, logLoss } from "./brier.ts";
import { ece, reliabilityCurve } from "./calibration.ts";
import { spearman } from "./correlation.ts";
import { normalCdf } from "./distributions.ts";
import { meanOf, varianceOf } from "./sample.ts";

const file = expected<{
  forecast: number[];
  outcome: number[];
  curve: { accuracy: number[]; confidence: number[] };
  brier: number;
  logLoss: number;
  extreme: { forecast: number[]; outcome: number[]; logLoss: number };
}>("calibration");
const arena = dataPath("arena-hard-stats/published.json");
const seed = seedFrom("calibration");

/** Calibrated forecasts: uniform p, outcome 1 with probability p + shift. */
function sample(n: number, shift: number, name: string) {
  const r = random(seedFrom(name));
  const forecast = Float64Array.from({ length: n }, () => 0.1 + 0.7 * r.uniform());
  return { forecast, outcome: forecast.map((p) => (r.uniform() < p + shift ? 1 : 0)) };
}

describe("scores of forecasts", () => {
  it("equal scikit-learn's Brier score, log-loss (also at 0 and 1) and calibration curve (1e-12)", () => {
    expect(Math.abs(brier(file.forecast, file.outcome).value - file.brier)).toBeLessThan(1e-12);
    expect(Math.abs(logLoss(file.forecast, file.outcome).value - file.logLoss)).toBeLessThan(1e-12);
    const { extreme } = file;
    expect(Math.abs(logLoss(extreme.forecast, extreme.outcome).value - extreme.logLoss)).toBeLessThan(1e-12);
    const curve = reliabilityCurve(file.forecast, file.outcome, { bins: 8 });
    expect(curve.length).toBe(file.curve.accuracy.length);
    curve.forEach((bin, b) => {
      expect(Math.abs(bin.accuracy.value - file.curve.accuracy[b]!)).toBeLessThan(1e-12);
      expect(Math.abs(bin.confidence - file.curve.confidence[b]!)).toBeLessThan(1e-12);
      expect(bin.accuracy.low).toBeLessThan(bin.accuracy.value + 1e-12);
    });
  });

  it.skipIf(arena === undefined)(
    "give the published Brier score, log-loss and Spearman of Arena-Hard (1e-10; needs the shared data)",
    () => {
      const read = (name: string): string => readFileSync(dataPath(`arena-hard-stats/${name}`)!, "utf8");
      const rows = <T>(name: string): T[] =>
        read(name)
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as T);
      const published = (JSON.parse(read("published.json")) as { arena_hard: Record<string, number> }).arena_hard;
      const bench = new Map(
        rows<{ model: string; score: number; results: number[] }>("arena_hard_bootstrap.jsonl").map((r) => [
          r.model.toLowerCase(),
          r,
        ]),
      );
      const map = Object.values(JSON.parse(read("model_name_map.json")) as Record<string, Record<string, string>>)[0]!;
      const rating = new Map<string, number>();
      for (const { model, rating: points } of rows<{ model: string; rating: number }>(
        "chatbot_arena_elo_20240329.jsonl",
      ))
        if (map[model] !== undefined) rating.set(map[model].toLowerCase(), points);
      const names = [...rating.keys()].filter((name) => bench.has(name)).sort();
      expect(names.length).toBe(20);
      const moments = names.map((name) => {
        const { results } = bench.get(name)!;
        return { mean: meanOf(results), variance: results.length > 1 ? varianceOf(results, 0) : 0 };
      });
      const forecast: number[] = [];
      const outcome: number[] = [];
      for (let a = 0; a < 20; a++)
        for (let b = a + 1; b < 20; b++) {
          const { mean: ma, variance: va } = moments[a]!;
          const { mean: mb, variance: vb } = moments[b]!;
          forecast.push(normalCdf((mb - ma) / Math.sqrt(va + vb)));
          outcome.push(rating.get(names[a]!)! < rating.get(names[b]!)! ? 1 : 0);
        }
      expect(Math.abs(brier(forecast, outcome).value - published["brier"]!)).toBeLessThan(1e-10);
      expect(Math.abs(logLoss(forecast, outcome).value - published["log_loss"]!)).toBeLessThan(1e-10);
      const rho = spearman(
        names.map((name) => bench.get(name)!.score),
        names.map((name) => rating.get(name)!),
      );
      expect(Math.abs(rho.value - published["spearman"]!)).toBeLessThan(1e-10);
    },
  );

  it("split the Brier score exactly, by value and with any bins", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.boolean()), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom("equal-width" as const, "equal-mass" as const),
        (rows, bins, scheme) => {
          const p = rows.map(([x]) => x / 20);
          const y = rows.map(([, b]) => (b ? 1 : 0));
          for (const by of ["value" as const, { bins, scheme }]) {
            const d = brierDecomposition(p, y, { by });
            expect(d.reliability - d.resolution + d.uncertainty + d.within).toBeCloseTo(d.brier, 12);
            expect(d.brier).toBeCloseTo(brier(p, y).value, 12);
          }
          expect(brierDecomposition(p, y).within).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("state their degenerate cases", () => {
    for (const f of [brier, logLoss, reliabilityCurve, brierDecomposition] as const) {
      expect(() => f([], [])).toThrow(NotEnoughDataError);
      expect(() => f([1.2], [1])).toThrow(UsageError);
      expect(() => f([0.5], [0.5])).toThrow(UsageError);
      expect(() => f([Number.NaN], [1])).toThrow(UsageError);
    }
    expect(brier([0.5], [1])).toMatchObject({ value: 0.25, low: 0, high: 1 });
    expect(Number.isFinite(logLoss([0], [1]).value)).toBe(true);
    expect(() => ece([], [], { seed })).toThrow(NotEnoughDataError);
    expect(() => ece([0.5], [1], { seed, norm: 2, debias: true })).toThrow(NotEnoughDataError);
    expect(ece([0.5], [1], { seed })).toMatchObject({ value: 0.5, low: 0.5, high: 0.5 });
    expect(() => ece([0.5], [1], { seed, bins: 0 })).toThrow(UsageError);
  });
});

describe("ece", () => {
  it("is the hand-made value: |1/2 - 0.25| and |1 - 0.9| on 2 and 1 of 3 items; root mean square for norm 2", () => {
    const p = [0.2, 0.3, 0.9];
    const y = [1, 0, 1];
    expect(ece(p, y, { seed, bins: 2, reps: 50 }).value).toBeCloseTo((2 * 0.25 + 0.1) / 3, 12);
    expect(ece(p, y, { seed, bins: 2, reps: 50, norm: 2 }).value).toBeCloseTo(Math.sqrt((2 * 0.0625 + 0.01) / 3), 12);
  });

  it("puts a forecast on an edge into the lower bin, also where the product rounds across it", () => {
    const curve = reliabilityCurve([0.07, 0.57, 0.3], [1, 1, 0], { bins: 100 });
    expect(curve.map((bin) => bin.high)).toEqual([0.07, 0.3, 0.57]);
    expect(reliabilityCurve([0, 1], [0, 1], { bins: 10 }).map((bin) => bin.low)).toEqual([0, 0.9]);
  });

  it("makes equal-mass bins of the same size where forecasts differ, and never splits equal forecasts", () => {
    const r = random(seedFrom(9));
    const p = Array.from({ length: 103 }, () => r.uniform());
    const y = p.map(() => r.below(2));
    const sizes = reliabilityCurve(p, y, { bins: 10, scheme: "equal-mass" }).map((bin) => bin.n);
    expect(sizes.length).toBe(10);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    const tied = reliabilityCurve([0.1, 0.4, 0.4, 0.4, 0.9], [0, 1, 0, 1, 1], { bins: 5, scheme: "equal-mass" });
    expect(tied.map((bin) => bin.n)).toEqual([1, 3, 1]);
  });

  it("debiased loses √2 - 1 of norm 1's bias and most of norm 2's on calibrated forecasts, and keeps a real gap of 0.1 (300 samples of 200)", () => {
    const mean = (shift: number, options: { norm: 1 | 2; debias: boolean }): number => {
      let sum = 0;
      for (let s = 0; s < 300; s++) {
        const { forecast, outcome } = sample(200, shift, `ece ${s}`);
        const value = ece(forecast, outcome, { seed, reps: 2, ...options }).value;
        sum += options.norm === 2 ? value ** 2 : value;
      }
      return sum / 300;
    };
    // A calibrated bin's gap is normal about 0: E(2|g| - E|N(g, s)|) / E|g| = 2 - √2 of norm 1's bias is left in theory.
    const left = mean(0, { norm: 1, debias: true }) / mean(0, { norm: 1, debias: false });
    expect(Math.abs(left - (2 - Math.SQRT2))).toBeLessThan(0.05);
    expect(mean(0, { norm: 2, debias: true })).toBeLessThan(0.4 * mean(0, { norm: 2, debias: false }));
    // The true squared error is 0.1² = 0.01 and the squared norm is debiased exactly, up to its cut at 0.
    expect(Math.abs(mean(0.1, { norm: 2, debias: true }) - 0.01)).toBeLessThan(0.002);
    expect(Math.abs(mean(0.1, { norm: 1, debias: true }) - 0.1)).toBeLessThan(0.01);
  });
});
