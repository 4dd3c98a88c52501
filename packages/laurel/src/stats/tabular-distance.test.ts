import { describe, expect, it } from "vitest";
import { type Random, random, seedFrom, UsageError } from "../core/index.ts";
import { expectedReturn, expectedReward, type Mdp, optimalPolicy, policyValues, uniformPolicy } from "./mdp.ts";
import { starcBandit } from "./reward-distance.ts";
import { solveLinear } from "./solve-linear.ts";
import {
  type Canonical,
  canonicalise,
  normalisedRegret,
  rewardNorm,
  shaped,
  standardise,
  starcDistance,
  starcMatrix,
} from "./tabular-distance.ts";

function randomMdp(states: number, actions: number, gamma: number, rng: Random): Mdp {
  const transition = new Float64Array(states * actions * states);
  for (let row = 0; row < states * actions; row++) {
    const weights = Array.from({ length: states }, () => rng.exponential());
    const sum = weights.reduce((a, b) => a + b, 0);
    weights.forEach((w, k) => {
      transition[row * states + k] = w / sum;
    });
  }
  return { states, actions, transition, start: new Float64Array(states).fill(1 / states), gamma };
}
const normals = (n: number, rng: Random): Float64Array => Float64Array.from({ length: n }, () => rng.normal());

/** Noise over next states whose τ-mean is 0. */
function redistribution({ states, transition }: Mdp, rng: Random): Float64Array {
  const noise = normals(transition.length, rng);
  for (let row = 0; row < transition.length / states; row++) {
    let mean = 0;
    for (let k = 0; k < states; k++) mean += transition[row * states + k]! * noise[row * states + k]!;
    for (let k = 0; k < states; k++) noise[row * states + k]! -= mean;
  }
  return noise;
}

describe("decision processes", () => {
  it("have the values of a two-state loop", () => {
    // state 0 goes to 1 with reward 1, state 1 stays with 0: V(0) = 1, V(1) = 0
    const mdp: Mdp = {
      states: 2,
      actions: 1,
      transition: Float64Array.of(0, 1, 0, 1),
      start: Float64Array.of(1, 0),
      gamma: 0.9,
    };
    const reward = expectedReward(Float64Array.of(0, 1, 0, 0), mdp);
    expect([...policyValues(reward, mdp, uniformPolicy(mdp))]).toEqual([1, 0]);
    // always 1: V = 1 / (1 - γ)
    expect(expectedReturn(Float64Array.of(1, 1), mdp, uniformPolicy(mdp))).toBeCloseTo(10, 12);
  });
  it("have optimal policies that no other policy of a small process beats", () => {
    const rng = random(seedFrom("brute"));
    const mdp = randomMdp(3, 2, 0.8, rng);
    const reward = expectedReward(normals(18, rng), mdp);
    const best = optimalPolicy(reward, mdp);
    for (let code = 0; code < 8; code++) {
      const policy = new Float64Array(6);
      for (let s = 0; s < 3; s++) policy[2 * s + ((code >> s) & 1)] = 1;
      const values = policyValues(reward, mdp, policy);
      for (let s = 0; s < 3; s++) expect(values[s]).toBeLessThanOrEqual(best.values[s]! + 1e-9);
    }
    expect([...optimalPolicy(new Float64Array(6), mdp).action]).toEqual([0, 0, 0]);
  });
  it("solve linear equations, with row exchanges, and refuse singular ones", () => {
    expect([...solveLinear(Float64Array.of(0, 2, 1, 1), Float64Array.of(4, 3))]).toEqual([1, 2]);
    expect(() => solveLinear(new Float64Array(4), Float64Array.of(1, 1))).toThrow(UsageError);
  });
});

