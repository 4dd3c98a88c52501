import { seedFrom } from "laurel";
import { minimaxWinner } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { gpo, gpoRound, gpoStep } from "./gpo.ts";
import { logLinear } from "./log-linear.ts";
import { sigmoid } from "./numbers.ts";

/** Rock over scissors by 1, scissors over paper by 2, paper over rock by 3. */
const circle = Float64Array.of(0, 1, -3, -1, 0, 2, 3, -2, 0);

describe("gpoStep", () => {
  it("multiplies each probability by exp(mean score/β)", () => {
    const next = gpoStep(Float64Array.of(0.5, 0.3, 0.2).map(Math.log), circle, { beta: 2 });
    const means = [0.3 - 0.6, -0.5 + 0.4, 1.5 - 0.6];
    const weights = [0.5, 0.3, 0.2].map((p, i) => p * Math.exp(means[i]! / 2));
    const sum = weights.reduce((a, b) => a + b, 0);
    for (let i = 0; i < 3; i++) expect(Math.exp(next[i]!)).toBeCloseTo(weights[i]! / sum, 14);
  });

  it("leaves a uniform policy over a symmetric cycle where it is", () => {
    const even = Float64Array.of(0, 2, -2, -2, 0, 2, 2, -2, 0);
    const start = new Float64Array(3).fill(-Math.log(3));
    for (const [i, log] of gpoStep(start, even, { beta: 1 }).entries()) expect(log).toBeCloseTo(start[i]!, 14);
  });

  it("refuses a beta that is not above 0", () => {
    expect(() => gpoStep(new Float64Array(3), circle, { beta: 0 })).toThrow("above 0");
  });
});

describe("gpo", () => {
  it("averages to the mixture that no item beats, while the last iterate is beaten", () => {
    const { last, averaged } = gpo(Float64Array.of(0.6, 0.3, 0.1).map(Math.log), circle, { beta: 20, steps: 20_000 });
    // the score game's minimax mixture is (2, 3, 1)/6, in proportion to the opposite side's score
    for (const [i, share] of [2 / 6, 3 / 6, 1 / 6].entries()) expect(averaged[i]).toBeCloseTo(share, 1);
    const worst = (policy: Float64Array): number =>
      Math.min(...[0, 1, 2].map((j) => [0, 1, 2].reduce((sum, i) => sum + policy[i]! * circle[i * 3 + j]!, 0)));
    expect(worst(averaged)).toBeGreaterThan(worst(last.map(Math.exp)));
    const p = circle.map(sigmoid);
    const matrix = { n: 3, p, tie: new Float64Array(9), weight: new Float64Array(9).fill(1), orderEffect: null };
    expect(minimaxWinner(matrix).worst).toBeCloseTo(0.5, 12);
  });
});

describe("gpoRound", () => {
  it("comes to the exact step in order and size as samples grow (features of one hot)", () => {
    const groups = { features: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), dim: 3, candidates: 3 };
    const theta = Float64Array.of(0.5, 0, -0.5);
    const start = logLinear(groups, theta);
    const exact = gpoStep(start, circle, { beta: 10 });
    const round = gpoRound(groups, theta, (i, j) => circle[i * 3 + j]!, {
      beta: 10,
      k: 4000,
      steps: 300,
      learningRate: 0.5,
      seed: seedFrom("round"),
    });
    const made = logLinear(groups, round);
    // log Z is about 0 here: 4,000 draws leave a sampling error of about 0.01 in log π
    for (let i = 0; i < 3; i++) expect(Math.abs(made[i]! - exact[i]!)).toBeLessThan(0.03);
  });
});
