import { type Random, random, type Seed, UsageError } from "laurel";
import type { Optimiser } from "../train/adam.ts";
import { clipLoss } from "../train/losses/clip.ts";
import { whitened } from "./advantages.ts";
import { type Critic, valueLoss } from "./critic.ts";
import { filteredRows, type GroupFilter } from "./filtration.ts";
import { gae } from "./gae.ts";
import { perRollout, pickActions, pickRollouts, rolloutCount, startsOf, type TrainablePolicy } from "./rollouts.ts";
import { average, drawPrompts, norm, type RolloutReward, rewardsOf, type UpdateRecord } from "./updates.ts";

/** A KL coefficient that steers the KL towards a target. */
export interface AdaptiveKl {
  readonly coefficient: number;
  /** Tells it the KL that was met, in nats a roll-out, over `steps` roll-outs. */
  update(kl: number, steps: number): void;
}

/**
 * The adaptive KL coefficient: β ← β (1 + clip(KL/target − 1, ± 0.2) · steps/horizon).
 *
 * @param start first coefficient
 * @param target nats a roll-out
 * @param horizon roll-outs over which it may change by about 20 %
 * Source: Ziegler et al. (2019), section 2.2.
 */
export function adaptiveKl(start: number, target: number, horizon: number): AdaptiveKl {
  if (!(target > 0 && horizon > 0))
    throw new UsageError(`target and horizon must be above 0, not ${target}, ${horizon}`);
  let coefficient = start;
  return {
    get coefficient() {
      return coefficient;
    },
    update(kl, steps) {
      coefficient *= 1 + (Math.min(0.2, Math.max(-0.2, kl / target - 1)) * steps) / horizon;
    },
  };
}

/** Settings of PPO. */
export interface PpoSettings {
  /** Prompts that there are. */
  prompts: number;
  /** Prompts an update, drawn without replacement; default all. */
  batch?: number | undefined;
  /** Draws a prompt, default 1. */
  group?: number | undefined;
  /** Updates: batches of roll-outs. */
  updates: number;
  /** Passes over each batch, default 4. */
  epochs?: number | undefined;
  /** Parts of a batch that are trained on one after the other, default 1. */
  minibatches?: number | undefined;
  /** Clip range of the ratio, default 0.2. */
  clip?: number | undefined;
  /** Clip range of the value, in the returns' unit, default 0.2. */
  valueClip?: number | undefined;
  /** Discount, default 1. */
  gamma?: number | undefined;
  /** Of the advantage estimate, default 0.95. */
  lambda?: number | undefined;
  /** Advantages with mean 0 and variance 1 over the batch, default true. */
  whiten?: boolean | undefined;
  /** Coefficient of the KL penalty in the rewards: a number, or `adaptiveKl(...)`; default 0. The reference is the policy as it started. */
  kl?: number | AdaptiveKl | undefined;
  /** Which draws of a group to train on (PF-PPO), after whitening; default all. */
  filter?: { rule: GroupFilter; how?: "resample" | "drop" | undefined } | undefined;
  /** How the policy moves, and how the critic does. */
  optimiser: Optimiser;
  valueOptimiser: Optimiser;
  seed: Seed;
}

/**
 * PPO: proximal policy optimisation with a critic, a clipped ratio and a KL penalty.
 *
 * Each update: (1) draw roll-outs from the policy; (2) reward of an action: −β log π/π_ref, with the roll-out's reward at its last
 * action; (3) advantages by GAE, whitened over the batch; (4) for each epoch and minibatch, a step of the policy along the clipped
 * surrogate and one of the critic along its clipped loss; (5) an adaptive β follows the KL that was met.
 *
 * @param policy moved in place, as is `critic`
 * @returns a record after each update
 * Source: Schulman et al. (2017), algorithm 1; Ziegler et al. (2019) for the KL penalty; PF-PPO for `filter`.
 */
export async function* ppo(
  policy: TrainablePolicy,
  critic: Critic,
  reward: RolloutReward,
  settings: PpoSettings,
): AsyncGenerator<UpdateRecord & { coefficient: number; valueLoss: number }> {
  const { group = 1, epochs = 4, minibatches = 1, clip = 0.2, valueClip = 0.2, whiten = true } = settings;
  const rng = random(settings.seed);
  const reference = policy.at(Float64Array.from(policy.theta));
  for (let update = 0; update < settings.updates; update++) {
    const drawn = policy.sample(drawPrompts(rng, settings.prompts, settings.batch ?? settings.prompts), group, rng);
    const rewards = await rewardsOf(reward, drawn, update);
    const old = policy.logprobs(drawn);
    const base = reference.logprobs(drawn);
    const ratios = old.map((log, t) => log - base[t]!);
    const coefficient = typeof settings.kl === "object" ? settings.kl.coefficient : (settings.kl ?? 0);
    const stepRewards = ratios.map((ratio) => -coefficient * ratio);
    const starts = startsOf(drawn);
    for (let i = 0; i < rewards.length; i++) stepRewards[starts[i + 1]! - 1]! += rewards[i]!;
    const oldValues = critic.values(drawn);
    const estimate = gae(drawn, stepRewards, oldValues, settings);
    const advantages = whiten ? whitened(estimate.advantages) : estimate.advantages;
    const batch = { ...drawn, rewards };
    const rows =
      settings.filter === undefined
        ? Int32Array.from({ length: rolloutCount(drawn) }, (_, i) => i)
        : filteredRows(batch, settings.filter.rule, settings.filter.how ?? "resample", rng);
    let [clipped, gradientNorm, valueError] = [0, 0, 0];
    for (let epoch = 0; epoch < epochs; epoch++)
      for (const part of parts(rng, rows, minibatches)) {
        const some = pickRollouts(drawn, part);
        const pick = (x: Float64Array): Float64Array => pickActions(drawn, part, x);
        const surrogate = clipLoss(policy.logprobs(some), pick(old), pick(advantages), { low: clip, high: clip });
        const gradient = policy.scoreGradient(some, surrogate.gradient);
        const value = valueLoss(critic.values(some), pick(oldValues), pick(estimate.returns), valueClip);
        settings.optimiser.step(policy.theta, gradient);
        settings.valueOptimiser.step(critic.theta, critic.gradient(some, value.gradient));
        clipped = surrogate.clipped;
        gradientNorm = norm(gradient);
        valueError = value.loss;
      }
    const kl = average(perRollout(drawn, ratios));
    if (typeof settings.kl === "object") settings.kl.update(kl, rewards.length);
    yield { update, reward: average(rewards), kl, clipped, flat: 0, gradientNorm, coefficient, valueLoss: valueError };
  }
}

/** The rows in random order, in `count` parts of nearly equal size. */
function parts(rng: Random, rows: Int32Array, count: number): Int32Array[] {
  const order = Int32Array.from(rng.shuffled([...rows]));
  return Array.from({ length: count }, (_, m) =>
    order.subarray(Math.floor((m * order.length) / count), Math.floor(((m + 1) * order.length) / count)),
  ).filter((part) => part.length > 0);
}
