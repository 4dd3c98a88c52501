import { UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { checkBeta } from "./pair-batch.ts";

/** Single answers with a thumb up or down. */
export interface ThumbBatch {
  /** Log-probabilities, summed over tokens, of the policy and of the reference. */
  policy: Float64Array;
  reference: Float64Array;
  /** 1 where the answer is desirable, 0 where it is not. */
  desirable: ArrayLike<number>;
}

/**
 * KTO's reference point z₀ = max(0, mean log π/π_ref) over mismatched answers; it is held constant in the loss.
 *
 * @param policy log-probabilities of answers to other prompts of the batch; `reference` theirs
 * @returns nats; 0 for no answers, as for a batch of one
 */
export function ktoReferencePoint(policy: Float64Array, reference: Float64Array): number {
  if (policy.length === 0) return 0;
  let sum = 0;
  for (let i = 0; i < policy.length; i++) sum += policy[i]! - reference[i]!;
  return Math.max(0, sum / policy.length);
}

/**
 * KTO: L = mean of λ_D (1 − σ(β (Δ − z₀))) over desirable and λ_U (1 − σ(β (z₀ − Δ))) over undesirable answers, Δ = log π/π_ref.
 *
 * @param options `beta`, default 0.1; `reference` z₀ as `ktoReferencePoint` gives it, default 0 (APO-zero for single answers);
 *   `desirable` λ_D and `undesirable` λ_U, default 1 each
 * @returns the loss and its derivative by each log π
 * @throws UsageError for an empty batch
 * Source: Ethayarajh et al. (2024), equations 7 and 8.
 */
export function ktoLoss(
  { policy, reference, desirable }: ThumbBatch,
  options: {
    beta?: number | undefined;
    reference?: number | undefined;
    desirable?: number | undefined;
    undesirable?: number | undefined;
  } = {},
): { loss: number; gradient: Float64Array } {
  const { beta = 0.1, reference: point = 0 } = options;
  checkBeta(beta);
  const n = policy.length;
  if (n === 0) throw new UsageError("no answers to learn from");
  const gradient = new Float64Array(n);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const up = desirable[i] === 1;
    const weight = (up ? (options.desirable ?? 1) : (options.undesirable ?? 1)) / n;
    const s = sigmoid((up ? beta : -beta) * (policy[i]! - reference[i]! - point));
    loss += weight * (1 - s);
    gradient[i] = (up ? -1 : 1) * weight * beta * s * (1 - s);
  }
  return { loss, gradient };
}
