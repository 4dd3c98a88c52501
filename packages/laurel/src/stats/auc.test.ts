import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../core/index.ts";
import { aucEstimate } from "./auc.ts";
import { normalCdf } from "./distributions.ts";

describe("aucEstimate", () => {
  it("is the share of pairs in which the right one is higher, ties half", () => {
    const item = fc.record({
      x: fc.integer({ min: 0, max: 6 }),
      right: fc.boolean(),
      c: fc.integer({ min: 0, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(item, { minLength: 3, maxLength: 40 }), (items) => {
        const right = items.filter((one) => one.right);
        const wrong = items.filter((one) => !one.right);
        fc.pre(right.length > 0 && wrong.length > 0 && new Set(items.map(({ c }) => c)).size > 1);
        let sum = 0;
        for (const a of right) for (const b of wrong) sum += a.x > b.x ? 1 : a.x === b.x ? 0.5 : 0;
        const estimate = aucEstimate(
          items.map(({ x }) => x),
          items.map((one) => one.right),
          items.map(({ c }) => String(c)),
        );
        expect(estimate.value).toBeCloseTo(sum / (right.length * wrong.length), 12);
        expect(estimate.low).toBeGreaterThanOrEqual(0);
        expect(estimate.high).toBeLessThanOrEqual(1);
        expect(estimate.low).toBeLessThanOrEqual(estimate.value + 1e-12);
        expect(estimate.high).toBeGreaterThanOrEqual(estimate.value - 1e-12);
      }),
    );
  });

  it("covers the true value about as often as it says, also where 3 items share a prompt", () => {
    // two normal classes 1 apart with a shared prompt effect: AUC = Φ(1 / √(2 (1 + 0.25)))
    const rng = random(seedFrom("auc coverage"));
    const truth = normalCdf(1 / Math.sqrt(2 * 1.25));
    let covered = 0;
    const runs = 400;
    for (let r = 0; r < runs; r++) {
      const values: number[] = [];
      const right: boolean[] = [];
      const clusters: string[] = [];
      for (let g = 0; g < 40; g++) {
        const shift = 0.5 * rng.normal();
        const mark = g % 2 === 0;
        for (let k = 0; k < 3; k++) {
          values.push(rng.normal() + shift + (mark ? 1 : 0));
          right.push(mark);
          clusters.push(String(g));
        }
      }
      const { low, high } = aucEstimate(values, right, clusters);
      if (low <= truth && truth <= high) covered++;
    }
    // 95 % less 3 standard errors of 400 runs is 91.7 %
    expect(covered / runs).toBeGreaterThan(0.917);
  });

  it("refuses one class or one prompt", () => {
    expect(() => aucEstimate([1, 2], [true, true], ["a", "b"])).toThrow("both classes");
    expect(() => aucEstimate([1, 2], [true, false], ["a", "a"])).toThrow("2 prompts");
    expect(aucEstimate([2, 1], [true, false], ["a", "b"])).toMatchObject({ value: 1, high: 1 });
  });
});
