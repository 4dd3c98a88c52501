import {
  answerText,
  type Draft,
  fault,
  type JsonObject,
  pointwise,
  type Reward,
  type Task,
  unscored,
} from "../../core/index.ts";
import { choiceLetter } from "./math/choice-letter.ts";
import { plainText } from "./math/compare.ts";
import { extractAnswer } from "./math/extract.ts";

/** Options of `verify.choice`. */
export interface ChoiceOptions {
  /** The options' texts, first for A; else `task.context.options` if that is a list of texts. */
  options?: readonly string[] | undefined;
  /** May the text of an option stand for its letter? Default true. */
  text?: boolean | undefined;
}

/**
 * Is the chosen option right? 1 or 0.
 *
 * The letter is the last boxed one, else the last after "answer", "option" or "choice", else the last that stands alone; else
 * the option whose text the final answer is. `reference.answer` is a letter, an option's text, or the option's
 * number from 0. No choice, or a letter beyond the options, is the fault `no-answer`; a missing or unreadable reference is
 * unscored. The facts hold the letter and how it was found.
 *
 * @example choice({ options: ["Paris", "London"] }) // "(A)", "Answer: A", "\boxed{\text{A}}" and "Paris" are all A
 */
export function choice(options: ChoiceOptions = {}): Reward {
  return pointwise("verify.choice", (candidate, task) => judge(answerText(candidate), task, options), {
    version: 1,
    spec: { kind: "verify.choice", ...(options as JsonObject) },
    work: "cpu",
    range: [0, 1],
    timeLimit: 50,
  });
}

function judge(text: string, task: Task, options: ChoiceOptions): Draft {
  const texts = options.options ?? textsOf(task);
  const answer = task.reference?.answer ?? task.reference?.texts?.[0];
  if (answer === undefined || answer === null || answer === "")
    return unscored("missing-reference", "verify.choice needs reference.answer");
  const gold =
    typeof answer === "number"
      ? letterOf(answer, texts)
      : typeof answer === "string"
        ? goldLetter(answer, texts)
        : undefined;
  if (gold === undefined) return unscored("bad-reference", `no option: ${String(answer).slice(0, 100)}`);
  const found = chosen(text, texts, options.text ?? true);
  if (found === undefined) return fault("no-answer");
  return { value: found.letter === gold ? 1 : 0, facts: { letter: found.letter, rule: found.rule } };
}

function textsOf(task: Task): readonly string[] | undefined {
  const list = task.context?.["options"];
  return Array.isArray(list) && list.every((one) => typeof one === "string") ? (list as string[]) : undefined;
}

function letterOf(index: number, texts: readonly string[] | undefined): string | undefined {
  return Number.isInteger(index) && index >= 0 && index < (texts?.length ?? 26)
    ? String.fromCharCode(65 + index)
    : undefined;
}

function goldLetter(answer: string, texts: readonly string[] | undefined): string | undefined {
  const letter = /^\s*\(?([A-Z])\)?[.:)]?\s*$/.exec(answer);
  return letter?.[1] ?? letterOfText(answer, texts) ?? choiceLetter(answer);
}

function letterOfText(answer: string, texts: readonly string[] | undefined): string | undefined {
  if (texts === undefined) return undefined;
  const wanted = plainText(answer);
  const hits = texts.flatMap((text, k) => (plainText(text) === wanted ? [k] : []));
  return hits.length === 1 ? letterOf(hits[0]!, texts) : undefined;
}

function chosen(
  text: string,
  texts: readonly string[] | undefined,
  byText: boolean,
): { letter: string; rule: string } | undefined {
  if (byText && texts !== undefined) {
    // an option whose text is itself a letter is read as that text
    const final = extractAnswer(text, { strategies: ["boxed", "answer"] })?.text ?? text.trim().slice(-2000);
    const letter = letterOfText(final, texts);
    if (letter !== undefined && !/^\(?[A-Z]\)?$/.test(final.trim())) return { letter, rule: "text" };
  }
  const letter = choiceLetter(text);
  if (letter === undefined) return undefined;
  if (texts !== undefined && letter.charCodeAt(0) - 65 >= texts.length) return undefined;
  return { letter, rule: "letter" };
}
