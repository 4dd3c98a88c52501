import { answerText, pointwise, type Reward, UsageError } from "../../core/index.ts";
import { codePoints, GramIndex, Vocabulary } from "./grams.ts";
import { preparedReferences } from "./texts.ts";
import { countCodePoints, splitWords } from "./words.ts";

/** Options of chrF. */
export interface ChrfOptions {
  /** Greatest character n-gram order; default 6. */
  charOrder?: number | undefined;
  /** Greatest word n-gram order; default 0 (chrF), 2 is chrF++. */
  wordOrder?: number | undefined;
  /** Weight of recall; default 2. */
  beta?: number | undefined;
  /** Lower-case both sides; default false. */
  lowercase?: boolean | undefined;
  /** Count white space as characters; default false. */
  whitespace?: boolean | undefined;
  /** Mean of the orders' F with ε for empty ones, as chrF++.py and NLTK do, in place of the effective order; default false. */
  epsSmoothing?: boolean | undefined;
}

type Settings = Required<{ [K in keyof ChrfOptions]: NonNullable<ChrfOptions[K]> }>;

function settled(options: ChrfOptions): Settings {
  const {
    charOrder = 6,
    wordOrder = 0,
    beta = 2,
    lowercase = false,
    whitespace = false,
    epsSmoothing = false,
  } = options;
  if (!(Number.isInteger(charOrder) && Number.isInteger(wordOrder) && charOrder >= 0 && wordOrder >= 0))
    throw new UsageError("chrF: orders must be whole numbers from 0");
  if (charOrder + wordOrder < 1) throw new UsageError("chrF: at least one order must be above 0");
  return { charOrder, wordOrder, beta, lowercase, whitespace, epsSmoothing };
}

