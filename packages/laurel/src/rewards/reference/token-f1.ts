import { answerText, pointwise, type Reward } from "../../core/index.ts";
import { squadWords } from "./normalise.ts";
import { preparedReferences } from "./texts.ts";

/**
 * How two texts count of which one has no words after normalisation:
 * version 1.1 gives 0 whatever the other is, version 2.0 gives 1 if both are empty and 0 otherwise.
 */
export type SquadVersion = "1.1" | "2.0";

/** Options of `tokenF1`. */
export interface TokenF1Options {
  /** Which SQuAD script decides empty answers; default "1.1". */
  version?: SquadVersion | undefined;
}

/** Precision, recall and their harmonic mean, each in [0, 1]. */
export interface PrecisionRecall {
  precision: number;
  recall: number;
  f1: number;
}

interface Bag {
  counts: ReadonlyMap<string, number>;
  size: number;
}

function bagOf(words: readonly string[]): Bag {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return { counts, size: words.length };
}

function overlapOf(words: readonly string[], gold: Bag, version: SquadVersion): PrecisionRecall {
  if (version === "2.0" && (words.length === 0 || gold.size === 0)) {
    const same = words.length === gold.size ? 1 : 0;
    return { precision: same, recall: same, f1: same };
  }
  let common = 0;
  const used = new Map<string, number>();
  for (const word of words) {
    const available = gold.counts.get(word);
    if (available === undefined) continue;
    const before = used.get(word) ?? 0;
    if (before < available) {
      used.set(word, before + 1);
      common++;
    }
  }
  if (common === 0) return { precision: 0, recall: 0, f1: 0 };
  const precision = common / words.length;
  const recall = common / gold.size;
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) };
}

function bestOf(words: readonly string[], golds: readonly Bag[], version: SquadVersion): PrecisionRecall {
  let best: PrecisionRecall = { precision: 0, recall: 0, f1: 0 };
  for (const gold of golds) {
    const one = overlapOf(words, gold, version);
    if (one.f1 > best.f1) best = one;
  }
  return best;
}

/**
 * F1 of the words that a prediction shares with a reference, as SQuAD scores it; with several references, the best.
 *
 * F1 = 2PR/(P + R), P = common/|prediction|, R = common/|reference|, over words after SQuAD's normaliser.
 *
 * @param prediction any text
 * @param references at least one text
 * @returns precision, recall and F1 in [0, 1] of the reference with the greatest F1
 * Source: SQuAD evaluation scripts 1.1 and 2.0.
 * @example squadF1("the cat sat", ["a cat"]).f1 // 2/3
 */
export function squadF1(
  prediction: string,
  references: readonly string[],
  options: TokenF1Options = {},
): PrecisionRecall {
  return bestOf(
    squadWords(prediction),
    references.map((text) => bagOf(squadWords(text))),
    options.version ?? "1.1",
  );
}

/**
 * Is a prediction equal to one of the references after SQuAD's normaliser?
 *
 * @example squadExactMatch("The Cat!", ["cat"]) // true
 */
export function squadExactMatch(prediction: string, references: readonly string[]): boolean {
  const text = squadWords(prediction).join(" ");
  return references.some((reference) => squadWords(reference).join(" ") === text);
}

/**
 * SQuAD's corpus figures: mean exact match and mean F1, in percent.
 *
 * @param predictions one text a question
 * @param references the accepted answers of each question, same length
 * @returns both figures in [0, 100]; 0 for no questions
 */
export function squadCorpus(
  predictions: readonly string[],
  references: readonly (readonly string[])[],
  options: TokenF1Options = {},
): { exactMatch: number; f1: number } {
  let exact = 0;
  let f1 = 0;
  for (let i = 0; i < predictions.length; i++) {
    const accepted = references[i] ?? [];
    if (squadExactMatch(predictions[i]!, accepted)) exact++;
    f1 += squadF1(predictions[i]!, accepted, options).f1;
  }
  const n = Math.max(1, predictions.length);
  return { exactMatch: (100 * exact) / n, f1: (100 * f1) / n };
}

/**
 * The reward `reference.tokenF1`: SQuAD's F1 of the answer against the task's reference texts, in [0, 1].
 * Parts: `precision`, `recall`. A task without reference texts is unscored (`missing-reference`).
 *
 * @example const reward = tokenF1();
 */
export function tokenF1(options: TokenF1Options = {}): Reward {
  const version = options.version ?? "1.1";
  const bags = preparedReferences((texts) => texts.map((text) => bagOf(squadWords(text))));
  return pointwise(
    "reference.tokenF1",
    (candidate, task) => {
      const golds = bags(task);
      if ("unscored" in golds) return golds;
      const { f1, precision, recall } = bestOf(squadWords(answerText(candidate)), golds, version);
      return { value: f1, parts: { precision, recall } };
    },
    { version: 1, spec: { kind: "reference.tokenF1", version }, work: "cpu", range: [0, 1] },
  );
}

/**
 * The reward `reference.exactMatch`: 1 if the answer equals one of the reference texts after SQuAD's normaliser, else 0.
 * `verify.exact` is the same with other normalisations.
 *
 * @example const reward = exactMatch();
 */
export function exactMatch(): Reward {
  const accepted = preparedReferences((texts) => new Set(texts.map((text) => squadWords(text).join(" "))));
  return pointwise(
    "reference.exactMatch",
    (candidate, task) => {
      const set = accepted(task);
      if ("unscored" in set) return set;
      return set.has(squadWords(answerText(candidate)).join(" "));
    },
    { version: 1, spec: { kind: "reference.exactMatch" }, work: "cpu", range: [0, 1] },
  );
}
