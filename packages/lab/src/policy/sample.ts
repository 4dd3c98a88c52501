import { type Random, UsageError } from "laurel";

/**
 * One index, drawn from probabilities that sum to 1.
 *
 * @example sampleIndex(rng, promptPolicy(groups, theta, 3).probabilities)
 */
export function sampleIndex(rng: Random, probabilities: Float64Array): number {
  let left = rng.uniform();
  for (let k = 0; k < probabilities.length - 1; k++) {
    left -= probabilities[k]!;
    if (left < 0) return k;
  }
  return probabilities.length - 1;
}

/**
 * n distinct items of a prompt: draws without replacement, each from what is left in proportion to the probabilities
 * (Gumbel top-n, in draw order).
 *
 * @throws UsageError for n above the number of candidates
 */
export function sampleDistinct(
  rng: Random,
  logprobs: Float64Array,
  prompt: number,
  candidates: number,
  n: number,
): number[] {
  if (n > candidates) throw new UsageError(`${n} distinct draws from ${candidates} candidates`);
  const from = prompt * candidates;
  const keys = Array.from({ length: candidates }, (_, k) => ({
    item: from + k,
    key: logprobs[from + k]! - Math.log(rng.exponential()),
  }));
  return keys
    .sort((a, b) => b.key - a.key)
    .slice(0, n)
    .map(({ item }) => item);
}
