import { UsageError } from "../core/errors.ts";
import { type Random, random } from "../core/seed.ts";
import type { Seed } from "../core/types.ts";
import { groupsOf } from "./sample.ts";

/**
 * Fills out[from, to) with whole numbers drawn uniformly from [0, n).
 *
 * Up to n = 65,536 each 32-bit word gives two draws by multiplication and rejection (Lemire, 2019), so the draws are exactly uniform.
 */
export function drawBelow(rng: Random, n: number, out: Int32Array, from = 0, to = out.length): void {
  if (!(Number.isInteger(n) && n > 0)) throw new UsageError(`cannot draw from ${n} items`);
  if (n > 65_536) {
    for (let i = from; i < to; i++) out[i] = rng.below(n);
    return;
  }
  const reject = 65_536 % n;
  let i = from;
  while (i < to) {
    const word = rng.u32();
    const first = (word & 0xffff) * n;
    if ((first & 0xffff) >= reject) out[i++] = first >>> 16;
    const second = (word >>> 16) * n;
    if (i < to && (second & 0xffff) >= reject) out[i++] = second >>> 16;
  }
}

/**
 * The indices of bootstrap resamples: reps rows of n draws with replacement from [0, n), row-major.
 *
 * These are the indices that `bootstrap` uses for the same seed, so that its interval can be checked against another program's.
 *
 * @param n items, at least 1
 * @param reps resamples
 * @returns reps × n whole numbers
 * Source: Efron and Tibshirani (1993), chapter 6.
 */
export function resampleIndices(n: number, reps: number, seed: Seed): Int32Array {
  const indices = new Int32Array(n * reps);
  const rng = random(seed);
  for (let r = 0; r < reps; r++) drawBelow(rng, n, indices, r * n, (r + 1) * n);
  return indices;
}

/** Draws one resample after the other; the array may be the same one each time. */
export type Resampler = () => Int32Array;

/** n of n items with replacement. */
export function plainResampler(n: number, rng: Random): Resampler {
  const indices = new Int32Array(n);
  return () => {
    drawBelow(rng, n, indices);
    return indices;
  };
}

/** As many items from each stratum as it has, so that every stratum keeps its size. */
export function stratifiedResampler(strata: readonly (string | number)[], rng: Random): Resampler {
  const members = membersOf(strata);
  const indices = new Int32Array(strata.length);
  return () => {
    let at = 0;
    for (const member of members) {
      drawBelow(rng, member.length, indices, at, at + member.length);
      for (let k = 0; k < member.length; k++, at++) indices[at] = member[indices[at]!]!;
    }
    return indices;
  };
}

/** Whole clusters with replacement, so that the resample's size varies where the clusters' sizes do. */
export function clusterResampler(clusters: readonly (string | number)[], rng: Random): Resampler {
  const members = membersOf(clusters);
  const drawn = new Int32Array(members.length);
  const largest = members.reduce((size, member) => Math.max(size, member.length), 0);
  const buffer = new Int32Array(members.length * largest);
  return () => {
    drawBelow(rng, members.length, drawn);
    let at = 0;
    for (const g of drawn) {
      const member = members[g]!;
      buffer.set(member, at);
      at += member.length;
    }
    return buffer.subarray(0, at);
  };
}

/** The items of each label, labels in order of first appearance. */
export function membersOf(labels: readonly (string | number)[]): Int32Array[] {
  const groups = groupsOf(labels);
  const lists: number[][] = Array.from({ length: groups.count }, () => []);
  for (let i = 0; i < labels.length; i++) lists[groups.of[i]!]!.push(i);
  return lists.map((list) => Int32Array.from(list));
}
