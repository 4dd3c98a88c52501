import { klOf, logSoftmax } from "./softmax.ts";

/** What a log-linear policy sees: prompts × candidates items with dim features each. */
export interface FeatureGroups {
  features: Float64Array;
  dim: number;
  candidates: number;
}

/** θ·φ of every item. */
export function logitsOf({ features, dim }: FeatureGroups, theta: Float64Array): Float64Array {
  const out = new Float64Array(features.length / dim);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += features[i * dim + d]! * theta[d]!;
    out[i] = sum;
  }
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
  const from = prompt * candidates * dim;
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0, at = from; k < candidates; k++) {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += features[at++]! * theta[d]!;
    probabilities[k] = sum;
    if (sum > most) most = sum;
  }
  let total = 0;
  for (let k = 0; k < candidates; k++) total += probabilities[k] = Math.exp(probabilities[k]! - most);
  const mean = new Float64Array(dim);
  for (let k = 0, at = from; k < candidates; k++) {
    const p = probabilities[k]! / total;
    probabilities[k] = p;
    for (let d = 0; d < dim; d++) mean[d]! += p * features[at++]!;
  }
  return { probabilities, mean };
}

/** ∇_θ E_π[value], exactly: the mean over prompts of Σ_k π (value − E_π value) φ. */
export function expectedGradient(groups: FeatureGroups, theta: Float64Array, values: ArrayLike<number>): Float64Array {
  const logprobs = logLinear(groups, theta);
  return weighted(groups, logprobs, (i) => values[i]!);
}

/** ∇_θ KL(π_θ ‖ q), exactly: the mean over prompts of Σ_k π (log π/q − KL) φ. */
export function klGradient(groups: FeatureGroups, theta: Float64Array, logq: Float64Array): Float64Array {
  const logprobs = logLinear(groups, theta);
  return weighted(groups, logprobs, (i) => logprobs[i]! - logq[i]!);
}

function weighted(groups: FeatureGroups, logprobs: Float64Array, value: (i: number) => number): Float64Array {
  const prompts = logprobs.length / groups.candidates;
  const items = Int32Array.from(logprobs, (_, i) => i);
  const weights = logprobs.map((one, i) => (Math.exp(one) * value(i)) / prompts);
  return scoreGradient(groups, items, weights, meanFeatures(groups, logprobs));
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
