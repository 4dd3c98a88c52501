import { describe, expect, it } from "vitest";
import { mixtureHead, mixtureProbability } from "./mixture.ts";
import { hedge } from "./mixture-hedge.ts";

const tensor = (shape: readonly number[], values: readonly number[]) => ({ shape, values: Float32Array.from(values) });
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const config = { dim: 2, prompt: 1, hidden: [], names: ["short", "long"], value: "mean" as const };
const weights = new Map([
  ["heads.weight", tensor([2, 2], [1, 0, 0, 1])],
  ["router.layers.0.weight", tensor([2, 1], [Math.log(3), 0])],
  ["router.layers.0.bias", tensor([2], [0, 0])],
  ["router.scale", tensor([1], [1])],
]);
const prompt = Float32Array.of(1);

describe("mixtureHead", () => {
  it("compares by Σ π_k σ(Δ_k), exactly", () => {
    const compare = mixtureHead.compare!(weights, config);
    const { p, strength } = compare(
      { candidate: Float32Array.of(2, 0), prompt },
      { candidate: Float32Array.of(0, 4), prompt },
    );
    const want = 0.75 * sigmoid(2) + 0.25 * sigmoid(-4);
    expect(p).toBeCloseTo(want, 6);
    expect(strength).toBeCloseTo(Math.log(want / (1 - want)), 5);
    expect(mixtureProbability([0.75, 0.25], [2, 0], [0, 4])).toBeCloseTo(want, 14);
  });

  it("scores one answer by Σ π_k r_k with the tastes as parts, or by log sigmoids as the released evaluation does", () => {
    const features = { candidate: Float32Array.of(2, -1), prompt };
    const score = mixtureHead.score!(weights, config)(features);
    expect(score.value).toBeCloseTo(0.75 * 2 - 0.25, 6);
    expect(score.parts).toEqual({ short: 2, long: -1 });
    expect(score.facts!["confidence"]).toBeCloseTo(0.75, 6);
    const logs = mixtureHead.score!(weights, { ...config, value: "log-sigmoid" })(features);
    expect(logs.value).toBeCloseTo(0.75 * Math.log(sigmoid(2)) + 0.25 * Math.log(sigmoid(-1)), 6);
  });

  it("needs heads and a linear router without a scale of its own", () => {
    expect(mixtureHead.tensors(config)).toEqual({
      "heads.weight": [2, 2],
      "router.layers.0.weight": [2, 1],
      "router.layers.0.bias": [2],
      "router.scale": [1],
    });
  });
});

describe("hedge", () => {
  it("weighs experts by prior · exp(−η Σ loss)", () => {
    const user = hedge({ prior: [0.5, 0.5], eta: 0.5 });
    expect([...user.weights()]).toEqual([0.5, 0.5]);
    user.update([0, 2]);
    user.update([1, 1]);
    const odds = Math.exp(0.5 * 2);
    expect(user.weights()[0]).toBeCloseTo(odds / (1 + odds), 14);
  });

  it("does not underflow after many losses, and never gives weight to what the prior excludes", () => {
    const user = hedge({ prior: [1, 1, 0] });
    for (let n = 0; n < 10_000; n++) user.update([10, 11, 0]);
    expect([...user.weights()]).toEqual([1, 0, 0]);
  });

  it("refuses priors and losses that are none", () => {
    expect(() => hedge({ prior: [0, 0] })).toThrow("not all 0");
    expect(() => hedge({ prior: [1], eta: 0 })).toThrow("above 0");
    expect(() => hedge({ prior: [1, 1] }).update([1])).toThrow("1 losses for 2 experts");
    expect(() => hedge({ prior: [1] }).update([Number.NaN])).toThrow("expert 0");
  });
});
