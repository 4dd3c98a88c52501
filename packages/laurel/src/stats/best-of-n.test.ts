import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../core/errors.ts";
import { bestOfN, bestOfNWeights, passAtK, passHatK } from "./best-of-n.ts";

/** All subsets of size n of 0..total-1. */
function subsets(total: number, n: number): number[][] {
  const all: number[][] = [];
  for (let bits = 0; bits < 2 ** total; bits++) {
    const members = Array.from({ length: total }, (_, i) => i).filter((i) => (bits >> i) & 1);
    if (members.length === n) all.push(members);
  }
  return all;
}

describe("bestOfN", () => {
  it("is the mean over all n-subsets of the picked value, ties averaged", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: -5, max: 5 })), {
          minLength: 1,
          maxLength: 8,
        }),
        (pairs) => {
          const scores = pairs.map(([score]) => score);
          const values = pairs.map(([, value]) => value);
          for (let n = 1; n <= scores.length; n++) {
            let sum = 0;
            const all = subsets(scores.length, n);
            for (const members of all) {
              const top = Math.max(...members.map((i) => scores[i]!));
              // a tie among drawn candidates is broken at random
              const tied = members.filter((i) => scores[i] === top);
              sum += tied.reduce((total, i) => total + values[i]!, 0) / tied.length;
            }
            expect(bestOfN(scores, n, values)).toBeCloseTo(sum / all.length, 10);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is the mean for n = 1 and the best for n = N; weights sum to 1 for large N", () => {
    expect(bestOfN([3, 1, 2], 1)).toBeCloseTo(2, 12);
    expect(bestOfN([3, 1, 2], 3)).toBe(3);
    expect(bestOfN([5, 5, 1], 3, [1, 0, 0])).toBe(0.5);
    const weights = bestOfNWeights(
      Float64Array.from({ length: 5000 }, (_, i) => i),
      64,
    );
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  it("does not depend on the order of the samples", () => {
    expect(bestOfN([1, 4, 4, 2], 2, [0, 1, 0, 1])).toBeCloseTo(bestOfN([4, 2, 1, 4], 2, [0, 1, 0, 1]), 12);
  });

  it("refuses an n that the samples do not allow", () => {
    expect(() => bestOfN([1, 2], 3)).toThrow(UsageError);
    expect(() => bestOfN([1, 2], 0)).toThrow(UsageError);
    expect(() => bestOfN([1, 2], 1, [1])).toThrow(UsageError);
  });
});

describe("passAtK and passHatK", () => {
  it("are the shares of k-subsets with any and with only right samples", () => {
    for (let n = 1; n <= 8; n++)
      for (let c = 0; c <= n; c++)
        for (let k = 1; k <= n; k++) {
          const all = subsets(n, k);
          expect(passAtK(n, c, k)).toBeCloseTo(all.filter((s) => s.some((i) => i < c)).length / all.length, 12);
          expect(passHatK(n, c, k)).toBeCloseTo(all.filter((s) => s.every((i) => i < c)).length / all.length, 12);
          expect(passAtK(n, c, k)).toBeCloseTo(
            bestOfN(
              Array.from({ length: n }, (_, i) => Number(i < c)),
              k,
            ),
            12,
          );
        }
  });

  it("stay finite for many samples, and refuse impossible counts", () => {
    expect(passAtK(10_000, 3, 100)).toBeCloseTo(1 - (9900 / 10_000) * (9899 / 9999) * (9898 / 9998), 12);
    expect(() => passAtK(3, 4, 1)).toThrow(UsageError);
    expect(() => passHatK(3, 1, 4)).toThrow(UsageError);
  });
});
