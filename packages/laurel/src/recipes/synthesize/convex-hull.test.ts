import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext, type Embedder, random, seedFrom } from "../../core/index.ts";
import { convexHullAugment, hullVertices, spelling } from "./convex-hull.ts";

const seed = seedFrom("hull");

describe("hullVertices", () => {
  it("finds the corners of a square in any plane, without what lies inside or on an edge", () => {
    const square = [
      [0, 0],
      [2, 0],
      [2, 2],
      [0, 2],
      [1, 1],
      [1, 0],
      [0.5, 0.3],
    ];
    expect(hullVertices(square)).toEqual([0, 1, 2, 3]);
    // rotated into five dimensions
    const into = ([x, y]: number[]) => [0.6 * x!, 0.8 * x!, y! / 2, y! / 2, y! / Math.SQRT2];
    expect(hullVertices(square.map(into))).toEqual([0, 1, 2, 3]);
  });

  it("gives all points where they are too few, alike, or on a line", () => {
    expect(hullVertices([[1, 2]])).toEqual([0]);
    expect(hullVertices([[1], [2], [5]])).toEqual([0, 1, 2]);
    expect(hullVertices([1, 1, 1, 1].map((x) => [x, x]))).toEqual([0, 1, 2, 3]);
    expect(() => hullVertices([[1], [1, 2]])).toThrow(/differ in length/);
  });

  it("always keeps the points that reach furthest in the first two components, for any points in the plane", () => {
    const point = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 }));
    fc.assert(
      fc.property(fc.uniqueArray(point, { minLength: 4, maxLength: 9, selector: String }), (points) => {
        const kept = new Set(hullVertices(points));
        // in two dimensions the projection is a rotation: every strictly extreme point of any direction is a vertex
        for (const [x, y] of [
          [1, 0],
          [0, 1],
          [-1, 0],
          [3, 2],
        ] as const) {
          const reach = points.map(([a, b]) => a * x + b * y);
          const most = Math.max(...reach);
          if (reach.filter((r) => r === most).length === 1) expect(kept.has(reach.indexOf(most))).toBe(true);
        }
      }),
    );
  });
});

describe("convexHullAugment", () => {
  const embedder: Embedder = {
    name: "letters",
    fingerprint: "letters",
    dim: 26,
    embed: async (texts) =>
      texts.map((text) => {
        const vector = new Float32Array(26);
        for (const letter of String(text).toLowerCase()) {
          const at = letter.charCodeAt(0) - 97;
          if (at >= 0 && at < 26) vector[at]! += 1;
        }
        return vector;
      }),
  };

  it("gives distinct misspellings of a text, the same ones each time", async () => {
    const augment = convexHullAugment({ embedder, seed, n: 8 });
    const text = "The quick brown foxes jumped over several lazy sleeping dogs yesterday";
    const made = await augment(text, directContext());
    expect(made.length).toBeGreaterThan(0);
    expect(made.length).toBeLessThanOrEqual(8);
    expect(new Set(made).size).toBe(made.length);
    for (const one of made) {
      const words = one.split(" ");
      expect(words).toHaveLength(11);
      // 5 % of eight words of four letters and more: the one that is the least
      expect(words.filter((word, i) => word !== text.split(" ")[i]).length).toBeLessThanOrEqual(1);
    }
    expect(await augment(text, directContext())).toEqual(made);
  });

  it("keeps short texts, and refuses options out of range", () => {
    expect(spelling()("a bc def", random(seed))).toBe("a bc def");
    expect(() => spelling({ share: 0 })).toThrow(/share/);
    expect(() => convexHullAugment({ embedder, seed, n: 0 })).toThrow(/n must/);
  });
});
