import { Vocabulary } from "../../rewards/reference/grams.ts";
import { lcsLength } from "../../rewards/reference/lcs.ts";
import { numbersIn } from "../../rewards/verify/numeric.ts";

const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[[\p{L}\p{N}\p{M}]--[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]]+/gv;

/** The words of a text in lower case: runs of letters and digits; of Chinese and Japanese each character. For a-z and 0-9 they are ROUGE's. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(word) ?? [];
}

const squashed = (text: string): string => text.replace(/\s+/g, " ").trim();

/**
 * Does a continuation begin with the true remainder, white space apart?
 *
 * What follows the remainder does not matter, since a model without a template goes on to the answer.
 *
 * @example completesExactly(" are left?", "are left? There are 9.") // true
 */
export function completesExactly(rest: string, continuation: string): boolean {
  const goal = squashed(rest);
  const said = squashed(continuation);
  if (!said.startsWith(goal)) return false;
  // "12" is not the beginning of "123", nor "cat" of "cats"
  return !(/[\p{L}\p{N}]$/u.test(goal) && /^[\p{L}\p{N}]/u.test(said.slice(goal.length)));
}

/**
 * ROUGE-L of a continuation with the true remainder: F1 of the longest common subsequence of words, after the continuation has been cut to
 * as many words as the remainder has (else whoever goes on to the answer is marked down for it).
 *
 * @returns in [0, 1]; 0 where the remainder has no words
 */
export function remainderRouge(rest: string, continuation: string): number {
  const goal = wordsOf(rest);
  const said = wordsOf(continuation).slice(0, goal.length);
  if (goal.length === 0 || said.length === 0) return 0;
  const vocabulary = new Vocabulary();
  const hits = lcsLength(vocabulary.ids(goal), vocabulary.known(said));
  return (2 * hits) / (goal.length + said.length);
}

/** A gold answer as it is looked for in texts. */
export type Gold = { number: number } | { words: string };

/** A gold answer from a reference: a number where it is nothing else, else its words; undefined where it has neither. */
export function goldOf(answer: string | number): Gold | undefined {
  if (typeof answer === "number") return Number.isFinite(answer) ? { number: answer } : undefined;
  const plain = answer.trim().replace(/^\$(?=[-+\d.])|[%$]$/g, "");
  const numbers = numbersIn(plain);
  if (numbers.length === 1 && /^[-+]?[\d.,/ ]+(?:[eE][-+]?\d+)?$/.test(plain)) return { number: numbers[0]! };
  const words = wordsOf(plain).join(" ");
  return words === "" ? undefined : { words };
}

/**
 * What a text says, ready to be asked for many answers: a number counts where one of the text's numbers equals it to a millionth, words
 * where they stand together between word boundaries.
 */
export function answersIn(text: string): (gold: Gold) => boolean {
  const numbers = numbersIn(text);
  const words = ` ${wordsOf(text).join(" ")} `;
  return (gold) =>
    "number" in gold
      ? numbers.some((one) => Math.abs(one - gold.number) <= 1e-6 * Math.max(1e-6, Math.abs(gold.number)))
      : words.includes(` ${gold.words} `);
}
