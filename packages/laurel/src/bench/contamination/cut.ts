import { UsageError } from "../../core/index.ts";

/** A text cut in two: what a model is shown, and what it must know to go on. */
export interface CutPrompt {
  given: string;
  /** Begins with the white space at the cut, if the text has any there. */
  rest: string;
}

/** Characters that a cut goes back at most to find white space; a script without spaces is cut where it stands. */
const reach = 40;

/**
 * Cuts a text after a share of its characters, moved back to the end of the word before.
 *
 * @param text the whole question
 * @param fraction in (0, 1)
 * @returns undefined where nothing is left on one side
 * @throws UsageError for a fraction outside (0, 1)
 * @source randomcalculation ("Reasoning or Memorization?"), which does not state where it cuts: the way back to a word's end is ours
 * @example cutPrompt("How many eggs are left?", 0.6) // { given: "How many eggs", rest: " are left?" }
 */
export function cutPrompt(text: string, fraction: number): CutPrompt | undefined {
  if (!(fraction > 0 && fraction < 1))
    throw new UsageError(`a share of the question must lie between 0 and 1, not ${fraction}`);
  let cut = Math.floor(text.length * fraction);
  if (!/\s/.test(text[cut] ?? " ")) {
    let back = cut;
    while (back > 0 && cut - back < reach && !/\s/.test(text[back - 1]!)) back--;
    if (back === 0) return undefined;
    if (cut - back < reach) cut = back;
    // never between the halves of a character
    else if (/[\ud800-\udbff]/.test(text[cut - 1] ?? "")) cut--;
  }
  const given = text.slice(0, cut).trimEnd();
  const rest = text.slice(given.length);
  return given.trim() === "" || rest.trim() === "" ? undefined : { given, rest };
}
