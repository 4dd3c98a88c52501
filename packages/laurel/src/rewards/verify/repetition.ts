import {
  answerText,
  type Candidate,
  pointwise,
  type Reward,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { codePoints, ngramIds, Vocabulary } from "../reference/grams.ts";
import { splitWords } from "../reference/words.ts";

/** What an n-gram is made of. */
export type GramUnit = "tokens" | "words" | "characters";

/** How the n-grams of a sequence repeat. */
export interface GramCounts {
  /** All n-grams: length − n + 1, at least 0. */
  total: number;
  /** How many differ. */
  types: number;
  /** How many of these occur more than once. */
  repeatedTypes: number;
}

/**
 * Counts a sequence's n-grams; the one counter behind all repetition rewards. Time m·log n for m symbols, whatever they are.
 *
 * @param symbols whole numbers, such as token ids
 * @param n from 1
 * @example countGrams([1, 2, 1, 2], 2) // { total: 3, types: 2, repeatedTypes: 1 }
 */
export function countGrams(symbols: ArrayLike<number>, n: number): GramCounts {
  if (!Number.isInteger(n) || n < 1) throw new UsageError(`n-grams need a whole n from 1, not ${n}`);
  const { ids, types } = ngramIds(symbols, n);
  const counts = new Int32Array(types + 1);
  let repeatedTypes = 0;
  for (const id of ids) if (++counts[id]! === 2) repeatedTypes++;
  return { total: ids.length, types, repeatedTypes };
}

/**
 * The share of n-grams that repeat earlier ones: 1 − types/total; 0 for fewer than n symbols.
 *
 * Source: 'Demystifying Long Chain-of-Thought Reasoning', appendix C.2; TRL 1.16 `get_repetition_penalty_reward` (times its penalty).
 * @example repeatedShare([5, 5, 5, 5, 5], 2) // 0.75
 */
export function repeatedShare(symbols: ArrayLike<number>, n: number): number {
  const { total, types } = countGrams(symbols, n);
  return total === 0 ? 0 : 1 - types / total;
}

/**
 * The share of n-grams whose type occurs more than once, as types over all n-grams; 0 for fewer than n symbols.
 *
 * Source: 'The Climb Carves Wisdom Deeper Than the Summit' (its reasoning pattern reward, n = 20 words).
 * @example repeatedTypeShare([1, 2, 1, 2], 2) // 1/3
 */
export function repeatedTypeShare(symbols: ArrayLike<number>, n: number): number {
  const { total, repeatedTypes } = countGrams(symbols, n);
  return total === 0 ? 0 : repeatedTypes / total;
}

/** The words of a text as numbers for the counters above. */
export function wordSymbols(text: string): Int32Array {
  return new Vocabulary().ids(splitWords(text));
}

function symbolsOf(candidate: Candidate, unit: GramUnit): ArrayLike<number> | Unscored {
  if (unit === "tokens") {
    const ids = candidate.tokens?.ids;
    if (ids === undefined)
      return unscored(
        "unsupported",
        "repetition in tokens needs candidate.tokens.ids; use the unit words or characters",
      );
    // a typed array that went through JSON is an object without a length, which would count as an empty answer
    return typeof ids.length === "number" ? ids : unscored("bug", "candidate.tokens.ids is not an array any more");
  }
  const text = answerText(candidate).toLowerCase();
  return unit === "words" ? wordSymbols(text) : codePoints(text);
}

/** Options of `repetition`. */
export interface RepetitionOptions {
  /** Default 3. */
  n?: number | undefined;
  /** Default "words", lower-cased; TRL counts "tokens". */
  unit?: GramUnit | undefined;
  /** The value of an answer that only repeats; at most 0, default −1. */
  maxPenalty?: number | undefined;
}

/**
 * The reward `verify.repetition`: maxPenalty times the share of n-grams that repeat, in [maxPenalty, 0].
 *
 * Unscored (`unsupported`) where the unit is tokens and the candidate states no ids.
 *
 * @throws UsageError for a penalty above 0 or an n below 1
 * Source: TRL 1.16 `get_repetition_penalty_reward`.
 * @example const reward = repetition({ n: 4, unit: "tokens" });
 */
export function repetition(options: RepetitionOptions = {}): Reward {
  const { n = 3, unit = "words", maxPenalty = -1 } = options;
  if (!(maxPenalty <= 0)) throw new UsageError(`verify.repetition: maxPenalty ${maxPenalty} must not be above 0`);
  if (!Number.isInteger(n) || n < 1) throw new UsageError(`verify.repetition: n ${n} is not 1 or more`);
  if (!["tokens", "words", "characters"].includes(unit))
    throw new UsageError(`verify.repetition: unknown unit '${unit}'`);
  return pointwise(
    "verify.repetition",
    (candidate) => {
      const symbols = symbolsOf(candidate, unit);
      if ("unscored" in symbols) return symbols;
      const share = repeatedShare(symbols, n);
      return { value: share === 0 ? 0 : share * maxPenalty, parts: { repeated: share } };
    },
    {
      version: 1,
      spec: { kind: "verify.repetition", n, unit, maxPenalty },
      work: "cpu",
      range: [maxPenalty, 0],
      timeLimit: 500,
    },
  );
}
