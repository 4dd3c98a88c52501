import { UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { gapLoss, type LossGradient } from "./pair-batch.ts";

/**
 * How well scores tell the answers of pairs apart, whichever is better: J = mean_n |σ(r_first − r_second) − ½|, in [0, ½].
 *
 * @param first and `second` scores of n unlabelled pairs
 * @returns J in `loss` (it is to be raised), with its derivatives; at equal scores, a kink, the derivative is 0
 * Source: Secrets of RLHF in Large Language Models II (2024), MetaRM's difference loss; the form is recalled.
 */
export function separation(first: Float64Array, second: Float64Array): LossGradient {
  if (second.length !== first.length) throw new UsageError(`${first.length} first scores and ${second.length} second`);
  return gapLoss(
    first.map((score, n) => score - second[n]!),
    (gap) => {
      const p = sigmoid(gap);
      return { loss: Math.abs(p - 0.5), slope: Math.sign(gap) * p * (1 - p) };
    },
  );
}

/** A function of parameters that adds its gradient to `gradient` and returns its value. */
export type Differentiable = (theta: Float64Array, gradient: Float64Array) => number;

/**
 * MetaRM's step: the loss is taken where the reward tells answers of the shifted policy apart better.
 *
 *     θ′ = θ + η ∇J(θ), gradient = ∇L(θ′); the optimiser then moves θ (not θ′) against it
 *
 * First order: how θ′ depends on θ is left out, as in the paper's update.
 *
 * @param loss of labelled data, `difference` J of unlabelled pairs of the shifted policy (`separation` of their scores)
 * @param options `eta` η at least 0; 0 gives the loss itself
 * @returns a loss for any optimiser: its value and gradient are L's at θ′
 * @throws UsageError for η below 0
 * Source: Secrets of RLHF in Large Language Models II (2024), MetaRM; recalled.
 * @example const meta = metaStep(loss, difference, { eta: 0.1 }); optimiser.step(theta, gradientOf(meta, theta));
 */
export function metaStep(loss: Differentiable, difference: Differentiable, options: { eta: number }): Differentiable {
  const { eta } = options;
  if (!(eta >= 0)) throw new UsageError(`eta must be at least 0, not ${eta}`);
  return (theta, gradient) => {
    if (eta === 0) return loss(theta, gradient);
    const up = new Float64Array(theta.length);
    difference(theta, up);
    return loss(
      theta.map((x, d) => x + eta * up[d]!),
      gradient,
    );
  };
}
