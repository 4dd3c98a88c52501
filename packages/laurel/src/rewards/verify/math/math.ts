import {
  answerText,
  fault,
  type JsonObject,
  pointwise,
  type Reference,
  type Reward,
  unscored,
} from "../../../core/index.ts";
import { type EquivalenceOptions, equivalent } from "./equivalent.ts";
import { type ExtractOptions, extractAnswer } from "./extract.ts";
import { limits } from "./limits.ts";

/** Options of `verify.math`. */
export interface MathOptions extends ExtractOptions, EquivalenceOptions {}

/** The reference as answer texts: `answer` as a string, a number or a list of alternatives, else `texts`. */
function goldTexts(reference: Reference | undefined): string[] {
  const answer = reference?.answer;
  if (typeof answer === "string") return answer.trim() === "" ? [] : [answer];
  if (typeof answer === "number") return [String(answer)];
  if (Array.isArray(answer))
    return answer.filter((one) => typeof one === "string" || typeof one === "number").map(String);
  return [...(reference?.texts ?? [])];
}

let lastGold: { text: string; answer: string } | undefined;

/** A reference may be a bare answer or a whole solution that ends in one. */
export function goldAnswer(text: string): string {
  if (lastGold?.text === text) return lastGold.answer;
  let answer = text;
  if (/\\boxed|\\fbox|####|\n|answer/i.test(text) || text.length > limits.answer)
    answer = extractAnswer(text)?.text ?? text;
  lastGold = { text, answer };
  return answer;
}

export function math(options: MathOptions = {}): Reward {
  return pointwise(
    "verify.math",
    (candidate, task) => {
      const golds = goldTexts(task.reference);
      if (golds.length === 0) return unscored("missing-reference", `task ${task.id} has no reference.answer`);
      const extracted = extractAnswer(answerText(candidate), options);
      if (extracted === undefined) return fault("no-answer");
      const verdict = equivalent(goldAnswer(golds[0]!), extracted.text, options);
      return { value: verdict.equal === true ? 1 : 0, facts: { extracted: extracted.text, rule: verdict.rule } };
    },
    {
      version: 1,
      spec: { kind: "verify.math", ...(options as JsonObject) },
      work: "cpu",
      range: [0, 1],
      timeLimit: 50,
    },
  );
}
