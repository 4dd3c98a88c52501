import { directContext, seedFrom, split } from "laurel";
import { meanOf, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import {
  asMarkovPolicy,
  drawMarkov,
  drawMarkovReward,
  exactEntropy,
  exactKl,
  exactReward,
  type MarkovModel,
  markovLikelihood,
  markovText,
  sampleMarkov,
  scoreSequence,
  softOptimal,
  softOptimalAtKl,
  symbolsOf,
} from "./index.ts";

const seed = seedFrom("markov tests");

/** All sequences of a model, by brute force. */
function all({ vocabulary, horizon, ends }: MarkovModel): number[][] {
  const found: number[][] = [];
  const grow = (tokens: number[]): void => {
    if (ends || tokens.length === horizon) found.push(tokens);
    if (tokens.length < horizon) for (let token = 0; token < vocabulary; token++) grow([...tokens, token]);
  };
  grow([]);
  return found;
}

const small = [
  ["order 1", { vocabulary: 3, horizon: 5 }],
  ["order 2", { vocabulary: 3, horizon: 5, order: 2 as const }],
  ["an end", { vocabulary: 3, horizon: 5, end: -0.5 }],
  ["order 2 and an end", { vocabulary: 3, horizon: 4, order: 2 as const, end: 0.3 }],
] as const;

describe.each(small)("a tabular model with %s", (_name, dials) => {
  const model = drawMarkov(dials, split(seed, "model"));
  const reward = drawMarkovReward(model, { pattern: 2 }, split(seed, "reward"));
  const base = asMarkovPolicy(model);
  const policy = softOptimal(model, reward, base, 0.4);
  const sequences = all(model);
  const of = (one: typeof base) => sequences.map((tokens) => scoreSequence(model, reward, one, tokens));

  it("has probabilities that sum to 1 over all sequences (1e-12)", () => {
    for (const one of [base, policy])
      expect(of(one).reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 12);
  });

  it("has the reward, KL and entropy of the sum over all sequences (1e-12)", () => {
    const [mine, theirs] = [of(policy), of(base)];
    const sum = (f: (i: number) => number): number =>
      mine.reduce((total, { logprob }, i) => total + Math.exp(logprob) * f(i), 0);
    expect(exactReward(model, reward, policy)).toBeCloseTo(
      sum((i) => mine[i]!.reward),
      12,
    );
    expect(exactKl(model, reward, policy, base)).toBeCloseTo(
      sum((i) => mine[i]!.logprob - theirs[i]!.logprob),
      12,
    );
    expect(exactEntropy(model, reward, policy)).toBeCloseTo(
      sum((i) => -mine[i]!.logprob),
      12,
    );
    expect(exactKl(model, reward, base, base)).toBeCloseTo(0, 12);
  });

  it("has the soft-optimal policy: base · exp(R/β), normalised over all sequences (1e-10)", () => {
    const theirs = of(base);
    const weights = theirs.map(({ logprob, reward: r }) => logprob + r / 0.4);
    const z = Math.log(weights.reduce((total, w) => total + Math.exp(w), 0));
    for (const [i, { logprob }] of of(policy).entries()) expect(logprob).toBeCloseTo(weights[i]! - z, 10);
  });

  it("samples as its probabilities say, with the reward's exact mean", () => {
    const samples = sampleMarkov(model, reward, policy, 8000, split(seed, "samples"));
    const rewards = samples.map((one) => one.reward);
    const error = Math.sqrt(varianceOf(rewards) / 8000);
    expect(Math.abs(meanOf(rewards) - exactReward(model, reward, policy))).toBeLessThan(5 * error);
    for (const { tokens, logprob, reward: r } of samples.slice(0, 50)) {
      const exact = scoreSequence(model, reward, policy, tokens);
      expect(logprob).toBeCloseTo(exact.logprob, 12);
      expect(r).toBeCloseTo(exact.reward, 12);
    }
  });

  it("is a LikelihoodModel whose log-probabilities are exact", async () => {
    const likelihood = markovLikelihood(model);
    const ctx = directContext();
    const texts = sequences.slice(0, 60).map((tokens) => markovText(model, tokens));
    const [scored] = await likelihood.logprobs([{ prefix: "", completions: texts }], ctx);
    for (const [i, one] of scored!.entries()) {
      if (one.unscored !== undefined) throw new Error("unscored");
      expect(one.sum).toBeCloseTo(scoreSequence(model, reward, base, sequences[i]!).logprob, 12);
      expect(one.tokens.join("")).toBe(texts[i]);
    }
    // the chain rule, through messages in any template
    const [[whole], [rest]] = (await likelihood.logprobs(
      [
        { prefix: "", completions: ["αβγβ"] },
        { prefix: [{ role: "user", content: "They said α, then β." }], completions: ["γβ"] },
      ],
      ctx,
    )) as unknown as [[{ logprobs: Float64Array }], [{ logprobs: Float64Array }]];
    expect([...rest.logprobs]).toEqual([...whole.logprobs.subarray(2)]);
    const [tops] = await likelihood.next!(["αβ"], 99, ctx);
    if (!Array.isArray(tops)) throw new Error("unscored");
    expect(tops).toHaveLength(symbolsOf(model));
    expect(tops.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0)).toBeCloseTo(1, 12);
    const [[odd]] = (await likelihood.logprobs([{ prefix: "", completions: ["α?"] }], ctx)) as unknown as [[unknown]];
    expect(odd).toMatchObject({ unscored: { reason: "unsupported" } });
  });
});

describe("vas's world", () => {
  // V = 8, L = 10, a pattern of 3: at most 9 · 4 · 10 states
  const model = drawMarkov({ vocabulary: 8, horizon: 10 }, split(seed, "vas"));
  const reward = drawMarkovReward(model, {}, split(seed, "vas"));
  const base = asMarkovPolicy(model);

  it("has logits of the stated deviation, bigrams of 1/√L and none at the start", () => {
    const wide = drawMarkov({ vocabulary: 60, horizon: 10, logitSd: 1.5 }, seed);
    // the rows' normalisers hardly vary: 60 entries each
    expect(Math.abs(Math.sqrt(varianceOf(wide.logprobs)) - 1.5)).toBeLessThan(0.15);
    const pairs = drawMarkovReward(wide, {}, seed).bigrams;
    expect(Math.abs(Math.sqrt(varianceOf(pairs.subarray(0, 3600))) - 1 / Math.sqrt(10))).toBeLessThan(0.02);
    expect([...pairs.subarray(3600)].every((b) => b === 0)).toBe(true);
  });

  it("reaches a stated KL, and more reward with more of it", () => {
    const rewards = [0.5, 1, 2, 3.86].map((kl) => {
      const found = softOptimalAtKl(model, reward, base, kl);
      expect(found.kl).toBeCloseTo(kl, 6);
      return exactReward(model, reward, found.policy);
    });
    expect(rewards).toEqual([...rewards].sort((a, b) => a - b));
    expect(rewards[0]!).toBeGreaterThan(exactReward(model, reward, base));
  });

  it("refuses what it cannot be", () => {
    expect(() => drawMarkov({ vocabulary: 1, horizon: 3 }, seed)).toThrow(/vocabulary/);
    expect(() => drawMarkov({ vocabulary: 3, horizon: 0 }, seed)).toThrow(/horizon/);
    expect(() => softOptimal(model, reward, base, 0)).toThrow(/beta/);
  });
});
