import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import {
  areaUnderCurve,
  type Curve,
  commonRange,
  compareCurves,
  curveOf,
  lastWindowMean,
  minMaxCurves,
  resampleCurve,
  rollingMean,
  runStatistics,
  stepsToThreshold,
} from "./curves.ts";

const line = (steps: number[], values: number[]): Curve => curveOf(steps, values);

describe("curves", () => {
  it("sort their steps, keep the last of a repeated one and drop rows without a value", () => {
    const curve = curveOf([3, 1, 2, 2, 5], [30, 10, 99, 20, Number.NaN]);
    expect([...curve.steps]).toEqual([1, 2, 3]);
    expect([...curve.values]).toEqual([10, 20, 30]);
    expect(() => curveOf([1], [Number.NaN])).toThrow(NotEnoughDataError);
  });

  it("average the last logged values, not the last steps", () => {
    // irregular logging: the last three values span far more steps than the others
    const curve = line([1, 2, 3, 1000, 2000], [9, 9, 1, 2, 3]);
    expect(lastWindowMean(curve, 3)).toBe(2);
    expect(lastWindowMean(curve)).toBe(24 / 5);
    expect(() => lastWindowMean(curve, 0)).toThrow(UsageError);
  });

  it("are resampled on their own steps or on common ones", () => {
    const curve = line([0, 10, 20], [0, 100, 0]);
    expect([...resampleCurve(curve, 5).values]).toEqual([0, 50, 100, 50, 0]);
    expect([...resampleCurve(curve, 3, [5, 40]).values]).toEqual([50, 0, 0]);
    expect(commonRange([curve, line([5, 30], [1, 1])])).toEqual([5, 20]);
    expect(() => commonRange([curve, line([25, 30], [1, 1])])).toThrow(NotEnoughDataError);
  });

  it("have exact areas and first passages without noise", () => {
    // R (1 - e^(-t / τ)) over [0, 1]: area R (1 - τ (1 - e^(-1 / τ)))
    const steps = Array.from({ length: 4001 }, (_, i) => i / 4000);
    const curve = line(
      steps,
      steps.map((t) => 5 * (1 - Math.exp(-t / 0.2))),
    );
    expect(areaUnderCurve(curve)).toBeCloseTo(5 * (1 - 0.2 * (1 - Math.exp(-5))), 5);
    expect(stepsToThreshold(curve, 2.5)).toBeCloseTo(0.2 * Math.LN2, 3);
    expect(stepsToThreshold(curve, 6)).toBeUndefined();
    expect([...rollingMean([1, 2, 3, 4], 2)]).toEqual([1, 1.5, 2.5, 3.5]);
  });

  it("are brought to exactly 0 and 1 in every task", () => {
    const rng = random(seedFrom("scale"));
    const method = (): Curve[][] =>
      Array.from({ length: 3 }, (_, t) =>
        Array.from({ length: 2 }, () =>
          line(
            [0, 1, 2],
            [0, 1, 2].map(() => 10 ** t * rng.normal()),
          ),
        ),
      );
    const scaled = minMaxCurves([method(), method()]);
    for (let t = 0; t < 3; t++) {
      const values = scaled.flatMap((one) => one[t]!.flatMap((curve) => [...curve.values]));
      expect(Math.min(...values)).toBe(0);
      expect(Math.max(...values)).toBe(1);
    }
  });
});

describe("compareCurves", () => {
  const runs = (name: string, lift: number): Curve[][] => {
    const rng = random(seedFrom(name));
    return Array.from({ length: 4 }, () =>
      Array.from({ length: 5 }, () => line([0, 1, 2], [0, lift + 0.1 * rng.normal(), lift + 0.1 * rng.normal()])),
    );
  };
  it("finds a lift, is its own opposite, and finds nothing between equal methods", () => {
    const [a, b] = [runs("a", 1), runs("b", 0.5)];
    const seed = seedFrom("compare");
    const found = compareCurves(a, b, { seed });
    expect(found.low).toBeGreaterThan(0);
    // area of a lift of 0.5 from the middle on: 0.5 · 0.75
    expect(found.value).toBeCloseTo(0.375, 1);
    expect(compareCurves(b, a, { seed }).value).toBeCloseTo(-found.value, 12);
    const none = compareCurves(a, runs("c", 1), { seed });
    expect(none.low * none.high).toBeLessThan(0);
    expect(compareCurves(a, a, { seed }).value).toBeCloseTo(0, 12);
  });
  it("refuses single runs and different tasks", () => {
    const a = runs("a", 1);
    expect(() => compareCurves(a, a.slice(1), { seed: seedFrom(1) })).toThrow(UsageError);
    expect(() =>
      compareCurves(
        a.map((task) => task.slice(0, 1)),
        a,
        { seed: seedFrom(1) },
      ),
    ).toThrow(NotEnoughDataError);
  });
  it("equals the difference of the run matrices' means", () => {
    const [a, b] = [runs("a", 1), runs("b", 0.5)];
    const mean = (one: Curve[][]): number => runStatistics(one, areaUnderCurve).data.reduce((x, y) => x + y, 0) / 20;
    expect(compareCurves(a, b, { seed: seedFrom(1), reps: 10 }).value).toBeCloseTo(mean(a) - mean(b), 12);
  });
});
