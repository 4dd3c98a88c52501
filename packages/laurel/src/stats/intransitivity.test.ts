import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, type PreferenceMatrix, UsageError } from "../core/index.ts";
import { zermelo } from "./bradley-terry.ts";
import { hodgeRank, intransitivity } from "./intransitivity.ts";

/** A matrix from p of the pairs (0,1), (0,2), … in order; null where not compared. */
function matrix(n: number, upper: readonly (number | null)[], weights?: readonly number[]): PreferenceMatrix {
  const p = new Float64Array(n * n).fill(0.5);
  const weight = new Float64Array(n * n);
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++, at++) {
      const x = upper[at]!;
      if (x === null) continue;
      p[i * n + j] = x;
      p[j * n + i] = 1 - x;
      weight[i * n + j] = weight[j * n + i] = weights?.[at] ?? 1;
    }
  return { n, p, weight, tie: new Float64Array(n * n), orderEffect: null };
}

describe("intransitivity", () => {
  it("counts as Kendall and Babington Smith do: C(n, 3) - Σ C(wins, 2) without ties", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 21, maxLength: 21 }), (won) => {
        const wins = new Int32Array(7);
        let at = 0;
        for (let i = 0; i < 7; i++) for (let j = i + 1; j < 7; j++) wins[won[at++] ? i : j]! += 1;
        const found = intransitivity(
          matrix(
            7,
            won.map((w) => (w ? 0.9 : 0.2)),
          ),
        );
        expect(found.triads).toBe(35 - wins.reduce((sum, s) => sum + (s * (s - 1)) / 2, 0));
        expect(found.comparable).toBe(35);
      }),
    );
  });

  it("names the worst cycle in its order, and leaves out ties and pairs that were not compared", () => {
    expect(intransitivity(matrix(3, [0.9, 0.2, 0.7]))).toEqual({
      triads: 1,
      comparable: 1,
      share: 1,
      worst: { items: [0, 1, 2], margin: expect.closeTo(0.2, 12) },
    });
    expect(intransitivity(matrix(3, [0.1, 0.8, 0.3])).worst?.items).toEqual([0, 2, 1]);
    expect(intransitivity(matrix(3, [0.9, 0.5, 0.7]))).toMatchObject({ triads: 0, comparable: 0, share: null });
    expect(intransitivity(matrix(3, [0.9, null, 0.7]))).toMatchObject({ triads: 0, comparable: 0, share: null });
    expect(intransitivity(matrix(0, []))).toMatchObject({ triads: 0, share: null });
  });

  it("refuses probabilities that are none or do not add up", () => {
    const bad = matrix(2, [0.7]);
    bad.p[1] = 0.8;
    expect(() => intransitivity(bad)).toThrow(UsageError);
    bad.p[1] = Number.NaN;
    expect(() => intransitivity(bad)).toThrow(UsageError);
  });
});

describe("hodgeRank", () => {
  it("finds share 0 where scores explain all (logits of strengths), and the strengths", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 6 }), (lambda) => {
        const n = lambda.length;
        const upper: number[] = [];
        for (let i = 0; i < n; i++)
          for (let j = i + 1; j < n; j++) upper.push(1 / (1 + Math.exp(lambda[j]! - lambda[i]!)));
        const { scores, inconsistency, total } = hodgeRank(matrix(n, upper), { flow: "logit" });
        if (total > 1e-6) expect(inconsistency).toBeLessThan(1e-9);
        const mean = lambda.reduce((a, b) => a + b, 0) / n;
        for (let i = 0; i < n; i++) expect(Math.abs(scores[i]! - (lambda[i]! - mean))).toBeLessThan(1e-8);
      }),
    );
  });

  it("finds share 1 in a pure cycle, and 1/3 · c²-shaped mixtures between: (a + c)-flows on a triangle", () => {
    expect(hodgeRank(matrix(3, [0.75, 0.25, 0.75])).inconsistency).toBeCloseTo(1, 12);
    // Y = (0.6, 0.6, 0): circulation 0.6 + 0 - 0.6 = 0, so scores explain it; Y = (0.6, 0, 0): a third of it is circulation.
    expect(hodgeRank(matrix(3, [0.8, 0.8, 0.5])).inconsistency).toBeCloseTo(0, 12);
    expect(hodgeRank(matrix(3, [0.8, 0.5, 0.5])).inconsistency).toBeCloseTo(1 / 3, 12);
  });

  it("scores groups that were never compared apart, weighs pairs, and gives 0 for all ties", () => {
    const apart = hodgeRank(matrix(4, [0.8, null, null, null, null, 0.6]));
    expect(apart.inconsistency).toBeCloseTo(0, 12);
    expect(apart.scores[0]! + apart.scores[1]!).toBeCloseTo(0, 12);
    expect(apart.scores[2]! - apart.scores[3]!).toBeCloseTo(0.2, 12);
    expect(hodgeRank(matrix(3, [0.5, 0.5, 0.5]))).toMatchObject({ inconsistency: 0, total: 0 });
    const light = hodgeRank(matrix(3, [0.75, 0.25, 0.75], [1, 1e-6, 1])).inconsistency;
    expect(light).toBeLessThan(1e-5);
  });

  it("orders a cyclic-free table as zermelo does, and states its degenerate cases", () => {
    const m = matrix(3, [0.7, 0.9, 0.8]);
    const strengths = zermelo(
      m.p.map((x, at) => (at % 4 === 0 ? 0 : 10 * x)),
      3,
    ).logStrengths;
    const order = (x: Float64Array): number[] => [0, 1, 2].sort((a, b) => x[b]! - x[a]!);
    expect(order(hodgeRank(m).scores)).toEqual(order(strengths));
    expect(() => hodgeRank(matrix(2, [null]))).toThrow(NotEnoughDataError);
    expect(() => hodgeRank(matrix(1, []))).toThrow(NotEnoughDataError);
    expect(() => hodgeRank(matrix(2, [1]), { flow: "logit" })).toThrow(UsageError);
  });
});
