import { answerText, pointwise, type Reward, UsageError } from "../../core/index.ts";
import { GramIndex, Vocabulary } from "./grams.ts";
import { preparedReferences } from "./texts.ts";
import { type BleuTokeniser, tokeniserFor } from "./tokenise.ts";
import { trimEnd } from "./words.ts";

/** How an n-gram order without matches counts; the names are sacreBLEU's. */
export type BleuSmoothing = "none" | "floor" | "add-k" | "exp";

/** Options of BLEU. */
export interface BleuOptions {
  /** Default "13a". */
  tokenise?: BleuTokeniser | undefined;
  /** Default "exp". */
  smooth?: BleuSmoothing | undefined;
  /** The value of "floor" (default 0.1) or of "add-k" (default 1). */
  smoothValue?: number | undefined;
  /** Greatest n-gram order; default 4. */
  maxOrder?: number | undefined;
  /** Leave out orders that the text is too short for; default true for one sentence, false for a corpus. */
  effectiveOrder?: boolean | undefined;
  /** Lower-case both sides; default false. */
  lowercase?: boolean | undefined;
}

/** BLEU with all that it is made of. */
export interface BleuScore {
  /** In [0, 100]. */
  score: number;
  /** In percent, one an order, after smoothing. */
  precisions: readonly number[];
  /** In [0, 1]. */
  brevityPenalty: number;
  hypothesisLength: number;
  /** The sum of the reference lengths that are closest to their hypotheses' lengths. */
  referenceLength: number;
}

type Settings = Required<{ [K in keyof BleuOptions]: NonNullable<BleuOptions[K]> }>;

const smoothDefaults: Readonly<Record<BleuSmoothing, number>> = { none: 0, floor: 0.1, "add-k": 1, exp: 0 };

function settled(options: BleuOptions, effectiveOrder: boolean): Settings {
  const smooth = options.smooth ?? "exp";
  if (!Object.hasOwn(smoothDefaults, smooth)) throw new UsageError(`BLEU: unknown smoothing '${smooth}'`);
  const maxOrder = options.maxOrder ?? 4;
  if (!Number.isInteger(maxOrder) || maxOrder < 1) throw new UsageError(`BLEU: maxOrder ${maxOrder} is not 1 or more`);
  return {
    tokenise: options.tokenise ?? "13a",
    smooth,
    smoothValue: options.smoothValue ?? smoothDefaults[smooth],
    maxOrder,
    effectiveOrder: options.effectiveOrder ?? effectiveOrder,
    lowercase: options.lowercase ?? false,
  };
}

/** The sufficient statistics of one segment, or their sum over a corpus. */
interface Statistics {
  matches: number[];
  totals: number[];
  hypothesisLength: number;
  referenceLength: number;
}

/** References made ready: vocabulary, n-gram counts and lengths. */
export interface PreparedBleu {
  vocabulary: Vocabulary;
  index: GramIndex;
  lengths: readonly number[];
}

/** Makes tokenised references ready for matching. */
export function prepareGrams(references: readonly (readonly string[])[], order: number): PreparedBleu {
  const vocabulary = new Vocabulary();
  const coded = references.map((words) => vocabulary.ids(words));
  const index = new GramIndex(
    order,
    coded.reduce((sum, ids) => sum + ids.length, 0),
  );
  for (const ids of coded) index.add(ids);
  return { vocabulary, index, lengths: coded.map((ids) => ids.length) };
}

const tokensOf = (text: string, settings: Settings): string[] => {
  const line = trimEnd(text);
  return tokeniserFor(settings.tokenise)(settings.lowercase ? line.toLowerCase() : line);
};

const prepare = (references: readonly string[], settings: Settings): PreparedBleu =>
  prepareGrams(
    references.map((text) => tokensOf(text, settings)),
    settings.maxOrder,
  );

function statisticsOf(hypothesis: string, prepared: PreparedBleu, settings: Settings): Statistics {
  const words = prepared.vocabulary.known(tokensOf(hypothesis, settings));
  const matches: number[] = [];
  prepared.index.match(words, matches);
  const totals = matches.map((_, n) => Math.max(0, words.length - n));
  let closest = prepared.lengths[0] ?? 0;
  for (const length of prepared.lengths) {
    const gap = Math.abs(words.length - length) - Math.abs(words.length - closest);
    if (gap < 0 || (gap === 0 && length < closest)) closest = length;
  }
  return { matches, totals, hypothesisLength: words.length, referenceLength: closest };
}

