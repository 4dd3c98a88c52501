import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addWeighted, expDown, exponentiate, rowLogits } from "./kernels.ts";

const number = fc.double({ min: -5, max: 5, noNaN: true });

describe("the inner loops of log-linear policies", () => {
  it("have an exponential that agrees with Math.exp to 5e-16 of its size down to the subnormal numbers", () => {
    fc.assert(
      fc.property(fc.double({ min: -700, max: 0, noNaN: true }), (x) => {
        expect(Math.abs(expDown(x) / Math.exp(x) - 1)).toBeLessThan(5e-16 + 2e-16);
      }),
      { numRuns: 5000 },
    );
    expect(expDown(0)).toBe(1);
    expect(expDown(-0)).toBe(1);
    expect(expDown(Number.NEGATIVE_INFINITY)).toBe(0);
    expect(expDown(-1e9)).toBe(0);
    expect(expDown(Number.NaN)).toBeNaN();
    expect(Math.abs(expDown(-744) - Math.exp(-744))).toBeLessThan(1e-322);
  });

  it("give the plain double loop's sums for every number of features, to 1e-12", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(number),
        (dim, size, stream) => {
          const take = (n: number): Float64Array =>
            Float64Array.from({ length: n }, () => stream.next().value as number);
          const [features, theta, weights] = [take(3 * size * dim), take(dim), take(size)];
          const row = take(size);
          rowLogits(row, features, theta, size);
          const gradient = take(dim);
          const before = Float64Array.from(gradient);
          addWeighted(gradient, features, weights, 2 * size);
          for (let k = 0; k < size; k++) {
            let sum = 0;
            for (let d = 0; d < dim; d++) sum += features[(size + k) * dim + d]! * theta[d]!;
            expect(Math.abs(row[k]! - sum)).toBeLessThan(1e-12);
          }
          for (let d = 0; d < dim; d++) {
            let sum = before[d]!;
            for (let k = 0; k < size; k++) sum += weights[k]! * features[(2 * size + k) * dim + d]!;
            expect(Math.abs(gradient[d]! - sum)).toBeLessThan(1e-12);
          }
        },
      ),
    );
  });

  it("exponentiate relative to the largest, so that no logit overflows", () => {
    const row = Float64Array.of(1000, 1000 - Math.LN2, -1000);
    expect(exponentiate(row)).toBeCloseTo(1.5, 12);
    expect([...row].map((x) => Math.round(x * 1e12) / 1e12)).toEqual([1, 0.5, 0]);
  });
});
