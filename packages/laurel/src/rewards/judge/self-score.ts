import {
  answerText,
  type Candidate,
  type Draft,
  type Json,
  pointwise,
  type Reward,
  type Task,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { extractAnswer } from "../verify/math/extract.ts";
import type { JudgeOptions } from "./ask.ts";
import { candidateJudge } from "./candidate-judge.ts";
import { type JudgeReward, question, shown } from "./judge.ts";
import { prompt } from "./prompt.ts";
import type { Grammar } from "./verdict.ts";
import { spreadOf, voted } from "./votes.ts";

/** Options of `selfEvaluation`. */
export interface SelfEvaluationOptions extends JudgeOptions {
  /** Evaluations a candidate; default 3. */
  votes?: number | undefined;
  /** Is the way to the answer judged, or the answer? Default "result". */
  about?: "process" | "result" | undefined;
  /** What each word is worth; default Sure 1, Likely ½, Impossible 0. */
  words?: Readonly<Record<string, number>> | undefined;
}

const wording = prompt({
  name: "self-evaluation",
  version: 1,
  system:
    "You check whether {{what}} can be right. You recompute what can be recomputed and do not trust what the text says about itself.",
  user: "The problem:\n{{quote prompt}}\n\nThe solution:\n{{quote answer}}\n\nIs {{what}} right? Think briefly and end with a last line that is one of these words: {{words}}.",
});

/**
 * Self-evaluation: the model that wrote a solution (or another) says in a word how sure it is that it is right.
 *
 *     value = mean over readable evaluations of the worth of the last line's word
 *
 * The paper's code averages all matching words in the whole text, and gives 0 without a match; here only the last line is
 * read, and an evaluation without a word is lost, not 0.
 *
 * @throws UsageError on fewer than two words, or several votes at temperature 0
 * @source Bag of Tricks (2025), self-evaluation of process or result; the wording is ours
 * @example selfEvaluation({ model, about: "process" })
 */
export function selfEvaluation(options: SelfEvaluationOptions): JudgeReward {
  const { about = "result", words = { Sure: 1, Likely: 0.5, Impossible: 0 } } = options;
  const names = Object.keys(words);
  const worths = Object.values(words);
  if (names.length < 2 || worths.some((worth) => !Number.isFinite(worth)))
    throw new UsageError("selfEvaluation needs two words or more, each with a finite worth");
  const grammar: Grammar<number> = {
    id: `last-word-1:${names.join("|")}`,
    form: `End with a last line that is one of these words: ${names.join(", ")}.`,
    read(text) {
      const line = text
        .trimEnd()
        .split("\n")
        .at(-1)!
        .replace(/[*_`"'.!]/g, "")
        .trim()
        .toLowerCase();
      const name = names.find((word) => word.toLowerCase() === line);
      return name === undefined ? { unreadable: "the last line is none of the words" } : words[name]!;
    },
  };
  const bound = wording.bind({
    what: about === "process" ? "every step of the solution" : "the result of the solution",
    words: names.join(", "),
  });
  return candidateJudge<number>(
    { ...options, votes: options.votes ?? 3 },
    {
      form: "judge.self",
      prompts: [bound],
      grammars: [grammar.id],
      range: [Math.min(...worths), Math.max(...worths)],
      more: { worths },
      prepare: (candidate, task) => ({
        prompt: bound,
        values: { prompt: question(task), answer: shown(candidate) },
        grammar,
      }),
      conclude({ votes }) {
        const values = votes.map(({ verdict }) => verdict);
        return {
          value: voted(values),
          rationale: votes[0]!.reply.text.trim(),
          ...(values.length > 1 ? { spread: { sd: spreadOf(values), n: values.length, over: "votes" as const } } : {}),
        };
      },
    },
  );
}

/** Options of `scoreMatchReward`. */
export interface ScoreMatchOptions {
  /** The scores that a verifier gives: right, wrong, no box. Default 1, −0.5, −1. */
  values?: readonly [right: number, wrong: number, unboxed: number] | undefined;
  /** Shorter critiques get the least, which forces a real one; default 0, off. */
  minChars?: number | undefined;
}

/**
 * Rewards a self-verification: does the boxed score equal the one that the verifier gave (`reference.answer`)?
 *
 *     1 if equal, −0.5 if boxed and another, −1 without a box (or shorter than minChars)
 *
 * "-0.5", "−0.5" and "-1/2" are one number.
 *
 * @throws UsageError on values that are not finite
 * @source RISE (2025)
 */
export function scoreMatchReward(options: ScoreMatchOptions = {}): Reward {
  const { values = [1, -0.5, -1], minChars = 0 } = options;
  const [right, wrong, unboxed] = values;
  if (values.some((value) => !Number.isFinite(value)))
    throw new UsageError("scoreMatchReward: the values must be finite");
  return pointwise(
    "score-match",
    (candidate: Candidate, task: Task): Draft => {
      const gold = numberOf(task.reference?.answer);
      if (gold === undefined)
        return unscored("missing-reference", "a self-verification needs the verifier's score as reference.answer");
      const text = answerText(candidate);
      const boxed = text.length < minChars ? undefined : extractAnswer(text, { strategies: ["boxed"] })?.text;
      if (boxed === undefined) return unboxed;
      return numberOf(boxed) === gold ? right : wrong;
    },
    {
      version: 1,
      work: "cpu",
      range: [Math.min(...values), Math.max(...values)],
      spec: { kind: "judge.scoreMatch", values: [...values], minChars },
    },
  );
}

/** A number, its text with either minus, or a fraction of two whole numbers. */
function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const text = value.replaceAll("−", "-").replaceAll("$", "").trim();
  const latex = /^(-?)\\d?frac\{(\d{1,9})\}\{(\d{1,9})\}$/.exec(text);
  const fraction = latex ?? /^(-?)(\d{1,9})\s?\/\s?(\d{1,9})$/.exec(text);
  if (fraction !== null) return (Number(fraction[2]) / Number(fraction[3])) * (fraction[1] === "-" ? -1 : 1);
  return /^-?(?:\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})$/.test(text) ? Number(text) : undefined;
}
