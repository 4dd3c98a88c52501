import { random, seedFrom, split } from "laurel";
import { bestOfNWeights } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { irepoLoss, type PairBatch } from "../train/index.ts";
import {
  bestAndOneOther,
  bestOfNPolicy,
  bestOnly,
  bestRandom,
  bestWorst,
  empiricalPreference,
  entropyOf,
  expected,
  expectedByPrompt,
  expectedGradient,
  type FeatureGroups,
  type GroupFilter,
  greedyItems,
  keepAll,
  klGradient,
  klOf,
  logitsOf,
  logLinear,
  logSoftmax,
  onlinePreference,
  promptPolicy,
  reinforceAdvantages,
  reinforceGradient,
  rewardPower,
  sampleDistinct,
  sampleIndex,
  scaleToKl,
  tilt,
  tiltToKl,
  uniformLogprobs,
} from "./index.ts";

const seed = seedFrom("policy tests");
const normals = (name: string, n: number): Float64Array => {
  const rng = random(split(seed, name));
  return Float64Array.from({ length: n }, () => rng.normal());
};
const groups: FeatureGroups = { features: normals("features", 6 * 5 * 4), dim: 4, candidates: 5 };
const theta = normals("theta", 4);
const values = normals("values", 30);

/** Central differences of a function of θ; step 1e-5, so that the error is about 1e-10. */
function differences(f: (theta: Float64Array) => number, at: Float64Array): Float64Array {
  return at.map((_, d) => {
    const moved = (by: number): Float64Array => at.map((x, e) => (e === d ? x + by : x));
    return (f(moved(1e-5)) - f(moved(-1e-5))) / 2e-5;
  });
}

function close(a: ArrayLike<number>, b: ArrayLike<number>, tolerance: number): void {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThan(tolerance);
}

describe("exact policies", () => {
  it("have probabilities that sum to 1, KL 0 to themselves, and the entropy of the uniform", () => {
    const logprobs = logLinear(groups, theta);
    close(expectedByPrompt(logprobs, new Float64Array(30).fill(1), 5), new Float64Array(6).fill(1), 1e-12);
    expect(klOf(logprobs, logprobs, 5)).toBe(0);
    expect(entropyOf(uniformLogprobs(6, 5), 5)).toBeCloseTo(Math.log(5), 12);
    expect(klOf(logprobs, uniformLogprobs(6, 5), 5)).toBeCloseTo(Math.log(5) - entropyOf(logprobs, 5), 12);
    close(logSoftmax(Float64Array.of(1e4, 0, -1e4), 3), [0, -1e4, -2e4], 1e-9);
  });

  it("have gradients that agree with central differences to 1e-8", () => {
    close(
      expectedGradient(groups, theta, values),
      differences((t) => expected(logLinear(groups, t), values, 5), theta),
      1e-8,
    );
    const other = logLinear(groups, normals("other", 4));
    close(
      klGradient(groups, theta, other),
      differences((t) => klOf(logLinear(groups, t), other, 5), theta),
      1e-8,
    );
  });

  it("give one prompt as they give all", () => {
    const { probabilities, mean } = promptPolicy(groups, theta, 3);
    close(probabilities, logLinear(groups, theta).slice(15, 20).map(Math.exp), 1e-14);
    const direct = [0, 1, 2, 3].map((d) =>
      probabilities.reduce((sum, p, k) => sum + p * groups.features[(15 + k) * 4 + d]!, 0),
    );
    close(mean, direct, 1e-14);
  });

  it("move along a direction to the wanted KL, within 1e-9", () => {
    const start = normals("start", 4);
    const moved = scaleToKl(groups, start, normals("direction", 4), 0.7);
    expect(klOf(logLinear(groups, moved), logLinear(groups, start), 5)).toBeCloseTo(0.7, 9);
  });

  it("tilt to the wanted KL, unmoved by an affine change of the reward, and beat every policy at that KL", () => {
    const one = tiltToKl(values, 5, 0.5, { steps: 60 });
    expect(klOf(one.logprobs, uniformLogprobs(6, 5), 5)).toBeCloseTo(0.5, 9);
    expect(one.kl).toBeCloseTo(0.5, 9);
    close(
      tiltToKl(
        values.map((u) => 7 * u - 3),
        5,
        0.5,
        { steps: 60 },
      ).logprobs,
      one.logprobs,
      1e-6,
    );
    for (let i = 0; i < 20; i++) {
      const rival = tiltToKl(normals(`rival ${i}`, 30), 5, 0.5, { steps: 60 });
      expect(expected(rival.logprobs, values, 5)).toBeLessThan(expected(one.logprobs, values, 5));
    }
    const base = logLinear(groups, theta);
    close(
      tilt(values, 5, 2, base),
      logSoftmax(
        base.map((l, i) => l + values[i]! / 2),
        5,
      ),
      1e-12,
    );
  });

  it("take best-of-n as enumeration does, ties shared", () => {
    const base = logSoftmax(normals("base", 4), 4);
    const scores = [1, 2, 2, 0];
    const p = base.map(Math.exp);
    const enumerated = new Float64Array(4);
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++)
        for (let k = 0; k < 4; k++) {
          const drawn = [i, j, k];
          const best = Math.max(...drawn.map((x) => scores[x]!));
          const tied = drawn.filter((x) => scores[x] === best);
          for (const x of tied) enumerated[x]! += (p[i]! * p[j]! * p[k]!) / tied.length;
        }
    close(bestOfNPolicy(base, scores, 4, 3).map(Math.exp), enumerated, 1e-12);
    close(bestOfNPolicy(base, scores, 4, 1), base, 1e-12);
    expect(bestOfNWeights([1, 2], 1)[0]).toBe(0.5);
  });
});

