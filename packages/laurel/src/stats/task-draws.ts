import { type Random, random } from "../core/seed.ts";
import type { Seed } from "../core/types.ts";
import { drawBelow } from "./resample.ts";
import type { RunMatrix } from "./run-matrix.ts";

const blockWords = 4096;
const mostRuns = 65_536;
const none = new Int32Array(0);

/**
 * Draws runs within each task, resample after resample, and sums or counts what is drawn without writing down the indices.
 *
 * The draws are those of `drawBelow`, task by task: two a 32-bit word by multiplication and rejection (Lemire, 2019), each task beginning
 * with a new word. The words are made in blocks, and up to the first rejection, which is rare, two are drawn at a time: together this is
 * what makes it fast.
 */
export class TaskDraws {
  readonly #matrix: RunMatrix;
  readonly #rng: Random;
  readonly #words: Uint32Array;
  readonly #small: boolean;
  readonly #indices: Int32Array;
  #next: number;

  constructor(matrix: RunMatrix, seed: Seed) {
    this.#matrix = matrix;
    this.#rng = random(seed);
    let most = 0;
    for (let m = 0; m < matrix.tasks; m++) most = Math.max(most, matrix.starts[m + 1]! - matrix.starts[m]!);
    this.#small = most <= mostRuns;
    this.#indices = new Int32Array(most);
    this.#words = new Uint32Array(blockWords + (this.#small ? most : 0));
    this.#next = this.#words.length;
  }

  /** The tasks' means in the next resample; tasks values. */
  means(out: Float64Array): void {
    if (!this.#small) {
      this.#byIndex((task, indices, at) => {
        const first = this.#matrix.data[at + indices[0]!]!;
        let sum = 0;
        for (const index of indices) sum += this.#matrix.data[at + index]! - first;
        out[task] = first + sum / indices.length;
      });
      return;
    }
    const { tasks, starts, data } = this.#matrix;
    const words = this.#words;
    for (let m = 0; m < tasks; m++) {
      const start = starts[m]!;
      const runs = starts[m + 1]! - start;
      const reject = 65_536 % runs;
      let next = this.#ready(runs);
      let left = runs;
      // the first draw, unless it is rejected
      let first = data[start + (Math.imul(words[next]! & 0xffff, runs) >>> 16)]!;
      let sum = 0;
      for (; left > 1; left -= 2, next++) {
        const word = words[next]!;
        const one = Math.imul(word & 0xffff, runs);
        const two = Math.imul(word >>> 16, runs);
        if ((one & 0xffff) < reject || (two & 0xffff) < reject) break;
        sum += data[start + (one >>> 16)]! - first;
        sum += data[start + (two >>> 16)]! - first;
      }
      this.#next = next;
      for (const index of this.#rest(runs, left)) {
        const value = data[start + index]!;
        if (left-- === runs) first = value;
        sum += value - first;
      }
      out[m] = first + sum / runs;
    }
  }

  /** Adds to `counts` how often the cell of each rank is drawn in the next resample. */
  countByRank(rank: Int32Array, counts: Int32Array): void {
    if (!this.#small) {
      this.#byIndex((_, indices, at) => {
        for (const index of indices) counts[rank[at + index]!]!++;
      });
      return;
    }
    const { tasks, starts } = this.#matrix;
    const words = this.#words;
    for (let m = 0; m < tasks; m++) {
      const start = starts[m]!;
      const runs = starts[m + 1]! - start;
      const reject = 65_536 % runs;
      let next = this.#ready(runs);
      let left = runs;
      for (; left > 1; left -= 2, next++) {
        const word = words[next]!;
        const one = Math.imul(word & 0xffff, runs);
        const two = Math.imul(word >>> 16, runs);
        if ((one & 0xffff) < reject || (two & 0xffff) < reject) break;
        counts[rank[start + (one >>> 16)]!]!++;
        counts[rank[start + (two >>> 16)]!]!++;
      }
      this.#next = next;
      for (const index of this.#rest(runs, left)) counts[rank[start + index]!]!++;
    }
  }

  /** Sees to it that words enough for a task's draws are there, if none is rejected; their place. */
  #ready(runs: number): number {
    const words = this.#words;
    if (this.#next + (runs + 1) / 2 > words.length) {
      words.copyWithin(0, this.#next);
      this.#rng.fill(words.subarray(words.length - this.#next));
      this.#next = 0;
    }
    return this.#next;
  }

  /** The last draws of a task, some of which may be rejected: none, in most cases. */
  #rest(runs: number, left: number): Int32Array {
    if (left === 0) return none;
    const reject = 65_536 % runs;
    const drawn = this.#indices;
    let i = 0;
    while (i < left) {
      const word = this.#words[this.#ready(1)]!;
      this.#next++;
      const one = Math.imul(word & 0xffff, runs);
      if ((one & 0xffff) >= reject) drawn[i++] = one >>> 16;
      const two = Math.imul(word >>> 16, runs);
      if (i < left && (two & 0xffff) >= reject) drawn[i++] = two >>> 16;
    }
    return drawn.subarray(0, left);
  }

  /** The next resample by indices: tasks with so many runs that a draw takes a whole word, so that nothing is to be gained. */
  #byIndex(task: (m: number, indices: Int32Array, start: number) => void): void {
    const { tasks, starts } = this.#matrix;
    for (let m = 0; m < tasks; m++) {
      const runs = starts[m + 1]! - starts[m]!;
      const indices = new Int32Array(runs);
      drawBelow(this.#rng, runs, indices);
      task(m, indices, starts[m]!);
    }
  }
}
