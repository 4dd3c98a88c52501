import { logSumExp } from "./numbers.ts";

/**
 * Log-probabilities of a softmax policy over groups of candidates: log π(k|p) = logit_pk − log Σ_j exp(logit_pj).
 *
 * @param logits prompts × candidates, row-major
 * @param candidates per prompt
 */
export function logSoftmax(logits: Float64Array, candidates: number): Float64Array {
  const out = new Float64Array(logits.length);
  for (let from = 0; from < logits.length; from += candidates) {
    const total = logSumExp(logits, from, candidates);
    for (let i = from; i < from + candidates; i++) out[i] = logits[i]! - total;
  }
  return out;
}

/** Uniform log-probabilities over `candidates`. */
export function uniformLogprobs(prompts: number, candidates: number): Float64Array {
  return new Float64Array(prompts * candidates).fill(-Math.log(candidates));
}

/** The exact expectation E_p Σ_k π(k|p) value_pk, the mean over prompts. */
export function expected(logprobs: Float64Array, values: ArrayLike<number>, candidates: number): number {
  let sum = 0;
  for (let i = 0; i < logprobs.length; i++) sum += Math.exp(logprobs[i]!) * values[i]!;
  return sum / (logprobs.length / candidates);
}

/** The exact expectation of each prompt. */
export function expectedByPrompt(logprobs: Float64Array, values: ArrayLike<number>, candidates: number): Float64Array {
  const out = new Float64Array(logprobs.length / candidates);
  for (let i = 0; i < logprobs.length; i++) out[Math.floor(i / candidates)]! += Math.exp(logprobs[i]!) * values[i]!;
  return out;
}

/** The exact KL(p ‖ q) = mean over prompts of Σ_k p (log p − log q), in nats. */
export function klOf(logp: Float64Array, logq: Float64Array, candidates: number): number {
  let sum = 0;
  for (let i = 0; i < logp.length; i++) {
    const p = Math.exp(logp[i]!);
    if (p > 0) sum += p * (logp[i]! - logq[i]!);
  }
  return sum / (logp.length / candidates);
}

/** The exact entropy, mean over prompts, in nats. */
export function entropyOf(logprobs: Float64Array, candidates: number): number {
  let sum = 0;
  for (const one of logprobs) {
    const p = Math.exp(one);
    if (p > 0) sum -= p * one;
  }
  return sum / (logprobs.length / candidates);
}
