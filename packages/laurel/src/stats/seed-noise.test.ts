import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom } from "../core/index.ts";
import { bootstrap } from "./bootstrap.ts";
import { meanOf } from "./sample.ts";
import {
  accuracyHalfWidth,
  itemAnalysis,
  monotonicity,
  type ScoreGrid,
  scoreComponents,
  seedCurves,
  seedSpread,
  signalToNoise,
  tauWithTime,
  varianceReport,
} from "./seed-noise.ts";

function gridOf(
  seeds: number,
  checkpoints: number,
  items: number,
  score: (m: number, t: number, i: number) => number,
): ScoreGrid {
  const data = new Float64Array(seeds * checkpoints * items);
  for (let m = 0; m < seeds; m++)
    for (let t = 0; t < checkpoints; t++)
      for (let i = 0; i < items; i++) data[(m * checkpoints + t) * items + i] = score(m, t, i);
  return { seeds, checkpoints, items, data };
}

describe("monotonicity", () => {
  it("is the tau-b of the specification's fixture, with ties", () => {
    // 8 pairs in order, 1 against, 1 tied: 7 / √(10 · 9)
    expect(tauWithTime([1, 3, 2, 4, 4])).toBeCloseTo(0.7379, 4);
    expect(
      monotonicity([
        [1, 2, 3],
        [1, 2, 4],
      ])?.value,
    ).toBe(1);
    expect(
      monotonicity([
        [3, 2, 1],
        [1, 2, 3],
      ])?.value,
    ).toBe(0);
  });
  it("is null for a constant curve, and refuses fewer seeds or checkpoints", () => {
    expect(
      monotonicity([
        [1, 1, 1],
        [1, 2, 3],
      ]),
    ).toBeNull();
    expect(() => monotonicity([[1, 2, 3]])).toThrow(NotEnoughDataError);
    expect(() =>
      monotonicity([
        [1, 2],
        [1, 2],
      ]),
    ).toThrow(NotEnoughDataError);
  });
});

describe("seedSpread", () => {
  it("is the mean of the sample standard deviations, and 0 where seeds agree", () => {
    const { perCheckpoint, mean } = seedSpread([
      [1, 2],
      [3, 2],
      [5, 2],
    ]);
    expect([...perCheckpoint]).toEqual([2, 0]);
    expect(mean.value).toBe(1);
    expect(
      seedSpread([
        [1, 2],
        [1, 2],
        [1, 2],
      ]).mean,
    ).toMatchObject({ value: 0, low: 0, high: 0 });
  });
  it("covers the true spread of normal seeds in most draws", () => {
    const rng = random(seedFrom("spread"));
    let covered = 0;
    for (let k = 0; k < 100; k++) {
      const curves = Array.from({ length: 10 }, () => Float64Array.from({ length: 8 }, () => 2 * rng.normal()));
      const { low, high } = seedSpread(curves).mean;
      // the sample sd of 10 normal values has the mean 0.9727 σ
      if (low <= 2 * 0.9727 && 2 * 0.9727 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(88);
  });
});

describe("signalToNoise", () => {
  it("is mean over sd, less chance, and never infinite", () => {
    expect(signalToNoise([0.4, 0.5, 0.6]).value).toBeCloseTo(5, 12);
    expect(signalToNoise([0.4, 0.5, 0.6], { chance: 0.25 }).value).toBeCloseTo(2.5, 12);
    expect(() => signalToNoise([0.5, 0.5, 0.5])).toThrow(NotEnoughDataError);
  });
});

describe("accuracyHalfWidth", () => {
  it("is 0.72 points for MMLU, as the paper's Table 1 has it", () => {
    expect(100 * accuracyHalfWidth(0.2586, 14042)).toBeCloseTo(0.72, 2);
  });
  it("agrees with the bootstrap within 5 % at 1,000 items and one half right", () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => i % 2);
    const { low, high } = bootstrap(1000, (drawn) => meanOf(Array.from(drawn, (i) => values[i]!)), {
      seed: seedFrom("half"),
      reps: 4000,
    });
    expect(Math.abs((high - low) / 2 / accuracyHalfWidth(0.5, 1000) - 1)).toBeLessThan(0.05);
  });
});

