import { UsageError } from "laurel";

/** How group advantages are centred and scaled. */
export interface GroupAdvantageOptions {
  /** "mean" of the group (GRPO, default), or "leave-one-out": the mean of the other draws (RLOO). */
  baseline?: "mean" | "leave-one-out" | undefined;
  /** "sd" divides by the group's standard deviation (GRPO, default), "batch" by that of all rewards, "none" does not (Dr. GRPO). */
  scale?: "sd" | "batch" | "none" | undefined;
  /** Added to the standard deviation, default 1e-4. */
  epsilon?: number | undefined;
  /** Advantages are held within ± this; default no bound (DanceGRPO: 5). */
  clip?: number | undefined;
}

/**
 * Group-relative advantages: A_i = (r_i − b_i) / (sd + ε), mean and sd (n − 1) of the draw's own group.
 *
 * @param rewards groups of `group` draws, one after the other
 * @returns the advantages, and how many groups had no spread: those teach nothing (all advantages 0)
 * @throws UsageError for groups of fewer than 2, or rewards that are no whole groups
 * Source: GRPO (DeepSeekMath, 2024), section 4.1; without the scale: Dr. GRPO (2025); leave-one-out: Kool et al. (2019); by the batch:
 *   REINFORCE++ (2025).
 * @example groupAdvantages(Float64Array.of(1, 0, 1, 1), 2).flat // 1: the second group is all right
 */
export function groupAdvantages(
  rewards: Float64Array,
  group: number,
  options: GroupAdvantageOptions = {},
): { advantages: Float64Array; flat: number } {
  const { baseline = "mean", scale = "sd", epsilon = 1e-4, clip = Number.POSITIVE_INFINITY } = options;
  if (!(Number.isInteger(group) && group >= 2)) throw new UsageError(`a group needs at least 2 draws, not ${group}`);
  if (rewards.length % group !== 0) throw new UsageError(`${rewards.length} rewards are no whole groups of ${group}`);
  const advantages = new Float64Array(rewards.length);
  const whole = scale === "batch" ? spread(rewards, meanOf(rewards)) : 0;
  // r_i − mean of the others = (r_i − mean of all) · n/(n − 1)
  const stretch = baseline === "leave-one-out" ? group / (group - 1) : 1;
  let flat = 0;
  for (let from = 0; from < rewards.length; from += group) {
    const own = rewards.subarray(from, from + group);
    if (own.every((r) => r === own[0])) {
      flat++;
      continue;
    }
    const mean = meanOf(own);
    const divisor = scale === "none" ? 1 : (scale === "batch" ? whole : spread(own, mean)) + epsilon;
    for (let i = 0; i < group; i++)
      advantages[from + i] = Math.min(clip, Math.max(-clip, (stretch * (own[i]! - mean)) / divisor));
  }
  return { advantages, flat };
}

/**
 * Numbers with mean 0 and variance 1: (x − mean) / √(variance + 1e-8), variance with n − 1.
 *
 * @param options `shift`: false leaves the mean where it is, default true
 * Source: PPO's `whiten`, as in TRL and verl.
 */
export function whitened(x: Float64Array, options: { shift?: boolean | undefined } = {}): Float64Array {
  if (x.length < 2) throw new UsageError(`${x.length} numbers have no spread to whiten by`);
  const mean = meanOf(x);
  const scale = 1 / Math.sqrt(spread(x, mean) ** 2 + 1e-8);
  return x.map((one) => (one - mean) * scale + (options.shift === false ? mean : 0));
}

function meanOf(x: Float64Array): number {
  return x.reduce((sum, one) => sum + one, 0) / x.length;
}

function spread(x: Float64Array, mean: number): number {
  return Math.sqrt(x.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (x.length - 1));
}
