import { inflateSync } from "node:zlib";
import { random, seedFrom } from "../../../core/seed.ts";
import { frontDecoded } from "./punkt.ts";
import { isUpper } from "./text.ts";

const TRIALS = 7;
const ALPHA = 0.5;
const ALPHA_WIDTH = 0.05;
const CONVERGED = 0.99999;
const MOST_DRAWS = 1000;
const BASE_FREQUENCY = 10000;
const LEAST_PROBABILITY = 0.1;
const MOST_CHARACTERS = 10000;
const SEED = seedFrom("verify.constraints/language");

const URL = /https?:\/\/[-_.?&~;+=/#0-9A-Za-z]{1,2076}/g;
const MAIL = /[-_.0-9A-Za-z]{1,64}@[-_0-9A-Za-z]{1,255}[-_.0-9A-Za-z]{1,255}/g;
/** Letters with a tone mark of their own, which the profiles know as one character. */
const VIETNAMESE = /[AEIOUYaeiouyÂÊÔâêôĂăƠơƯư][\u0300\u0301\u0303\u0309\u0323]/g;

/** Character n-gram profiles of the languages that can be told apart. */
interface Profiles {
  languages: readonly string[];
  /** Row of `probabilities` by n-gram. */
  rows: ReadonlyMap<string, number>;
  /** Probability of the n-gram in each language: rows × languages. */
  probabilities: Float32Array;
  /** Kanji variants to the one that the profiles know. */
  kanji: ReadonlyMap<string, string>;
}

function unpack(packed: string): Profiles {
  const bytes = inflateSync(Buffer.from(packed, "base64"));
  const textEnd = 4 + bytes.readUInt32BE(0);
  const [names, groups, coded] = bytes.toString("utf8", 4, textEnd).split("\f");
  const languages = names!.split(" ");
  const kanji = new Map<string, string>();
  for (const group of groups!.split("\n")) for (const variant of group) kanji.set(variant, group[0]!);
  const grams = frontDecoded(coded!);
  const rows = new Map<string, number>();
  const probabilities = new Float32Array(grams.length * languages.length);
  const countsStart = textEnd;
  let at = countsStart + grams.length;
  let entries = 0;
  for (let row = 0; row < grams.length; row++) entries += bytes[countsStart + row]!;
  let level = at + entries;
  for (const [row, gram] of grams.entries()) {
    rows.set(gram, row);
    for (let k = bytes[countsStart + row]!; k > 0; k--)
      probabilities[row * languages.length + bytes[at++]!] = 2 ** (-bytes[level++]! / 4);
  }
  return { languages, rows, probabilities, kanji };
}

/** Folds a character into the one by which the profiles know its kind; what tells nothing becomes a space. */
function normalise(ch: string, kanji: ReadonlyMap<string, string>): string {
  const code = ch.codePointAt(0)!;
  if (code < 0x80) return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) ? ch : " ";
  if (code < 0x100) return code === 0xa0 || code === 0xab || code === 0xb0 || code === 0xbb ? " " : ch;
  if (code === 0x219) return "\u015f"; // Romanian comma below to cedilla
  if (code === 0x21b) return "\u0163";
  if (code === 0x6cc) return "\u064a"; // Farsi yeh to Arabic yeh
  if (code >= 0x1ea0 && code <= 0x1eff) return "\u1ec3"; // Vietnamese letters
  if (code >= 0x2000 && code <= 0x206f) return " "; // general punctuation
  if (code >= 0x3040 && code <= 0x309f) return "\u3042"; // hiragana
  if (code >= 0x30a0 && code <= 0x30ff) return "\u30a2"; // katakana
  if ((code >= 0x3100 && code <= 0x312f) || (code >= 0x31a0 && code <= 0x31bf)) return "\u3105"; // bopomofo
  if (code >= 0x4e00 && code <= 0x9fff) return kanji.get(ch) ?? ch;
  if (code >= 0xac00 && code <= 0xd7af) return "\uac00"; // Hangul
  return ch;
}

