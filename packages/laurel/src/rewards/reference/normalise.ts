import { splitWords, trimBoth } from "./words.ts";

/**
 * A named change of a text before it is compared:
 * `trim` drops white space at both ends, `whitespace` also makes each run inside one space, `lowercase`,
 * `punctuation` removes the 32 ASCII marks, `articles` replaces the words a, an and the by a space,
 * `nfc` and `nfkc` are Unicode's forms, and `squad` is lowercase, punctuation, articles, whitespace, in this order.
 */
export type Normalisation = keyof typeof normalisations;

const asciiPunctuation = /[!-/:-@[-`{-~]/g;
const asciiArticles = /\b(?:a|an|the)\b/g;
// Python's \b is a border of letters and numbers of every script; JavaScript's is ASCII only
const unicodeArticles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
const nonAscii = /[^\0-\x7f]/;

const withoutArticles = (text: string): string =>
  text.replace(nonAscii.test(text) ? unicodeArticles : asciiArticles, " ");

const normalisations = {
  trim: trimBoth,
  whitespace: (text: string) => splitWords(text).join(" "),
  lowercase: (text: string) => text.toLowerCase(),
  punctuation: (text: string) => text.replace(asciiPunctuation, ""),
  articles: withoutArticles,
  nfc: (text: string) => text.normalize("NFC"),
  nfkc: (text: string) => text.normalize("NFKC"),
  squad: (text: string) => squadWords(text).join(" "),
};

/** The names that `normalise` knows. */
export const normalisationNames = Object.keys(normalisations) as readonly Normalisation[];

/**
 * A text after named normalisations, applied in the order given.
 *
 * @example normalise(" The  Cat.", ["squad"]) // "cat"
 */
export function normalise(text: string, names: readonly Normalisation[]): string {
  let result = text;
  for (const name of names) result = normalisations[name](result);
  return result;
}

/**
 * The words of a text as SQuAD's normaliser leaves them: lower case, no ASCII punctuation, no articles.
 * Source: the SQuAD evaluation script, versions 1.1 and 2.0.
 */
export function squadWords(text: string): string[] {
  return splitWords(withoutArticles(text.toLowerCase().replace(asciiPunctuation, "")));
}
