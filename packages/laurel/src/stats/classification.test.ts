import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expected } from "../../../../test/expected/stats-b/read.ts";
import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { binaryReport, classWeightedF1, confusionMatrix, f1Report, weightedF1Threshold } from "./classification.ts";
import { wilson } from "./proportions.ts";

const file = expected<{
  gold: number[];
  predicted: number[];
  confusion: number[];
  f1: number[];
  macro: number;
  weighted: number;
  binary: {
    gold: (0 | 1)[];
    predicted: (0 | 1)[];
    precision: number;
    recall: number;
    f1: number;
    specificity: number;
    npv: number;
  };
}>("classification");

describe("classification", () => {
  it("equals scikit-learn's confusion matrix and F1: each label, macro, weighted (1e-12)", () => {
    expect([...confusionMatrix(file.predicted, file.gold).counts]).toEqual(file.confusion);
    const report = f1Report(file.predicted, file.gold);
    report.f1.forEach((f, c) => {
      expect(f).toBeCloseTo(file.f1[c]!, 12);
    });
    expect(report.macro).toBeCloseTo(file.macro, 12);
    expect(report.weighted).toBeCloseTo(file.weighted, 12);
  });

  it("equals scikit-learn's precision, recall, F1, specificity and negative predictive value (1e-12)", () => {
    const r = binaryReport(file.binary.predicted, file.binary.gold);
    expect(r.precision!.value).toBeCloseTo(file.binary.precision, 12);
    expect(r.recall!.value).toBeCloseTo(file.binary.recall, 12);
    expect(r.f1!.value).toBeCloseTo(file.binary.f1, 12);
    expect(r.tnr!.value).toBeCloseTo(file.binary.specificity, 12);
    expect(r.npv!.value).toBeCloseTo(file.binary.npv, 12);
    expect(r.precision).toMatchObject(wilson(r.counts.tp, r.counts.tp + r.counts.fp));
  });

  it("has F1 as the harmonic mean of precision and recall, inside its interval, and swaps with the sides", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 50 }), (rows) => {
        const p = rows.map(([a]) => a);
        const g = rows.map(([, b]) => b);
        const r = binaryReport(p, g);
        if (r.precision !== null && r.recall !== null && r.precision.value + r.recall.value > 0)
          expect(r.f1!.value).toBeCloseTo(
            (2 * r.precision.value * r.recall.value) / (r.precision.value + r.recall.value),
            12,
          );
        if (r.f1 !== null) {
          expect(r.f1.low).toBeLessThanOrEqual(r.f1.value + 1e-12);
          expect(r.f1.high).toBeGreaterThanOrEqual(r.f1.value - 1e-12);
        }
        const swapped = binaryReport(g, p);
        expect(swapped.precision).toEqual(r.recall);
        expect(swapped.f1).toEqual(r.f1);
      }),
      { numRuns: 200 },
    );
  });

  it("gives null for a rate of no cases, and counts unscored predictions apart", () => {
    const r = binaryReport([0, 0, null], [0, 1, 1]);
    expect(r.precision).toBeNull();
    expect(r.recall).toMatchObject({ value: 0, n: 1, unscored: 1 });
    expect(binaryReport([0], [0]).f1).toBeNull();
    expect(f1Report(["a", null], ["a", "b"], ["a", "b", "c"])).toMatchObject({ f1: [1, null, null], unscored: 1 });
    expect(() => binaryReport([null], [1])).toThrow(NotEnoughDataError);
    expect(() => binaryReport([], [])).toThrow(NotEnoughDataError);
    expect(() => f1Report([], [])).toThrow(NotEnoughDataError);
    expect(() => binaryReport([1], [1, 0])).toThrow(UsageError);
    expect(() => binaryReport([2 as 1], [1])).toThrow(UsageError);
    expect(() => confusionMatrix(["a"], ["z"], ["a", "b"])).toThrow(UsageError);
  });
});

