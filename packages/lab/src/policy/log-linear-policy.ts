import { type FeatureGroups, type PromptPolicy, promptPolicy } from "./log-linear.ts";
import type { Rollouts, TrainablePolicy } from "./rollouts.ts";
import { sampleIndex } from "./sample.ts";

/**
 * A log-linear policy over candidates for the algorithms, π_θ = softmax(θ·φ): draws are candidate indices of the prompt.
 *
 * @param theta dim; moved in place
 * @example logLinearPolicy(groups, new Float64Array(groups.dim)) // starts uniform
 */
export function logLinearPolicy(groups: FeatureGroups, theta: Float64Array): TrainablePolicy {
  const { features, dim, candidates } = groups;
  const policiesOf = ({ prompts }: Rollouts): PromptPolicy[] =>
    Array.from(prompts, (prompt) => promptPolicy(groups, theta, prompt));
  return {
    theta,
    sample(prompts, group, rng) {
      const draws = new Int32Array(prompts.length * group);
      for (const [p, prompt] of prompts.entries()) {
        const { probabilities } = promptPolicy(groups, theta, prompt);
        for (let g = 0; g < group; g++) draws[p * group + g] = sampleIndex(rng, probabilities);
      }
      return { prompts, group, draws };
    },
    logprobs(rollouts) {
      const policies = policiesOf(rollouts);
      return Float64Array.from(rollouts.draws, (k, i) =>
        Math.log(policies[Math.floor(i / rollouts.group)]!.probabilities[k]!),
      );
    },
    scoreGradient(rollouts, weights) {
      const gradient = new Float64Array(dim);
      const { prompts, group, draws } = rollouts;
      for (const [p, { mean }] of policiesOf(rollouts).entries())
        for (let i = p * group; i < (p + 1) * group; i++) {
          const at = (prompts[p]! * candidates + draws[i]!) * dim;
          for (let d = 0; d < dim; d++) gradient[d]! += weights[i]! * (features[at + d]! - mean[d]!);
        }
      return gradient;
    },
    at: (other) => logLinearPolicy(groups, other),
  };
}

/** What each draw of a batch is worth: values[prompt · candidates + draw]. */
export function candidateRewards(
  { prompts, group, draws }: Rollouts,
  values: ArrayLike<number>,
  candidates: number,
): Float64Array {
  return Float64Array.from(draws, (k, i) => values[prompts[Math.floor(i / group)]! * candidates + k]!);
}
