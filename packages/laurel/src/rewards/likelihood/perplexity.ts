import { answerText, type LikelihoodModel, type Reward } from "../../core/index.ts";
import { answerOf, likelihoodReward } from "./kernel.ts";

/** Options of `perplexity`. */
export interface PerplexityOptions {
  /** What the log-likelihood is divided by. Default `token`; `byte` is comparable across tokenizers; `none` is the sum. */
  per?: "token" | "byte" | "none" | undefined;
  /** Is the answer judged with its prompt before it (default), or by itself? */
  given?: "prompt" | "nothing" | undefined;
  /** What an empty answer scores; without it it is unscored. */
  floor?: number | undefined;
}

/**
 * The reward `likelihood.perplexity`: how expected an answer is to a model.
 *
 * r = (1/T) Σ_t log p(y_t | x, y_<t) = −log perplexity, in nats, so more is better
 *
 * `facts` hold the perplexity, the sum, and the numbers of tokens and bytes.
 *
 * @returns unscored: as the model says; `undecided` for an empty or impossible answer
 * @example perplexity(model, { per: "byte" })
 */
export function perplexity(model: LikelihoodModel, options: PerplexityOptions = {}): Reward {
  const { per = "token", given = "prompt", floor } = options;
  return likelihoodReward({
    name: "likelihood.perplexity",
    version: 1,
    models: [model],
    options: { per, given },
    floor,
    ask(candidate, task) {
      const text = answerOf(candidate, floor);
      return typeof text === "string" ? [{ prefix: given === "prompt" ? task.prompt : "", completions: [text] }] : text;
    },
    answer(found, candidate) {
      const { sum, logprobs } = found[0]![0]!;
      const tokens = logprobs.length;
      const bytes = Buffer.byteLength(answerText(candidate));
      return {
        value: per === "none" ? sum : sum / (per === "token" ? tokens : bytes),
        facts: { perplexity: Math.exp(-sum / tokens), sum, tokens, bytes },
      };
    },
  });
}
