import { weighted } from "../../compose/index.ts";
import type { LanguageModel, Reward } from "../../core/index.ts";
import { format } from "./format.ts";
import type { FactJudge } from "./match/coverage.ts";
import { match } from "./match.ts";
import { math } from "./math/math.ts";
import { repetition } from "./repetition.ts";

/** Options of `perceptionReward`. */
export interface PerceptionOptions {
  /** Who decides which of `reference.facts` a response states; without one they must stand word for word. */
  judge?: Reward | LanguageModel | FactJudge | undefined;
  /** Is the answer right? Default `math()`. */
  accuracy?: Reward | undefined;
  /** Defaults: accuracy 0.9, format 0.1, visual 0.7, repetition 1. */
  weights?: Partial<Readonly<Record<"accuracy" | "format" | "visual" | "repetition", number>>> | undefined;
}

/**
 * Perception-R1's reward of a response about a picture: its answer, its form, the visual facts that it states, and no repetition.
 *
 *     value = 0.9·accuracy + 0.1·format + 0.7·visual + repetition,   repetition = −2·(1 − distinct / all) of word 20-grams
 *
 * The form is `<think>`, the thought and `</think>` on lines of their own, then `<answer>`, an answer with `\boxed{…}` and `</answer>`
 * in the same way. The answer is read by `accuracy`; where it is `verify.math` and several boxes stand in the text, the last counts.
 *
 * @returns a weighted composite with the parts `accuracy`, `format`, `visual` and `repetition`, in [−2, 1.7] with the default weights;
 *   a task without `reference.facts` is unscored (`missing-reference`)
 * @source perception-r1: verl/workers/reward/custom.py; its visual part is divided by the count + 1e-6, ours by the count
 * @example perceptionReward({ judge: model })
 */
export function perceptionReward(options: PerceptionOptions = {}): Reward {
  const { judge, accuracy = math(), weights = {} } = options;
  return weighted(
    {
      accuracy,
      format: format({
        tags: "think-answer",
        gap: "space",
        patterns: ["^<think>\\n", "\\n</think>\\n<answer>\\n[^]*\\\\boxed\\{", "\\n</answer>$"],
      }),
      visual: match({ of: "facts", ...(judge === undefined ? {} : { judge }) }),
      repetition: repetition({ n: 20, maxPenalty: -2 }),
    },
    { accuracy: 0.9, format: 0.1, visual: 0.7, repetition: 1, ...weights },
    { scales: "native", name: "perceptionReward" },
  );
}
