import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minimaxWinner } from "./minimax-winner.ts";

const matrix = (p: readonly number[], weight?: readonly number[]) => {
  const n = Math.sqrt(p.length);
  return {
    n,
    p: Float64Array.from(p),
    tie: new Float64Array(n * n),
    weight: Float64Array.from(weight ?? new Array(n * n).fill(1)),
    orderEffect: null,
  };
};

describe("minimaxWinner", () => {
  it("gives a Condorcet winner all of the weight", () => {
    const { weights, worst } = minimaxWinner(matrix([0.5, 0.6, 0.9, 0.4, 0.5, 0.7, 0.1, 0.3, 0.5]));
    expect([...weights]).toEqual([1, 0, 0]);
    expect(worst).toBe(0.5);
  });

  it("mixes a cycle in inverse proportion to what each step wins: (P_jk − ½) for i", () => {
    // margins: rock over scissors 0.1, scissors over paper 0.2, paper over rock 0.4; weights ∝ the opposite side's margin
    const { weights, worst } = minimaxWinner(matrix([0.5, 0.6, 0.1, 0.4, 0.5, 0.7, 0.9, 0.3, 0.5]));
    expect(weights[0]).toBeCloseTo(0.2 / 0.7, 12);
    expect(weights[1]).toBeCloseTo(0.4 / 0.7, 12);
    expect(weights[2]).toBeCloseTo(0.1 / 0.7, 12);
    expect(worst).toBeCloseTo(0.5, 12);
  });

  it("is beaten by nothing, whatever the preferences (a symmetric game has the value ½)", () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 7 })
          .chain((n) => fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: n * n, maxLength: n * n })),
        (draws) => {
          const n = Math.sqrt(draws.length);
          const p = draws.map((x, at) => {
            const [i, j] = [Math.floor(at / n), at % n];
            return i === j ? 0.5 : i < j ? x : 1 - draws[j * n + i]!;
          });
          const { weights, worst } = minimaxWinner(matrix(p));
          expect(worst).toBeGreaterThan(0.5 - 1e-9);
          expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
          expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });

  it("is not upset by margins that are all but ties", () => {
    const almost = fc.constantFrom(
      0,
      1,
      0.5,
      0.5 + 1e-9,
      0.5 - 1e-9,
      4e-14,
      2.7e-16,
      1 - 1e-12,
      0.5 + 1e-13,
      0.5 + 3e-7,
    );
    fc.assert(
      fc.property(fc.array(almost, { minLength: 21, maxLength: 21 }), (draws) => {
        const p = new Array<number>(49).fill(0.5);
        let next = 0;
        for (let i = 0; i < 7; i++)
          for (let j = i + 1; j < 7; j++) {
            p[i * 7 + j] = draws[next]!;
            p[j * 7 + i] = 1 - draws[next++]!;
          }
        expect(minimaxWinner(matrix(p)).worst).toBeGreaterThan(0.5 - 1e-9);
      }),
      { numRuns: 1000 },
    );
  });

  it("takes pairs that were not compared for ties, and refuses what is no probability", () => {
    expect(minimaxWinner(matrix([0.5, 0, 1, 0.5], [0, 0, 0, 0])).worst).toBe(0.5);
    expect(() => minimaxWinner(matrix([0.5, 2, -1, 0.5]))).toThrow("not a probability");
  });
});