describe("samplers", () => {
  it("agree with the exact probabilities: 20,000 draws, five standard errors", () => {
    const { probabilities } = promptPolicy(groups, theta, 0);
    const rng = random(split(seed, "draws"));
    const counts = new Float64Array(5);
    for (let i = 0; i < 20_000; i++) counts[sampleIndex(rng, probabilities)]!++;
    for (let k = 0; k < 5; k++) {
      const p = probabilities[k]!;
      expect(Math.abs(counts[k]! / 20_000 - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 20_000));
    }
  });

  it("draw without replacement: the pair's law is p_i p_j/(1 − p_i)", () => {
    const logprobs = Float64Array.of(Math.log(0.5), Math.log(0.3), Math.log(0.2));
    const rng = random(split(seed, "distinct"));
    let count = 0;
    for (let i = 0; i < 20_000; i++) {
      const [first, second] = sampleDistinct(rng, logprobs, 0, 3, 2);
      expect(first).not.toBe(second);
      if (first === 1 && second === 0) count++;
    }
    const p = (0.3 * 0.5) / 0.7;
    expect(Math.abs(count / 20_000 - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / 20_000));
  });
});

describe("REINFORCE", () => {
  it("is unbiased: with leave-one-out its mean is the exact gradient (4,000 batches, five standard errors)", () => {
    const rng = random(split(seed, "reinforce"));
    const prompts = Int32Array.of(0, 1, 2, 3, 4, 5);
    const policies = Array.from(prompts, (p) => promptPolicy(groups, theta, p));
    const sum = new Float64Array(4);
    const squares = new Float64Array(4);
    const reps = 4000;
    for (let r = 0; r < reps; r++) {
      const draws = Int32Array.from({ length: 18 }, (_, i) =>
        sampleIndex(rng, policies[Math.floor(i / 3)]!.probabilities),
      );
      const rewards = Float64Array.from(draws, (k, i) => values[prompts[Math.floor(i / 3)]! * 5 + k]!);
      const batch = { prompts, group: 3, draws, rewards };
      const gradient = reinforceGradient(groups, batch, policies, reinforceAdvantages(batch, "leave-one-out"));
      for (let d = 0; d < 4; d++) {
        sum[d]! += gradient[d]! / reps;
        squares[d]! += gradient[d]! ** 2 / reps;
      }
    }
    const exact = expectedGradient(groups, theta, values);
    for (let d = 0; d < 4; d++)
      expect(Math.abs(sum[d]! - exact[d]!)).toBeLessThan(5 * Math.sqrt((squares[d]! - sum[d]! ** 2) / reps));
  });

  it("has group advantages that sum to 0, leave-one-out being G/(G − 1) of them", () => {
    const batch = {
      prompts: Int32Array.of(0),
      group: 3,
      draws: Int32Array.of(0, 1, 2),
      rewards: Float64Array.of(1, 2, 6),
    };
    close(reinforceAdvantages(batch, "group-mean"), [-2, -1, 3], 1e-12);
    close(reinforceAdvantages(batch, "leave-one-out"), [-3, -1.5, 4.5], 1e-12);
    close(reinforceAdvantages(batch, "none"), [1, 2, 6], 0.5e-12);
  });
});

