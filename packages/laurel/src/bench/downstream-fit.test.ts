import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import { downstreamFit } from "./downstream.ts";

describe("downstreamFit", () => {
  it("is 1 for an exact linear relation, and the leave-one-out R² by hand for three points and one figure", () => {
    const x = [0, 1, 2, 4, 7];
    expect(
      downstreamFit(
        [x],
        x.map((one) => 3 - 2 * one),
      ),
    ).toBeCloseTo(1, 10);
    // points (0,0), (1,0), (0,1), (1,1): each left out, the line through the other three misses it by 1; Σ(u − ū)² = 1
    expect(downstreamFit([[0, 1, 0, 1]], [0, 0, 1, 1])).toBeCloseTo(1 - 4, 10);
  });

  it("is below 0 for figures that say nothing, and rises with a figure that does", () => {
    const rng = random(seedFrom("fit"));
    const draw = (): number[] => Array.from({ length: 60 }, () => rng.normal());
    const [a, b, noise] = [draw(), draw(), draw()];
    const u = a.map((one, i) => one + b[i]! + 0.2 * rng.normal());
    expect(downstreamFit([noise], draw())).toBeLessThan(0.05);
    const one = downstreamFit([a], u);
    const two = downstreamFit([a, b], u);
    expect(two).toBeGreaterThan(one + 0.2);
    expect(two).toBeGreaterThan(0.9);
  });

  it("refuses too few rewards, and figures that follow from each other", () => {
    expect(() => downstreamFit([[1, 2, 3]], [1, 2, 3])).toThrow(NotEnoughDataError);
    expect(() => downstreamFit([[1, 2, 3, 4, 5]], [1, 1, 1, 1, 1])).toThrow(NotEnoughDataError);
    expect(() => downstreamFit([[1, 2]], [1, 2, 3, 4, 5])).toThrow(UsageError);
    expect(() => downstreamFit([[1, 1, 1, 1, 1]], [1, 2, 3, 4, 5])).toThrow(UsageError);
  });
});
