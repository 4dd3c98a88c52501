import { UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";

/** Log-probabilities of the two responses of n pairs, summed over tokens. */
export interface PairLogprobs {
  /** The chosen, or first. */
  first: Float64Array;
  /** The rejected, or second. */
  second: Float64Array;
}

/** The two sides of a preference loss. */
export interface PairBatch {
  policy: PairLogprobs;
  reference: PairLogprobs;
}

/**
 * A mean loss and its derivative by each pair's policy log-probabilities: the gradient by θ is
 * Σ_n first_n ∇ log π(first_n) + second_n ∇ log π(second_n) (+ own_n ∇ log π(own_n)).
 */
export interface LossGradient {
  loss: number;
  first: Float64Array;
  second: Float64Array;
}

/** Δ_n = (log π/π_ref of the first) − (log π/π_ref of the second). */
export function logRatioGaps({ policy, reference }: PairBatch): Float64Array {
  return policy.first.map((one, n) => one - reference.first[n]! - (policy.second[n]! - reference.second[n]!));
}

/** First less second of each pair. */
export function gapsOf({ first, second }: PairLogprobs): Float64Array {
  return first.map((one, n) => one - second[n]!);
}

/** log π/π_ref of each response. */
export function logRatios({ policy, reference }: PairBatch): PairLogprobs {
  return {
    first: policy.first.map((one, n) => one - reference.first[n]!),
    second: policy.second.map((one, n) => one - reference.second[n]!),
  };
}

/**
 * A loss of the gaps alone, averaged over pairs with weights (default 1 each); `one` gives a pair's loss and its slope by the gap.
 *
 * @param gaps first less second of each pair: `logRatioGaps` of a policy, or differences of scores
 */
export function gapLoss(
  gaps: Float64Array,
  one: (gap: number, n: number) => { loss: number; slope: number },
  weights?: Float64Array,
): LossGradient {
  const first = new Float64Array(gaps.length);
  let loss = 0;
  for (let n = 0; n < gaps.length; n++) {
    const { loss: value, slope } = one(gaps[n]!, n);
    const weight = (weights?.[n] ?? 1) / gaps.length;
    loss += weight * value;
    first[n] = weight * slope;
  }
  return { loss, first, second: first.map((x) => -x) };
}

/** −log σ(x). */
export function negLogSigmoid(x: number): number {
  return x > 0 ? Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x)) - x;
}

/** The logistic loss with a soft label and its slope: −p log σ(x) − (1 − p) log σ(−x), σ(x) − p. */
export function softLogistic(x: number, p: number): { loss: number; slope: number } {
  const loss = (p === 0 ? 0 : p * negLogSigmoid(x)) + (p === 1 ? 0 : (1 - p) * negLogSigmoid(-x));
  return { loss, slope: sigmoid(x) - p };
}

/** @throws UsageError for a beta that is not above 0 */
export function checkBeta(beta: number): void {
  if (!(beta > 0)) throw new UsageError(`beta must be above 0, not ${beta}`);
}

/**
 * A loss of each response's own value, chosen and rejected apart, averaged over pairs; `one` gives loss and slopes.
 *
 * @param sides `logRatios` of a policy, or scores
 */
export function sideLoss(
  sides: PairLogprobs,
  one: (first: number, second: number, n: number) => { loss: number; first: number; second: number },
): LossGradient {
  const n = sides.first.length;
  const out = { loss: 0, first: new Float64Array(n), second: new Float64Array(n) };
  for (let i = 0; i < n; i++) {
    const part = one(sides.first[i]!, sides.second[i]!, i);
    out.loss += part.loss / n;
    out.first[i] = part.first / n;
    out.second[i] = part.second / n;
  }
  return out;
}

/**
 * The batch with log-probabilities a token instead of a response, for losses that compare answers of unequal length.
 *
 * The slopes that a loss then gives are by the mean log-probability: divide them by the length for those by the sum.
 *
 * @param lengths tokens of each response, at least 1
 * @throws UsageError for a length below 1
 */
export function perToken(
  { policy, reference }: PairBatch,
  lengths: { first: ArrayLike<number>; second: ArrayLike<number> },
): PairBatch {
  return { policy: divided(policy, lengths), reference: divided(reference, lengths) };
}

function divided(sums: PairLogprobs, lengths: { first: ArrayLike<number>; second: ArrayLike<number> }): PairLogprobs {
  const by = (side: "first" | "second"): Float64Array =>
    sums[side].map((sum, n) => {
      const length = lengths[side][n]!;
      if (!(length >= 1)) throw new UsageError(`the ${side} response of pair ${n} has ${length} tokens`);
      return sum / length;
    });
  return { first: by("first"), second: by("second") };
}
