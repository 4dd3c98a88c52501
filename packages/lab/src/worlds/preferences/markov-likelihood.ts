import {
  hashJson,
  type LikelihoodModel,
  type Message,
  type TokenLogprobs,
  textOf,
  type Unscored,
  unscored,
} from "laurel";
import { END, letters, type MarkovModel, symbolsOf } from "./markov.ts";

/**
 * A tabular model as core's `LikelihoodModel`, so that rewards from likelihoods can be held against exact values: one letter a
 * token, `END` for the end.
 *
 * log p(completion | prefix) = Σ_t log p(y_t | the last `order` tokens of prefix and completion before t)
 *
 * What of a prefix is no token is passed over, so that messages may be written in any template; an end in it starts anew, as the
 * next turn does. A completion must consist of tokens. Nothing may follow an end. The horizon does not bind: a prefix may be as long as one likes.
 *
 * @example markovLikelihood(drawMarkov({ vocabulary: 8, horizon: 10 }, seed))
 */
export function markovLikelihood(model: MarkovModel, options: { name?: string | undefined } = {}): LikelihoodModel {
  const { vocabulary: v } = model;
  const symbols = symbolsOf(model);
  const idOf = new Map<string, number>([...letters.slice(0, v)].map((letter, i) => [letter, i]));
  const { name = "markov" } = options;

  const next = (context: number, token: number): number =>
    model.order === 1 ? token : (context % (v + 1)) * (v + 1) + token;
  const start = model.order === 1 ? v : (v + 1) * v + v;
  const contextOf = (prefix: readonly Message[] | string): number => {
    const text = typeof prefix === "string" ? prefix : prefix.map(textOf).join("\n");
    let context = start;
    for (const letter of text) {
      if (letter === END && model.ends) context = start;
      const token = idOf.get(letter);
      if (token !== undefined) context = next(context, token);
    }
    return context;
  };

  const score = (from: number, completion: string): TokenLogprobs | Unscored => {
    const tokens = [...completion];
    const logprobs = new Float64Array(tokens.length);
    let context = from;
    let sum = 0;
    for (const [t, letter] of tokens.entries()) {
      const end = letter === END && model.ends;
      const symbol = end ? v : idOf.get(letter);
      if (symbol === undefined) return unscored("unsupported", `"${letter}" is no token of ${name}`);
      if (end && t < tokens.length - 1) return unscored("unsupported", "something follows the end of the sequence");
      sum += logprobs[t] = model.logprobs[context * symbols + symbol]!;
      if (!end) context = next(context, symbol);
    }
    return { tokens, logprobs, sum };
  };

  return {
    name,
    tokenizer: `letters/${v}`,
    fingerprint: hashJson(["markov", v, model.order, model.ends, ...model.logprobs]),
    random: false,
    logprobs: async (jobs) =>
      jobs.map(({ prefix, completions }) => {
        const context = contextOf(prefix);
        return completions.map((completion) => score(context, completion));
      }),
    next: async (prefixes, top) =>
      prefixes.map((prefix) => {
        const row = contextOf(prefix) * symbols;
        return Array.from({ length: symbols }, (_, symbol) => ({
          token: symbol === v ? END : letters[symbol]!,
          logprob: model.logprobs[row + symbol]!,
        }))
          .sort((a, b) => b.logprob - a.logprob)
          .slice(0, top);
      }),
  };
}
