import { limits } from "./limits.ts";

const letterForms = [
  /\\boxed\s?\{\s?(?:\\(?:text|textbf|mathrm|mathbf)\s?\{)?\s?\(?([A-Z])\)?[.:)]?\s?\}/g,
  /\b(?:answer|option|choice)\b[^\n]{0,30}?(?:is|:|=)?\s{0,2}\**\(?([A-Z])\)?(?![A-Za-z'’])/g,
];
const loneLetter = /(?:^|[\s(*"'$])\(?([A-Z])\)?(?=$|[\s).,:;*"'$])/g;

/**
 * The letter of a multiple-choice answer: the last boxed one, else the last one after "answer", "option" or "choice",
 * else the last letter that stands alone (not the words "A" and "I" inside a sentence).
 */
export function choiceLetter(text: string): string | undefined {
  const tail = text.length > limits.tail ? text.slice(-limits.tail) : text;
  for (const form of letterForms) {
    let found: string | undefined;
    for (const match of tail.matchAll(form)) found = match[1];
    if (found !== undefined) return found;
  }
  let found: string | undefined;
  for (const match of tail.matchAll(loneLetter)) {
    const letter = match[1]!;
    const after = tail.slice(match.index + match[0].length, match.index + match[0].length + 2);
    if ((letter === "A" || letter === "I") && /^ [a-z]/.test(after)) continue;
    found = letter;
  }
  return found;
}
