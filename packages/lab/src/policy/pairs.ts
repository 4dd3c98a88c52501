import type { LossGradient, PairBatch } from "../train/losses/pair-batch.ts";
import type { FeatureGroups } from "./log-linear.ts";

/** Pairs of items of the same prompt. */
export interface ItemPairs {
  first: Int32Array;
  second: Int32Array;
}

/**
 * A pair batch of a log-linear policy. The entries are logits θ·φ, not log-probabilities: both items of a pair share their
 * prompt's normaliser, so that every loss of log-ratio gaps is the same.
 */
export function pairBatch(
  groups: FeatureGroups,
  pairs: ItemPairs,
  theta: Float64Array,
  reference: Float64Array,
): PairBatch {
  return {
    policy: { first: logitsAt(groups, pairs.first, theta), second: logitsAt(groups, pairs.second, theta) },
    reference: { first: logitsAt(groups, pairs.first, reference), second: logitsAt(groups, pairs.second, reference) },
  };
}

/** θ·φ of the listed items. */
export function logitsAt({ features, dim }: FeatureGroups, items: Int32Array, theta: Float64Array): Float64Array {
  const out = new Float64Array(items.length);
  for (let n = 0; n < items.length; n++) {
    let sum = 0;
    for (let d = 0, at = items[n]! * dim; d < dim; d++) sum += features[at++]! * theta[d]!;
    out[n] = sum;
  }
  return out;
}

/** The gradient by θ of a loss of log-ratio gaps: Σ_n first_n φ_first + second_n φ_second; the normalisers cancel. */
export function pairGradient({ features, dim }: FeatureGroups, pairs: ItemPairs, loss: LossGradient): Float64Array {
  const gradient = new Float64Array(dim);
  for (let n = 0; n < pairs.first.length; n++) {
    const [a, b] = [pairs.first[n]! * dim, pairs.second[n]! * dim];
    const [x, y] = [loss.first[n]!, loss.second[n]!];
    for (let d = 0; d < dim; d++) gradient[d]! += x * features[a + d]! + y * features[b + d]!;
  }
  return gradient;
}
