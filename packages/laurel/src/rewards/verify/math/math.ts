import {
  answerText,
  type Draft,
  fault,
  type JsonObject,
  pointwise,
  type Reference,
  type Reward,
  unscored,
} from "../../../core/index.ts";
import { type EquivalenceOptions, equivalent, type MathVerdict, parseMath } from "./equivalent.ts";
import { normalForm } from "./exact.ts";
import { type ExtractOptions, extractAnswer } from "./extract.ts";
import { limits, Unreadable } from "./limits.ts";

/** Options of `verify.math`: where the answer is looked for, how near is equal, and the percent, unit and number policies. */
export interface MathOptions extends ExtractOptions, EquivalenceOptions {
  /** Write the candidate's normal form into the facts; default true. It costs a parse a candidate. */
  normalForm?: boolean | undefined;
}

/** The reference as answer texts: `answer` as a string, a number or a list of alternatives, else `texts`. */
function goldTexts(reference: Reference | undefined): readonly string[] {
  const answer = reference?.answer;
  if (typeof answer === "string") return answer.trim() === "" ? [] : [answer];
  if (typeof answer === "number") return [String(answer)];
  if (Array.isArray(answer))
    return answer.filter((one) => typeof one === "string" || typeof one === "number").map(String);
  return reference?.texts?.filter((text) => text.trim() !== "") ?? [];
}

let lastGold: { text: string; answer: string | undefined } | undefined;

/** The answer of a reference, which may be a bare answer or a whole solution that ends in one; undefined if it has none. */
export function goldAnswer(text: string): string | undefined {
  if (lastGold?.text === text) return lastGold.answer;
  let answer: string | undefined = text;
  if (/\\boxed|\\fbox|####|\n|answer/i.test(text) || text.length > limits.answer)
    answer = extractAnswer(text)?.text ?? (text.length > limits.answer ? undefined : text);
  lastGold = { text, answer };
  return answer;
}

/**
 * Is the final answer right? 1 or 0.
 *
 * The answer is taken out of the candidate's text (`extractAnswer`) and compared with `reference.answer` (`equivalent`);
 * a list of answers, or `reference.texts`, gives alternatives of which one must be met. A reference may be a whole
 * solution that ends in its answer.
 *
 * Faults (value 0): `no-answer` without an answer, `over-long` where the answer passes a limit of length, depth, digits or
 * work. Unscored: `missing-reference`; `bad-reference` for a reference that has no answer or passes a limit itself;
 * `undecided` where the reference cannot be evaluated. The facts hold the extracted answer, its strategy, its normal form
 * and the rule that decided.
 *
 * @param options extraction strategies, closeness, percent, unit and number policies
 * @returns a pointwise reward on [0, 1] that runs on a worker
 * @example math({ strategies: ["boxed"], units: "required" })
 */
export function math(options: MathOptions = {}): Reward {
  const withForm = options.normalForm ?? true;
  return pointwise("verify.math", (candidate, task) => judge(answerText(candidate), goldTexts(task.reference)), {
    version: 1,
    spec: { kind: "verify.math", ...(options as JsonObject) },
    work: "cpu",
    range: [0, 1],
    timeLimit: 50,
  });

  function judge(text: string, golds: readonly string[]): Draft {
    if (golds.length === 0)
      return unscored("missing-reference", "verify.math needs reference.answer or reference.texts");
    const extracted = extractAnswer(text, options);
    if (extracted === undefined) return fault("no-answer");
    let verdict: MathVerdict | undefined;
    for (const gold of golds) {
      const answer = goldAnswer(gold);
      const next: MathVerdict =
        answer === undefined
          ? { equal: "bad-reference", rule: "no answer in the reference" }
          : equivalent(answer, extracted.text, options);
      if (verdict === undefined || next.equal === true) verdict = next;
      if (next.equal === true) break;
    }
    const facts: Record<string, string> = {
      extracted: extracted.text.slice(0, 500),
      strategy: extracted.strategy,
      rule: verdict!.rule,
    };
    if (verdict!.equal === "bad-reference")
      return unscored("bad-reference", verdict!.rule, { raw: golds[0]!.slice(0, 500) });
    if (verdict!.equal === "undecided")
      return unscored("undecided", verdict!.rule, { raw: extracted.text.slice(0, 500) });
    if (verdict!.equal === "over-long" || verdict!.equal === "malformed") return fault(verdict!.equal, { facts });
    if (withForm) facts["normal"] = normalOf(extracted.text, options);
    let right = verdict!.equal;
    if (right && extracted.others !== undefined) {
      const stray = extracted.others.find((other) => equivalent(extracted.text, other, options).equal !== true);
      if (stray !== undefined) {
        right = false;
        facts["rule"] = "boxes disagree";
      }
    }
    return { value: right ? 1 : 0, facts };
  }
}

/** Plain integers are their own normal form; texts are themselves. */
function normalOf(text: string, options: MathOptions): string {
  if (/^-?\d{1,15}$/.test(text)) return text;
  try {
    return normalForm(parseMath(text, options.numbers));
  } catch (thrown) {
    if (thrown instanceof Unreadable) return text.slice(0, 200);
    throw thrown;
  }
}