const punctuation = new Set("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

/** The words of a text with a mark at the end, or else at the start, of each split off. */
function chrfWords(text: string): string[] {
  const words: string[] = [];
  for (const word of splitWords(text)) {
    if (word.length > 1 && countCodePoints(word) > 1) {
      const last = word.at(-1)!;
      if (punctuation.has(last)) words.push(word.slice(0, -1), last);
      else if (punctuation.has(word[0]!)) words.push(word[0]!, word.slice(1));
      else words.push(word);
    } else words.push(word);
  }
  return words;
}

interface Text {
  characters: Int32Array;
  words: readonly string[];
}

function textOf(text: string, settings: Settings): Text {
  const line = settings.lowercase ? text.toLowerCase() : text;
  return {
    characters: codePoints(settings.whitespace ? line : splitWords(line).join("")),
    words: settings.wordOrder > 0 ? chrfWords(line) : [],
  };
}

interface PreparedChrf {
  characters: GramIndex;
  words: GramIndex;
  vocabulary: Vocabulary;
  characterCount: number;
  wordCount: number;
}

function prepare(reference: string, settings: Settings): PreparedChrf {
  const text = textOf(reference, settings);
  const vocabulary = new Vocabulary();
  const characters = new GramIndex(settings.charOrder, text.characters.length);
  const words = new GramIndex(settings.wordOrder, text.words.length);
  characters.add(text.characters);
  if (settings.wordOrder > 0) words.add(vocabulary.ids(text.words));
  return { characters, words, vocabulary, characterCount: text.characters.length, wordCount: text.words.length };
}

/** [hypothesis, reference, match] counts of each order, characters first. */
function statisticsAgainst(text: Text, reference: PreparedChrf, settings: Settings): number[] {
  const statistics: number[] = [];
  const matches: number[] = [];
  const push = (orders: number, hypothesis: number, gold: number): void => {
    for (let n = 0; n < orders; n++) {
      const goldCount = Math.max(0, gold - n);
      statistics.push(goldCount > 0 ? Math.max(0, hypothesis - n) : 0, goldCount, matches[n]!);
    }
  };
  reference.characters.match(text.characters, matches);
  push(settings.charOrder, text.characters.length, reference.characterCount);
  if (settings.wordOrder > 0) {
    reference.words.match(reference.vocabulary.known(text.words), matches);
    push(settings.wordOrder, text.words.length, reference.wordCount);
  }
  return statistics;
}

function scoreOf(statistics: readonly number[], settings: Settings): number {
  const eps = 1e-16;
  const factor = settings.beta ** 2;
  const orders = statistics.length / 3;
  let sum = 0;
  let meanPrecision = 0;
  let meanRecall = 0;
  let effective = 0;
  for (let i = 0; i < orders; i++) {
    const hypothesis = statistics[3 * i]!;
    const gold = statistics[3 * i + 1]!;
    const match = statistics[3 * i + 2]!;
    const precision = hypothesis > 0 ? match / hypothesis : eps;
    const recall = gold > 0 ? match / gold : eps;
    const denominator = factor * precision + recall;
    sum += denominator > 0 ? ((1 + factor) * precision * recall) / denominator : eps;
    if (hypothesis > 0 && gold > 0) {
      meanPrecision += precision;
      meanRecall += recall;
      effective++;
    }
  }
  if (settings.epsSmoothing) return (100 * sum) / orders;
  if (effective === 0 || meanPrecision + meanRecall === 0) return 0;
  meanPrecision /= effective;
  meanRecall /= effective;
  return (100 * ((1 + factor) * meanPrecision * meanRecall)) / (factor * meanPrecision + meanRecall);
}

function bestStatistics(hypothesis: string, references: readonly PreparedChrf[], settings: Settings): number[] {
  const text = textOf(hypothesis, settings);
  let best: number[] = [];
  let bestScore = -1;
  for (const reference of references) {
    const statistics = statisticsAgainst(text, reference, settings);
    const score = references.length === 1 ? 0 : scoreOf(statistics, settings);
    if (score > bestScore) {
      best = statistics;
      bestScore = score;
    }
  }
  return best;
}

/**
 * chrF of one text, on sacreBLEU's scale of 0 to 100; against several references, the best.
 *
 * F_β = (1 + β²)PR/(β²P + R), P and R the means over the n-gram orders that both texts have.
 *
 * @param references at least one
 * @throws UsageError for orders that are not whole numbers from 0
 * Source: Popović, 2015 and 2017; sacreBLEU 2.6.0 `CHRF`.
 * @example sentenceChrf("the cat", ["the cat sat"], { wordOrder: 2 }) // chrF++
 */
export function sentenceChrf(hypothesis: string, references: readonly string[], options: ChrfOptions = {}): number {
  const settings = settled(options);
  return scoreOf(
    bestStatistics(
      hypothesis,
      references.map((text) => prepare(text, settings)),
      settings,
    ),
    settings,
  );
}

/**
 * chrF of a corpus: counts of each segment's best reference are summed before the F is taken.
 *
 * @param references the reference texts of each segment, same length as `hypotheses`
 * @throws UsageError where the lengths differ
 */
export function corpusChrf(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: ChrfOptions = {},
): number {
  if (hypotheses.length !== references.length)
    throw new UsageError(`chrF: ${hypotheses.length} hypotheses but references for ${references.length} segments`);
  const settings = settled(options);
  const sum = new Array<number>(3 * (settings.charOrder + settings.wordOrder)).fill(0);
  for (let i = 0; i < hypotheses.length; i++) {
    const prepared = references[i]!.map((text) => prepare(text, settings));
    const one = bestStatistics(hypotheses[i]!, prepared, settings);
    for (let k = 0; k < sum.length; k++) sum[k]! += one[k]!;
  }
  return scoreOf(sum, settings);
}

/**
 * sacreBLEU's signature of a chrF setting.
 *
 * @example chrfSignature({ wordOrder: 2 }, 1) // "nrefs:1|case:mixed|eff:yes|nc:6|nw:2|space:no|version:2.6.0"
 */
export function chrfSignature(options: ChrfOptions, references: number | "var"): string {
  const { charOrder, wordOrder, lowercase, whitespace, epsSmoothing } = settled(options);
  return [
    `nrefs:${references}`,
    `case:${lowercase ? "lc" : "mixed"}`,
    `eff:${epsSmoothing ? "no" : "yes"}`,
    `nc:${charOrder}`,
    `nw:${wordOrder}`,
    `space:${whitespace ? "yes" : "no"}`,
    "version:2.6.0",
  ].join("|");
}

/**
 * The reward `reference.chrf`: sentence chrF (or chrF++ with `wordOrder: 2`) against the task's reference texts, in [0, 100].
 * Unscored (`missing-reference`) without reference texts.
 *
 * @example const reward = chrf({ wordOrder: 2 });
 */
export function chrf(options: ChrfOptions = {}): Reward {
  const settings = settled(options);
  const prepared = preparedReferences((texts) => texts.map((text) => prepare(text, settings)));
  return pointwise(
    "reference.chrf",
    (candidate, task) => {
      const references = prepared(task);
      if ("unscored" in references) return references;
      return scoreOf(bestStatistics(answerText(candidate), references, settings), settings);
    },
    { version: 1, spec: { kind: "reference.chrf", ...settings }, work: "cpu", range: [0, 100], timeLimit: 2000 },
  );
}
