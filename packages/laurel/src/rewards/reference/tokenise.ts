import { UsageError } from "../../core/index.ts";
import { splitWords, trimBoth } from "./words.ts";

/** sacreBLEU's tokenisers that need no model: see `tokenise`. */
export type BleuTokeniser = "13a" | "intl" | "char" | "zh" | "none";

const marks = /[{-~[-` -&(-+:-@/]/g;
const afterOther = /([^0-9])([.,])/g;
const beforeOther = /([.,])([^0-9])/g;
const digitDash = /([0-9])-/g;

/** mteval's western rules: marks stand alone, stops and commas unless between digits, a dash after a digit. */
function western(text: string): string {
  return text
    .replace(marks, " $& ")
    .replace(afterOther, "$1 $2 ")
    .replace(beforeOther, " $1 $2")
    .replace(digitDash, "$1 - ");
}

function thirteenA(text: string): string {
  let line = text;
  if (line.includes("<skipped>")) line = line.replaceAll("<skipped>", "");
  if (line.includes("\n")) line = line.replaceAll("-\n", "").replaceAll("\n", " ");
  if (line.includes("&"))
    line = line.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  return western(` ${line} `);
}

const otherPunctuation = /(\P{N})(\p{P})/gu;
const punctuationOther = /(\p{P})(\P{N})/gu;
const symbols = /\p{S}/gu;

function international(text: string): string {
  return text.replace(otherPunctuation, "$1 $2 ").replace(punctuationOther, " $1 $2").replace(symbols, " $& ");
}

// U+2001 to U+2A6D is what sacreBLEU's range for extension B amounts to (its bounds are two characters each)
const chinese =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31bf\u31c0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g;

const tokenisers: Readonly<Record<BleuTokeniser, (text: string) => string[]>> = {
  "13a": (text) => splitWords(thirteenA(text)),
  intl: (text) => splitWords(international(text)),
  char: (text) => Array.from(splitWords(text).join("")),
  zh: (text) => splitWords(western(trimBoth(text).replace(chinese, " $& "))),
  none: splitWords,
};

/**
 * The tokens of a text by one of sacreBLEU's tokenisers:
 * `13a` (mteval-v13a), `intl` (mteval-v14, Unicode punctuation and symbols), `char` (each character but white space),
 * `zh` (Chinese characters alone, the rest as 13a), `none` (white space only).
 *
 * @throws UsageError for sacreBLEU's tokenisers that need a model or a dictionary (ja-mecab, ko-mecab, spm, flores101, flores200, spBLEU-1K)
 * Source: sacreBLEU 2.6.0, tokenizers.
 * @example tokenise("Hi, you.", "13a") // ["Hi", ",", "you", "."]
 */
export function tokenise(text: string, tokeniser: BleuTokeniser): string[] {
  return tokeniserFor(tokeniser)(text);
}

/** The function of a tokeniser's name. */
export function tokeniserFor(name: BleuTokeniser): (text: string) => string[] {
  if (Object.hasOwn(tokenisers, name)) return tokenisers[name];
  throw new UsageError(
    `the tokeniser '${name}' needs an external model, or does not exist`,
    `tokenise the texts beforehand and use 'none', or choose one of ${Object.keys(tokenisers).join(", ")}`,
  );
}
