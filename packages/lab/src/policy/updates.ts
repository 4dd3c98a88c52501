import { type Random, UsageError } from "laurel";
import type { Rollouts } from "./rollouts.ts";

/** What a batch's roll-outs are worth, one number each; called once for each batch that is drawn. */
export type RolloutReward = (rollouts: Rollouts, update: number) => Float64Array | PromiseLike<Float64Array>;

/** What is known after each update of a policy. */
export interface UpdateRecord {
  /** From 0. */
  update: number;
  /** Mean reward of the batch, before the update. */
  reward: number;
  /** Mean over the batch's roll-outs of Σ log π/π_ref in nats, before the update: an estimate, for the exact figure ask the policy. */
  kl: number;
  /** Share of actions whose gradient was clipped away in the last pass. */
  clipped: number;
  /** Share of groups whose rewards were all equal. */
  flat: number;
  /** Euclidean length of the last pass's gradient. */
  gradientNorm: number;
}

/** `count` distinct prompts of `prompts`, in random order. */
export function drawPrompts(rng: Random, prompts: number, count: number): Int32Array {
  if (count > prompts) throw new UsageError(`${count} distinct prompts of ${prompts}`);
  const order = Int32Array.from({ length: prompts }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    const j = i + rng.below(prompts - i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order.slice(0, count);
}

/** The rewards of a batch, checked: one finite number a roll-out. */
export async function rewardsOf(reward: RolloutReward, rollouts: Rollouts, update: number): Promise<Float64Array> {
  const rewards = await reward(rollouts, update);
  const n = rollouts.prompts.length * rollouts.group;
  if (rewards.length !== n) throw new UsageError(`${rewards.length} rewards for ${n} roll-outs`);
  const bad = rewards.findIndex((r) => !Number.isFinite(r));
  if (bad >= 0) throw new UsageError(`roll-out ${bad} of update ${update} has the reward ${rewards[bad]}`);
  return rewards;
}

/** The mean. */
export function average(x: Float64Array): number {
  return x.reduce((sum, one) => sum + one, 0) / x.length;
}

/** The Euclidean length. */
export function norm(x: Float64Array): number {
  return Math.sqrt(x.reduce((sum, one) => sum + one * one, 0));
}