describe("scoreComponents", () => {
  it("has no item variance where only seeds differ, and the reverse", () => {
    const seeds = gridOf(4, 1, 12, (m) => m);
    expect(scoreComponents(seeds.data, 4)).toMatchObject({ item: 0, residual: 0 });
    expect(scoreComponents(seeds.data, 4).seed).toBeCloseTo(5 / 3, 12);
    const items = gridOf(4, 1, 3, (_m, _t, i) => i);
    expect(scoreComponents(items.data, 4)).toMatchObject({ seed: 0, item: 1, residual: 0 });
  });
  it("finds the components of simulated effects", () => {
    const rng = random(seedFrom("components"));
    const seeds = Float64Array.from({ length: 60 }, () => rng.normal());
    const items = Float64Array.from({ length: 200 }, () => 2 * rng.normal());
    const { data } = gridOf(60, 1, 200, (m, _t, i) => seeds[m]! + items[i]! + 0.5 * rng.normal());
    const found = scoreComponents(data, 60);
    // sd of a variance from n normals is σ² √(2 / (n - 1)): three of them
    expect(Math.abs(found.seed - 1)).toBeLessThan(3 * Math.sqrt(2 / 59));
    expect(Math.abs(found.item - 4)).toBeLessThan(12 * Math.sqrt(2 / 199));
    expect(Math.abs(found.residual - 0.25)).toBeLessThan(0.01);
  });
});

describe("itemAnalysis", () => {
  it("gives 0 for an item that all have right, and leaves the item out of its total", () => {
    const { difficulty, discrimination } = itemAnalysis(Float64Array.of(1, 1, 0, 1, 0, 0, 1, 1, 1), 3);
    expect(difficulty[0]).toBe(1);
    expect(difficulty[1]).toBeCloseTo(2 / 3, 12);
    expect(difficulty[2]).toBeCloseTo(1 / 3, 12);
    expect(discrimination[0]).toBe(0);
    expect(discrimination[1]).toBeCloseTo(0.5, 12);
  });
  it("does not depend on the order of the runs", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 20, maxLength: 20 }), (scores) => {
        const rows = [0, 1, 2, 3].map((r) => scores.slice(5 * r, 5 * r + 5));
        const one = itemAnalysis(Float64Array.from(rows.flat()), 4);
        const other = itemAnalysis(Float64Array.from(rows.toReversed().flat()), 4);
        for (let i = 0; i < 5; i++) expect(one.discrimination[i]).toBeCloseTo(other.discrimination[i]!, 9);
      }),
    );
  });
});

describe("varianceReport", () => {
  it("is one row of the paper's table, with the gap that seeds alone can make", () => {
    const rng = random(seedFrom("report"));
    const grid = gridOf(8, 6, 100, (m, t, i) =>
      rng.uniform() < 0.3 + 0.08 * t + 0.02 * (m % 2) + 0.001 * (i % 3) ? 1 : 0,
    );
    const report = varianceReport(grid, { chance: 0.25 });
    expect(report).toMatchObject({ seeds: 8, checkpoints: 6, items: 100, chance: 0.25 });
    expect(report.score.value).toBeCloseTo(meanOf(seedCurves(grid).map((curve) => curve[5]!)), 12);
    expect(report.gap.one).toBeCloseTo(report.gap.ten * Math.sqrt(10), 9);
    expect(report.itemHalfWidth).toBeGreaterThan(0.08);
    expect(report.monotonicity!.value).toBeGreaterThan(0.5);
    expect(() => varianceReport(gridOf(2, 6, 100, () => 1))).toThrow(NotEnoughDataError);
  });
});
