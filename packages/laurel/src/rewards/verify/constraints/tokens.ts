import { sentenceSpans } from "./sentences.ts";
import { isBlank, isSpace, isUpper, SPACE, WORD } from "./text.ts";

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
  return sentenceSpans(text).flatMap(([start, end]) => sentenceTokens(text.slice(start, end)));
}

function sentenceTokens(text: string): string[] {
  let sentence = text;
  for (const [pattern, by] of BEFORE) sentence = sentence.replace(pattern, by);
  sentence = setOffFinalPeriod(sentence);
  for (const [pattern, by] of AFTER) sentence = sentence.replace(pattern, by);
  sentence = ` ${sentence} `;
  for (const [pattern, by] of ENDING) sentence = sentence.replace(pattern, by);
  for (const [plain, pattern] of CONTRACTIONS)
    if (plain.test(sentence)) sentence = sentence.replace(pattern, " $1 $2 ");
  return sentence.split(SPLIT).filter((token) => token !== "");
}

const TWO_WORDS = /cannot|gimme|gonna|gotta|lemme|wanna/i;
const [OTHER, SEPARATES, LISTS, UPPER, LOWER, STOP, DASH, DIGIT, HARD] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
/** What an ASCII character does to the tokens of its word: HARD ones need the rules themselves. */
const ROLE = Uint8Array.from({ length: 128 }, (_, code) => {
  const c = String.fromCharCode(code);
  if ("'\"`".includes(c)) return HARD;
  if (";@#$%&?!*[](){}<>".includes(c)) return SEPARATES;
  if (c === "," || c === ":") return LISTS;
  if (c === ".") return STOP;
  if (c === "-") return DASH;
  if (c >= "0" && c <= "9") return DIGIT;
  return c >= "A" && c <= "Z" ? UPPER : c >= "a" && c <= "z" ? LOWER : OTHER;
});

/**
 * The capital tokens of a sentence without making the tokens; undefined where the rules themselves must decide.
 *
 * The rules put no token across white space, and split plain letters only in a few contractions. So a word without quotes and other
 * than ASCII characters is cut at its brackets and signs, at a comma or colon unless a digit follows, and nowhere else.
 */
function plainCapitals(sentence: string): number | undefined {
  let count = 0;
  let upper = false; // in the token that is open
  let lower = false;
  let hard = false; // in the word that is open: the plain rules do not hold
  let cased = false; // in the word that is open: a capital, or what may be one
  const { length } = sentence;
  for (let i = 0; i <= length; i++) {
    const code = i < length ? sentence.charCodeAt(i) : 0x20;
    if (isSpace(code)) {
      if (hard && cased) return undefined;
      if (upper && !lower) count++;
      upper = lower = hard = cased = false;
      continue;
    }
    if (code >= 0x80) {
      hard = cased = true;
      continue;
    }
    const role = ROLE[code]!;
    if (role === UPPER) upper = cased = true;
    else if (role === LOWER) lower = true;
    else if (role === HARD) hard = true;
    else if (role === SEPARATES || role === LISTS || role === STOP || role === DASH) {
      const following = i + 1 < length ? sentence.charCodeAt(i + 1) : 0x20;
      const next = following < 0x80 ? ROLE[following]! : OTHER;
      // ellipses and dashes of several characters, and commas in a row
      if (role !== SEPARATES && next === role) hard = true;
      if (role === STOP || role === DASH || (role === LISTS && next === DIGIT)) continue;
      if (upper && !lower) count++;
      upper = lower = false;
    }
  }
  return count;
}

/** How many of `wordTokens` are in capitals (`str.isupper`). */
export function countCapitalWords(text: string): number {
  let count = 0;
  for (const [start, end] of sentenceSpans(text)) {
    const sentence = text.slice(start, end);
    const plain = TWO_WORDS.test(sentence) ? undefined : plainCapitals(sentence);
    count += plain ?? sentenceTokens(sentence).filter(isUpper).length;
  }
  return count;
}
