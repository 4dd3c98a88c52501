import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import {
  answersAround,
  attributeVotes,
  compareObjectives,
  dotAt,
  drawLabelledPairs,
  drawMatched,
  drawNoisyPairs,
  drawRandomFeatures,
  drawRelevance,
  drawRelevancePairs,
  drawTaste,
  fineTune,
  gradeOf,
  headRewards,
  marginAccuracy,
  normals,
  presets,
  randomFeatures,
  rating,
  relevanceFeatures,
  relevanceGold,
  relevanceWidth,
} from "./index.ts";

const seed = seedFrom("learned worlds");

describe("raters of HelpSteer2", () => {
  it("rate on whole numbers from 0 to 4 about 2 + u, and grade by edges of the latent's size", () => {
    const rng = random(seed);
    expect([-9, -1, 0.4, 0.6, 9].map((u) => rating(rng, u, 0))).toEqual([0, 1, 2, 3, 4]);
    expect([0.1, -0.75, 1.7, -1.75, 9].map((latent) => gradeOf(latent, [0.75, 1.75]))).toEqual([1, 2, 2, 3, 3]);
  });

  it("do not look at any attribute where they are careless", () => {
    const rng = random(split(seed, "votes"));
    const careful = attributeVotes(rng, [2, -2, 0], { voteNoise: 0, careless: 0, carelessNoise: 1.4 });
    expect(careful).toEqual([4, 0, 2]);
    expect(attributeVotes(rng, [2, -2, 0], { voteNoise: 0, careless: 1, carelessNoise: 0 })).toEqual([2, 2, 2]);
  });
});

describe("the matched world", () => {
  const taste = drawTaste(presets.matched(), split(seed, "taste"));
  it("has differences of chosen and rejected whose gap in gold is w·x, and the wrong labels below 0", () => {
    const made = drawMatched(taste, 300, { ratingNoise: 1, preferenceNoise: 0.8, edges: [0.75, 1.75] }, seed);
    for (let n = 0; n < 300; n++)
      expect(dotAt(made.differences, n * made.dim, taste.weights[0]!)).toBeCloseTo(made.gap[n]!, 10);
    expect(made.gap.filter((gap) => gap < 0).length).toBeGreaterThan(10);
    expect(new Set(made.strength)).toEqual(new Set([1, 2, 3]));
    const exact = drawMatched(taste, 300, { ratingNoise: 0, preferenceNoise: 0, edges: [0.75, 1.75] }, seed);
    expect(exact.gap.every((gap) => gap > 0)).toBe(true);
    for (const [n, m] of exact.strength.entries()) expect(m).toBe(gradeOf(exact.gap[n]!, [0.75, 1.75]));
  });

  it("compares the objectives on the same pairs, the plain loss first and with no gain over itself", async () => {
    const made = await compareObjectives({ pairs: 60, test: 200, worlds: 2, seed });
    expect(made[0]).toMatchObject({ objective: "bradley-terry", gain: { value: 0, low: 0, high: 0 } });
    for (const { accuracy, gain } of made) {
      expect(accuracy.value).toBeGreaterThan(0.5);
      expect(gain.value).toBeCloseTo(accuracy.value - made[0]!.accuracy.value, 12);
    }
    await expect(compareObjectives({ worlds: 1, seed })).rejects.toThrow(/worlds/);
    await expect(compareObjectives({ flips: 0.5, seed })).rejects.toThrow(/flips/);
  });
});

describe("the noisy world", () => {
  it("turns the stated share of labels round", () => {
    const taste = drawTaste(presets.noisy({ dim: 10, norm: 2 }), seed);
    const wrong = (flips: number): number => {
      const { gap } = drawNoisyPairs(taste, 4000, { slope: Number.POSITIVE_INFINITY, flips }, seed);
      return gap.filter((one) => one < 0).length / 4000;
    };
    expect(wrong(0)).toBe(0);
    // binomial with n = 4,000: sd 0.0063
    expect(Math.abs(wrong(0.2) - 0.2)).toBeLessThan(0.025);
    const clean = drawNoisyPairs(taste, 200, { slope: Number.POSITIVE_INFINITY }, seed);
    expect(marginAccuracy(clean.differences, taste.weights[0]!)).toBe(1);
  });
});

describe("reward models of random features", () => {
  const dials = { units: 24, start: 0.3, steps: 200, rate: 0.3, pull: 1e-3, share: 0.8, jitter: 0.02 };
  it("learn their pairs, and differ more by their pre-training seed than by their fine-tuning seed", () => {
    const taste = drawTaste(presets.underspecified(), split(seed, "taste"));
    const pairs = drawLabelledPairs(taste, 400, Number.POSITIVE_INFINITY, split(seed, "pairs"));
    const seeds = [split(seed, "a"), split(seed, "b")];
    const [first, second] = ["one", "two"].map((name) => {
      const from = drawRandomFeatures(13, dials, split(seed, name));
      const features = randomFeatures(from, pairs.responses);
      return fineTune(from, features, pairs, dials, seeds).map((head) => headRewards(features, head));
    }) as [Float64Array[], Float64Array[]];
    const accuracy = (rewards: Float64Array): number =>
      pairs.sign.filter((sign, n) => sign * (rewards[2 * n]! - rewards[2 * n + 1]!) > 0).length / 400;
    for (const rewards of [...first, ...second]) expect(accuracy(rewards)).toBeGreaterThan(0.75);
    const apart = (a: Float64Array, b: Float64Array): number => {
      const gap = (r: Float64Array, n: number): number => r[2 * n]! - r[2 * n + 1]!;
      return pairs.sign.filter((_, n) => gap(a, n) * gap(b, n) < 0).length;
    };
    expect(apart(first[0]!, second[0]!)).toBeGreaterThan(apart(first[0]!, first[1]!));
    expect(() =>
      fineTune(drawRandomFeatures(13, { ...dials, units: 3 }, seed), new Float64Array(), pairs, dials, []),
    ).toThrow(/even/);
  });
});

describe("the relevance world", () => {
  it("has a gold that is linear in its features and a term of the prompt alone", () => {
    const world = drawRelevance(3, seed);
    const rng = random(split(seed, "points"));
    const prompts = normals(rng, 3);
    const answers = answersAround(prompts, 3, 5, 1, rng);
    // −‖a − q‖² + 2 w·a = Σ 2 q_j a_i [i = j] + 2 w·a − Σ a² − ‖q‖²
    const width = relevanceWidth(3);
    for (let a = 0; a < 5; a++) {
      const features = new Float64Array(width);
      relevanceFeatures(3, prompts, 0, answers, a, features, 0);
      let sum = -dotAt(prompts, 0, prompts);
      for (let i = 0; i < 3; i++) sum += 2 * features[4 * i]! + 2 * world.w[i]! * features[9 + i]! - features[12 + i]!;
      expect(relevanceGold(world, prompts, 0, answers, a)).toBeCloseTo(sum, 12);
    }
    const clean = drawRelevancePairs(world, 50, { spread: 0.4, slope: Number.POSITIVE_INFINITY, flips: 0 }, seed);
    for (let n = 0; n < 50; n++)
      expect(relevanceGold(world, clean.prompts, n, clean.answers, 2 * n)).toBeGreaterThan(
        relevanceGold(world, clean.prompts, n, clean.answers, 2 * n + 1),
      );
  });
});
