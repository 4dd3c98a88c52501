import {
  type Context,
  type JsonObject,
  type LikelihoodModel,
  type Message,
  type Reward,
  type Task,
  UsageError,
} from "../../core/index.ts";
import { answerOf, likelihoodReward } from "./kernel.ts";
import { logRatio } from "./log-ratio.ts";
import { type PromptPrefix, withPrefix } from "./prefix.ts";

/** Options of `densityRatio`. */
export interface DensityRatioOptions {
  /** `mean` (default, as in the released code) divides by the strong model's number of answer tokens. */
  reduce?: "sum" | "mean" | undefined;
  /** Criteria and examples before the prompt, the same for all tasks or by task (see `domainPrefixes`). */
  prefix?:
    | PromptPrefix
    | ((task: Task, ctx: Context) => Promise<PromptPrefix | undefined> | PromptPrefix | undefined)
    | undefined;
  /** Which models are shown the prefix. Default `both`. */
  prefixFor?: "both" | "strong" | undefined;
  /** Names a prefix that is a function, for the fingerprint; without it such a reward is not cached. */
  version?: string | number | undefined;
  /** What an empty answer scores; without it it is unscored. */
  floor?: number | undefined;
}

/**
 * The reward `likelihood.densityRatio`: how much likelier an answer is under a better-aligned model than under a less aligned one.
 *
 * r(x, y) = log π_strong(y | x) − log π_weak(y | x), over the answer's tokens; its mean a token by default
 *
 * It has no common zero across prompts: compare it within a task only. `parts` hold both log-likelihoods and the numbers
 * of tokens; `local` the ratio of each step, where the candidate has steps.
 *
 * @param strong the more aligned model (such as after DPO)
 * @param weak an earlier stage or smaller model of the same family
 * @returns unscored: as the models say; `undecided` for an empty or impossible answer
 * Source: CDR (Dr. SoW), Xu et al., 2024; reward_hub drsow.py for the mean
 * @example densityRatio(dpo, sft, { reduce: "sum" })
 */
export function densityRatio(
  strong: LikelihoodModel,
  weak: LikelihoodModel,
  options: DensityRatioOptions = {},
): Reward {
  const { reduce = "mean", prefix, prefixFor = "both", floor, version } = options;
  const prompts = new WeakMap<Task, Promise<readonly (readonly Message[])[]>>();
  const build = async (task: Task, ctx: Context): Promise<readonly (readonly Message[])[]> => {
    const shown = withPrefix(task.prompt, typeof prefix === "function" ? await prefix(task, ctx) : prefix);
    return [shown, prefixFor === "both" ? shown : task.prompt];
  };
  // the router is asked once for all candidates of a task
  const promptsOf = (task: Task, ctx: Context): Promise<readonly (readonly Message[])[]> => {
    const found = prompts.get(task) ?? build(task, ctx);
    prompts.set(task, found);
    return found;
  };
  const reward = likelihoodReward({
    name: "likelihood.densityRatio",
    version: 1,
    models: [strong, weak],
    options: {
      reduce,
      prefixFor,
      prefix: typeof prefix === "function" ? (version ?? null) : ((prefix ?? null) as JsonObject | null),
    },
    floor,
    async ask(candidate, task, ctx) {
      const text = answerOf(candidate, floor);
      if (typeof text !== "string") return text;
      return (await promptsOf(task, ctx)).map((one) => ({ prefix: one, completions: [text] }));
    },
    answer(found, candidate) {
      const [a, b] = [found[0]![0]!, found[1]![0]!];
      const scored = logRatio(a, b, candidate, { reduce, beta: 1, local: "step" });
      return {
        ...scored,
        parts: { strong: a.sum, weak: b.sum, tokensStrong: a.tokens.length, tokensWeak: b.tokens.length },
      };
    },
  });
  return typeof prefix === "function" && version === undefined ? { ...reward, fingerprint: null } : reward;
}

/** A model with how well it does on some public measure. */
export interface RatedModel<M> {
  model: M;
  performance: number;
  family: string;
}

/**
 * Pairs for `densityRatio`: of each family all (strong, weak) with a gap above 0, the largest gap first.
 * @throws UsageError where no family has two models of different performance
 * @example selectPair([{ model: "dpo", performance: 0.8, family: "m" }, { model: "base", performance: 0.5, family: "m" }])
 */
export function selectPair<M>(models: readonly RatedModel<M>[]): { strong: M; weak: M; gap: number }[] {
  const pairs: { strong: M; weak: M; gap: number }[] = [];
  for (const strong of models)
    for (const weak of models)
      if (strong.family === weak.family && strong.performance > weak.performance)
        pairs.push({ strong: strong.model, weak: weak.model, gap: strong.performance - weak.performance });
  if (pairs.length === 0) throw new UsageError("no two models of one family differ in performance");
  return pairs.sort((a, b) => b.gap - a.gap);
}
