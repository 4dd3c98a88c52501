import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { recurrent } from "../recurrent.ts";
import { type GoalContrastiveOptions, goalContrastive, type StatePairs } from "./goal-contrastive.ts";

const seed = seedFrom("goal contrastive");
const normals = (n: number, name = "states"): Float64Array => {
  const rng = random(seedFrom(name));
  return Float64Array.from({ length: n }, () => rng.normal());
};
const batch: StatePairs = {
  width: 3,
  steps: 4,
  chosen: normals(5 * 12, "chosen"),
  rejected: normals(5 * 12, "rejected"),
  lengths: { chosen: [4, 2, 1, 3, 4], rejected: [4, 1, 2, 0, 3] },
};

describe("goalContrastive", () => {
  const forms: Omit<GoalContrastiveOptions, "rng">[] = [
    {},
    { similarity: "dot", temperature: 2, sources: 3 },
    { negatives: "batch", lambda: 2 },
    { swapped: true, sources: 2 },
    { parity: true, sources: 4 },
  ];
  for (const form of forms)
    it(`has the gradient of its loss, to 1e-7 of central differences of 1e-5: ${JSON.stringify(form)}`, () => {
      const at = (changed: StatePairs) => goalContrastive(changed, { ...form, rng: random(seed) });
      const { chosen, rejected } = at(batch);
      for (const [side, gradient] of [
        ["chosen", chosen],
        ["rejected", rejected],
      ] as const)
        for (let i = 0; i < gradient.length; i++) {
          const moved = (by: number): number =>
            at({ ...batch, [side]: batch[side].map((x, j) => (j === i ? x + by : x)) }).loss;
          expect(Math.abs((moved(1e-5) - moved(-1e-5)) / 2e-5 - gradient[i]!)).toBeLessThan(1e-7);
        }
    });

  it("draws goals that are strictly later, and negatives from the same pair", () => {
    // each answer's only gradients tell which states were used
    const one: StatePairs = { width: 2, steps: 5, chosen: normals(10), rejected: normals(10, "other") };
    const rng = random(seed);
    for (let round = 0; round < 200; round++) {
      const { chosen, rejected } = goalContrastive(one, { rng });
      const used = (gradient: Float64Array): number[] =>
        [0, 1, 2, 3, 4].filter((t) => gradient[2 * t] !== 0 || gradient[2 * t + 1] !== 0);
      expect(used(chosen)).toHaveLength(2);
      expect(used(rejected)).toHaveLength(1);
    }
  });

  it("counts answers that are too short, and gives zero states neither likeness nor slope", () => {
    expect(goalContrastive(batch, { rng: random(seed) }).skipped).toBe(2);
    const zero = { ...batch, lengths: undefined, chosen: new Float64Array(60) };
    const { loss, chosen, rejected } = goalContrastive(zero, { rng: random(seed), lambda: 1 });
    expect(loss).toBeCloseTo(2 * Math.log(2), 12);
    expect([...chosen, ...rejected].every((x) => x === 0)).toBe(true);
  });

  it("refuses what it cannot do", () => {
    const rng = random(seed);
    expect(() => goalContrastive(batch, { rng, lambda: -1 })).toThrow(/lambda/);
    expect(() => goalContrastive(batch, { rng, temperature: 0 })).toThrow(/temperature/);
    expect(() => goalContrastive(batch, { rng, sources: 0 })).toThrow(/sources/);
    const single = { width: 1, steps: 2, chosen: normals(2), rejected: normals(2) };
    expect(() => goalContrastive(single, { rng, negatives: "batch" })).toThrow(/two pairs/);
  });
});

describe("recurrent", () => {
  it("has the gradient of any loss of its states and rewards, to 1e-7 of central differences of 1e-5", () => {
    const net = recurrent({ symbols: 5, width: 4 });
    const theta = net.start(seed);
    const sequences = Int32Array.of(0, 3, 1, 4, 2, 2);
    const by = normals(6 * 4, "by");
    // Σ by·h + 0.7·r of the last state of the second sequence
    const loss = (at: Float64Array): number => {
      const states = net.states(at, sequences, 3);
      return states.reduce((sum, h, i) => sum + by[i]! * h, 0) + 0.7 * net.reward(at, states)[5]!;
    };
    const gradient = new Float64Array(net.parameters);
    const states = net.states(theta, sequences, 3);
    const slopes = Float64Array.from(by);
    net.rewardBackward(theta, states, 5, 0.7, slopes, gradient);
    net.backward(theta, sequences, 3, states, slopes, gradient);
    for (let i = 0; i < net.parameters; i++) {
      const moved = (step: number): number => loss(theta.map((x, j) => (j === i ? x + step : x)));
      expect(Math.abs((moved(1e-5) - moved(-1e-5)) / 2e-5 - gradient[i]!)).toBeLessThan(1e-7);
    }
  });

  it("computes four units at a time", () => {
    expect(() => recurrent({ symbols: 2, width: 6 })).toThrow(/multiple of 4, not 6/);
  });
});
