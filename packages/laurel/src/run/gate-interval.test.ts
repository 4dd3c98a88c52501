import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../core/index.ts";
import { differenceHeld, meanHeld } from "./gate-interval.ts";

const level = { level: 0.95, unscored: 0 };
const rng = random(seedFrom(11));
const clustersOf = (n: number): string[] => Array.from({ length: n }, (_, i) => String(i));
const coins = (n: number, p: number): number[] => Array.from({ length: n }, () => Number(rng.uniform() < p));

/** How often an interval's low end reaches a bar, over fixed draws. */
function passes(reps: number, low: () => number, bar: number): number {
  let count = 0;
  for (let r = 0; r < reps; r++) if (low() >= bar) count++;
  return count / reps;
}

describe("meanHeld", () => {
  it("passes a true mean at the bar about as often as one end of its interval errs", () => {
    // nominal 2.5 %; 3,000 draws have a standard error of 0.3 points, and Wilson's coverage itself swings with n
    const low = () => meanHeld({ values: coins(100, 0.8), clusters: clustersOf(100) }, [0, 1], level).estimate.low;
    expect(passes(3000, low, 0.8)).toBeLessThan(0.04);
  });

  it("needs as many prompts as pass four times of five", () => {
    const sample = { values: [...new Array(90).fill(1), ...new Array(10).fill(0)], clusters: clustersOf(100) };
    const n = meanHeld(sample, [0, 1], level).needed(0.85)!;
    const low = () => meanHeld({ values: coins(n, 0.9), clusters: clustersOf(n) }, [0, 1], level).estimate.low;
    // 1,500 draws have a standard error of 1 point
    expect(Math.abs(passes(1500, low, 0.85) - 0.8)).toBeLessThan(0.04);
  });

  it("needs the same for graded values", () => {
    const graded = (n: number): number[] => Array.from({ length: n }, () => 0.4 + 0.4 * rng.uniform());
    const sd = 0.4 / Math.sqrt(12);
    const values = Array.from({ length: 101 }, (_, i) => 0.4 + (0.4 * i) / 100);
    const n = meanHeld({ values, clusters: clustersOf(101) }, [0, 1], level).needed(0.58)!;
    expect(n).toBeGreaterThan(((1.96 + 0.8416) * sd) ** 2 / 0.02 ** 2 - 5);
    const low = () => meanHeld({ values: graded(n), clusters: clustersOf(n) }, [0, 1], level).estimate.low;
    expect(Math.abs(passes(600, low, 0.58) - 0.8)).toBeLessThan(0.06);
  });

  it("needs more where tasks share prompts, and no number where the mean is the bar", () => {
    const values = Array.from({ length: 80 }, (_, i) => Number(i % 8 < 5));
    const alone = meanHeld({ values, clusters: clustersOf(80) }, [0, 1], level);
    const pairs = values.flatMap((value) => [value, value]);
    const shared = meanHeld({ values: pairs, clusters: pairs.map((_, i) => String(i >> 1)) }, [0, 1], level);
    expect(Math.abs(shared.needed(0.5)! - alone.needed(0.5)!)).toBeLessThanOrEqual(2);
    expect(shared.estimate.low).toBeCloseTo(alone.estimate.low, 1);
    expect(alone.needed(0.625)).toBeUndefined();
  });
});

describe("differenceHeld", () => {
  it("needs about 140 prompts to show that nothing changed within 0.02, as it says", () => {
    const same = (n: number) =>
      differenceHeld({ a: new Array(n).fill(1), b: new Array(n).fill(1), clusters: clustersOf(n) }, [0, 1], {
        ...level,
        seed: seedFrom(1),
      });
    const n = same(50).needed(-0.02)!;
    expect(n).toBeGreaterThan(130);
    expect(n).toBeLessThan(145);
    expect(same(n).estimate.low).toBeGreaterThan(-0.02);
    expect(same(n - 1).estimate.low).toBeLessThanOrEqual(-0.02);
  });
});
