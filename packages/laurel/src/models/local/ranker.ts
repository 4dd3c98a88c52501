import {
  answerText,
  fingerprintOf,
  messageOf,
  promptText,
  type Reward,
  type Score,
  unscored,
} from "../../core/index.ts";
import { defaultThreads, identify, type LocalOptions, modelOf } from "./engine.ts";
import { halted } from "./likelihood.ts";
import type { RankingContext } from "./llama.ts";

/** Options of `localRanker`. */
export interface LocalRankerOptions extends Pick<LocalOptions, "contextSize" | "threads" | "folder"> {
  /** Is the logit given in place of the probability? It saturates near ±17. Default false. */
  logit?: boolean | undefined;
}

/**
 * A reward that is a ranking model (cross-encoder) in GGUF form, run in this process: how relevant the answer is to the
 * prompt, in [0, 1].
 *
 * llama.cpp gives σ(first output), so a reward head's raw value is only had back as a logit.
 *
 * @param name a pulled model's name, or a GGUF file's path
 * @returns unscored: `unsupported` where the model does not rank, or the text is longer than the context
 * @throws UsageError where there are no such weights; MissingPackageError where node-llama-cpp is not installed
 * @example const relevance = localRanker("bge-reranker-v2-m3-Q4_K_M");
 */
export function localRanker(name: string, options: LocalRankerOptions = {}): Reward {
  const weights = identify(name, options);
  const { logit = false, contextSize, threads } = options;
  let context: Promise<RankingContext> | undefined;
  const open = async (): Promise<RankingContext> => {
    const model = await modelOf(weights.path);
    return model.createRankingContext({
      ...(contextSize === undefined ? {} : { contextSize }),
      threads: threads ?? defaultThreads(),
    });
  };
  return {
    name: `ranker(${weights.name})`,
    sees: "candidate",
    work: "io",
    ...(logit ? {} : { range: [0, 1] as const }),
    fingerprint: fingerprintOf("ranker", weights.identity, { version: 1, spec: { logit } }),
    async score(tasks, ctx) {
      context ??= open();
      context.catch(() => {
        context = undefined;
      });
      const rows: Score[][] = [];
      for (const task of tasks) {
        const query = promptText(task);
        const row: Score[] = [];
        for (const candidate of task.candidates) {
          const stop = halted(ctx);
          if (stop !== undefined) {
            row.push(stop);
            continue;
          }
          try {
            const [value = Number.NaN] = await (await context).rankAll(query, [answerText(candidate)]);
            ctx.spend({ model: weights.name, inputTokens: 0, outputTokens: 0, calls: 1 });
            row.push({ value: logit ? Math.log(value / (1 - value)) : value });
          } catch (thrown) {
            row.push(unscored("unsupported", `${weights.name} does not rank: ${messageOf(thrown)}`));
          }
        }
        rows.push(row);
      }
      return rows;
    },
    async [Symbol.asyncDispose]() {
      const running = await context;
      context = undefined;
      await running?.dispose();
    },
  };
}