describe("starcDistance", () => {
  const rng = random(seedFrom("starc"));
  const mdp = randomMdp(6, 3, 0.95, rng);
  const size = mdp.transition.length;

  it("is 0 up to 1e-9 for scaled, shaped and redistributed rewards, where EPIC's is not", () => {
    const epic: number[] = [];
    for (let k = 0; k < 200; k++) {
      const reward = normals(size, rng);
      const moved = shaped(reward, mdp, normals(mdp.states, rng)).map((x) => 3 * x);
      const noise = redistribution(mdp, rng);
      const other = moved.map((x, i) => x + 2 * noise[i]!);
      for (const canonical of ["value", "minimal"] as const)
        expect(starcDistance(reward, other, mdp, { canonical })).toBeLessThan(1e-9);
      for (const canonical of ["value-potential", "minimal-potential", "epic", "dard"] as const)
        expect(starcDistance(reward, moved, mdp, { canonical })).toBeLessThan(1e-9);
      epic.push(starcDistance(reward, other, mdp, { canonical: "epic" }));
    }
    expect(epic.sort((a, b) => a - b)[100]).toBeGreaterThan(1e-3);
  });

  it("is symmetric, keeps the triangle inequality, and is 2 for a reward and its opposite", () => {
    for (let k = 0; k < 50; k++) {
      const [a, b, c] = [normals(size, rng), normals(size, rng), normals(size, rng)];
      const [ab, bc, ac] = [starcDistance(a, b, mdp), starcDistance(b, c, mdp), starcDistance(a, c, mdp)];
      expect(ac).toBeLessThanOrEqual(ab + bc + 1e-12);
      expect(starcDistance(b, a, mdp)).toBeCloseTo(ab, 12);
      const matrix = starcMatrix([a, b, c], mdp);
      expect(matrix[1]).toBeCloseTo(ab, 12);
      expect(matrix[2]).toBeCloseTo(ac, 12);
      expect(
        starcDistance(
          a,
          a.map((x) => -x),
          mdp,
        ),
      ).toBeCloseTo(2, 12);
    }
  });

  it("has optimal policies in common where it is 0, and no regret", () => {
    const reward = normals(size, rng);
    const other = shaped(reward, mdp, normals(mdp.states, rng));
    expect([...optimalPolicy(expectedReward(other, mdp), mdp).action]).toEqual([
      ...optimalPolicy(expectedReward(reward, mdp), mdp).action,
    ]);
    expect(normalisedRegret(reward, other, mdp)).toBeLessThan(1e-9);
    expect(
      normalisedRegret(
        reward,
        reward.map((x) => -x),
        mdp,
      ),
    ).toBeCloseTo(1, 9);
  });

  it("gives the least norm of the class: no shaping or redistribution makes it less", () => {
    const reward = normals(size, rng);
    const least = canonicalise(reward, mdp, "minimal");
    const norm = rewardNorm(least, mdp, "weighted-2");
    expect(norm).toBeLessThanOrEqual(rewardNorm(canonicalise(reward, mdp, "value"), mdp, "weighted-2") + 1e-12);
    for (let k = 0; k < 50; k++) {
      const noise = redistribution(mdp, rng);
      const moved = shaped(
        least,
        mdp,
        normals(mdp.states, rng).map((x) => 0.1 * x),
      ).map((x, i) => x + 0.1 * noise[i]!);
      expect(rewardNorm(moved, mdp, "weighted-2")).toBeGreaterThan(norm);
    }
    const potential = canonicalise(reward, mdp, "minimal-potential");
    for (let k = 0; k < 20; k++)
      expect(
        rewardNorm(
          shaped(
            potential,
            mdp,
            normals(mdp.states, rng).map((x) => 0.1 * x),
          ),
          mdp,
          "weighted-2",
        ),
      ).toBeGreaterThan(rewardNorm(potential, mdp, "weighted-2"));
  });

  it("calls a constant reward none at all, on any scale", () => {
    for (const scale of [1e-6, 1, 1e6])
      expect(standardise(new Float64Array(size).fill(scale), mdp).every((x) => x === 0)).toBe(true);
    const methods: Canonical[] = ["value", "epic", "dard", "minimal", "value-potential"];
    for (const canonical of methods)
      expect(standardise(new Float64Array(size).fill(3), mdp, { canonical }).every((x) => x === 0)).toBe(true);
  });

  it("is the bandit distance in a process of one step", () => {
    // every action leads to an absorbing state without reward; γ = 0
    const [prompts, answers] = [4, 3];
    const states = prompts + 1;
    const transition = new Float64Array(states * answers * states);
    for (let row = 0; row < states * answers; row++) transition[row * states + prompts] = 1;
    const bandit: Mdp = {
      states,
      actions: answers,
      transition,
      start: new Float64Array(states).fill(1 / states),
      gamma: 0,
    };
    const [x, y] = [normals(prompts * answers, rng), normals(prompts * answers, rng)];
    const table = (scores: Float64Array): Float64Array =>
      Float64Array.from(transition, (_, i) => (i % states === prompts ? (scores[Math.floor(i / states)] ?? 0) : 0));
    const groups = Array.from({ length: prompts * answers }, (_, i) => Math.floor(i / answers));
    expect(starcDistance(table(x), table(y), bandit)).toBeCloseTo(starcBandit(x, y, groups), 12);
  });

  it("refuses transitions that do not sum to 1, discounts of 1 and rewards of other sizes", () => {
    const reward = normals(size, rng);
    expect(() => starcDistance(reward, reward, { ...mdp, gamma: 1 })).toThrow(UsageError);
    expect(() => starcDistance(reward, reward, { ...mdp, transition: mdp.transition.map((p) => p / 2) })).toThrow(
      /sum to/,
    );
    expect(() => starcDistance(reward.subarray(1), reward, mdp)).toThrow(UsageError);
    expect(() =>
      starcDistance(
        reward.map(() => Number.NaN),
        reward,
        mdp,
      ),
    ).toThrow(UsageError);
  });
});
