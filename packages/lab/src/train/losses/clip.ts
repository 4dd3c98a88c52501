import { UsageError } from "laurel";

/** How group advantages are scaled. */
export interface GroupAdvantageOptions {
  /** "sd" divides by the group's standard deviation (GRPO, default); "none" does not (Dr. GRPO). */
  scale?: "sd" | "none" | undefined;
  /** Added to the standard deviation, default 1e-4. */
  epsilon?: number | undefined;
}

/**
 * Group-relative advantages: A_i = (r_i − mean) / (sd + ε), mean and sd (n − 1) of the draw's own group.
 *
 * @param rewards groups of `group` draws, one after the other
 * @returns the advantages, and how many groups had no spread: those teach nothing (all advantages 0)
 * @throws UsageError for groups of fewer than 2, or rewards that are no whole groups
 * Source: GRPO (DeepSeekMath, 2024), section 4.1; without the scale: Dr. GRPO (2025).
 * @example groupAdvantages(Float64Array.of(1, 0, 1, 1), 2).flat // 1: the second group is all right
 */
export function groupAdvantages(
  rewards: Float64Array,
  group: number,
  options: GroupAdvantageOptions = {},
): { advantages: Float64Array; flat: number } {
  const { scale = "sd", epsilon = 1e-4 } = options;
  if (!(Number.isInteger(group) && group >= 2)) throw new UsageError(`a group needs at least 2 draws, not ${group}`);
  if (rewards.length % group !== 0) throw new UsageError(`${rewards.length} rewards are no whole groups of ${group}`);
  const advantages = new Float64Array(rewards.length);
  let flat = 0;
  for (let from = 0; from < rewards.length; from += group) {
    const own = rewards.subarray(from, from + group);
    if (own.every((r) => r === own[0])) {
      flat++;
      continue;
    }
    const mean = own.reduce((sum, r) => sum + r, 0) / group;
    const sd = Math.sqrt(own.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (group - 1));
    const divisor = scale === "sd" ? sd + epsilon : 1;
    for (let i = 0; i < group; i++) advantages[from + i] = (own[i]! - mean) / divisor;
  }
  return { advantages, flat };
}

/**
 * PPO's clipped surrogate, as a loss: L = −mean_i min(ρ_i A_i, clip(ρ_i, 1 − low, 1 + high) A_i), ρ = π/π_old.
 *
 * @param logprobs log π of each draw (or token); `old` the same when it was drawn
 * @param options `low` and `high`, default 0.2 each; a higher `high` is DAPO's clip-higher
 * @returns the loss, its derivative by each log π, and the share of draws whose gradient is clipped away
 * Source: Schulman et al. (2017), equation 7.
 */
export function clipLoss(
  logprobs: Float64Array,
  old: Float64Array,
  advantages: Float64Array,
  options: { low?: number | undefined; high?: number | undefined } = {},
): { loss: number; gradient: Float64Array; clipped: number } {
  const { low = 0.2, high = 0.2 } = options;
  if (!(low > 0 && low < 1 && high > 0))
    throw new UsageError(`clip ranges must lie in (0, 1) and above 0, not ${low}, ${high}`);
  const n = logprobs.length;
  const gradient = new Float64Array(n);
  let loss = 0;
  let clipped = 0;
  for (let i = 0; i < n; i++) {
    const ratio = Math.exp(logprobs[i]! - old[i]!);
    const a = advantages[i]!;
    const held = Math.min(1 + high, Math.max(1 - low, ratio));
    loss -= Math.min(ratio * a, held * a) / n;
    if (ratio * a <= held * a) gradient[i] = (-ratio * a) / n;
    else clipped += 1 / n;
  }
  return { loss, gradient, clipped };
}
