import {
  type Draft,
  fingerprintOf,
  groupwise,
  type LikelihoodModel,
  message,
  type Reward,
  type TokenLogprobs,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { answerOf } from "./kernel.ts";

/** Options of `choiceLikelihood`. */
export interface ChoiceLikelihoodOptions {
  /**
   * What is taken off a choice's log-likelihood: nothing, its log-likelihood after the bare cue (`prior`), or the log of
   * its mean likelihood after prompts without content (`content-free`, the default).
   */
  calibrate?: "none" | "prior" | "content-free" | undefined;
  /** What a log-likelihood is divided by before that. Default `none`. */
  per?: "none" | "token" | "byte" | undefined;
  /** What the prior is conditioned on. Default "Answer:". */
  cue?: string | undefined;
  /** The prompts without content. Default "N/A", "[MASK]" and the empty text, as user messages. */
  contentFree?: readonly string[] | undefined;
}

/** log of the mean of exp of values. */
function logMeanExp(values: readonly number[]): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0) / values.length);
}

/**
 * The reward `likelihood.choice`: the probability of each candidate among those of its task, by a model that reads them.
 *
 * p_k = softmax_k( ℓ(y_k | x) − ℓ(y_k | no question) ), ℓ the log-likelihood, its sum or its mean a token or byte
 *
 * The second term takes off what makes a choice likely whatever was asked: its length and its words. Equal texts count
 * once. `facts` hold both terms.
 *
 * @returns values in [0, 1] that add up to 1 over a task's different candidates; where one of them cannot be scored, none is
 * @throws UsageError for `content-free` without a prompt
 * Source: contextual calibration (Zhao et al., 2021, arXiv 2102.09690) as `content-free`; PMI_DC (Holtzman et al., 2021,
 *   arXiv 2104.08315) as `prior`
 * @example choiceLikelihood(model, { calibrate: "prior" })
 */
export function choiceLikelihood(model: LikelihoodModel, options: ChoiceLikelihoodOptions = {}): Reward {
  const { calibrate = "content-free", per = "none", cue = "Answer:", contentFree = ["N/A", "[MASK]", ""] } = options;
  if (calibrate === "content-free" && contentFree.length === 0)
    throw new UsageError("content-free calibration needs at least one prompt");
  const name = "likelihood.choice";
  const scaled = ({ sum, logprobs }: TokenLogprobs, text: string): number => {
    if (per === "none") return sum;
    return sum / (per === "token" ? logprobs.length : Buffer.byteLength(text));
  };
  const reward = groupwise(
    name,
    async (task, ctx): Promise<Draft[]> => {
      const texts = task.candidates.map((candidate) => answerOf(candidate, 0));
      const choices = [...new Set(texts.filter((text) => typeof text === "string"))];
      const empty =
        calibrate === "prior" ? [cue] : calibrate === "none" ? [] : contentFree.map((text) => [message("user", text)]);
      const answers = await model.logprobs(
        [task.prompt, ...empty].map((prefix) => ({ prefix, completions: choices })),
        ctx,
      );
      const flat: (TokenLogprobs | Unscored)[] = answers.flat();
      const missing = flat.find((one) => one.unscored !== undefined);
      if (missing !== undefined) return texts.map((text) => (typeof text === "string" ? (missing as Unscored) : text));
      const rows = (answers as readonly (readonly TokenLogprobs[])[]).map((row) =>
        row.map((one, k) => scaled(one, choices[k]!)),
      );
      const own = rows[0] ?? [];
      const prior = choices.map((_, k) => (rows.length === 1 ? 0 : logMeanExp(rows.slice(1).map((row) => row[k]!))));
      const logits = own.map((value, k) => value - prior[k]!);
      if (!logits.every(Number.isFinite))
        return texts.map((text) =>
          typeof text === "string" ? unscored("undecided", `${model.name} holds a choice to be impossible`) : text,
        );
      const most = Math.max(...logits);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
      return texts.map((text): Draft => {
        if (typeof text !== "string") return text;
        const k = choices.indexOf(text);
        return { value: Math.exp(logits[k]! - most) / total, facts: { logprob: own[k]!, prior: prior[k]! } };
      });
    },
    { range: [0, 1], work: "io" },
  );
  return {
    ...reward,
    fingerprint: fingerprintOf("likelihood", name, { version: 1, spec: { calibrate, per, cue, contentFree } }, [
      model.fingerprint,
    ]),
  };
}
