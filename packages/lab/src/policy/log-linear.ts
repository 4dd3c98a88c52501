import { addWeighted, exponentiate, rowLogits } from "./kernels.ts";
import { klOf, logSoftmax } from "./softmax.ts";

/** What a log-linear policy sees: prompts × candidates items with dim features each. */
export interface FeatureGroups {
  features: Float64Array;
  dim: number;
  candidates: number;
}

/** θ·φ of every item. */
export function logitsOf({ features, dim, candidates }: FeatureGroups, theta: Float64Array): Float64Array {
  const out = new Float64Array(features.length / dim);
  for (let first = 0; first < out.length; first += candidates)
    rowLogits(out.subarray(first, first + candidates), features, theta, first);
  return out;
}

/** log π_θ(k|p), π_θ = softmax(θ·φ). */
export function logLinear(groups: FeatureGroups, theta: Float64Array): Float64Array {
  return logSoftmax(logitsOf(groups, theta), groups.candidates);
}

/** E_π φ of each prompt: prompts × dim. */
export function meanFeatures({ features, dim, candidates }: FeatureGroups, logprobs: Float64Array): Float64Array {
  const out = new Float64Array((logprobs.length / candidates) * dim);
  for (let i = 0; i < logprobs.length; i++) {
    const p = Math.exp(logprobs[i]!);
    const at = Math.floor(i / candidates) * dim;
    for (let d = 0; d < dim; d++) out[at + d]! += p * features[i * dim + d]!;
  }
  return out;
}

/**
 * Σ_i weight_i ∇_θ log π_θ(i) with ∇_θ log π_θ(i) = φ_i − E_π φ: the gradient of anything that depends on θ by log-probabilities.
 *
 * @param items indices of items, repeats allowed
 * @param weights one a listed item
 * @param means E_π φ by prompt, as `meanFeatures` gives it
 */
export function scoreGradient(
  { features, dim, candidates }: FeatureGroups,
  items: ArrayLike<number>,
  weights: ArrayLike<number>,
  means: Float64Array,
): Float64Array {
  const gradient = new Float64Array(dim);
  for (let n = 0; n < items.length; n++) {
    const item = items[n]!;
    const at = Math.floor(item / candidates) * dim;
    for (let d = 0; d < dim; d++) gradient[d]! += weights[n]! * (features[item * dim + d]! - means[at + d]!);
  }
  return gradient;
}

/** One prompt of a log-linear policy: its candidates' probabilities and E_π φ. */
export interface PromptPolicy {
  /** candidates. */
  probabilities: Float64Array;
  /** dim. */
  mean: Float64Array;
}

/** π_θ(·|p) and E_π φ of one prompt, for trainers that visit a few prompts an update. */
export function promptPolicy(groups: FeatureGroups, theta: Float64Array, prompt: number): PromptPolicy {
  const { features, dim, candidates } = groups;
  const probabilities = new Float64Array(candidates);
  rowLogits(probabilities, features, theta, prompt * candidates);
  const total = exponentiate(probabilities);
  for (let k = 0; k < candidates; k++) probabilities[k] = probabilities[k]! / total;
  const mean = new Float64Array(dim);
  addWeighted(mean, features, probabilities, prompt * candidates);
  return { probabilities, mean };
}

/** ∇_θ E_π[value], exactly: the mean over prompts of Σ_k π (value − E_π value) φ, one pass over each prompt's candidates. */
export function expectedGradient(groups: FeatureGroups, theta: Float64Array, values: ArrayLike<number>): Float64Array {
  const { features, dim, candidates } = groups;
  const prompts = features.length / dim / candidates;
  const gradient = new Float64Array(dim);
  const row = new Float64Array(candidates);
  for (let first = 0; first < prompts * candidates; first += candidates) {
    rowLogits(row, features, theta, first);
    centre(row, values, first, prompts);
    addWeighted(gradient, features, row, first);
  }
  return gradient;
}

/** Turns a row of logits into π (value − E_π value)/prompts. */
function centre(row: Float64Array, values: ArrayLike<number>, first: number, prompts: number): void {
  const total = exponentiate(row);
  let mean = 0;
  for (let k = 0; k < row.length; k++) mean += row[k]! * values[first + k]!;
  mean /= total;
  const scale = 1 / (total * prompts);
  for (let k = 0; k < row.length; k++) row[k] = row[k]! * (values[first + k]! - mean) * scale;
}

/** ∇_θ KL(π_θ ‖ q), exactly: the mean over prompts of Σ_k π (log π/q − KL) φ. */
export function klGradient(groups: FeatureGroups, theta: Float64Array, logq: Float64Array): Float64Array {
  return expectedGradient(
    groups,
    theta,
    logLinear(groups, theta).map((log, i) => log - logq[i]!),
  );
}

/**
 * Moves along a direction until the exact KL from the start is as wanted: arms are compared at equal KL, not at equal steps.
 *
 * @param start θ_0, the base policy
 * @param direction θ − θ_0
 * @param kl wanted KL(π ‖ π_0) in nats, above 0
 * @returns θ_0 + s · direction by bisection on s; KL grows with s along a line of an exponential family
 */
export function scaleToKl(
  groups: FeatureGroups,
  start: Float64Array,
  direction: Float64Array,
  kl: number,
): Float64Array {
  const base = logLinear(groups, start);
  const at = (s: number): Float64Array => start.map((x, d) => x + s * direction[d]!);
  const reached = (s: number): number => klOf(logLinear(groups, at(s)), base, groups.candidates);
  let high = 1;
  while (reached(high) < kl && high < 1e6) high *= 2;
  let low = 0;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (reached(middle) < kl) low = middle;
    else high = middle;
  }
  return at((low + high) / 2);
}
