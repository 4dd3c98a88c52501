import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AGGREGATES, type Aggregate, aggregateRange, aggregateSteps } from "./aggregate.ts";

const every: readonly Aggregate[] = [...AGGREGATES, { softmin: 0.1 }, { softmin: 0 }, { lastFraction: 0.5 }];

describe("aggregateSteps", () => {
  it("gives what the definitions give on 0.5, 0.8, 0.2", () => {
    const steps = [0.5, 0.8, 0.2];
    // by hand: logits 0, log 4, −log 4; odds 1, 4, ¼; softmin weights e^−3, e^−6, 1 at temperature 0.1
    const e3 = Math.exp(-3);
    const e6 = Math.exp(-6);
    const expected: readonly (readonly [Aggregate, number])[] = [
      ["min", 0.2],
      ["max", 0.8],
      ["last", 0.2],
      ["mean", 0.5],
      ["sum", 1.5],
      ["prod", 0.08],
      ["geomean", Math.cbrt(0.08)],
      ["sum-log", Math.log(0.08)],
      ["mean-logit", 0.5],
      ["sum-logit", 0],
      ["mean-odds", 1.75],
      [{ softmin: 0.1 }, (0.2 + 0.5 * e3 + 0.8 * e6) / (1 + e3 + e6)],
      [{ softmin: 0 }, 0.2],
      [{ lastFraction: 0.5 }, 0.5],
      [{ lastFraction: 0.1 }, 0.2],
    ];
    for (const [aggregate, value] of expected) expect(aggregateSteps(steps, aggregate)).toBeCloseTo(value, 12);
  });

  it("gives a single step back, up to what sums of logits and odds make of it", () => {
    for (const aggregate of every) {
      const value = aggregateSteps([0.8], aggregate)!;
      const own =
        aggregate === "sum-log"
          ? Math.log(0.8)
          : aggregate === "sum-logit"
            ? Math.log(4)
            : aggregate === "mean-odds"
              ? 4
              : 0.8;
      expect(value).toBeCloseTo(own, 12);
    }
  });

  it("never falls when a step's probability rises, softmin excepted", () => {
    const steps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 });
    for (const aggregate of every.filter((one) => !(typeof one === "object" && "softmin" in one && one.softmin > 0)))
      fc.assert(
        fc.property(steps, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (before, at, to) => {
          const after = [...before];
          const k = at % before.length;
          after[k] = Math.max(before[k]!, to);
          // 1e-9: roundings of sums of up to 8 logits of size up to 14
          expect(aggregateSteps(after, aggregate)!).toBeGreaterThanOrEqual(aggregateSteps(before, aggregate)! - 1e-9);
        }),
      );
  });

  it("makes an exception of softmin, which can fall when a good step improves", () => {
    // at temperature 1 the weight that the better step loses goes to the worse one
    const value = (r: number) => aggregateSteps([0, r], { softmin: 1 })!;
    expect(value(1)).toBeCloseTo(Math.exp(-1) / (1 + Math.exp(-1)), 12);
    expect(value(4)).toBeLessThan(value(1));
  });

  it("keeps softmin between the least step and the mean (pure's exact check)", () => {
    const steps = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(steps, fc.double({ min: 1e-6, max: 10, noNaN: true }), (values, softmin) => {
        const value = aggregateSteps(values, { softmin })!;
        const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
        expect(value).toBeGreaterThanOrEqual(Math.min(...values));
        expect(value).toBeLessThanOrEqual(mean + 1e-12);
      }),
      { numRuns: 500 },
    );
  });

  it("stays within the stated range", () => {
    for (const aggregate of every)
      fc.assert(
        fc.property(
          fc.double({ min: 0, max: 0.5, noNaN: true }),
          fc.double({ min: 0.5, max: 1, noNaN: true }),
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 9 }),
          (min, max, shares) => {
            const range = aggregateRange(aggregate, [min, max]);
            const value = aggregateSteps(
              shares.map((share) => min + share * (max - min)),
              aggregate,
            )!;
            if (range === undefined) return;
            expect(value).toBeGreaterThanOrEqual(range[0] - 1e-9 * Math.abs(range[0]));
            expect(value).toBeLessThanOrEqual(range[1] + 1e-9 * Math.abs(range[1]));
          },
        ),
      );
    expect(aggregateRange("sum", [0, 1])).toBeUndefined();
    expect(aggregateRange("prod", [-0.9, 0.1])).toEqual([-0.9, 0.81]);
    expect(aggregateRange("prod", [0, 2])).toBeUndefined();
  });

  it("clamps 0 and 1 where odds would be infinite, and keeps a zero a zero under geomean", () => {
    expect(aggregateSteps([1, 1], "mean-odds")).toBeCloseTo(999999, 3);
    expect(aggregateSteps([0, 1], "mean-logit")).toBeCloseTo(0.5, 9);
    expect(aggregateSteps([0, 1], "geomean")).toBe(0);
    expect(aggregateSteps(new Array(400).fill(0.1), "geomean")).toBeCloseTo(0.1, 12);
    expect(aggregateSteps(new Array(400).fill(0.1), "sum-log")).toBeCloseTo(400 * Math.log(0.1), 9);
  });

  it("has no value for no steps, nor for one without a score unless it is to be skipped", () => {
    for (const aggregate of every) expect(aggregateSteps([], aggregate)).toBeNull();
    expect(aggregateSteps([0.5, null], "mean")).toBeNull();
    expect(aggregateSteps([0.5, null], "mean", "skip")).toBe(0.5);
    expect(aggregateSteps([null, null], "mean", "skip")).toBeNull();
    // only the steps that it reads matter
    expect(aggregateSteps([null, 0.5], "last")).toBe(0.5);
    expect(aggregateSteps([0.5, null], "last")).toBeNull();
    expect(aggregateSteps([0.5, null], "last", "skip")).toBe(0.5);
    expect(aggregateSteps([null, 0.4, 0.6], { lastFraction: 0.5 })).toBe(0.5);
  });

  it("says what is wrong with a score or an aggregate", () => {
    expect(() => aggregateSteps([Number.NaN], "min")).toThrow(/NaN is no step score/);
    expect(() => aggregateSteps([1.5], "geomean")).toThrow(/needs probabilities, not 1.5/);
    expect(() => aggregateSteps([1], "median" as Aggregate)).toThrow(/unknown aggregate 'median'/);
    expect(() => aggregateSteps([1], { softmin: -1 })).toThrow(/temperature/);
    expect(() => aggregateSteps([1], { lastFraction: 0 })).toThrow(/\(0, 1\]/);
    expect(() => aggregateRange("mean-odds", [-1, 1])).toThrow(/within \[0, 1\]/);
  });
});
