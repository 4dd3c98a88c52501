import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../core/index.ts";
import { ece } from "../stats/index.ts";
import { calibrationOf } from "./calibration.ts";
import { itemise } from "./items.ts";
import type { Judged } from "./judged.ts";

const seed = seedFrom(3);

/** Pairs whose side is right with probability sigmoid(slope · margin). */
function pairs(n: number, slope: number): Judged[] {
  const rng = random(seedFrom("calibration"));
  return Array.from({ length: n }, (_, i) => {
    const margin = 2 * rng.normal();
    const right = rng.uniform() < 1 / (1 + Math.exp(-slope * margin));
    return {
      id: `p${i}`,
      repeat: 0,
      cluster: `c${i % Math.ceil(n / 2)}`,
      subsets: {},
      labels: { preferred: [{ first: 0, second: 1, p: right ? 1 : 0 }] },
      scores: [{ value: margin }, { value: 0 }],
    };
  });
}

describe("calibrationOf", () => {
  it("finds the slope that was put in, at the maximum of the likelihood", () => {
    const made = itemise(pairs(2000, 1.7));
    const { slope } = calibrationOf(made, { scale: "fitted", seed });
    expect(slope!.low).toBeLessThan(1.7);
    expect(slope!.high).toBeGreaterThan(1.7);
    expect(slope!.high - slope!.low).toBeLessThan(0.6);
    // the derivative of the log-likelihood vanishes there
    const gradient = made.items.reduce((sum, { margin }) => sum + margin! / (1 + Math.exp(slope!.value * margin!)), 0);
    expect(Math.abs(gradient)).toBeLessThan(1e-6);
  });

  it("is near 0 for log-odds that are right, and not for ones that are too sure", () => {
    const right = calibrationOf(itemise(pairs(2000, 1)), { scale: "logit", seed });
    const sure = calibrationOf(itemise(pairs(2000, 0.3)), { scale: "logit", seed });
    expect(right.ece.value).toBeLessThan(0.03);
    expect(sure.ece.low).toBeGreaterThan(0.1);
    expect(calibrationOf(itemise(pairs(2000, 0.3)), { scale: "fitted", seed }).ece.value).toBeLessThan(0.05);
  });

  it("agrees with the ECE of the statistics on the same forecasts, and does not depend on order or names", () => {
    const rows = pairs(300, 1);
    const found = calibrationOf(itemise(rows), { scale: "logit", seed });
    const forecast = rows.map(({ scores }) => 1 / (1 + Math.exp(-Math.abs((scores[0] as { value: number }).value))));
    const outcome = itemise(rows).items.map(({ margin }) => (margin! > 0 ? 1 : 0));
    expect(found.ece.value).toBeCloseTo(ece(forecast, outcome, { seed, bins: 20, reps: 2 }).value, 12);
    const renamed = [...rows].reverse().map((row) => ({ ...row, id: `x${row.id}`, cluster: `y${row.cluster}` }));
    const again = calibrationOf(itemise(renamed), { scale: "logit", seed });
    expect(again.ece.value).toBeCloseTo(found.ece.value, 12);
    expect(again.ece.low).toBeCloseTo(found.ece.low, 10);
    expect(again.brier.value).toBeCloseTo(found.brier.value, 12);
  });

  it("says why there is none", () => {
    const one = pairs(1, 1);
    expect(() => calibrationOf(itemise(one), { scale: "logit", seed })).toThrow("2 prompts");
    const flip = (p: number): Judged[] =>
      pairs(20, 1).map((row) => ({
        ...row,
        labels: { preferred: [{ first: 0, second: 1, p: (row.scores[0] as { value: number }).value > 0 ? p : 1 - p }] },
      }));
    expect(() => calibrationOf(itemise(flip(1)), { scale: "fitted", seed })).toThrow("every decision is right");
    expect(() => calibrationOf(itemise(flip(0)), { scale: "fitted", seed })).toThrow("do not speak for the right side");
  });
});