describe("group filters", () => {
  const rng = random(split(seed, "filters"));
  const rewards = Float64Array.of(0.3, 0.9, 0.1, 0.9, 0.5);
  it.each<[string, GroupFilter, number[]]>([
    ["all", keepAll(), [0.2, 0.2, 0.2, 0.2, 0.2]],
    ["best only, ties to the earlier draw", bestOnly(), [0, 1, 0, 0, 0]],
    ["best and random, released weights 0.4 and 0.1", bestRandom(), [0.125, 0.5, 0.125, 0.125, 0.125]],
    ["best and worst", bestWorst(), [0, 0.5, 0.5, 0, 0]],
    ["|r|²", rewardPower(), [0.09, 0.81, 0.01, 0.81, 0.25].map((w) => w / 1.97)],
  ])("%s", (_name, filter, weights) => {
    close(filter(rewards, rng), weights, 1e-12);
    close(filter(Float64Array.of(2, 2), rng), [0.5, 0.5], 1e-12);
    close(filter(Float64Array.of(2), rng), [1], 1e-12);
  });

  it("best and one other: its mean over draws is ½ for the best and ⅛ for each other", () => {
    const mean = new Float64Array(5);
    const filter = bestAndOneOther();
    for (let r = 0; r < 8000; r++) for (const [i, w] of filter(rewards, rng).entries()) mean[i]! += w / 8000;
    // standard error of each other's mean: ½ √(¼ · ¾ / 8000) = 0.0024
    close(mean, [0.125, 0.5, 0.125, 0.125, 0.125], 0.0125);
  });
});

describe("empirical preferences", () => {
  it("of two are the smoothed vote share: 6 of 8 with prior ½ is ln(6.5/2.5)", () => {
    const found = empiricalPreference(Float64Array.of(0, 2, 6, 0), 2);
    expect(found).toMatchObject({ best: 1, worst: 0 });
    expect(found.logit).toBeCloseTo(Math.log(6.5 / 2.5), 8);
  });
});

describe("the online preference loop", () => {
  const bandit: FeatureGroups = { features: normals("bandit", 12 * 6 * 4), dim: 4, candidates: 6 };
  const gold = Float64Array.from({ length: 72 }, (_, i) => bandit.features[i * 4]!);
  const options = { rounds: 3, steps: 40, learningRate: 0.5, beta: 0.5, seed };

  it("raises gold", () => {
    const dpo = onlinePreference(bandit, new Float64Array(4), (item) => gold[item]!, { ...options, alpha: 0 });
    const before = expected(uniformLogprobs(12, 6), gold, 6);
    expect(expected(logLinear(bandit, dpo.theta), gold, 6)).toBeGreaterThan(before + 0.5);
    expect(dpo.rounds).toHaveLength(3);
    expect(dpo.shown.reduce((sum, x) => sum + x, 0)).toBeGreaterThan(23);
  });

  it("takes other losses, pools and references: iREPO on the policy's own draws comes to π_0 exp(T r/β)", () => {
    const start = new Float64Array(4);
    const linear = Float64Array.of(0.8, -0.4, 0, 0);
    const reward = logitsOf(bandit, linear);
    const own = { ...options, rounds: 1, steps: 4000, learningRate: 0.02, alpha: 0, pool: "own" as const };
    const one = onlinePreference(bandit, start, (item) => reward[item]!, {
      ...own,
      beta: 2,
      loss: (batch, strength) => irepoLoss(batch, strength, { beta: 2 }),
    });
    // twelve pairs of four features determine θ; r is linear, so that the least squares have residual 0 at θ = w/β
    close(one.theta, [0.4, -0.2, 0, 0], 1e-6);
    const again = { ...own, rounds: 2, beta: 2, loss: (b: PairBatch, s: Float64Array) => irepoLoss(b, s, { beta: 2 }) };
    const composed = onlinePreference(bandit, start, (item) => reward[item]!, again);
    close(composed.theta, [0.8, -0.4, 0, 0], 1e-4);
    const held = onlinePreference(bandit, start, (item) => reward[item]!, { ...again, reference: "initial" });
    close(held.theta, [0.4, -0.2, 0, 0], 1e-4);
    expect(() => onlinePreference(bandit, start, () => 0, { ...again, alpha: 0.1 })).toThrow(/exploration/);
  });

  it("leaves the policy's own answers less likely with alpha above 0, more likely below 0, than DPO does", () => {
    const start = Float64Array.of(0.5, 1, 0, 0);
    const items = greedyItems(bandit, start);
    const own = (alpha: number): number => {
      const { theta: end } = onlinePreference(bandit, start, (item) => gold[item]!, { ...options, rounds: 1, alpha });
      const logprobs = logLinear(bandit, end);
      return items.reduce((sum, item) => sum + logprobs[item]!, 0);
    };
    expect(own(0.2)).toBeLessThan(own(0));
    expect(own(-0.2)).toBeGreaterThan(own(0));
  });
});
