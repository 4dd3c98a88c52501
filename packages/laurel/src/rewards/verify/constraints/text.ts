/**
 * Strings as Python's `str` and `re` see them, which is what IFEval's verdicts rest on: white space, word characters and
 * case by Unicode properties, and `\n` as the only line end.
 */

/** Body of a character class: what `str.isspace` and `\s` accept (JavaScript's `\s` lacks U+001C–1F and U+0085, and has U+FEFF). */
export const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** Body of a character class: what `\w` accepts, `str.isalnum` and the underscore. */
export const WORD = "\\p{L}\\p{N}_";

/** Is this UTF-16 unit white space to Python? */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 0x20 || (code >= 9 && code <= 13) || (code >= 0x1c && code <= 0x1f);
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** Index of the first unit at or after `from` that is not white space; the text's length if there is none. */
export function skipSpace(text: string, from = 0): number {
  let i = from;
  while (i < text.length && isSpace(text.charCodeAt(i))) i++;
  return i;
}

/** Without leading white space or, if `chars` is given, without leading units out of it (`str.lstrip`). */
export function stripStart(text: string, chars?: string): string {
  let i = 0;
  while (i < text.length && (chars === undefined ? isSpace(text.charCodeAt(i)) : chars.includes(text[i]!))) i++;
  return text.slice(i);
}

/** Without trailing white space or, if `chars` is given, without trailing units out of it (`str.rstrip`). */
export function stripEnd(text: string, chars?: string): string {
  let i = text.length;
  while (i > 0 && (chars === undefined ? isSpace(text.charCodeAt(i - 1)) : chars.includes(text[i - 1]!))) i--;
  return text.slice(0, i);
}

/** Without white space, or units out of `chars`, at both ends (`str.strip`). */
export function strip(text: string, chars?: string): string {
  return stripEnd(stripStart(text, chars), chars);
}

/** Is there nothing but white space? */
export function isBlank(text: string): boolean {
  return skipSpace(text) === text.length;
}

const UPPER = /\p{Uppercase}/u;
const LOWER = /\p{Lowercase}/u;
const NOT_UPPER = /[\p{Lowercase}\p{Lt}]/u;
const NOT_LOWER = /[\p{Uppercase}\p{Lt}]/u;

/** At least one cased character and none that is lower or title case (`str.isupper`). */
export function isUpper(text: string): boolean {
  return UPPER.test(text) && !NOT_UPPER.test(text);
}

/** At least one cased character and none that is upper or title case (`str.islower`). */
export function isLower(text: string): boolean {
  return LOWER.test(text) && !NOT_LOWER.test(text);
}

const WORD_CHARACTER = new RegExp(`[${WORD}]`, "u");

/** Is this code point a word character? */
export function isWord(code: number): boolean {
  if (code < 0x80)
    return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
  return WORD_CHARACTER.test(String.fromCodePoint(code));
}

/** How many runs of word characters there are: the tokens of NLTK's `RegexpTokenizer(r"\w+")`. */
export function countWords(text: string): number {
  let count = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    const word = isWord(code);
    if (word && !inside) count++;
    inside = word;
  }
  return count;
}

/** Number of matches that do not overlap. */
export function countMatches(text: string, pattern: RegExp): number {
  let count = 0;
  for (const _ of text.matchAll(pattern)) count++;
  return count;
}
