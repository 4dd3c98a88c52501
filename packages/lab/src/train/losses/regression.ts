import { UsageError } from "laurel";

/** A loss of predictions with its derivative by each of them, and how many targets were there. */
export interface RegressionLoss {
  loss: number;
  gradient: Float64Array;
  observed: number;
}

/**
 * The masked squared loss of several attributes: L = Σ mask (prediction − target)² / Σ mask.
 *
 * @param predictions rows × attributes, row-major
 * @param targets the same shape; NaN where an attribute was not rated, which counts for nothing (released code marks it −100)
 * @param weights one a row, default 1; the divisor is then Σ weight · mask
 * @returns the loss (0 where nothing is observed), its derivative by each prediction, and the number of observed targets
 * @throws UsageError for shapes that do not fit
 * Source: HelpSteer2 (2024), regression reward model.
 * @example maskedSquaredLoss(Float64Array.of(1, 5), Float64Array.of(3, Number.NaN)).loss // 4
 */
export function maskedSquaredLoss(
  predictions: Float64Array,
  targets: Float64Array,
  weights?: Float64Array,
): RegressionLoss {
  if (predictions.length !== targets.length)
    throw new UsageError(`${predictions.length} predictions for ${targets.length} targets`);
  const width = columns(predictions.length, weights);
  const gradient = new Float64Array(predictions.length);
  let [loss, mass, observed] = [0, 0, 0];
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i]!;
    if (Number.isNaN(target)) continue;
    const weight = weights?.[Math.floor(i / width)] ?? 1;
    const off = predictions[i]! - target;
    loss += weight * off * off;
    gradient[i] = 2 * weight * off;
    mass += weight;
    observed++;
  }
  if (mass === 0) return { loss: 0, gradient: new Float64Array(predictions.length), observed };
  return { loss: loss / mass, gradient: gradient.map((g) => g / mass), observed };
}

/**
 * The pinball loss of quantile regression: L = mean over rows and levels of max(τ e, (τ − 1) e), e = target − prediction.
 *
 * @param predictions rows × levels, row-major
 * @param targets one a row; NaN counts for nothing
 * @param levels τ, each in (0, 1)
 * @param weights one a row, default 1
 * @returns the loss, its derivative by each prediction (0 at a kink), and the number of observed targets
 * @throws UsageError for levels out of range or shapes that do not fit
 * Source: Koenker and Bassett (1978).
 * @example pinballLoss(Float64Array.of(0), Float64Array.of(2), [0.9]).loss // 1.8
 */
export function pinballLoss(
  predictions: Float64Array,
  targets: Float64Array,
  levels: readonly number[],
  weights?: Float64Array,
): RegressionLoss {
  for (const level of levels)
    if (!(level > 0 && level < 1)) throw new UsageError(`a quantile's level must lie in (0, 1), not ${level}`);
  if (predictions.length !== targets.length * levels.length)
    throw new UsageError(`${predictions.length} predictions for ${targets.length} rows of ${levels.length} levels`);
  const gradient = new Float64Array(predictions.length);
  let [loss, mass, observed] = [0, 0, 0];
  for (let row = 0; row < targets.length; row++) {
    const target = targets[row]!;
    if (Number.isNaN(target)) continue;
    const weight = weights?.[row] ?? 1;
    for (const [k, level] of levels.entries()) {
      const e = target - predictions[row * levels.length + k]!;
      loss += weight * Math.max(level * e, (level - 1) * e);
      gradient[row * levels.length + k] = e === 0 ? 0 : weight * (e > 0 ? -level : 1 - level);
    }
    mass += weight * levels.length;
    observed++;
  }
  if (mass === 0) return { loss: 0, gradient: new Float64Array(predictions.length), observed };
  return { loss: loss / mass, gradient: gradient.map((g) => g / mass), observed };
}

function columns(values: number, weights: Float64Array | undefined): number {
  if (weights === undefined) return 1;
  const width = values / weights.length;
  if (!Number.isInteger(width)) throw new UsageError(`${weights.length} row weights for ${values} values`);
  return width;
}
