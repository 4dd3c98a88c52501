import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom } from "../core/index.ts";
import { rankIntervals, rankRules, taskTable } from "./rank-intervals.ts";

/** Tables of systems whose skill is their index, with noise. */
function tables(systems: number, tasks: number, items: number, gap: number, name: string): Float64Array[] {
  const rng = random(seedFrom(name));
  return Array.from({ length: tasks }, () =>
    Float64Array.from({ length: systems * items }, (_, at) => gap * Math.floor(at / items) + rng.normal()),
  );
}

const seed = seedFrom("intervals");

describe("rankIntervals", () => {
  it("is certain where systems are far apart, whatever is resampled", () => {
    for (const rule of Object.values(rankRules))
      for (const resample of ["tasks", "items", "both"] as const) {
        const found = rankIntervals(tables(4, 5, 6, 50, "apart"), 4, rule, { resample, seed, reps: 50 });
        expect(found.order).toEqual([3, 2, 1, 0]);
        expect([...found.low]).toEqual([4, 3, 2, 1]);
        expect([...found.high]).toEqual([4, 3, 2, 1]);
        expect([...found.topProbability]).toEqual([0, 0, 0, 1]);
      }
  });

  it("shares the first place, covers every rank and is symmetric where systems are alike", () => {
    const found = rankIntervals(tables(3, 8, 5, 0, "alike"), 3, rankRules.borda, { resample: "both", seed, reps: 400 });
    expect(found.topProbability.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(Math.max(...found.high) - Math.min(...found.low)).toBeGreaterThanOrEqual(1.5);
    for (let i = 0; i < 3; i++)
      for (let j = 0; j < i; j++) expect(found.pairWin[i * 3 + j]! + found.pairWin[j * 3 + i]!).toBeCloseTo(1, 12);
  });

  it("covers the true rank about as often as it says where there is no tie in truth", () => {
    let covered = 0;
    for (let k = 0; k < 40; k++) {
      const { low, high } = rankIntervals(tables(4, 12, 4, 0.4, `cover ${k}`), 4, rankRules.mean, {
        resample: "tasks",
        seed,
        reps: 200,
      });
      for (let i = 0; i < 4; i++) if (low[i]! <= 4 - i && 4 - i <= high[i]!) covered++;
    }
    // 160 ranks at 95 %; ranks are whole, so that intervals are on the long side
    expect(covered / 160).toBeGreaterThan(0.9);
  });

  it("refuses to resample what there is one of", () => {
    expect(() => rankIntervals(tables(2, 1, 5, 1, "a"), 2, rankRules.mean, { resample: "tasks", seed })).toThrow(
      NotEnoughDataError,
    );
    expect(() => rankIntervals(tables(2, 5, 1, 1, "b"), 2, rankRules.mean, { resample: "both", seed })).toThrow(
      NotEnoughDataError,
    );
    expect([...taskTable([Float64Array.of(1, 3, 5, 5)], 2)]).toEqual([2, 5]);
  });
});
