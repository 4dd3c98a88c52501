import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { clipLoss } from "./clip.ts";

describe("the clipped surrogate", () => {
  it("is the plain policy gradient where the policy has not moved", () => {
    const logprobs = Float64Array.of(-1, -2, -3);
    const { loss, gradient, clipped } = clipLoss(logprobs, logprobs, Float64Array.of(1, -2, 4));
    expect(loss).toBeCloseTo(-1, 14);
    expect([...gradient]).toEqual([-1 / 3, 2 / 3, -4 / 3]);
    expect(clipped).toBe(0);
  });

  it("gives nothing beyond the clip on the side that pays, and everything on the side that costs", () => {
    const old = new Float64Array(4);
    const moved = Float64Array.of(Math.log(1.5), Math.log(1.5), Math.log(0.5), Math.log(0.5));
    const { loss, gradient, clipped } = clipLoss(moved, old, Float64Array.of(1, -1, 1, -1));
    expect(loss).toBeCloseTo(-(1.2 - 1.5 + 0.5 - 0.8) / 4, 14);
    expect([...gradient].map((g) => g !== 0)).toEqual([false, true, true, false]);
    expect(clipped).toBe(0.5);
  });

  it("has gradients that agree with central differences to 1e-8", () => {
    const rng = random(seedFrom("clip"));
    const draw = (): Float64Array => Float64Array.from({ length: 20 }, () => 0.4 * rng.normal());
    const [logprobs, old, advantages] = [draw(), draw(), draw()];
    const { gradient } = clipLoss(logprobs, old, advantages, { low: 0.2, high: 0.28 });
    for (let i = 0; i < 20; i++) {
      const at = (by: number): number =>
        clipLoss(
          logprobs.map((x, j) => (j === i ? x + by : x)),
          old,
          advantages,
          { low: 0.2, high: 0.28 },
        ).loss;
      expect(Math.abs(gradient[i]! - (at(1e-5) - at(-1e-5)) / 2e-5)).toBeLessThan(1e-8);
    }
  });
});
