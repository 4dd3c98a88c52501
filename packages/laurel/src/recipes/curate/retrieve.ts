import { UsageError } from "../../core/index.ts";

/** A checked pair: where it lies, and the present model's probability of its label. */
export interface Checked {
  vector: ArrayLike<number>;
  probability: number;
}

/** A pool item to annotate next, and the checked pair that it was retrieved for. */
export interface Retrieved {
  index: number;
  cause: number;
  similarity: number;
}

/**
 * Pool items that lie near checked pairs which the present model gets wrong, or is unsure of.
 *
 *     k = k_max where the model is wrong (p <= ½), else ⌈k_max · (1 − p)⌉ nearest items by cosine
 *
 * Wrong pairs are served first, the least probable one before the others; an item is retrieved once. Errors of the model on rare kinds of
 * prompts lead to them, which is most of the gain: compare with draws that are stratified by kind. Keep a third set of checked pairs that
 * drives nothing.
 *
 * @param gold checked pairs; vectors of prompt and attributes
 * @param pool vectors of the items, of the same length
 * @param options `kMax` from 1, default 8; `labelled`, items that are not to be retrieved
 * @throws UsageError without gold pairs, for vectors of another length, or a probability outside [0, 1]
 * @source Skywork-Reward-V2 (2025), error-driven adaptive retrieval
 * @example adaptiveRetrieve(gold, vectors, { kMax: 8 }).map(({ index }) => pool[index])
 */
export function adaptiveRetrieve(
  gold: readonly Checked[],
  pool: readonly ArrayLike<number>[],
  options: { kMax?: number | undefined; labelled?: ReadonlySet<number> | undefined } = {},
): Retrieved[] {
  const { kMax = 8, labelled = new Set<number>() } = options;
  if (!(Number.isInteger(kMax) && kMax >= 1)) throw new UsageError(`adaptiveRetrieve: kMax is ${kMax}`);
  if (gold.length === 0) throw new UsageError("adaptiveRetrieve needs checked pairs");
  const dim = gold[0]!.vector.length;
  const units = pool.map((vector, i) => direction(vector, dim, `item ${i}`));
  const taken = new Set(labelled);
  const out: Retrieved[] = [];
  const order = gold.map((_, g) => g).sort((a, b) => gold[a]!.probability - gold[b]!.probability || a - b);
  for (const cause of order) {
    const { vector, probability } = gold[cause]!;
    if (!(probability >= 0 && probability <= 1))
      throw new UsageError(`adaptiveRetrieve: the probability of pair ${cause} is ${probability}`);
    const k = probability <= 0.5 ? kMax : Math.ceil(kMax * (1 - probability));
    const own = direction(vector, dim, `pair ${cause}`);
    const near = units
      .flatMap((unit, index) => (taken.has(index) ? [] : [{ index, similarity: dot(own, unit) }]))
      .sort((a, b) => b.similarity - a.similarity || a.index - b.index)
      .slice(0, k);
    for (const { index, similarity } of near) {
      taken.add(index);
      out.push({ index, cause, similarity });
    }
  }
  return out;
}

function direction(vector: ArrayLike<number>, dim: number, what: string): Float64Array {
  if (vector.length !== dim) throw new UsageError(`adaptiveRetrieve: ${what} has ${vector.length} numbers, not ${dim}`);
  const own = Float64Array.from(vector);
  const length = Math.sqrt(dot(own, own));
  return length > 0 ? own.map((x) => x / length) : own;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
