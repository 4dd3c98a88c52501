import { sentenceSpans } from "./sentences.ts";
import { isBlank, isUpper, SPACE, WORD } from "./text.ts";

const FINAL = "(?=\\n?(?![^]))";

/** The rules in NLTK's order: opening quotes, punctuation, brackets, dashes, closing quotes, contractions. */
const BEFORE: readonly (readonly [RegExp, string])[] = [
  [/([«“‘„]|`+)/gu, " $1 "],
  [/^"/u, "``"],
  [/``/gu, " `` "],
  [/([ ([{<])(?:"|'{2})/gu, "$1 `` "],
  [new RegExp(`(')(?!re|ve|ll|m|t|s|d|n)([${WORD}])(?![${WORD}])`, "giu"), "$1 $2"],
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
];
/** Contractions that are two words, each with a plain pattern that it needs. */
const CONTRACTIONS: readonly (readonly [RegExp, RegExp])[] = [
  [/cannot/i, new RegExp(`(?<![${WORD}])(can)(not)(?![${WORD}])`, "giu")],
  [/d'ye/i, new RegExp(`(?<![${WORD}])(d)('ye)(?![${WORD}])`, "giu")],
  [/gimme/i, new RegExp(`(?<![${WORD}])(gim)(me)(?![${WORD}])`, "giu")],
  [/gonna/i, new RegExp(`(?<![${WORD}])(gon)(na)(?![${WORD}])`, "giu")],
  [/gotta/i, new RegExp(`(?<![${WORD}])(got)(ta)(?![${WORD}])`, "giu")],
  [/lemme/i, new RegExp(`(?<![${WORD}])(lem)(me)(?![${WORD}])`, "giu")],
  [/more'n/i, new RegExp(`(?<![${WORD}])(more)('n)(?![${WORD}])`, "giu")],
  [/wanna/i, new RegExp(`(?<![${WORD}])(wan)(na)(?=[${SPACE}])`, "giu")],
  [/ 'ti[s\u017f]/i, new RegExp(` ('t)(is)(?![${WORD}])`, "giu")],
  [/ 'twa[s\u017f]/i, new RegExp(` ('t)(was)(?![${WORD}])`, "giu")],
];
const SPLIT = new RegExp(`[${SPACE}]+`, "u");

/** Sets off the final full stop of a sentence, with closing quotes and brackets after it. */
function setOffFinalPeriod(sentence: string): string {
  const at = sentence.lastIndexOf(".");
  if (at < 1 || sentence[at - 1] === ".") return sentence;
  let end = at + 1;
  while (end < sentence.length && CLOSERS.includes(sentence[end]!)) end++;
  if (!isBlank(sentence.slice(end))) return sentence;
  return `${sentence.slice(0, at)} . ${sentence.slice(at + 1, end)} `;
}

/**
 * The words and marks of an English text by the Treebank rules of NLTK's `word_tokenize` (3.9.1), sentence by sentence as `sentenceSpans` splits them.
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
    for (const [plain, pattern] of CONTRACTIONS)
      if (plain.test(sentence)) sentence = sentence.replace(pattern, " $1 $2 ");
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
