import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { type Random, seedFrom } from "../core/seed.ts";
import { median } from "./aggregate.ts";
import { intervalCoverage } from "./coverage.ts";
import { bootstrapEstimate, countEstimate, differenceEstimate, meanEstimate, proportionEstimate } from "./estimate.ts";
import { studentMean } from "./mean.ts";
import { wilson } from "./proportions.ts";

const seed = seedFrom("estimate");

describe("makers of Estimate", () => {
  it("carry value, interval, n, clusters, unscored and method", () => {
    const { low, high } = studentMean([1, 2, 4]);
    expect(meanEstimate([1, 2, 4], { unscored: 2 })).toEqual({
      value: expect.closeTo(7 / 3, 12),
      low,
      high,
      level: 0.95,
      n: 3,
      unscored: 2,
      method: "mean, Student t",
    });
    expect(meanEstimate([1, 2, 4], { clusters: ["p", "p", "q"] })).toMatchObject({
      clusters: 2,
      method: "mean, cluster-robust t",
    });
    expect(differenceEstimate([2, 3, 5], [1, 1, 1])).toMatchObject({ value: expect.closeTo(7 / 3, 12), low, high });
    expect(proportionEstimate([true, true, false])).toMatchObject({ value: 2 / 3, ...wilson(2, 3), n: 3 });
    expect(countEstimate(2, 3)).toMatchObject({ value: 2 / 3, ...wilson(2, 3), n: 3 });
    expect(proportionEstimate([1, 0.5, 0]).value).toBe(0.5);
    const boot = bootstrapEstimate([1, 2, 3, 9], median, { seed, reps: 400, clusters: [1, 1, 2, 3] });
    expect(boot).toMatchObject({
      value: 2.5,
      n: 4,
      clusters: 3,
      method: "cluster bootstrap, percentile, 400 resamples",
    });
  });

  it("count n pairs of one prompt as one: duplicating each outcome within its cluster does not narrow the interval", () => {
    const outcomes = [1, 0, 1, 1, 0, 1, 1, 1];
    const clusters = outcomes.map((_, i) => i);
    const once = proportionEstimate(outcomes, { clusters });
    const fourfold = proportionEstimate(
      outcomes.flatMap((x) => [x, x, x, x]),
      { clusters: clusters.flatMap((g) => [g, g, g, g]) },
    );
    expect(fourfold.low).toBeCloseTo(once.low, 12);
    expect(fourfold.high).toBeCloseTo(once.high, 12);
    // where all outcomes agree, the clusters are what was seen
    const unanimous = proportionEstimate([1, 1, 1, 1, 1, 1], { clusters: [1, 1, 1, 2, 2, 2] });
    expect(unanimous.high).toBe(1);
    expect(unanimous.low).toBeLessThanOrEqual(wilson(2, 2).low);
  });

  it("covers clustered accuracy at 95 %, where plain Wilson falls far short (60 prompts of 6 pairs)", () => {
    const draw = (rng: Random) => {
      const clusters: number[] = [];
      const outcomes: number[] = [];
      for (let g = 0; g < 60; g++) {
        const p = rng.uniform() < 0.7 ? 0.95 : 0.25;
        for (let k = 0; k < 6; k++) {
          clusters.push(g);
          outcomes.push(Number(rng.uniform() < p));
        }
      }
      return { outcomes, clusters };
    };
    const truth = 0.7 * 0.95 + 0.3 * 0.25;
    const options = { seed, reps: 1500 };
    const clustered = intervalCoverage(
      draw,
      truth,
      (x) => proportionEstimate(x.outcomes, { clusters: x.clusters }),
      options,
    );
    const plain = intervalCoverage(draw, truth, (x) => proportionEstimate(x.outcomes), options);
    expect(clustered.coverage.value).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / 1500));
    expect(plain.coverage.value).toBeLessThan(0.85);
  });

  it("refuses no data", () => {
    expect(() => meanEstimate([], { unscored: 5 })).toThrow(NotEnoughDataError);
    expect(() => proportionEstimate([])).toThrow(NotEnoughDataError);
    expect(() => countEstimate(0, 0)).toThrow(NotEnoughDataError);
    expect(() => bootstrapEstimate([1], median, { seed })).toThrow(NotEnoughDataError);
    expect(() => proportionEstimate([2])).toThrow(UsageError);
  });
});
