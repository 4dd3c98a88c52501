import { type LikelihoodModel, type Reward, UsageError } from "../../core/index.ts";
import { answerOf, likelihoodReward } from "./kernel.ts";
import { logRatio } from "./log-ratio.ts";

/** Options of `implicitReward`. */
export interface ImplicitOptions {
  /** Strength of the ratio. Default 0.05 (PRIME's); DPO models name their own, CREAM has 1. */
  beta?: number | undefined;
  /** Which local values go with the score. Default `step`; `token` needs one tokenizer. */
  granularity?: "token" | "step" | "whole" | undefined;
  /** Default `sum`. */
  reduce?: "sum" | "mean" | undefined;
  /** What an empty answer scores; without it it is unscored. */
  floor?: number | undefined;
}

/**
 * The reward `likelihood.implicit`: the reward that a model tuned by preferences or outcomes holds within it.
 *
 * r(x, y) = β Σ_t [log π(y_t | x, y_<t) − log π_ref(y_t | x, y_<t)]
 *
 * `local` holds the terms by step or token: differences of values, so do not average or clip them as probabilities.
 *
 * @param model the tuned model, or an implicit process reward model
 * @param reference what it was tuned from
 * @throws UsageError for another β than a finite one, or `token` with two tokenizers
 * Source: DPO (Rafailov et al., 2023); PRIME (Cui et al., 2025); CREAM (Wang et al., 2024)
 * @example implicitReward(dpo, sft, { beta: 0.1 })
 */
export function implicitReward(
  model: LikelihoodModel,
  reference: LikelihoodModel,
  options: ImplicitOptions = {},
): Reward {
  const { beta = 0.05, granularity = "step", reduce = "sum", floor } = options;
  if (!Number.isFinite(beta)) throw new UsageError(`beta is ${beta}, not a number`);
  if (granularity === "token" && model.tokenizer !== reference.tokenizer)
    throw new UsageError(
      "rewards of tokens need two models with one tokenizer",
      `${model.name} and ${reference.name} have different ones; use granularity: step`,
    );
  return likelihoodReward({
    name: "likelihood.implicit",
    version: 1,
    models: [model, reference],
    options: { beta, granularity, reduce },
    floor,
    ask(candidate, task) {
      const text = answerOf(candidate, floor);
      if (typeof text !== "string") return text;
      const question = { prefix: task.prompt, completions: [text] };
      return [question, question];
    },
    answer(found, candidate) {
      const [a, b] = [found[0]![0]!, found[1]![0]!];
      const local = granularity === "whole" ? "none" : granularity;
      return { ...logRatio(a, b, candidate, { reduce, beta, local }), parts: { model: a.sum, reference: b.sum } };
    },
  });
}
