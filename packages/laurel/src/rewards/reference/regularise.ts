import { UsageError } from "../../core/index.ts";
import { countGrams } from "../verify/repetition.ts";
import { Vocabulary } from "./grams.ts";

/**
 * Words and runs of punctuation: maximal runs of letters, digits and "_", or of other characters that are no white space.
 *
 * As NLTK's `wordpunct_tokenize` (Python's `\w+|[^\w\s]+`), with Unicode letters in the first class.
 *
 * @example wordPunct("Café, déjà-vu!") // ["Café", ",", "déjà", "-", "vu", "!"]
 */
export function wordPunct(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]+/gu) ?? [];
}

/**
 * An incentive for length: tokens / per, at most `max` tokens; 0 for an empty text.
 *
 * @param tokens as `wordPunct` gives, or their number
 * @param options `per` above 0, default 100; `max` default none
 * @source R3 (2024): LI = tokens / 100; the bound on tokens is the generation limit of its training, here of the formula
 * @example lengthIncentive(wordPunct("Café, déjà-vu!")) // 0.06
 */
export function lengthIncentive(
  tokens: readonly string[] | number,
  options: { per?: number | undefined; max?: number | undefined } = {},
): number {
  const { per = 100, max = Number.POSITIVE_INFINITY } = options;
  if (!(per > 0)) throw new UsageError(`lengthIncentive: per must be above 0, not ${per}`);
  return Math.min(typeof tokens === "number" ? tokens : tokens.length, max) / per;
}

/**
 * A factor against repetition: different n-grams / all n-grams, 1 where there are none.
 *
 * @param tokens words, or whole numbers that stand for them
 * @param options `n` from 1, default 3
 * @source R3 (2024): unique trigrams / trigrams
 * @example repetitionPenalty(["a", "b", "a", "b", "a"]) // 2/3: aba, bab, aba
 */
export function repetitionPenalty(
  tokens: readonly string[] | Int32Array,
  options: { n?: number | undefined } = {},
): number {
  const symbols = tokens instanceof Int32Array ? tokens : new Vocabulary().ids(tokens);
  const { types, total } = countGrams(symbols, options.n ?? 3);
  return total === 0 ? 1 : types / total;
}

const role = /\n[ \t]*(?:#{1,3} ?)?(?:Human|User|Assistant|System|Instruction|Input|Response):/;

/**
 * An answer up to where it runs on: at the first line that begins with a role ("Human:", "### Input:" …), four line ends in a row,
 * a blank line before "--" or before "____".
 *
 * @source R3 (2024), its reward code; which words count as roles is our choice
 * @example beforeRunOn("Paris.\nHuman: And Rome?") // "Paris."
 */
export function beforeRunOn(text: string): string {
  let end = text.length;
  for (const stop of ["\n\n\n\n", "\n\n--", "\n\n____"]) {
    const at = text.indexOf(stop);
    if (at >= 0 && at < end) end = at;
  }
  const at = text.search(role);
  return text.slice(0, at >= 0 && at < end ? at : end);
}
