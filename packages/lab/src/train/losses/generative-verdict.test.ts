import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { verdictLoss, verdictScores } from "./generative-verdict.ts";

const rng = random(seedFrom("verdicts"));
const logits = Float64Array.from({ length: 4 * 7 }, () => 2 * rng.normal());
const p = [1, 0, 0.3, 0.5];

describe("verdictLoss", () => {
  it("is the cross-entropy of the verdict's tokens over the whole vocabulary", () => {
    // by hand: logits log 1, log 2, log 5: softmax 1/8, 2/8, 5/8
    const row = [0, Math.log(2), Math.log(5)];
    expect(verdictLoss(row, 3, [2, 0], [1]).loss).toBeCloseTo(Math.log(8 / 5), 12);
    expect(verdictLoss(row, 3, [2, 0], [0.25]).loss).toBeCloseTo(0.25 * Math.log(8 / 5) + 0.75 * Math.log(8), 12);
    expect(verdictScores(row, 3, [2, 0])[0]).toBeCloseTo(Math.log(5), 12);
  });

  it("has the gradient of its loss, to 1e-8 of central differences of 1e-5", () => {
    const { gradient } = verdictLoss(logits, 7, [3, 5], p);
    for (let i = 0; i < logits.length; i++) {
      const at = (by: number): number =>
        verdictLoss(
          logits.map((x, j) => (i === j ? x + by : x)),
          7,
          [3, 5],
          p,
        ).loss;
      expect(Math.abs((at(1e-5) - at(-1e-5)) / 2e-5 - gradient[i]!)).toBeLessThan(1e-8);
    }
  });

  it("does not overflow", () => {
    expect(verdictLoss([1e5, -1e5, 0], 3, [0, 1], [0]).loss).toBeCloseTo(2e5, 6);
  });

  it("refuses tokens outside of the vocabulary, and lists of other sizes", () => {
    expect(() => verdictLoss(logits, 7, [7, 0], p)).toThrow(/token 7 is outside/);
    expect(() => verdictLoss(logits, 7, [0, 1], [1])).toThrow(/28 logits for 1 rows/);
    expect(() => verdictScores([1, 2, 3], 2, [0, 1])).toThrow(/no rows of 2/);
  });
});