describe("binaryReport with clusters", () => {
  const predicted = [1, 1, 1, 1, 0, 0, 0, 0] as const;
  const gold = [1, 1, 0, 0, 0, 0, 1, 1] as const;

  it("keeps the values and widens the intervals where a cluster's items go together", () => {
    const plain = binaryReport(predicted, gold);
    const own = binaryReport(predicted, gold, { clusters: ["a", "b", "c", "d", "e", "f", "g", "h"] });
    const pairs = binaryReport(predicted, gold, { clusters: ["a", "a", "b", "b", "c", "c", "d", "d"] });
    for (const name of ["precision", "recall", "f1", "accuracy"] as const) {
      expect(pairs[name]!.value).toBe(plain[name]!.value);
      expect(pairs[name]!.high - pairs[name]!.low).toBeGreaterThan(plain[name]!.high - plain[name]!.low);
    }
    expect(own.precision!.clusters).toBe(4);
  });

  it("has no rate of a single cluster, and refuses other numbers of clusters", () => {
    const report = binaryReport([1, 1, 0], [1, 0, 0], { clusters: ["a", "a", "b"] });
    expect(report.precision).toBeNull();
    expect(report.accuracy.value).toBeCloseTo(2 / 3, 12);
    expect(() => binaryReport([1, 0], [1, 0], { clusters: ["a"] })).toThrow(UsageError);
    expect(() => binaryReport([1, 0], [1, 0], { clusters: ["a", "a"] })).toThrow(NotEnoughDataError);
  });
});

describe("classWeightedF1", () => {
  it("is the specification's fixture: 2/3, 0.8 and 0.7", () => {
    const r = classWeightedF1([1, 1, 0, 0], [1, 0, 0, 0]);
    expect(r.f1Pos).toBeCloseTo(2 / 3, 12);
    expect(r.f1Neg).toBeCloseTo(0.8, 12);
    expect(r.weighted).toBeCloseTo(0.7, 12);
    expect(r).toMatchObject({ support: [1, 3], oneSided: false });
  });

  it("is 0 and flagged where only one class occurs, whatever is predicted", () => {
    for (const gold of [
      [1, 1],
      [0, 0],
    ])
      for (const predicted of [
        [1, 1],
        [0, 1],
        [0, 0],
      ])
        expect(classWeightedF1(predicted, gold)).toMatchObject({ weighted: 0, oneSided: true });
    expect(() => classWeightedF1([], [])).toThrow(NotEnoughDataError);
    expect(() => classWeightedF1([0.5], [1])).toThrow(UsageError);
  });
});

describe("weightedF1Threshold", () => {
  it("is as good as the best of all thresholds, for any values and labels", () => {
    const step = fc.record({ value: fc.integer({ min: -3, max: 3 }), wrong: fc.integer({ min: 0, max: 1 }) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 2, maxLength: 20 }), (steps) => {
        const values = steps.map(({ value }) => value);
        const wrong = steps.map((one) => one.wrong);
        fc.pre(wrong.includes(0) && wrong.includes(1));
        const at = (t: number): number =>
          classWeightedF1(
            values.map((value) => (value < t ? 1 : 0)),
            wrong,
          ).weighted;
        const { threshold, weighted } = weightedF1Threshold(values, wrong);
        expect(at(threshold)).toBeCloseTo(weighted, 12);
        for (let t = -3; t <= 4; t += 0.5) expect(at(t)).toBeLessThanOrEqual(weighted + 1e-12);
      }),
    );
  });

  it("needs both classes, finite values and equal lengths", () => {
    expect(weightedF1Threshold([0.9, 0.2, 0.8, 0.3], [0, 1, 0, 1])).toEqual({
      threshold: expect.closeTo(0.55, 12),
      weighted: 1,
    });
    expect(() => weightedF1Threshold([0.1, 0.2], [1, 1])).toThrow(NotEnoughDataError);
    expect(() => weightedF1Threshold([0.1, Number.NaN], [1, 0])).toThrow(UsageError);
    expect(() => weightedF1Threshold([0.1], [1, 0])).toThrow(UsageError);
  });
});
