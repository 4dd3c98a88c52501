import { BOUNDARY } from "./patterns.ts";
import { sentenceSpans } from "./sentences.ts";
import { isUpper, SPACE, WORD } from "./text.ts";

const FINAL = "(?=\\n?(?![^]))";

/** The rules in NLTK's order: opening quotes, punctuation, brackets, dashes, closing quotes, contractions. */
const BEFORE: readonly (readonly [RegExp, string])[] = [
  [/([«“‘„]|`+)/gu, " $1 "],
  [/^"/u, "``"],
  [/``/gu, " `` "],
  [/([ ([{<])(?:"|'{2})/gu, "$1 `` "],
  [new RegExp(`(')(?!re|ve|ll|m|t|s|d|n)([${WORD}])${BOUNDARY}`, "giu"), "$1 $2"],
];
const CLOSERS = "])}>\"' »”’";
const AFTER: readonly (readonly [RegExp, string])[] = [
  [/([:,])(\P{Nd})/gu, " $1 $2"],
  [new RegExp(`([:,])${FINAL}`, "gu"), " $1 "],
  [/\.{2,}/gu, " $& "],
  [/[;@#$%&]/gu, " $& "],
  [/[?!]/gu, " $& "],
  [/([^'])' /gu, "$1 ' "],
  [/\*/gu, " * "],
  [/[\][(){}<>]/gu, " $& "],
  [/--/gu, " -- "],
];
const ENDING: readonly (readonly [RegExp, string])[] = [
  [/[»”’]/gu, " $& "],
  [/''/gu, " '' "],
  [/"/gu, " '' "],
  [new RegExp(`[${SPACE}]+`, "gu"), " "],
  [/([^' ])('[sS]|'[mM]|'[dD]|') /gu, "$1 $2 "],
  [/([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) /gu, "$1 $2 "],
  ...(
    [
      ["can", "not"],
      ["d", "'ye"],
      ["gim", "me"],
      ["gon", "na"],
      ["got", "ta"],
      ["lem", "me"],
      ["more", "'n"],
    ] as const
  ).map(([a, b]): [RegExp, string] => [new RegExp(`${BOUNDARY}(${a})(${b})${BOUNDARY}`, "giu"), " $1 $2 "]),
  [new RegExp(`${BOUNDARY}(wan)(na)(?=[${SPACE}])`, "giu"), " $1 $2 "],
  [new RegExp(` ('t)(is)${BOUNDARY}`, "giu"), " $1 $2 "],
  [new RegExp(` ('t)(was)${BOUNDARY}`, "giu"), " $1 $2 "],
];
const SPLIT = new RegExp(`[${SPACE}]+`, "u");

/** Sets off the final full stop of a sentence, with closing quotes and brackets after it. */
function setOffFinalPeriod(sentence: string): string {
  const at = sentence.lastIndexOf(".");
  if (at < 1 || sentence[at - 1] === ".") return sentence;
  let end = at + 1;
  while (end < sentence.length && CLOSERS.includes(sentence[end]!)) end++;
  if (new RegExp(`[^${SPACE}]`, "u").test(sentence.slice(end))) return sentence;
  return `${sentence.slice(0, at)} . ${sentence.slice(at + 1, end)} `;
}

/**
 * The words and marks of an English text as NLTK's `word_tokenize` gives them (3.9.1): Punkt sentences, then the Treebank rules.
 *
 * @example wordTokens("He can't.") // ["He", "ca", "n't", "."]
 */
export function wordTokens(text: string): string[] {
  const tokens: string[] = [];
  for (const [start, end] of sentenceSpans(text)) {
    let sentence = text.slice(start, end);
    for (const [pattern, by] of BEFORE) sentence = sentence.replace(pattern, by);
    sentence = setOffFinalPeriod(sentence);
    for (const [pattern, by] of AFTER) sentence = sentence.replace(pattern, by);
    sentence = ` ${sentence} `;
    for (const [pattern, by] of ENDING) sentence = sentence.replace(pattern, by);
    for (const token of sentence.split(SPLIT)) if (token !== "") tokens.push(token);
  }
  return tokens;
}

/** How many of `wordTokens` are in capitals (`str.isupper`). */
export function countCapitalWords(text: string): number {
  let count = 0;
  for (const token of wordTokens(text)) if (isUpper(token)) count++;
  return count;
}
