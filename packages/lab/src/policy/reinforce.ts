import { random, type Seed } from "laurel";
import type { Optimiser } from "../train/adam.ts";
import { groupAdvantages } from "./advantages.ts";
import type { FeatureGroups, PromptPolicy } from "./log-linear.ts";
import { perAction, perRollout, type RolloutBatch, type TrainablePolicy } from "./rollouts.ts";
import { average, drawPrompts, norm, type RolloutReward, rewardsOf, type UpdateRecord } from "./updates.ts";

/** What a draw's reward is held against. */
export type Baseline = "none" | "group-mean" | "leave-one-out";

/**
 * Advantages of REINFORCE.
 *
 * group-mean: A_i = r_i − mean_j r_j; leave-one-out (RLOO): A_i = r_i − mean_{j≠i} r_j = (r_i − mean) · G/(G − 1)
 *
 * @param batch groups of at least 2, unless the baseline is "none"
 */
export function reinforceAdvantages({ rewards, group }: RolloutBatch, baseline: Baseline): Float64Array {
  if (baseline === "none") return Float64Array.from(rewards);
  const mean = baseline === "group-mean" ? "mean" : baseline;
  return groupAdvantages(rewards, group, { baseline: mean, scale: "none" }).advantages;
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

/** Settings of REINFORCE. */
export interface ReinforceSettings {
  /** Prompts that there are. */
  prompts: number;
  /** Prompts an update, drawn without replacement; default all. */
  batch?: number | undefined;
  /** Draws a prompt, default 4. */
  group?: number | undefined;
  /** Updates. */
  updates: number;
  /** How θ moves, such as sgd(0.1). */
  optimiser: Optimiser;
  /** Default "leave-one-out" (RLOO). */
  baseline?: Baseline | undefined;
  /** β of the KL penalty in the reward, r − β Σ_t log π/π_ref, to the policy as it started; default 0. */
  beta?: number | undefined;
  seed: Seed;
}

/**
 * REINFORCE with a group baseline, by default leave-one-out (RLOO).
 *
 * Each update: (1) draw prompts and a group of roll-outs for each; (2) reward each roll-out as one action, less the KL penalty; (3) hold
 * it against the other draws of its group; (4) a step along the mean of A_i ∇ log π(y_i).
 *
 * @param policy moved in place
 * @returns a record after each update
 * Source: Williams (1992); Kool et al. (2019); Ahmadian et al. (2024).
 */
export async function* reinforce(
  policy: TrainablePolicy,
  reward: RolloutReward,
  settings: ReinforceSettings,
): AsyncGenerator<UpdateRecord> {
  const { group = 4, beta = 0, baseline = "leave-one-out" } = settings;
  const rng = random(settings.seed);
  const reference = policy.at(Float64Array.from(policy.theta));
  for (let update = 0; update < settings.updates; update++) {
    const drawn = policy.sample(drawPrompts(rng, settings.prompts, settings.batch ?? settings.prompts), group, rng);
    const rewards = await rewardsOf(reward, drawn, update);
    const base = reference.logprobs(drawn);
    const ratios = perRollout(
      drawn,
      policy.logprobs(drawn).map((log, t) => log - base[t]!),
    );
    const penalised = rewards.map((r, i) => r - beta * ratios[i]!);
    const advantages = reinforceAdvantages({ ...drawn, rewards: penalised }, baseline);
    const gradient = policy.scoreGradient(
      drawn,
      perAction(
        drawn,
        advantages.map((a) => -a / advantages.length),
      ),
    );
    settings.optimiser.step(policy.theta, gradient);
    const flat = flatShare(penalised, group);
    yield { update, reward: average(rewards), kl: average(ratios), clipped: 0, flat, gradientNorm: norm(gradient) };
  }
}

function flatShare(rewards: Float64Array, group: number): number {
  let flat = 0;
  for (let from = 0; from < rewards.length; from += group)
    if (rewards.subarray(from, from + group).every((r) => r === rewards[from])) flat++;
  return flat / (rewards.length / group);
}
