import { UsageError } from "laurel";
import type { Weights } from "laurel/io";
import { checkSameTensors, mapTensors } from "./names.ts";

/** How task vectors become one. */
export type MergeMethod = "sum" | "mean" | "ties";

/** Options of `mergeTaskVectors`. */
export interface MergeOptions {
  method: MergeMethod;
  /** Of TIES: the share of each vector's entries that is kept, the largest ones; in (0, 1], default 0.2. */
  keep?: number | undefined;
}

/**
 * One task vector of several.
 *
 *     sum:  Σ_t τ_t (task arithmetic);  mean: Σ_t τ_t / T
 *     ties: trim each τ_t to its largest entries, elect the sign of their sum (where it is 0, that of all such signs), and take the
 *           mean of the entries with that sign
 *
 * @throws UsageError for no vectors, tensors that differ, or `keep` outside (0, 1]
 * Source: Ilharco et al. (2023); Yadav et al. (2023), TIES-Merging, algorithm 1; ties of magnitude at the threshold are all kept.
 * @example applyDelta(base, mergeTaskVectors([one, two], { method: "ties" }), 0.8)
 */
export function mergeTaskVectors(vectors: readonly Weights[], options: MergeOptions): Weights {
  const [first] = vectors;
  if (first === undefined) throw new UsageError("there is no task vector to merge");
  for (const other of vectors.slice(1)) checkSameTensors(first, other, ["the first vector", "another"]);
  const of = (name: string): Float32Array[] => vectors.map((vector) => vector.get(name)!.values);
  if (options.method !== "ties") return mapTensors(first, (_, name) => addUp(of(name), options.method === "mean"));
  const thresholds = vectors.map((vector) =>
    keepThreshold(() => [...vector.values()].map(({ values }) => values), options.keep ?? 0.2),
  );
  let votes = 0;
  for (const name of first.keys()) votes += signVotes(of(name), thresholds);
  return mapTensors(first, (_, name) => mergeTies(of(name), thresholds, Math.sign(votes)));
}

/** Σ_t or mean_t, summed in float64. */
export function addUp(values: readonly Float32Array[], mean: boolean): Float32Array {
  const out = new Float32Array(values[0]!.length);
  const share = mean ? 1 / values.length : 1;
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (const one of values) sum += one[i]!;
    out[i] = sum * share;
  }
  return out;
}

/**
 * The magnitude from which on the largest `keep` of all entries lie, exactly, in two passes over the tensors and 512 KB.
 *
 * Magnitudes of float32 are ordered as their bits are: the first pass finds the upper half of the threshold's bits, the second the lower.
 *
 * @param arrays gives all tensors, twice
 */
export function keepThreshold(arrays: () => Iterable<Float32Array>, keep: number): number {
  if (!(keep > 0 && keep <= 1)) throw new UsageError(`keep must lie in (0, 1], not ${keep}`);
  const upper = new Float64Array(0x8000);
  let count = 0;
  for (const values of arrays()) {
    const bits = bitsOf(values);
    count += bits.length;
    for (const one of bits) upper[(one & 0x7fffffff) >>> 16]!++;
  }
  let left = Math.max(1, Math.round(keep * count));
  let bucket = upper.length - 1;
  while (bucket > 0 && upper[bucket]! < left) left -= upper[bucket--]!;
  const lower = new Float64Array(0x10000);
  for (const values of arrays())
    for (const one of bitsOf(values)) if ((one & 0x7fffffff) >>> 16 === bucket) lower[one & 0xffff]!++;
  let place = lower.length - 1;
  while (place > 0 && lower[place]! < left) left -= lower[place--]!;
  return new Float32Array(Uint32Array.of(bucket * 0x10000 + place).buffer)[0]!;
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/** Elected signs of one tensor, summed: what decides where a sum is 0. */
export function signVotes(values: readonly Float32Array[], thresholds: readonly number[]): number {
  let votes = 0;
  for (let i = 0; i < values[0]!.length; i++) votes += Math.sign(trimmedSum(values, thresholds, i));
  return votes;
}

function trimmedSum(values: readonly Float32Array[], thresholds: readonly number[], i: number): number {
  let sum = 0;
  for (let t = 0; t < values.length; t++) {
    const value = values[t]![i]!;
    if (Math.abs(value) >= thresholds[t]!) sum += value;
  }
  return sum;
}

/** TIES of one tensor; `majority` is the sign where the sum is 0. */
export function mergeTies(
  values: readonly Float32Array[],
  thresholds: readonly number[],
  majority: number,
): Float32Array {
  const out = new Float32Array(values[0]!.length);
  for (let i = 0; i < out.length; i++) {
    const sign = Math.sign(trimmedSum(values, thresholds, i)) || majority;
    let sum = 0;
    let count = 0;
    for (let t = 0; t < values.length; t++) {
      const value = values[t]![i]!;
      if (value * sign > 0 && Math.abs(value) >= thresholds[t]!) {
        sum += value;
        count++;
      }
    }
    out[i] = count === 0 ? 0 : sum / count;
  }
  return out;
}
