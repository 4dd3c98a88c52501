import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isotonic, platt, temperature } from "./calibrate.ts";
import { logSigmoid, sigmoid } from "./numbers.ts";
import { clipMoments, meanSd, minMax, RunningMoments } from "./running.ts";
import { transformFrom } from "./transform-from.ts";
import {
  affine,
  arctanCentred,
  ceiling,
  centred,
  interpolate,
  logSigmoidCentred,
  polynomialSigmoid,
  preferenceAsReward,
  sigmoidCentred,
  slowGrowthFastConvergence,
  type Transform,
  tanhCentred,
} from "./transforms.ts";

const monotone: readonly Transform[] = [
  logSigmoidCentred(),
  logSigmoidCentred({ quantile: 0.3, fit: "empirical" }),
  logSigmoidCentred({ quantile: 0.2 }),
  sigmoidCentred({ quantile: 0.5 }),
  preferenceAsReward(),
  preferenceAsReward({ slope: 3, maxReferences: 1 }),
  centred(),
  tanhCentred(),
  arctanCentred(),
  slowGrowthFastConvergence(),
  ceiling(1.5),
  affine({ scale: 2, shift: -1 }),
  interpolate({ from: [-1, 2], to: [0, 5] }),
  interpolate({ from: [0, 1], to: [0, 5], clamp: true }),
  temperature({ temperature: 1.7 }),
  platt({ slope: 2, intercept: -0.3 }),
  isotonic({ x: [-1, 0, 2], y: [0.1, 0.4, 0.4] }),
];
const exceptions: readonly Transform[] = [polynomialSigmoid(), platt({ slope: -1, intercept: 0 })];

const value = fc.double({ min: -20, max: 20, noNaN: true });
const references = fc
  .array(value, { minLength: 2, maxLength: 12 })
  .map((values): Float64Array => Float64Array.from(values));

