import { answerText, pointwise, type Reward, UsageError } from "../../core/index.ts";
import { type PositionMasks, popcount, positionMasks } from "./bits.ts";
import { codePoints, Vocabulary } from "./grams.ts";
import { type Normalisation, normalise } from "./normalise.ts";
import { preparedReferences } from "./texts.ts";
import { splitWords } from "./words.ts";

/** An upper bound of the distance that is exact if it is at most k: only cells within k of the diagonal are filled. */
function banded(made: PositionMasks, rows: number, text: ArrayLike<number>, k: number): number {
  const { words, masks } = made;
  const plus = new Int32Array(words).fill(-1);
  const minus = new Int32Array(words);
  let last = Math.min(words - 1, (k - 1) >> 5);
  let score = (last + 1) * 32;
  for (let j = 1; j <= text.length; j++) {
    const row = made.row(text[j - 1]!);
    const first = Math.max(0, (j - k - 1) >> 5);
    const wanted = Math.min(words - 1, (j + k - 1) >> 5);
    while (last < wanted) {
      last++;
      score += 32;
    }
    let carry = 1;
    for (let w = first; w <= last; w++) {
      const p = plus[w]!;
      const m = minus[w]!;
      const negative = carry < 0 ? 1 : 0;
      const equal = (row < 0 ? 0 : masks[row + w]!) | negative;
      const vertical = equal | m;
      const horizontal = (((equal & p) + p) ^ p) | equal;
      let up = m | ~(horizontal | p);
      let down = p & horizontal;
      const out = up < 0 ? 1 : down < 0 ? -1 : 0;
      up = (up << 1) | (carry > 0 ? 1 : 0);
      down = (down << 1) | negative;
      plus[w] = down | ~(vertical | up);
      minus[w] = up & vertical;
      carry = out;
    }
    score += carry;
  }
  if (last < words - 1) return score + (rows - (last + 1) * 32);
  // the rows beyond the sequence's end, which pad the last word, are taken off again
  const rest = rows & 31;
  if (rest === 0) return score;
  const padding = ~((1 << rest) - 1);
  return score - popcount(plus[words - 1]! & padding) + popcount(minus[words - 1]! & padding);
}

function plain(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const row = Int32Array.from({ length: a.length + 1 }, (_, i) => i);
  for (let j = 1; j <= b.length; j++) {
    let diagonal = row[0]!;
    row[0] = j;
    for (let i = 1; i <= a.length; i++) {
      const above = row[i]!;
      row[i] = Math.min(diagonal + (a[i - 1] === b[j - 1] ? 0 : 1), above + 1, row[i - 1]! + 1);
      diagonal = above;
    }
  }
  return row[a.length]!;
}

/**
 * The Levenshtein distance of two sequences: least number of insertions, deletions and substitutions.
 *
 * Bit-parallel (Myers, 1999) in a band around the diagonal that is doubled until the distance fits (Ukkonen, 1985):
 * time about (distance · length)/32, memory linear.
 *
 * @param a whole numbers, such as code points or word ids
 * @example editDistance([1, 2, 3], [1, 3]) // 1
 */
export function editDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const cut = (symbols: ArrayLike<number>, end: number): Int32Array =>
    symbols instanceof Int32Array ? symbols.subarray(start, end) : Int32Array.from(symbols).subarray(start, end);
  const [pattern, text] = endA < endB ? [cut(a, endA), cut(b, endB)] : [cut(b, endB), cut(a, endA)];
  if (pattern.length === 0) return text.length;
  const made = positionMasks(pattern);
  if (made === undefined) return plain(pattern, text);
  for (let k = Math.max(64, text.length - pattern.length); ; k *= 2) {
    const distance = banded(made, pattern.length, text, k);
    if (distance <= k || k >= text.length) return distance;
  }
}

/** Options of `editSimilarity` and `editRatio`. */
export interface EditOptions {
  /** What is inserted, deleted and substituted: code points (default) or words between white space. */
  unit?: "characters" | "words" | undefined;
  /** Normalisations of both sides, in this order; default none. */
  normalise?: readonly Normalisation[] | undefined;
}

/**
 * The similarity of two texts by edit distance, in [0, 1]: 1 − distance / max(length); 1 for two empty texts.
 *
 * @example editRatio("kitten", "sitting") // 1 - 3/7
 */
export function editRatio(a: string, b: string, options: EditOptions = {}): number {
  const [x, y] = [normalise(a, options.normalise ?? []), normalise(b, options.normalise ?? [])];
  if (x === y) return 1;
  const vocabulary = new Vocabulary();
  const coded = (text: string): Int32Array =>
    options.unit === "words" ? vocabulary.ids(splitWords(text)) : codePoints(text);
  const [first, second] = [coded(x), coded(y)];
  const longest = Math.max(first.length, second.length);
  return longest === 0 ? 1 : 1 - editDistance(first, second) / longest;
}

/**
 * The reward `reference.edit`: edit similarity of the answer to the nearest of the task's reference texts, in [0, 1].
 * Unscored (`missing-reference`) without reference texts.
 *
 * @throws UsageError for an unknown unit
 * @example const reward = editSimilarity({ unit: "words", normalise: ["lowercase"] });
 */
export function editSimilarity(options: EditOptions = {}): Reward {
  const { unit = "characters", normalise: steps = [] } = options;
  if (unit !== "characters" && unit !== "words") throw new UsageError(`reference.edit: unknown unit '${String(unit)}'`);
  const prepared = preparedReferences((texts) => texts);
  return pointwise(
    "reference.edit",
    (candidate, task) => {
      const texts = prepared(task);
      if ("unscored" in texts) return texts;
      const answer = answerText(candidate);
      return Math.max(...texts.map((text) => editRatio(answer, text, { unit, normalise: steps })));
    },
    {
      version: 1,
      spec: { kind: "reference.edit", unit, normalise: steps },
      work: "cpu",
      range: [0, 1],
      timeLimit: 2000,
    },
  );
}
