import { random, type Seed } from "laurel";
import type { Optimiser } from "../train/adam.ts";
import { brainLoss, effectiveSampleSizes, posteriorWeights } from "../train/losses/listwise.ts";
import { perAction, perRollout, type TrainablePolicy } from "./rollouts.ts";
import { average, drawPrompts, norm, type RolloutReward, rewardsOf, type UpdateRecord } from "./updates.ts";

/** Settings of BRAIn. */
export interface BrainSettings {
  /** Prompts that there are. */
  prompts: number;
  /** Prompts an iteration, drawn without replacement; default all. */
  batch?: number | undefined;
  /** Samples a prompt, default 8. */
  group?: number | undefined;
  /** Iterations: each samples anew from the policy of its start. */
  updates: number;
  /** Gradient steps an iteration, default 50. */
  steps?: number | undefined;
  /** τ in the reward's unit, above 0: the posterior is ∝ prior · exp(reward/τ). */
  temperature: number;
  /** How θ moves, such as adam(0.05). */
  optimiser: Optimiser;
  seed: Seed;
}

/**
 * BRAIn: the posterior "prior × probability of being good" distilled into the policy, iteration by iteration.
 *
 * Each iteration: (1) the policy as it is becomes the proposal q′; (2) draw samples for each prompt and reward them; (3) weights of the
 * posterior, p(y) exp(r/τ)/q′(y), normalised in the group; (4) descend KL(â ‖ b̂) for some steps. The prior p stays the policy as it
 * started, so that the target never moves.
 *
 * @param policy moved in place; its start is the prior
 * @returns a record after each iteration, with the mean effective sample size: below 1.5 a group teaches next to nothing
 * Source: BRAIn (2024), released estimator.
 */
export async function* brain(
  policy: TrainablePolicy,
  reward: RolloutReward,
  settings: BrainSettings,
): AsyncGenerator<UpdateRecord & { effectiveSize: number }> {
  const { group = 8, steps = 50, temperature } = settings;
  const rng = random(settings.seed);
  const prior = policy.at(Float64Array.from(policy.theta));
  for (let update = 0; update < settings.updates; update++) {
    const drawn = policy.sample(drawPrompts(rng, settings.prompts, settings.batch ?? settings.prompts), group, rng);
    const rewards = await rewardsOf(reward, drawn, update);
    const batch = {
      logProposal: perRollout(drawn, policy.logprobs(drawn)),
      logPrior: perRollout(drawn, prior.logprobs(drawn)),
      reward: rewards,
      group,
    };
    const kl = average(batch.logProposal.map((log, i) => log - batch.logPrior[i]!));
    const groups = drawn.prompts.length;
    let gradientNorm = 0;
    for (let step = 0; step < steps; step++) {
      const { gradScale } = brainLoss({ ...batch, logq: perRollout(drawn, policy.logprobs(drawn)) }, { temperature });
      const weights = perAction(
        drawn,
        gradScale.map((one) => -one / groups),
      );
      const gradient = policy.scoreGradient(drawn, weights);
      settings.optimiser.step(policy.theta, gradient);
      gradientNorm = norm(gradient);
    }
    const effectiveSize = average(effectiveSampleSizes(posteriorWeights(batch, temperature), group));
    yield { update, reward: average(rewards), kl, clipped: 0, flat: 0, gradientNorm, effectiveSize };
  }
}
