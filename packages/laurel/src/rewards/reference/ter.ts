import { answerText, pointwise, type Reward, UsageError } from "../../core/index.ts";
import { Vocabulary } from "./grams.ts";
import { terEdits } from "./ter-shifts.ts";
import { preparedReferences } from "./texts.ts";
import { splitWords, trimEnd } from "./words.ts";

/** Options of TER; the names say what sacreBLEU's `normalized`, `no_punct`, `asian_support` and `case_sensitive` do. */
export interface TerOptions {
  /** Tokenise as Tercom does (entities, marks, possessives, numbers); default false. */
  normalised?: boolean | undefined;
  /** Remove . , ? : ; ! " ( and ); default false. */
  noPunctuation?: boolean | undefined;
  /** With `normalised`, split CJK characters; with `noPunctuation`, remove CJK marks; default false. */
  asian?: boolean | undefined;
  /** Default false: both sides are lower-cased. */
  caseSensitive?: boolean | undefined;
}

/** TER with what it is made of. */
export interface TerScore {
  /** In percent; 0 is best, and more than 100 is possible. */
  score: number;
  edits: number;
  /** The mean length of the references, summed over segments. */
  referenceLength: number;
}

type Settings = Required<{ [K in keyof TerOptions]: NonNullable<TerOptions[K]> }>;

const settled = (options: TerOptions): Settings => ({
  normalised: options.normalised ?? false,
  noPunctuation: options.noPunctuation ?? false,
  asian: options.asian ?? false,
  caseSensitive: options.caseSensitive ?? false,
});

function normalised(text: string): string {
  const line = text
    .replaceAll("\n-", "")
    .replaceAll("\n", " ")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return ` ${line} `
    .replace(/[{-~[-` -&(-+:-@/]/g, " $& ")
    .replaceAll("'s ", " 's ")
    .replace(/([^0-9])([.,])/g, "$1 $2 ")
    .replace(/([.,])([^0-9])/g, " $1 $2")
    .replace(/([0-9])-/g, "$1 - ");
}

const cjk =
  /[\u2e80-\u2eff\u31c0-\u31ef\u3200-\u3f22\u3300-\u33ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f]/g;
const cjkMarks =
  /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/g;

function terWords(text: string, settings: Settings): string[] {
  let line = trimEnd(text);
  if (!settings.caseSensitive) line = line.toLowerCase();
  if (settings.normalised) {
    line = normalised(line);
    // Tercom's rules for kana can only apply to a text without a leading space, which the rule above always adds
    if (settings.asian) line = line.replace(cjk, " $& ").replace(cjkMarks, " $& ");
  }
  if (settings.noPunctuation) {
    line = line.replace(/[.,?:;!"()]/g, "");
    if (settings.asian) line = line.replace(cjkMarks, "");
  }
  return splitWords(line);
}

interface PreparedTer {
  vocabulary: Vocabulary;
  references: readonly Int32Array[];
  meanLength: number;
}

function prepare(references: readonly string[], settings: Settings): PreparedTer {
  const vocabulary = new Vocabulary();
  // sacreBLEU tokenises references twice, which splits a possessive before an unusual space only the second time
  const twice = (text: string): string[] => terWords(terWords(text, settings).join(" "), settings);
  const coded = references.map((text) => vocabulary.ids(twice(text)));
  return {
    vocabulary,
    references: coded,
    meanLength: coded.reduce((sum, words) => sum + words.length, 0) / coded.length,
  };
}

function leastEdits(hypothesis: string, prepared: PreparedTer, settings: Settings): number {
  const words = prepared.vocabulary.known(terWords(hypothesis, settings));
  let least = Number.POSITIVE_INFINITY;
  for (const reference of prepared.references) least = Math.min(least, terEdits(words, reference));
  return least;
}

function scoreOf(edits: number, referenceLength: number): TerScore {
  const rate = referenceLength > 0 ? edits / referenceLength : edits > 0 ? 1 : 0;
  return { score: 100 * rate, edits, referenceLength };
}

/**
 * Translation edit rate of one text, in percent: edits and block shifts to the nearest reference, over the mean reference length.
 *
 * @param references at least one
 * Source: Snover and others, 2006; sacreBLEU 2.6.0 `TER`, with Tercom's heuristics and limits.
 * @example sentenceTer("b a", ["a b"]).score // 50: one shift
 */
export function sentenceTer(hypothesis: string, references: readonly string[], options: TerOptions = {}): TerScore {
  const settings = settled(options);
  const prepared = prepare(references, settings);
  return scoreOf(leastEdits(hypothesis, prepared, settings), prepared.meanLength);
}

/**
 * TER of a corpus: edits over reference lengths, both summed over the segments.
 *
 * @param references the reference texts of each segment, same length as `hypotheses`
 * @throws UsageError where the lengths differ
 */
export function corpusTer(
  hypotheses: readonly string[],
  references: readonly (readonly string[])[],
  options: TerOptions = {},
): TerScore {
  if (hypotheses.length !== references.length)
    throw new UsageError(`TER: ${hypotheses.length} hypotheses but references for ${references.length} segments`);
  const settings = settled(options);
  let edits = 0;
  let length = 0;
  for (let i = 0; i < hypotheses.length; i++) {
    const prepared = prepare(references[i]!, settings);
    edits += leastEdits(hypotheses[i]!, prepared, settings);
    length += prepared.meanLength;
  }
  return scoreOf(edits, length);
}

/** sacreBLEU's signature of a TER setting. */
export function terSignature(options: TerOptions, references: number | "var"): string {
  const settings = settled(options);
  const yes = (flag: boolean): string => (flag ? "yes" : "no");
  return [
    `nrefs:${references}`,
    `case:${settings.caseSensitive ? "mixed" : "lc"}`,
    "tok:tercom",
    `norm:${yes(settings.normalised)}`,
    `punct:${yes(!settings.noPunctuation)}`,
    `asian:${yes(settings.asian)}`,
    "version:2.6.0",
  ].join("|");
}

/**
 * The reward `reference.ter`: max(0, 100 − TER), so that more is better, in [0, 100].
 *
 * TER itself, which has no upper end, is the part `ter`. Unscored (`missing-reference`) without reference texts.
 *
 * @example const reward = ter({ normalised: true });
 */
export function ter(options: TerOptions = {}): Reward {
  const settings = settled(options);
  const prepared = preparedReferences((texts) => prepare(texts, settings));
  return pointwise(
    "reference.ter",
    (candidate, task) => {
      const references = prepared(task);
      if ("unscored" in references) return references;
      const { score } = scoreOf(leastEdits(answerText(candidate), references, settings), references.meanLength);
      return { value: Math.max(0, 100 - score), parts: { ter: score } };
    },
    { version: 1, spec: { kind: "reference.ter", ...settings }, work: "cpu", range: [0, 100], timeLimit: 5000 },
  );
}
