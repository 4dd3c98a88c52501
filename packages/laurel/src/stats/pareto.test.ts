import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random, seedFrom, UsageError } from "../core/index.ts";
import {
  convexCoverageSet,
  coverageSet,
  dominates,
  expectedUtility,
  hypervolume,
  invertedDistance,
  paretoFront,
  simplexWeights,
  sparsity,
} from "./pareto.ts";

const fronts = fc
  .integer({ min: 1, max: 3 })
  .chain((k) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: k, maxLength: k }), { minLength: 1, maxLength: 8 }),
  );

describe("paretoFront", () => {
  it("keeps exactly the points that none dominates, one of each", () => {
    expect(
      paretoFront([
        [1, 3],
        [2, 2],
        [1, 2],
        [2, 2],
      ]),
    ).toEqual([0, 1]);
    fc.assert(
      fc.property(fronts, (points) => {
        const front = paretoFront(points);
        for (const [i, point] of points.entries())
          if (!front.includes(i))
            expect(front.some((j) => dominates(points[j]!, point) || String(points[j]) === String(point))).toBe(true);
        for (const i of front) for (const j of front) expect(dominates(points[i]!, points[j]!)).toBe(false);
      }),
    );
    expect(() => paretoFront([[1, 2], [1]])).toThrow(UsageError);
  });
});

describe("hypervolume", () => {
  it("counts unit cubes: equal to the count for whole numbers", () => {
    expect(
      hypervolume(
        [
          [1, 3],
          [2, 2],
        ],
        [0, 0],
      ),
    ).toBe(5);
    fc.assert(
      fc.property(fronts, (points) => {
        const k = points[0]!.length;
        let cubes = 0;
        for (let code = 0; code < 6 ** k; code++) {
          const corner = Array.from({ length: k }, (_, i) => Math.floor(code / 6 ** i) % 6);
          if (points.some((point) => point.every((x, i) => x >= corner[i]! + 1))) cubes++;
        }
        expect(hypervolume(points, new Array<number>(k).fill(0))).toBe(cubes);
      }),
    );
  });
  it("agrees with sampling in four objectives", () => {
    const rng = random(seedFrom("volume"));
    const points = Array.from({ length: 12 }, () => Array.from({ length: 4 }, () => rng.uniform()));
    let hits = 0;
    for (let n = 0; n < 40_000; n++) {
      const at = Array.from({ length: 4 }, () => rng.uniform());
      if (points.some((point) => point.every((x, i) => x > at[i]!))) hits++;
    }
    // four standard errors of a share from 40,000 draws
    expect(Math.abs(hypervolume(points, [0, 0, 0, 0]) - hits / 40_000)).toBeLessThan(4 * Math.sqrt(0.25 / 40_000));
  });
});

describe("coverage", () => {
  it("leaves out a point of the front below the line between its neighbours", () => {
    const points = [
      [0, 10],
      [4, 4],
      [10, 0],
    ];
    expect(paretoFront(points)).toEqual([0, 1, 2]);
    expect(coverageSet(points, simplexWeights(2, 100))).toEqual([0, 2]);
    expect(
      coverageSet(
        [
          [0, 10],
          [6, 6],
          [10, 0],
        ],
        simplexWeights(2, 100),
      ),
    ).toEqual([0, 1, 2]);
  });
  it("has utilities, sparsity and distance by hand", () => {
    expect(
      expectedUtility(
        [
          [1, 3],
          [2, 2],
        ],
        simplexWeights(2, 2),
      ),
    ).toBeCloseTo(7 / 3, 12);
    expect(simplexWeights(3, 4)).toHaveLength(15);
    expect(
      sparsity([
        [0, 2],
        [1, 1],
        [2, 0],
      ]),
    ).toBe(2);
    expect(
      invertedDistance(
        [[0, 0]],
        [
          [3, 4],
          [0, 0],
        ],
      ),
    ).toBe(2.5);
  });
});

describe("convexCoverageSet", () => {
  it("has the corners of (1, 3), (2, 2), (3, 1), and the point on their segment with includeTies alone", () => {
    // momaland's fixture
    const points = [
      [1, 3],
      [2, 2],
      [3, 1],
      [1.5, 2],
      [1, 3],
    ];
    expect(convexCoverageSet(points).indices).toEqual([0, 2]);
    expect(convexCoverageSet(points, { includeTies: true }).indices).toEqual([0, 1, 2]);
    expect(convexCoverageSet([[4, 2]])).toMatchObject({ indices: [0], weights: [Float64Array.of(0.5, 0.5)] });
  });

  it("is the upper envelope: for two objectives the same as walking along the convex hull", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 0, max: 30 })), {
          minLength: 1,
          maxLength: 12,
        }),
        (points) => {
          const { indices } = convexCoverageSet(points);
          expect(indices.map((i) => String(points[i])).sort()).toEqual(hull(points).map(String).sort());
        },
      ),
    );
  });

  it("holds what any weights choose, and leads by what it says for the weights that it gives (three objectives)", () => {
    const rng = random(seedFrom("coverage"));
    for (let round = 0; round < 20; round++) {
      const points = Array.from({ length: 15 }, () => [rng.uniform(), rng.uniform(), rng.uniform()]);
      const { indices, weights, leads } = convexCoverageSet(points);
      // no weights find a point outside it; exact ties have probability 0
      for (const i of coverageSet(points, simplexWeights(3, 40))) expect(indices).toContain(i);
      for (const [at, i] of indices.entries()) {
        expect(paretoFront(points)).toContain(i);
        const value = (p: readonly number[]): number => p.reduce((sum, x, o) => sum + x * weights[at]![o]!, 0);
        expect(value(points[i]!)).toBeGreaterThan(Math.max(...points.filter((_, j) => j !== i).map(value)));
        const others = paretoFront(points).filter((j) => j !== i);
        expect(value(points[i]!) - Math.max(...others.map((j) => value(points[j]!)))).toBeCloseTo(leads[at]!, 12);
      }
    }
  });
});

/** The corners of the upper right hull of whole points, by turning directions (Andrew's monotone chain). */
function hull(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const sorted = [...new Map(points.map((p) => [String(p), p])).values()].sort((a, b) => b[0] - a[0] || b[1] - a[1]);
  const kept: (readonly [number, number])[] = [];
  for (const p of sorted) {
    if (kept.length > 0 && p[1] <= kept.at(-1)![1]) continue;
    while (kept.length > 1) {
      const [a, b] = [kept.at(-2)!, kept.at(-1)!];
      if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
      kept.pop();
    }
    kept.push(p);
  }
  return kept;
}
