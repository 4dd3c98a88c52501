import { answerText, pointwise, type Reward, UsageError } from "../../core/index.ts";
import { GramIndex, Vocabulary } from "./grams.ts";
import { lcsLength, lcsMarker } from "./lcs.ts";
import { porterStem } from "./porter.ts";
import { preparedReferences } from "./texts.ts";
import type { PrecisionRecall } from "./token-f1.ts";

/** `rouge1` to `rouge9` compare n-grams, `rougeL` the longest common subsequence, `rougeLsum` its union over lines. */
export type RougeType = `rouge${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}` | "rougeL" | "rougeLsum";

const kept = new Map<string, string>();
const mostKept = 65_536;

function stemmed(word: string): string {
  if (word.length <= 3) return word;
  if (word.length > 40) return porterStem(word);
  let stem = kept.get(word);
  if (stem === undefined) {
    stem = porterStem(word);
    if (kept.size >= mostKept) kept.clear();
    kept.set(word, stem);
  }
  return stem;
}

const word = /[a-z0-9]+/g;

/**
 * rouge-score's tokens: runs of a-z and 0-9 of the lower-cased text, stemmed where longer than 3 letters and asked for.
 *
 * @example rougeTokens("Running, fast!", true) // ["run", "fast"]
 */
export function rougeTokens(text: string, stem: boolean): string[] {
  const tokens: string[] = text.toLowerCase().match(word) ?? [];
  if (!stem) return tokens;
  return tokens.map(stemmed).filter((token) => token !== "");
}

const none: PrecisionRecall = { precision: 0, recall: 0, f1: 0 };

function ratios(hits: number, predicted: number, gold: number): PrecisionRecall {
  const precision = hits / Math.max(predicted, 1);
  const recall = hits / Math.max(gold, 1);
  return { precision, recall, f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0 };
}

interface Prepared {
  vocabulary: Vocabulary;
  tokens: Int32Array;
  lines: readonly Int32Array[];
  grams: Map<number, GramIndex>;
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line.length > 0);
const needsLines = (types: readonly RougeType[]): boolean => types.includes("rougeLsum");
const needsTokens = (types: readonly RougeType[]): boolean => types.some((type) => type !== "rougeLsum");

function prepare(target: string, types: readonly RougeType[], stem: boolean): Prepared {
  const vocabulary = new Vocabulary();
  const tokens = needsTokens(types) ? vocabulary.ids(rougeTokens(target, stem)) : new Int32Array(0);
  const lines = needsLines(types) ? linesOf(target).map((line) => vocabulary.ids(rougeTokens(line, stem))) : [];
  const grams = new Map<number, GramIndex>();
  for (const type of types) {
    const order = Number(type.slice(5));
    if (!(order >= 1)) continue;
    const index = new GramIndex(order, tokens.length);
    index.add(tokens);
    grams.set(order, index);
  }
  return { vocabulary, tokens, lines, grams };
}

const total = (lines: readonly Int32Array[]): number => lines.reduce((sum, line) => sum + line.length, 0);

function countsOf(lines: readonly Int32Array[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const line of lines) for (const token of line) counts.set(token, (counts.get(token) ?? 0) + 1);
  return counts;
}

/** Summary-level ROUGE-L: tokens of each target line in the union of its subsequences, none counted twice. */
function summaryLevel(target: readonly Int32Array[], prediction: readonly Int32Array[]): PrecisionRecall {
  const [gold, predicted] = [total(target), total(prediction)];
  if (gold === 0 || predicted === 0) return none;
  const [left, available] = [countsOf(target), countsOf(prediction)];
  let hits = 0;
  for (const line of target) {
    const marks = new Uint8Array(line.length);
    const marker = lcsMarker(line);
    for (const other of prediction) marker.mark(other, marks);
    for (let i = 0; i < line.length; i++) {
      if (marks[i] === 0) continue;
      const token = line[i]!;
      const [mine, theirs] = [left.get(token) ?? 0, available.get(token) ?? 0];
      if (mine > 0 && theirs > 0) {
        hits++;
        left.set(token, mine - 1);
        available.set(token, theirs - 1);
      }
    }
  }
  return ratios(hits, predicted, gold);
}

/** A prediction's words, split once for all references. */
interface Words {
  all: readonly string[];
  lines: readonly (readonly string[])[];
}

const wordsOf = (text: string, types: readonly RougeType[], stem: boolean): Words => ({
  all: needsTokens(types) ? rougeTokens(text, stem) : [],
  lines: needsLines(types) ? linesOf(text).map((line) => rougeTokens(line, stem)) : [],
});

