import type { FeatureGroups, PromptPolicy } from "./log-linear.ts";
import type { RolloutBatch } from "./rollouts.ts";

/** What a draw's reward is held against. */
export type Baseline = "none" | "group-mean" | "leave-one-out";

/**
 * Advantages of REINFORCE.
 *
 * group-mean: A_i = r_i − mean_j r_j; leave-one-out (RLOO): A_i = r_i − mean_{j≠i} r_j = (r_i − mean) · G/(G − 1)
 *
 * @param batch groups of at least 2 for leave-one-out
 */
export function reinforceAdvantages({ rewards, group }: RolloutBatch, baseline: Baseline): Float64Array {
  if (baseline === "none") return Float64Array.from(rewards);
  const scale = baseline === "leave-one-out" ? group / (group - 1) : 1;
  const out = new Float64Array(rewards.length);
  for (let from = 0; from < rewards.length; from += group) {
    let mean = 0;
    for (let i = from; i < from + group; i++) mean += rewards[i]! / group;
    for (let i = from; i < from + group; i++) out[i] = scale * (rewards[i]! - mean);
  }
  return out;
}

/**
 * The REINFORCE gradient of a log-linear policy: (1/n) Σ_i A_i ∇_θ log π_θ(y_i), ∇_θ log π_θ(y) = φ_y − E_π φ.
 *
 * @param policies the policy of each group's prompt at θ, as `promptPolicy` gives it
 * @param weights A_i of each draw; n is their number
 * @returns dim numbers; a step along it raises the expected reward
 * Source: Williams (1992); leave-one-out: Kool et al. (2019), Ahmadian et al. (2024).
 */
export function reinforceGradient(
  { features, dim, candidates }: FeatureGroups,
  batch: RolloutBatch,
  policies: readonly PromptPolicy[],
  weights: Float64Array,
): Float64Array {
  const gradient = new Float64Array(dim);
  const n = batch.draws.length;
  for (let i = 0; i < n; i++) {
    const g = Math.floor(i / batch.group);
    const at = (batch.prompts[g]! * candidates + batch.draws[i]!) * dim;
    const { mean } = policies[g]!;
    for (let d = 0; d < dim; d++) gradient[d]! += (weights[i]! / n) * (features[at + d]! - mean[d]!);
  }
  return gradient;
}
