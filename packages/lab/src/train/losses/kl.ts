/** An estimator of KL(π ‖ π_ref) from draws of π: k1 is unbiased, k2 of low variance, k3 unbiased and never below 0. */
export type KlEstimator = "k1" | "k2" | "k3";

/**
 * The KL estimate of each action, and its derivative by log π.
 *
 * With d = log π − log π_ref: k1 = d; k2 = d²/2; k3 = e^−d + d − 1.
 *
 * @param logprobs log π of each action, drawn from π
 * @param reference log π_ref of each
 * @returns nats an action. As a loss only k2 has, in expectation, the gradient of the KL; k3's is that of KL(π_ref ‖ π), k1's is 0
 * Source: Schulman, "Approximating KL divergence" (2020); GRPO (2024), equation 4, for k3.
 */
export function klEstimates(
  logprobs: Float64Array,
  reference: Float64Array,
  estimator: KlEstimator,
): { values: Float64Array; slopes: Float64Array } {
  const values = new Float64Array(logprobs.length);
  const slopes = new Float64Array(logprobs.length);
  for (let i = 0; i < values.length; i++) {
    const d = logprobs[i]! - reference[i]!;
    if (estimator === "k1") {
      values[i] = d;
      slopes[i] = 1;
    } else if (estimator === "k2") {
      values[i] = 0.5 * d * d;
      slopes[i] = d;
    } else {
      // e^−d − 1 without the cancellation near 0
      const off = Math.expm1(-d);
      values[i] = off + d;
      slopes[i] = -off;
    }
  }
  return { values, slopes };
}
