import type { SequenceReward, TabularModel } from "../../policy/tabular.ts";
import {
  contextAfter,
  type MarkovModel,
  type MarkovPolicy,
  type MarkovReward,
  markovStart,
  symbolsOf,
  tokenReward,
} from "./markov.ts";

/** A Markov model with its reward, as the policies know it: what TabularModel's functions and algorithms take. */
export interface MarkovTable {
  /** States are (context, how much of the pattern is seen); one prompt. */
  model: TabularModel;
  reward: SequenceReward;
  /** A policy as logits of the next symbol, states × symbols. */
  logits(policy: MarkovPolicy): Float64Array;
  /** A policy that looks at the time, for `inTime(model)`: (horizon · states) × symbols. */
  timedLogits(policy: MarkovPolicy): Float64Array;
}

/**
 * A Markov model as a tabular one, so that the exact functions and the algorithms of tabular policies hold for it.
 *
 * @returns its expected reward, KL and entropy are those of `exactReward`, `exactKl` and `exactEntropy`
 * @example
 * const { model, reward, logits } = markovTable(lm, pays);
 * const policy = tabularPolicy(model, logits(asMarkovPolicy(lm))); // for grpo, reinforce, ppo
 */
export function markovTable(model: MarkovModel, reward: MarkovReward): MarkovTable {
  const seenStates = reward.pattern.length + 1;
  const states = (model.vocabulary + 1) ** model.order * seenStates;
  const symbols = symbolsOf(model);
  const end = model.ends ? model.vocabulary : -1;
  const stateOf = (state: number, t: number) => ({
    context: Math.floor(state / seenStates),
    seen: state % seenStates,
    t,
  });
  const rows = (policy: MarkovPolicy, times: number): Float64Array => {
    const out = new Float64Array(times * states * symbols);
    for (let t = 0; t < times; t++)
      for (let state = 0; state < states; state++) out.set(policy(stateOf(state, t)), (t * states + state) * symbols);
    return out;
  };
  return {
    model: {
      states,
      vocab: symbols,
      starts: [markovStart(model).context * seenStates],
      end,
      horizon: model.horizon,
      next(state, token) {
        if (token === end) return state;
        const { context, seen } = stateOf(state, 0);
        return contextAfter(model, context, token) * seenStates + reward.automaton[seen * model.vocabulary + token]!;
      },
    },
    reward: (state, token, time) => (token === end ? 0 : tokenReward(model, reward, stateOf(state, time), token)),
    logits: (policy) => rows(policy, 1),
    timedLogits: (policy) => rows(policy, model.horizon),
  };
}
