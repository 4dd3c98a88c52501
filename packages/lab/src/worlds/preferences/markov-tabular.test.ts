import { random, seedFrom, split } from "laurel";
import { describe, expect, it } from "vitest";
import {
  inTime,
  perRollout,
  sequenceEntropy,
  sequenceExpected,
  sequenceKl,
  sequenceRewards,
  sequenceTilt,
  tabularPolicy,
} from "../../policy/index.ts";
import {
  asMarkovPolicy,
  drawMarkov,
  drawMarkovReward,
  exactEntropy,
  exactKl,
  exactReward,
  markovTable,
  scoreSequence,
  softOptimal,
} from "./index.ts";

const seed = seedFrom("markov table");
const worlds = [
  { name: "order 1, with an end", dials: { vocabulary: 5, horizon: 7, end: -0.5 } },
  { name: "order 1, all of one length", dials: { vocabulary: 4, horizon: 6 } },
  { name: "order 2, with an end", dials: { vocabulary: 3, order: 2 as const, horizon: 6, end: 0 } },
];

describe.each(worlds)("a Markov model as a table ($name)", ({ name, dials }) => {
  const lm = drawMarkov(dials, split(seed, name));
  const pays = drawMarkovReward(lm, { pattern: 2, bonus: 2 }, split(seed, `${name} reward`));
  const base = asMarkovPolicy(lm);
  const other = asMarkovPolicy(drawMarkov(dials, split(seed, `${name} other`)));
  const { model, reward, logits, timedLogits } = markovTable(lm, pays);

  it("has the same exact reward, KL and entropy, to 1e-12", () => {
    for (const policy of [base, other]) {
      expect(sequenceExpected(model, logits(policy), reward)).toBeCloseTo(exactReward(lm, pays, policy), 12);
      expect(sequenceKl(model, logits(policy), logits(base))).toBeCloseTo(exactKl(lm, pays, policy, base), 12);
      expect(sequenceEntropy(model, logits(policy))).toBeCloseTo(exactEntropy(lm, pays, policy), 12);
    }
    expect(exactKl(lm, pays, other, base)).toBeGreaterThan(0.1);
  });

  it("has the same optimum under a KL penalty, with the time in the state", () => {
    const beta = 0.3;
    const best = softOptimal(lm, pays, base, beta);
    const tilt = sequenceTilt(model, logits(base), reward, beta);
    const timed = inTime(model);
    const plain: typeof reward = (state, token, time, last) => reward(state % model.states, token, time, last);
    const value = exactReward(lm, pays, best) - beta * exactKl(lm, pays, best, base);
    expect(tilt.value).toBeCloseTo(value, 10);
    for (const table of [tilt.logits, timedLogits(best)])
      expect(sequenceExpected(timed, table, plain)).toBeCloseTo(exactReward(lm, pays, best), 10);
  });

  it("gives drawn sequences the log-probability and the reward that the model gives them", () => {
    const policy = tabularPolicy(model, logits(base));
    const drawn = policy.sample(Int32Array.of(0), 200, random(split(seed, "draws")));
    const logs = perRollout(drawn, policy.logprobs(drawn));
    const rewards = sequenceRewards(model, drawn, reward);
    for (let i = 0; i < 200; i++) {
      const symbols = [...drawn.draws.subarray(drawn.starts![i]!, drawn.starts![i + 1]!)];
      const tokens = symbols.filter((symbol) => symbol !== model.end);
      const scored = scoreSequence(lm, pays, base, tokens);
      expect(logs[i]!).toBeCloseTo(scored.logprob, 10);
      expect(rewards[i]!).toBeCloseTo(scored.reward, 10);
    }
  });
});