/** The first 10,000 characters without addresses, runs of spaces as one, and without Latin letters where others prevail. */
function clean(text: string): string[] {
  let source = text;
  if (source.includes("://")) source = source.replace(URL, " ");
  if (source.includes("@")) source = source.replace(MAIL, " ");
  source = source.replace(VIETNAMESE, (pair) => pair.normalize("NFC"));
  const characters: string[] = [];
  let latin = 0;
  let other = 0;
  let before = "";
  let read = 0;
  for (const ch of source) {
    if (read++ >= MOST_CHARACTERS) break;
    if (ch !== " " || before !== " ") {
      characters.push(ch);
      const code = ch.codePointAt(0)!;
      if (code >= 65 && code <= 122) latin++;
      else if (code >= 0x300 && !(code >= 0x1e00 && code <= 0x1eff)) other++;
    }
    before = ch;
  }
  return latin * 2 < other ? characters.filter((ch) => ch < "A" || ch > "z") : characters;
}

/** Rows of the known n-grams (1 to 3 characters, words framed by spaces) of a text; words in capitals are passed over. */
function featureRows(text: string, { rows, kanji }: Profiles): Int32Array {
  const found: number[] = [];
  const add = (gram: string): void => {
    const row = rows.get(gram);
    if (row !== undefined) found.push(row);
  };
  let third = ""; // the character before the last two, if within the word or its leading space
  let second = "";
  let last = " ";
  let lastUpper = false;
  let capitals = false;
  for (const raw of clean(text)) {
    const ch = normalise(raw, kanji);
    if (last === " ") {
      third = "";
      second = "";
      capitals = false;
      if (ch === " ") continue;
    }
    third = second;
    second = last;
    last = ch;
    const upper = ch !== " " && isUpper(ch);
    if (!upper) capitals = false;
    else if (lastUpper) capitals = true;
    lastUpper = upper;
    if (capitals) continue;
    if (ch !== " ") add(ch);
    add(second + ch);
    if (third !== "") add(third + second + ch);
  }
  return Int32Array.from(found);
}

/** Tells the language of a text; null if the text has no letters to tell by, "unknown" if no language reaches 0.1. */
export type LanguageDetector = (text: string) => string | null;

function detector(profiles: Profiles): LanguageDetector {
  const size = profiles.languages.length;
  const { probabilities } = profiles;
  return (text) => {
    const features = featureRows(text, profiles);
    if (features.length === 0) return null;
    const draw = random(SEED);
    const mean = new Float64Array(size);
    const p = new Float64Array(size);
    for (let trial = 0; trial < TRIALS; trial++) {
      p.fill(1 / size);
      const weight = (ALPHA + draw.normal() * ALPHA_WIDTH) / BASE_FREQUENCY;
      for (let i = 0; ; i++) {
        const row = features[draw.below(features.length)]! * size;
        for (let k = 0; k < size; k++) p[k] = p[k]! * (weight + probabilities[row + k]!);
        if (i % 5 !== 0) continue;
        let sum = 0;
        for (let k = 0; k < size; k++) sum += p[k]!;
        let most = 0;
        for (let k = 0; k < size; k++) {
          p[k] = p[k]! / sum;
          if (p[k]! > most) most = p[k]!;
        }
        if (most > CONVERGED || i >= MOST_DRAWS) break;
      }
      for (let k = 0; k < size; k++) mean[k] = mean[k]! + p[k]! / TRIALS;
    }
    let best = 0;
    for (let k = 1; k < size; k++) if (mean[k]! > mean[best]!) best = k;
    return mean[best]! > LEAST_PROBABILITY ? profiles.languages[best]! : "unknown";
  };
}

let loading: Promise<LanguageDetector> | undefined;

/**
 * The detector behind IFEval's language checks, loaded on first use (about 300 kB of profiles).
 *
 * Naive Bayes over character n-grams, as langdetect 1.0.9 does it (Nakatani, 2010): seven runs draw n-grams at random until one language
 * has 0.99999 of the probability; the mean of the runs decides. The draws come from a fixed seed, so that a text always has one answer,
 * where langdetect's own answer changes from run to run unless it is seeded.
 *
 * @example const detect = await languageDetector(); detect("Guten Morgen, wie geht es dir?") // "de"
 */
export function languageDetector(): Promise<LanguageDetector> {
  loading ??= import("./language-data.ts").then(({ LANGUAGE_PROFILES }) => detector(unpack(LANGUAGE_PROFILES)));
  return loading;
}
