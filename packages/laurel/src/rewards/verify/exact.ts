import { answerText, pointwise, type Reward, UsageError } from "../../core/index.ts";
import { type Normalisation, normalisationNames, normalise } from "../reference/normalise.ts";
import { preparedReferences } from "../reference/texts.ts";
import { answerIn } from "./think-answer.ts";

/** Options of `exact`. */
export interface ExactOptions {
  /** What is done to answer and references before they are compared, in this order; default `["trim"]`. */
  normalise?: readonly Normalisation[] | undefined;
  /** What of the answer is compared: all of it, or what stands in its `<answer>` tag; default "all". */
  within?: "all" | "answer-tag" | undefined;
}

/**
 * The reward `verify.exact`: 1 if the answer equals one of the task's reference texts, else 0.
 *
 * Both sides go through the same normalisations. With `within: "answer-tag"` an answer without the tag scores 0 as a
 * fault (`no-answer`). A task without reference texts is unscored (`missing-reference`).
 *
 * @throws UsageError for an unknown normalisation
 * @example const reward = exact({ normalise: ["nfkc", "lowercase", "whitespace"] });
 */
export function exact(options: ExactOptions = {}): Reward {
  const steps = options.normalise ?? ["trim"];
  const within = options.within ?? "all";
  for (const step of steps)
    if (!normalisationNames.includes(step))
      throw new UsageError(`verify.exact: unknown normalisation '${step}'`, `one of ${normalisationNames.join(", ")}`);
  const accepted = preparedReferences((texts) => new Set(texts.map((text) => normalise(text, steps))));
  return pointwise(
    "verify.exact",
    (candidate, task) => {
      const set = accepted(task);
      if ("unscored" in set) return set;
      const text = answerText(candidate);
      const answer = within === "all" ? text : answerIn(text);
      if (answer === undefined) return { fault: "no-answer" };
      return set.has(normalise(answer, steps));
    },
    { version: 1, spec: { kind: "verify.exact", normalise: steps, within }, work: "cpu", range: [0, 1] },
  );
}
