import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { normalQuantile } from "../stats/distributions.ts";

/** A step score, alone or with whether its solution is correct. */
export type StepScore = number | { readonly score: number; readonly correct: boolean };

/**
 * The threshold η of `clipSteps`: a quantile of a step scorer's scores under the start policy, fixed before training.
 *
 * The interval runs between the order statistics at ranks n·q ∓ z·√(n·q·(1 − q)) (binomial ranks, normal approximation) and
 * supposes independent steps; steps of one solution are not, so take it as narrow.
 *
 * @param scores an iterable or async iterable of scores
 * @param options.quantile in (0, 1); default 0.5
 * @param options.onlyCorrect leave out scores of solutions that are not correct, which must then be given; default false
 * @param options.level of the interval; default 0.95
 * @throws NotEnoughDataError where the ranks leave the sample; UsageError on a score that is no number or lacks `correct`
 * @source "On Designing Effective RL Reward at Training Time" (2024): η from the distribution of scores
 */
export async function estimateClipThreshold(
  scores: AsyncIterable<StepScore> | Iterable<StepScore>,
  options: { quantile?: number | undefined; onlyCorrect?: boolean | undefined; level?: number | undefined } = {},
): Promise<Estimate> {
  const { quantile = 0.5, onlyCorrect = false, level = 0.95 } = options;
  for (const [what, value] of Object.entries({ quantile, level }))
    if (!(value > 0 && value < 1))
      throw new UsageError(`estimateClipThreshold: ${what} must lie in (0, 1), not ${value}`);
  const kept: number[] = [];
  for await (const one of scores) {
    const value = typeof one === "number" ? one : one.score;
    if (!Number.isFinite(value)) throw new UsageError(`estimateClipThreshold: ${value} is no score`);
    if (onlyCorrect && typeof one === "number")
      throw new UsageError("estimateClipThreshold: onlyCorrect needs { score, correct }, not bare numbers");
    if (!onlyCorrect || (one as { correct: boolean }).correct) kept.push(value);
  }
  const n = kept.length;
  const z = normalQuantile((1 + level) / 2);
  const half = z * Math.sqrt(n * quantile * (1 - quantile));
  const lower = Math.floor(n * quantile - half);
  const upper = Math.ceil(n * quantile + half) + 1;
  if (lower < 1 || upper > n) {
    const odds = Math.max(quantile / (1 - quantile), (1 - quantile) / quantile);
    throw new NotEnoughDataError(
      `${n} step scores are too few for an interval around the quantile ${quantile}`,
      Math.ceil((z * z + 4) * odds) + 4,
    );
  }
  const sorted = Float64Array.from(kept).sort();
  const at = quantile * (n - 1);
  const below = Math.floor(at);
  const value = sorted[below]! + (at - below) * (sorted[Math.min(below + 1, n - 1)]! - sorted[below]!);
  return {
    value,
    low: sorted[lower - 1]!,
    high: sorted[upper - 1]!,
    level,
    n,
    unscored: 0,
    method: "quantile, order statistics",
  };
}
