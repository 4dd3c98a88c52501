import { UsageError } from "laurel";

/**
 * The exact distribution of best-of-n: n independent draws from a base policy, the one with the highest value kept.
 *
 * P(k) = π_0(k)/P(tie group of k) · (F(v_k)ⁿ − F(v_k⁻)ⁿ), F the base's distribution of values; equal values share by π_0.
 *
 * @param base log-probabilities of π_0, prompts × candidates
 * @param values the selecting values
 * @param n draws, at least 1
 * @returns log-probabilities; n = 1 gives the base
 */
export function bestOfNPolicy(
  base: Float64Array,
  values: ArrayLike<number>,
  candidates: number,
  n: number,
): Float64Array {
  if (!(Number.isInteger(n) && n >= 1)) throw new UsageError(`n must be a whole number of at least 1, not ${n}`);
  const out = new Float64Array(base.length);
  for (let from = 0; from < base.length; from += candidates) {
    const order = Array.from({ length: candidates }, (_, k) => from + k).sort((i, j) => values[i]! - values[j]!);
    let below = 0;
    for (let start = 0; start < candidates; ) {
      let end = start;
      let mass = 0;
      while (end < candidates && values[order[end]!] === values[order[start]!]) mass += Math.exp(base[order[end++]!]!);
      const upTo = end === candidates ? 1 : below + mass;
      const share = Math.log((upTo ** n - below ** n) / mass);
      for (let i = start; i < end; i++) out[order[i]!] = base[order[i]!]! + share;
      below = upTo;
      start = end;
    }
  }
  return out;
}