describe("transforms", () => {
  it("never turn a higher value into a lower one for the same references", () => {
    for (const transform of monotone)
      fc.assert(
        fc.property(value, value, references, (a, b, reference) => {
          const [low, high] = a <= b ? [a, b] : [b, a];
          // roundings of a mean of up to 12 terms
          expect(transform.apply(low, reference)).toBeLessThanOrEqual(transform.apply(high, reference) + 1e-12);
        }),
      );
  });

  it("keep every value within the image of the range that values and references come from", () => {
    for (const transform of [...monotone, ...exceptions])
      fc.assert(
        fc.property(
          fc.double({ min: -5, max: 0, noNaN: true }),
          fc.double({ min: 0, max: 5, noNaN: true }),
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 9 }),
          (min, max, shares) => {
            const [first, ...rest] = shares.map((share) => min + share * (max - min));
            const got = transform.apply(first!, Float64Array.from(rest));
            const [low, high] = transform.image!([min, max]);
            expect(got).toBeGreaterThanOrEqual(low - 1e-9);
            expect(got).toBeLessThanOrEqual(high + 1e-9);
          },
        ),
      );
  });

  it("allow for a normal fit's quantile beyond the references", () => {
    // of 0 and 1 it is ½ ± 1.036·√½: above 1 and below 0
    const ends = Float64Array.of(0, 1);
    for (const [quantile, value, end] of [
      [0.85, 0, 0],
      [0.15, 1, 1],
    ] as const) {
      const transform = logSigmoidCentred({ quantile });
      const image = transform.image!([0, 1]);
      expect(transform.apply(value, ends)).toBeGreaterThanOrEqual(image[0]);
      expect(transform.apply(value, ends)).toBeLessThanOrEqual(image[1]);
      expect(Math.abs(transform.centre!(ends) - 0.5)).toBeGreaterThan(0.5);
      // without the allowance that end of the image would be log σ of a difference of 1
      expect(Math.abs(image[end])).not.toBeCloseTo(Math.abs(logSigmoid(end === 0 ? -1 : 1)), 2);
    }
  });

  it("make an exception of the polynomial, which steps down where its fit ends", () => {
    const at0 = Float64Array.of(0);
    const { apply } = polynomialSigmoid();
    // ½ + 5·c₁ + 125·c₃ + 3125·c₅ of the least-squares fit
    expect(apply(5, at0)).toBeCloseTo(1.01512, 5);
    expect(apply(5.001, at0)).toBe(1);
    expect(apply(-5, at0)).toBeCloseTo(-0.01512, 5);
    expect(apply(-5.001, at0)).toBe(0);
    expect(apply(0, at0)).toBe(0.5);
  });

  it("fit the polynomial by least squares: the residual is orthogonal to x, x³ and x⁵ on [−5, 5]", () => {
    const { apply } = polynomialSigmoid();
    const at0 = Float64Array.of(0);
    const n = 20000;
    for (const power of [0, 1, 2, 3, 4, 5]) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const x = -5 + (10 * (i + 0.5)) / n;
        sum += ((sigmoid(x) - apply(x, at0)) * x ** power * 10) / n;
      }
      // midpoint rule with 20,000 steps: errors of about 1e-7 of 5^6
      expect(Math.abs(sum)).toBeLessThan(1e-3);
    }
  });

  it("make an exception of Platt scaling with a negative slope, which turns the order round", () => {
    const { apply } = platt({ slope: -1, intercept: 0 });
    expect(apply(1, Float64Array.of())).toBeLessThan(apply(0, Float64Array.of()));
  });

  it("keep the order of candidates within a prompt (transform-combine, check 4)", () => {
    const transform = logSigmoidCentred();
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 2, maxLength: 20 }),
        references,
        (values, reference) => {
          const order = (of: readonly number[]) => of.map((_, i) => i).sort((a, b) => of[a]! - of[b]! || a - b);
          // values this close may meet after rounding
          const grid = values.map((one) => Math.round(one * 1e6) / 1e6);
          expect(order(grid.map((one) => transform.apply(one, reference)))).toEqual(order(grid));
        },
      ),
    );
  });

  it("go to r − r_ref far below the reference and do not overflow at ±10⁴ (transform-combine, check 6)", () => {
    for (let d = -15; d >= -10000; d -= 7) expect(Math.abs(logSigmoid(d) - d)).toBeLessThan(1e-6);
    const flat = Float64Array.of(0, 0);
    expect(logSigmoidCentred().apply(-1e4, flat)).toBe(-1e4);
    expect(logSigmoidCentred().apply(1e4, flat)).toBeCloseTo(0, 15);
    for (const transform of [...monotone, ...exceptions])
      for (const extreme of [-1e4, 1e4])
        expect(Number.isFinite(transform.apply(extreme, Float64Array.of(1, 2)))).toBe(true);
  });

  it("take r_ref as mean + z·sd of a normal fit, and say when the references are flat", () => {
    const transform = logSigmoidCentred({ quantile: 0.85 });
    // z of 0.85 is 1.0364333895 (tables); references 1, 2, 3 have mean 2 and sd 1
    expect(transform.centre!(Float64Array.of(1, 2, 3))).toBeCloseTo(3.0364333895, 9);
    expect(transform.note!(Float64Array.of(1, 2, 3))).toBeUndefined();
    expect(transform.centre!(Float64Array.of(0.1, 0.1, 0.1))).toBe(0.1);
    expect(transform.note!(Float64Array.of(0.1, 0.1, 0.1))).toEqual({ flatReferences: true });
    expect(logSigmoidCentred({ quantile: 0.5, fit: "empirical" }).centre!(Float64Array.of(9, 1, 2))).toBe(2);
  });

  it("average the sigmoids of PAR, not the sigmoid of the average", () => {
    const reference = Float64Array.of(-4, 4);
    expect(preferenceAsReward().apply(1, reference)).toBeCloseTo((sigmoid(5) + sigmoid(-3)) / 2, 15);
    expect(preferenceAsReward({ maxReferences: 1 }).apply(1, reference)).toBe(sigmoid(5));
    expect(slowGrowthFastConvergence().apply(1, reference)).toBeCloseTo((sigmoid(6) + sigmoid(-18)) / 2, 15);
  });

  it("interpolate isotonic points and stay level beyond them", () => {
    const { apply } = isotonic({ x: [0, 1, 3], y: [0.1, 0.3, 0.9] });
    const none = Float64Array.of();
    expect([-1, 0, 0.5, 1, 2, 3, 9].map((x) => Number(apply(x, none).toFixed(12)))).toEqual([
      0.1, 0.1, 0.2, 0.3, 0.6, 0.9, 0.9,
    ]);
    expect(() => isotonic({ x: [0, 0], y: [0, 1] })).toThrow(/increase strictly/);
    expect(() => isotonic({ x: [0, 1], y: [1, 0] })).toThrow(/must not decrease/);
  });

  it("sharpen or flatten probabilities by temperature and leave 0, ½ and 1", () => {
    const { apply } = temperature({ temperature: 2, input: "probability" });
    const none = Float64Array.of();
    expect([0, 0.5, 1].map((p) => apply(p, none))).toEqual([0, 0.5, 1]);
    // logit of 0.8 is log 4; half of it is log 2
    expect(apply(0.8, none)).toBeCloseTo(2 / 3, 12);
  });

  it("come from their specs, and an unknown kind or option is named", () => {
    for (const transform of [...monotone, ...exceptions, meanSd(), minMax(), clipMoments()]) {
      const again = transformFrom({ kind: transform.kind, ...transform.options });
      expect([again.kind, again.options]).toEqual([transform.kind, transform.options]);
    }
    expect(() => transformFrom("sigmoid")).toThrow(/unknown transform 'sigmoid'/);
    expect(() => transformFrom({ kind: "ceiling", c: 1 })).toThrow(/unknown option 'c'/);
    expect(() => transformFrom({ kind: "toString" })).toThrow(/unknown transform/);
    expect(() => transformFrom("ceiling")).toThrow(/ceiling must be a number/);
    expect(() => logSigmoidCentred({ quantile: 1 })).toThrow(/\(0, 1\)/);
    expect(() => preferenceAsReward({ slope: 0 })).toThrow(/slope/);
    expect(() => affine({ scale: -1 })).toThrow(/scale/);
    expect(() => interpolate({ from: [1, 1], to: [0, 1] })).toThrow(/from must be two numbers that rise/);
    expect(() => transformFrom({ kind: "interpolate", from: [0, 1] })).toThrow(/to must be two numbers/);
  });
});

describe("RunningMoments", () => {
  it("has the population mean and sd of all that it saw, merged or not, and goes on from its state", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.array(value), (first, second) => {
        const all = [...first, ...second];
        const mean = all.reduce((sum, one) => sum + one, 0) / all.length;
        const sd = Math.sqrt(all.reduce((sum, one) => sum + (one - mean) ** 2, 0) / all.length);
        const a = new RunningMoments();
        for (const one of first) a.push(one);
        const b = new RunningMoments();
        for (const one of second) b.push(one);
        const resumed = new RunningMoments(a.state());
        for (const one of second) resumed.push(one);
        a.merge(b);
        for (const moments of [a, resumed]) {
          expect(moments.count).toBe(all.length);
          // values up to 20: 1e-9 covers the roundings of both ways to add up
          expect(moments.mean).toBeCloseTo(mean, 9);
          expect(moments.sd).toBeCloseTo(sd, 6);
          expect([moments.min, moments.max]).toEqual([Math.min(...all), Math.max(...all)]);
        }
      }),
    );
  });

  it("refuses a state that is none", () => {
    expect(() => new RunningMoments({ count: -1, mean: 0, m2: 0, min: null, max: null })).toThrow(/cannot start from/);
  });
});
