import { UsageError } from "laurel";

/**
 * PPO's clipped surrogate, as a loss: L = −Σ_i w_i min(ρ_i A_i, clip(ρ_i, 1 − low, 1 + high) A_i), ρ = π/π_old.
 *
 * @param logprobs log π of each draw (or token); `old` the same when it was drawn
 * @param options `low` and `high`, default 0.2 each; a higher `high` is DAPO's clip-higher; `most`, an upper bound of ρ where the
 *   clip does not act (dual clip), default none; `weights` w_i, default 1/n each
 * @returns the loss, its derivative by each log π, and the share of draws whose gradient is clipped away
 * Source: Schulman et al. (2017), equation 7.
 */
export function clipLoss(
  logprobs: Float64Array,
  old: Float64Array,
  advantages: Float64Array,
  options: {
    low?: number | undefined;
    high?: number | undefined;
    most?: number | undefined;
    weights?: Float64Array | undefined;
  } = {},
): { loss: number; gradient: Float64Array; clipped: number } {
  const { low = 0.2, high = 0.2, most = Number.POSITIVE_INFINITY, weights } = options;
  if (!(low > 0 && low < 1 && high > 0))
    throw new UsageError(`clip ranges must lie in (0, 1) and above 0, not ${low}, ${high}`);
  if (!(most >= 1 + high)) throw new UsageError(`most must be at least 1 + high, not ${most}`);
  const n = logprobs.length;
  const gradient = new Float64Array(n);
  let loss = 0;
  let clipped = 0;
  for (let i = 0; i < n; i++) {
    const ratio = Math.exp(logprobs[i]! - old[i]!);
    const a = advantages[i]!;
    const weight = weights?.[i] ?? 1 / n;
    const held = Math.min(1 + high, Math.max(1 - low, ratio));
    const bounded = Math.min(most, ratio);
    loss -= weight * Math.min(bounded * a, held * a);
    if (ratio * a <= held * a && ratio <= most) gradient[i] = -weight * ratio * a;
    else clipped += 1 / n;
  }
  return { loss, gradient, clipped };
}
