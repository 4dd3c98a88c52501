import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hypervolume } from "./lines.ts";

describe("hypervolume", () => {
  it("is the area of the staircase above the reference, by hand", () => {
    // 3 x 1 and, above it, 1 x 2
    expect(
      hypervolume(
        [
          [3, 1],
          [1, 3],
          [0.5, 0.5],
          [-1, 9],
        ],
        [0, 0],
      ),
    ).toBe(5);
    expect(hypervolume([[1, 1]], [2, 0])).toBe(0);
  });

  it("does not depend on the order, and never falls when a point is added", () => {
    const point = fc.tuple(fc.integer({ min: -3, max: 9 }), fc.integer({ min: -3, max: 9 }));
    fc.assert(
      fc.property(fc.array(point, { maxLength: 8 }), point, (points, more) => {
        const area = hypervolume(points, [0, 0]);
        expect(hypervolume([...points].reverse(), [0, 0])).toBe(area);
        expect(hypervolume([...points, more], [0, 0])).toBeGreaterThanOrEqual(area);
      }),
    );
  });
});
