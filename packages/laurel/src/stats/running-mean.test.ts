import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clusteredMean } from "./cluster.ts";
import { RunningMean } from "./running-mean.ts";

describe("RunningMean", () => {
  it("equals the clustered mean of the whole, for values far from zero too", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }), {
          minLength: 2,
          maxLength: 30,
        }),
        fc.constantFrom(0, 1000),
        (clusters, offset) => {
          const shifted = clusters.map((cluster) => cluster.map((value) => value + offset));
          const running = new RunningMean();
          for (const cluster of shifted) running.add(cluster);
          const whole = clusteredMean(
            shifted.flat(),
            shifted.flatMap((cluster, g) => cluster.map(() => g)),
          );
          const estimate = running.estimate()!;
          // sums of squares of numbers around 1: 1e-7 leaves room for the square root of their rounding
          expect(Math.abs(estimate.value - whole.mean)).toBeLessThan(1e-9);
          expect(Math.abs(estimate.low - whole.low)).toBeLessThan(1e-6);
          expect(Math.abs(estimate.high - whole.high)).toBeLessThan(1e-6);
          expect(estimate.clusters).toBe(clusters.length);
        },
      ),
    );
  });
  it("has no interval for fewer than two clusters and width 0 for equal values", () => {
    const running = new RunningMean();
    expect(running.estimate()).toBeUndefined();
    running.add([3, 3], 1);
    running.add([], 2);
    expect(running.estimate()).toBeUndefined();
    running.add([3]);
    expect(running.estimate()).toMatchObject({ value: 3, low: 3, high: 3, n: 3, clusters: 2, unscored: 3 });
  });
});
