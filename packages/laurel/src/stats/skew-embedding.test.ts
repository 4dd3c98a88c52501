import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { skewScore } from "../rewards/learned/embedding.ts";
import { skewEmbedding } from "./skew-embedding.ts";

const skew = (n: number, draws: readonly number[]): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return i === j ? 0 : i < j ? draws[at]! : 0 - draws[j * n + i]!;
  });
const rebuilt = (vectors: Float64Array, n: number, dim: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return skewScore(vectors.subarray(i * dim, (i + 1) * dim), vectors.subarray(j * dim, (j + 1) * dim));
  });

describe("skewEmbedding", () => {
  it("gives back any skew matrix at full length, to 1e-9", () => {
    const sizes = fc.integer({ min: 2, max: 7 });
    fc.assert(
      fc.property(
        sizes.chain((n) =>
          fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: n * n, maxLength: n * n }),
        ),
        (draws) => {
          const n = Math.sqrt(draws.length);
          const dim = n + (n % 2);
          const scores = skew(n, draws);
          const back = rebuilt(skewEmbedding(scores, n, dim).vectors, n, dim);
          for (const [at, s] of scores.entries()) expect(Math.abs(back[at]! - s)).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("needs one block for scores r_i − r_j, and loses 2 Σ σ² of the blocks that it lacks", () => {
    const r = [3, 1, -2, 0.5];
    const scores = Float64Array.from({ length: 16 }, (_, at) => r[Math.floor(at / 4)]! - r[at % 4]!);
    expect(skewEmbedding(scores, 4, 2).squaredError).toBeLessThan(1e-18);
    // two planes that turn by 3 and by 1: length 2 keeps the first
    const planes = Float64Array.of(0, 3, 0, 0, -3, 0, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0);
    const { singular, squaredError } = skewEmbedding(planes, 4, 2);
    expect([...singular]).toEqual([3, 1]);
    expect(squaredError).toBe(2);
  });

  it("refuses odd dimensions and scores that are not skew", () => {
    expect(() => skewEmbedding(new Float64Array(4), 2, 3)).toThrow("even dimension");
    expect(() => skewEmbedding(Float64Array.of(0, 1, 1, 0), 2, 2)).toThrow("no opposites");
    expect(() => skewEmbedding(new Float64Array(3), 2, 2)).toThrow("3 scores");
  });
});
