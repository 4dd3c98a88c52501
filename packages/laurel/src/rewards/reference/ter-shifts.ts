// Tercom's limits, as sacreBLEU keeps them
const longestShift = 10;
const farthestShift = 50;
const beamWidth = 25;
const mostCandidates = 1000;
const infinity = 1 << 29;

/** Which reference positions, from `low` to before `high`, are considered after each number of hypothesis words. */
interface Band {
  low: Int32Array;
  high: Int32Array;
  /** Where each row starts in a matrix that holds only the band. */
  offset: Int32Array;
  cells: number;
}

function bandOf(hypothesis: number, reference: number): Band {
  const ratio = hypothesis > 0 ? reference / hypothesis : 1;
  const beam = beamWidth < ratio / 2 ? Math.ceil(ratio / 2 + beamWidth) : beamWidth;
  const low = new Int32Array(hypothesis + 1);
  const high = new Int32Array(hypothesis + 1);
  const offset = new Int32Array(hypothesis + 1);
  let cells = 0;
  for (let i = 0; i <= hypothesis; i++) {
    const diagonal = Math.floor(i * ratio);
    low[i] = i === 0 ? 0 : Math.max(0, diagonal - beam);
    high[i] = i === 0 || i === hypothesis ? reference + 1 : Math.min(reference + 1, diagonal + beam);
    offset[i] = cells;
    cells += high[i]! - low[i]!;
  }
  return { low, high, offset, cells };
}

/** The edit distance of one reference to hypotheses of one length, inside the beam. */
class BeamDistance {
  readonly #reference: Int32Array;
  readonly #band: Band;
  readonly #matrix: Int32Array;
  readonly #remaining: Int32Array;
  #previous: Int32Array;
  #current: Int32Array;

  constructor(hypothesisLength: number, reference: Int32Array) {
    this.#reference = reference;
    this.#band = bandOf(hypothesisLength, reference.length);
    this.#matrix = new Int32Array(this.#band.cells);
    this.#remaining = new Int32Array(this.#band.cells);
    this.#previous = new Int32Array(reference.length + 2);
    this.#current = new Int32Array(reference.length + 2);
  }