function scoreOf(statistics: Statistics, settings: Settings): BleuScore {
  const { hypothesisLength, referenceLength } = statistics;
  const { maxOrder, smooth, smoothValue, effectiveOrder } = settings;
  let brevityPenalty = 1;
  if (hypothesisLength < referenceLength)
    brevityPenalty = hypothesisLength > 0 ? Math.exp(1 - referenceLength / hypothesisLength) : 0;
  const precisions: number[] = new Array<number>(maxOrder).fill(0);
  const result = { precisions, brevityPenalty, hypothesisLength, referenceLength };
  if (!statistics.matches.some((count) => count > 0)) return { score: 0, ...result };
  let halving = 1;
  let orders = maxOrder;
  for (let n = 0; n < maxOrder; n++) {
    const added = smooth === "add-k" && n > 0 ? smoothValue : 0;
    const matched = statistics.matches[n]! + added;
    const total = statistics.totals[n]! + added;
    if (total === 0) break;
    if (effectiveOrder) orders = n + 1;
    if (matched > 0) precisions[n] = (100 * matched) / total;
    else if (smooth === "exp") {
      halving *= 2;
      precisions[n] = 100 / (halving * total);
    } else if (smooth === "floor") precisions[n] = (100 * smoothValue) / total;
  }
  let logSum = 0;
  for (let n = 0; n < orders; n++) logSum += Math.log(precisions[n]!);
  return { score: brevityPenalty * Math.exp(logSum / orders), ...result };
}

/**
 * BLEU of one text against one or several references, on sacreBLEU's scale of 0 to 100.
 *
 * BP · exp(mean over n of ln p_n), p_n = clipped n-gram matches / n-grams, smoothed;
 * BP = 1 if the text is at least as long as the closest reference r, else exp(1 − r/length).
 *
 * @param references at least one
 * @throws UsageError for an unknown smoothing or a tokeniser that needs a model
 * Source: Papineni and others, 2002; sacreBLEU 2.6.0 `BLEU.sentence_score` (there `effective_order=True`).
 * @example sentenceBleu("the cat sat", ["the cat sat down"]).score
 */
export function sentenceBleu(hypothesis: string, references: readonly string[], options: BleuOptions = {}): BleuScore {
  const settings = settled(options, true);
  return scoreOf(statisticsOf(hypothesis, prepare(references, settings), settings), settings);
}

/**
 * BLEU of a corpus: matches, n-grams and lengths are summed over the segments before the precisions are taken.
 *
 * @param hypotheses one text a segment
 * @param references the reference texts of each segment, same length (sacreBLEU's streams, transposed)
 * @throws UsageError where the lengths differ
 * Source: sacreBLEU 2.6.0 `BLEU.corpus_score`.
 */
export function corpusBleu(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: BleuOptions = {},
): BleuScore {
  if (hypotheses.length !== references.length)
    throw new UsageError(`BLEU: ${hypotheses.length} hypotheses but references for ${references.length} segments`);
  const settings = settled(options, false);
  const zeros = () => new Array<number>(settings.maxOrder).fill(0);
  const sum: Statistics = { matches: zeros(), totals: zeros(), hypothesisLength: 0, referenceLength: 0 };
  for (let i = 0; i < hypotheses.length; i++) {
    const one = statisticsOf(hypotheses[i]!, prepare(references[i]!, settings), settings);
    sum.hypothesisLength += one.hypothesisLength;
    sum.referenceLength += one.referenceLength;
    for (let n = 0; n < settings.maxOrder; n++) {
      sum.matches[n]! += one.matches[n]!;
      sum.totals[n]! += one.totals[n]!;
    }
  }
  return scoreOf(sum, settings);
}

/**
 * sacreBLEU's signature of a setting, as a paper prints it.
 *
 * @param references how many a segment has, or "var"
 * @param level whose default of `effectiveOrder` holds
 * @example bleuSignature({}, 1) // "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp|version:2.6.0"
 */
export function bleuSignature(
  options: BleuOptions,
  references: number | "var",
  level: "corpus" | "sentence" = "corpus",
): string {
  const { lowercase, effectiveOrder, tokenise, smooth, smoothValue } = settled(options, level === "sentence");
  const smoothing = smooth === "floor" || smooth === "add-k" ? `${smooth}[${smoothValue.toFixed(2)}]` : smooth;
  return [
    `nrefs:${references}`,
    `case:${lowercase ? "lc" : "mixed"}`,
    `eff:${effectiveOrder ? "yes" : "no"}`,
    `tok:${tokenise}`,
    `smooth:${smoothing}`,
    "version:2.6.0",
  ].join("|");
}

/**
 * The reward `reference.bleu`: sentence BLEU of the answer against the task's reference texts, in [0, 100].
 *
 * Parts: `precision1` and so on, `brevityPenalty`. Unscored (`missing-reference`) without reference texts.
 * `bleuberi` is another BLEU, on [0, 1].
 *
 * @throws UsageError for options that sentence BLEU does not know
 * @example const reward = bleu({ tokenise: "zh" });
 */
export function bleu(options: BleuOptions = {}): Reward {
  const settings = settled(options, true);
  tokeniserFor(settings.tokenise);
  const prepared = preparedReferences((texts) => prepare(texts, settings));
  return pointwise(
    "reference.bleu",
    (candidate, task) => {
      const references = prepared(task);
      if ("unscored" in references) return references;
      const { score, precisions, brevityPenalty } = scoreOf(
        statisticsOf(answerText(candidate), references, settings),
        settings,
      );
      const parts: Record<string, number> = { brevityPenalty };
      for (let n = 0; n < precisions.length; n++) parts[`precision${n + 1}`] = precisions[n]!;
      return { value: score, parts };
    },
    { version: 1, spec: { kind: "reference.bleu", ...settings }, work: "cpu", range: [0, 100], timeLimit: 2000 },
  );
}