function scoreOf(type: RougeType, words: Words, target: Prepared): PrecisionRecall {
  if (type === "rougeLsum")
    return summaryLevel(
      target.lines,
      words.lines.map((line) => target.vocabulary.known(line)),
    );
  const tokens = target.vocabulary.known(words.all);
  if (type === "rougeL") {
    if (tokens.length === 0 || target.tokens.length === 0) return none;
    return ratios(lcsLength(target.tokens, tokens), tokens.length, target.tokens.length);
  }
  const order = Number(type.slice(5));
  const matches: number[] = [];
  target.grams.get(order)!.match(tokens, matches);
  const grams = (length: number): number => Math.max(0, length - order + 1);
  return ratios(matches[order - 1]!, grams(tokens.length), grams(target.tokens.length));
}

function bestOf(type: RougeType, words: Words, targets: readonly Prepared[]): PrecisionRecall {
  let best: PrecisionRecall | undefined;
  for (const target of targets) {
    const one = scoreOf(type, words, target);
    if (best === undefined || one.f1 > best.f1) best = one;
  }
  return best ?? none;
}

function checkType(type: string): void {
  if (!/^rouge(?:[1-9]|L|Lsum)$/.test(type))
    throw new UsageError(`unknown ROUGE type '${type}'`, "one of rouge1 to rouge9, rougeL, rougeLsum");
}

/**
 * ROUGE of a prediction, as Google's rouge-score gives it; of several targets the one with the greatest F1, type by type.
 *
 * rougeN: clipped n-gram matches over the n-grams of prediction (precision) and target (recall). rougeL: the longest common
 * subsequence. rougeLsum: lines are sentences; union of subsequences, with counts as in ROUGE-1.5.5. F1 = 2PR/(P + R).
 *
 * @param targets at least one reference text
 * @param options types (default rouge1, rouge2, rougeL, rougeLsum); stem: Porter stemming, default false
 * @returns precision, recall and F1 in [0, 1] for each type
 * @throws UsageError for an unknown type
 * Source: Lin, 2004; rouge-score 0.1.2 `RougeScorer.score` and `score_multi`.
 * @example rougeScores("the cat", ["the cat sat"], { types: ["rougeL"] }).rougeL // { precision: 1, recall: 2/3, f1: 0.8 }
 */
export function rougeScores<const T extends RougeType = "rouge1" | "rouge2" | "rougeL" | "rougeLsum">(
  prediction: string,
  targets: readonly string[],
  options: { types?: readonly T[] | undefined; stem?: boolean | undefined } = {},
): Record<T, PrecisionRecall> {
  const types = options.types ?? (["rouge1", "rouge2", "rougeL", "rougeLsum"] as unknown as readonly T[]);
  for (const type of types) checkType(type);
  const stem = options.stem ?? false;
  const prepared = targets.map((target) => prepare(target, types, stem));
  const words = wordsOf(prediction, types, stem);
  return Object.fromEntries(types.map((type) => [type, bestOf(type, words, prepared)])) as Record<T, PrecisionRecall>;
}

/** Options of `rouge`. */
export interface RougeOptions {
  /** Default "rougeL". */
  type?: RougeType | undefined;
  /** Porter stemming of words longer than 3 letters; default false. */
  stem?: boolean | undefined;
  /** Which figure is the value; default "f1". */
  measure?: "precision" | "recall" | "f1" | undefined;
}

/**
 * The reward `reference.rouge`: ROUGE of the answer against the task's reference texts, in [0, 1].
 *
 * Parts: `precision`, `recall`, `f1`. rouge-score knows only a-z and 0-9: for other scripts use `bleu` or `chrf`.
 * Unscored (`missing-reference`) without reference texts.
 *
 * @throws UsageError for an unknown type or measure
 * @example const reward = rouge({ type: "rouge2", stem: true });
 */
export function rouge(options: RougeOptions = {}): Reward {
  const { type = "rougeL", stem = false, measure = "f1" } = options;
  checkType(type);
  if (!["precision", "recall", "f1"].includes(measure)) throw new UsageError(`unknown ROUGE measure '${measure}'`);
  const prepared = preparedReferences((texts) => texts.map((text) => prepare(text, [type], stem)));
  return pointwise(
    "reference.rouge",
    (candidate, task) => {
      const targets = prepared(task);
      if ("unscored" in targets) return targets;
      const best = bestOf(type, wordsOf(answerText(candidate), [type], stem), targets);
      return { value: best[measure], parts: { ...best } };
    },
    { version: 1, spec: { kind: "reference.rouge", type, stem, measure }, work: "cpu", range: [0, 1], timeLimit: 2000 },
  );
}