  /** Fills the row after i hypothesis words from the row before it; returns the row's least cost. */
  #next(i: number, word: number): number {
    const { low, high } = this.#band;
    const [from, to, end] = [low[i]!, this.#current, high[i]!];
    const above = this.#previous;
    for (let j = high[i - 1]!; j < end; j++) above[j] = infinity;
    if (from > 0 && low[i - 1] === from) above[from - 1] = infinity;
    let left = infinity;
    let diagonal = from === 0 ? infinity : above[from - 1]!;
    let least = infinity;
    for (let j = from; j < end; j++) {
      const up = above[j]!;
      let cost = j > 0 ? diagonal + (word === this.#reference[j - 1] ? 0 : 1) : infinity;
      if (up + 1 < cost) cost = up + 1;
      if (left + 1 < cost) cost = left + 1;
      if (cost > infinity) cost = infinity;
      to[j] = cost;
      if (cost < least) least = cost;
      left = cost;
      diagonal = up;
    }
    this.#previous = to;
    this.#current = above;
    return least;
  }

  /** Fills and keeps the whole matrix of a hypothesis, forwards and backwards; returns the distance. */
  align(words: Int32Array): number {
    const { low, high, offset } = this.#band;
    for (let j = 0; j <= this.#reference.length; j++) this.#previous[j] = j;
    this.#matrix.set(this.#previous.subarray(0, high[0]!), 0);
    for (let i = 1; i <= words.length; i++) {
      this.#next(i, words[i - 1]!);
      this.#matrix.set(this.#previous.subarray(low[i]!, high[i]!), offset[i]!);
    }
    this.#fillRemaining(words);
    return this.#previous[this.#reference.length]!;
  }

  /**
   * The distance of the aligned words with those from `from` to before `to` replaced by `trial`'s; any number above `bound`
   * if it exceeds it. Only the changed rows are filled: what follows them costs what it did before.
   */
  distance(trial: Int32Array, from: number, to: number, bound: number): number {
    const { low, high, offset } = this.#band;
    const row = this.#matrix.subarray(offset[from]!, offset[from]! + high[from]! - low[from]!);
    this.#previous.set(row, low[from]!);
    for (let i = from + 1; i <= to; i++) if (this.#next(i, trial[i - 1]!) > bound) return infinity;
    let least = infinity;
    const rest = offset[to]! - low[to]!;
    for (let j = low[to]!; j < high[to]!; j++) {
      const whole = this.#previous[j]! + this.#remaining[rest + j]!;
      if (whole < least) least = whole;
    }
    return least;
  }

  /** Fills what each cell of the aligned hypothesis's matrix still costs to the end. */
  #fillRemaining(words: Int32Array): void {
    const { low, high, offset } = this.#band;
    const [reference, remaining, n] = [this.#reference, this.#remaining, words.length];
    for (let i = n; i >= 0; i--) {
      const here = offset[i]! - low[i]!;
      const below = i < n ? offset[i + 1]! - low[i + 1]! : 0;
      const [belowLow, belowHigh] = i < n ? [low[i + 1]!, high[i + 1]!] : [0, 0];
      let right = infinity;
      for (let j = high[i]! - 1; j >= low[i]!; j--) {
        let cost = i === n && j === reference.length ? 0 : right + 1;
        if (j >= belowLow && j < belowHigh) cost = Math.min(cost, remaining[below + j]! + 1);
        if (j + 1 >= belowLow && j + 1 < belowHigh)
          cost = Math.min(cost, remaining[below + j + 1]! + (words[i] === reference[j] ? 0 : 1));
        right = Math.min(cost, infinity);
        remaining[here + j] = right;
      }
    }
  }

  #cost(i: number, j: number): number {
    const { low, high, offset } = this.#band;
    return i < 0 || j < low[i]! || j >= high[i]! ? infinity : this.#matrix[offset[i]! + j - low[i]!]!;
  }

  /**
   * How the aligned hypothesis maps to the reference: for each reference word the hypothesis position it stands at or after,
   * and for both sides the number of errors before each position. Ties prefer a match or substitution, then the
   * hypothesis's own word, then the reference's.
   */
  alignment(words: Int32Array): { at: Int32Array; errorsHere: Int32Array; errorsThere: Int32Array } {
    const reference = this.#reference;
    const at = new Int32Array(reference.length);
    const errorsHere = new Int32Array(words.length + 1);
    const errorsThere = new Int32Array(reference.length + 1);
    let [i, j] = [words.length, reference.length];
    while (i > 0 || j > 0) {
      const cost = this.#cost(i, j);
      const same = i > 0 && j > 0 && words[i - 1] === reference[j - 1];
      if (i > 0 && j > 0 && this.#cost(i - 1, j - 1) + (same ? 0 : 1) === cost) {
        at[j - 1] = i - 1;
        errorsHere[i] = same ? 0 : 1;
        errorsThere[j] = same ? 0 : 1;
        i--;
        j--;
      } else if (i > 0 && this.#cost(i - 1, j) + 1 === cost) {
        errorsHere[i] = 1;
        i--;
      } else {
        at[j - 1] = i - 1;
        errorsThere[j] = 1;
        j--;
      }
    }
    for (let k = 1; k <= words.length; k++) errorsHere[k]! += errorsHere[k - 1]!;
    for (let k = 1; k <= reference.length; k++) errorsThere[k]! += errorsThere[k - 1]!;
    return { at, errorsHere, errorsThere };
  }
}

/** Writes the part of `words` that a move of the block of `length` from `start` to `target` changes; returns where it starts and ends. */
function moved(words: Int32Array, start: number, length: number, target: number, out: Int32Array): [number, number] {
  const block = words.subarray(start, start + length);
  if (target < start) {
    out.set(block, target);
    out.set(words.subarray(target, start), target + length);
    return [target, start + length];
  }
  // a target inside the block means that many words after it, as in sacreBLEU
  const end = target > start + length ? target : length + target;
  const between = words.subarray(start + length, end);
  out.set(between, start);
  out.set(block, start + between.length);
  return [start, start + length + between.length];
}

/** Positions of each word in the reference, ascending. */
function positionsOf(reference: Int32Array): Map<number, number[]> {
  const positions = new Map<number, number[]>();
  reference.forEach((word, j) => {
    const list = positions.get(word);
    if (list === undefined) positions.set(word, [j]);
    else list.push(j);
  });
  return positions;
}

/**
 * The number of edits and block shifts that turn a hypothesis into a reference, by Tercom's greedy search:
 * as long as a shift of up to 10 equal words lowers the distance, the best one is made and counts as one edit.
 *
 * @param hypothesis word ids; −1 for words that the reference does not have
 * @param reference word ids
 * Source: Snover and others, 2006; sacreBLEU 2.6.0, which fixes the beam, the order of candidates and the limits.
 */
export function terEdits(hypothesis: Int32Array, reference: Int32Array): number {
  if (reference.length === 0) return hypothesis.length;
  const beam = new BeamDistance(hypothesis.length, reference);
  const positions = positionsOf(reference);
  let words = hypothesis;
  const trial = new Int32Array(words.length);
  let shifts = 0;
  let checked = 0;
  for (;;) {
    const distance = beam.align(words);
    const { at, errorsHere, errorsThere } = beam.alignment(words);
    // a candidate must gain at least 1 to be made at all, so that worse ones need not be finished
    let gain = 1;
    let [bestLength, bestStart, bestTarget] = [0, 0, 0];

    const tryShift = (start: number, length: number, target: number): void => {
      checked++;
      const [from, to] = moved(words, start, length, target, trial);
      const own = distance - beam.distance(trial, from, to, distance - gain);
      if (own < gain) return;
      const better =
        own > gain ||
        bestLength === 0 ||
        length > bestLength ||
        (length === bestLength && (start < bestStart || (start === bestStart && target < bestTarget)));
      if (!better) return;
      gain = own;
      [bestLength, bestStart, bestTarget] = [length, start, target];
    };

    const tryTargets = (start: number, there: number, length: number): void => {
      if (errorsHere[start + length] === errorsHere[start]) return;
      if (errorsThere[there + length] === errorsThere[there]) return;
      if (at[there]! >= start && at[there]! < start + length) return;
      let before = -1;
      for (let offset = -1; offset < length; offset++) {
        const target = there + offset === -1 ? 0 : at[there + offset]! + 1;
        if (target === before) continue;
        before = target;
        tryShift(start, length, target);
      }
    };

    search: for (let start = 0; start < words.length; start++) {
      for (const there of positions.get(words[start]!) ?? []) {
        if (Math.abs(there - start) > farthestShift) continue;
        for (let length = 1; length <= longestShift; length++) {
          if (start + length > words.length || there + length > reference.length) break;
          if (words[start + length - 1] !== reference[there + length - 1]) break;
          tryTargets(start, there, length);
          if (checked >= mostCandidates) break search;
        }
      }
    }
    if (checked >= mostCandidates || bestLength === 0) return shifts + distance;
    shifts++;
    const shifted = words.slice();
    moved(words, bestStart, bestLength, bestTarget, shifted);
    words = shifted;
  }
}
