import { popcount, positionMasks } from "./bits.ts";

/**
 * One step of the bit-parallel longest common subsequence: from the column of a prefix of the candidate to the next.
 * Bit i is 0 where the length rises between the first i and the first i + 1 reference symbols.
 */
function step(
  from: Int32Array,
  fromAt: number,
  to: Int32Array,
  toAt: number,
  masks: Int32Array,
  row: number,
  words: number,
) {
  let carry = 0;
  for (let w = 0; w < words; w++) {
    const column = from[fromAt + w]!;
    const mask = masks[row + w]!;
    const sum = (column >>> 0) + ((column & mask) >>> 0) + carry;
    carry = sum >= 4294967296 ? 1 : 0;
    to[toAt + w] = sum | 0 | (column & ~mask);
  }
}

/** The zeros among the first `length` bits of a column. */
function zeros(column: Int32Array, at: number, length: number): number {
  let count = 0;
  const whole = length >>> 5;
  for (let w = 0; w < whole; w++) count += popcount(~column[at + w]!);
  const rest = length & 31;
  return rest === 0 ? count : count + popcount(~column[at + whole]! & ((1 << rest) - 1));
}

function plainLength(reference: ArrayLike<number>, candidate: ArrayLike<number>): number {
  const row = new Int32Array(reference.length + 1);
  for (let j = 0; j < candidate.length; j++) {
    let diagonal = 0;
    for (let i = 1; i <= reference.length; i++) {
      const above = row[i]!;
      row[i] = reference[i - 1] === candidate[j] ? diagonal + 1 : Math.max(above, row[i - 1]!);
      diagonal = above;
    }
  }
  return row[reference.length]!;
}

/**
 * The length of the longest common subsequence of two sequences, in time |a|·|b|/32 (Crochemore and others, 2001).
 *
 * @param reference whole numbers
 * @param candidate whole numbers
 */
export function lcsLength(reference: ArrayLike<number>, candidate: ArrayLike<number>): number {
  const made = positionMasks(reference);
  if (made === undefined) return plainLength(reference, candidate);
  const column = new Int32Array(made.words).fill(-1);
  for (let j = 0; j < candidate.length; j++) {
    const row = made.row(candidate[j]!);
    if (row >= 0) step(column, 0, column, 0, made.masks, row, made.words);
  }
  return zeros(column, 0, reference.length);
}

/** Marks the reference positions of longest common subsequences with one candidate after another. */
export interface LcsMarker {
  /**
   * Sets `marks[i]` to 1 for each position i of the reference in one longest common subsequence with the candidate: the one
   * that rouge-score's backtracking finds, which from the ends drops a candidate symbol only if dropping a reference one is worse.
   */
  mark(candidate: ArrayLike<number>, marks: Uint8Array): void;
}

/**
 * A marker for a reference.
 *
 * @throws RangeError for a reference whose masks would take more than 256 MB
 */
export function lcsMarker(reference: ArrayLike<number>): LcsMarker {
  const made = positionMasks(reference);
  if (made === undefined) throw new RangeError(`a sentence of ${reference.length} symbols is too long to align`);
  const { words, masks, row } = made;
  let columns = new Int32Array(0);
  return {
    mark(candidate, marks) {
      if (columns.length < (candidate.length + 1) * words) columns = new Int32Array((candidate.length + 1) * words);
      columns.fill(-1, 0, words);
      for (let j = 0; j < candidate.length; j++) {
        const at = row(candidate[j]!);
        if (at < 0) columns.copyWithin((j + 1) * words, j * words, (j + 1) * words);
        else step(columns, j * words, columns, (j + 1) * words, masks, at, words);
      }
      let i = reference.length;
      let j = candidate.length;
      let here = zeros(columns, j * words, i);
      let left = j > 0 ? zeros(columns, (j - 1) * words, i) : 0;
      // the bit of reference position i − 1 in the column of the first `of` candidate symbols
      const rises = (of: number): number => ((columns[of * words + ((i - 1) >>> 5)]! >>> ((i - 1) & 31)) & 1) ^ 1;
      while (i > 0 && j > 0 && here > 0) {
        const matched = reference[i - 1] === candidate[j - 1];
        if (matched) marks[i - 1] = 1;
        if (!matched && left > here - rises(j)) {
          here = left;
          j--;
        } else {
          here -= rises(j);
          left -= rises(j - 1);
          i--;
          if (!matched) continue;
          here = left;
          j--;
        }
        left = j > 0 ? zeros(columns, (j - 1) * words, i) : 0;
      }
    },
  };
}
