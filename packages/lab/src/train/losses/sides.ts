import { UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import {
  checkBeta,
  gapLoss,
  gapsOf,
  type LossGradient,
  logRatios,
  negLogSigmoid,
  type PairBatch,
  type PairLogprobs,
  sideLoss,
  softLogistic,
} from "./pair-batch.ts";

/**
 * NCA for pairs: L = mean_n −log σ(r_w) − ½ log σ(−r_w) − ½ log σ(−r_l), r = β log π/π_ref. It keeps the chosen's likelihood up, where
 * DPO looks at the gap alone.
 *
 * @param options `beta`, default 0.1
 * Source: Chen et al. (2024), noise contrastive alignment; Eurus.
 */
export function ncaLoss(batch: PairBatch, options: { beta?: number | undefined } = {}): LossGradient {
  const { beta = 0.1 } = options;
  checkBeta(beta);
  return sideLoss(logRatios(batch), (first, second) => {
    const [won, lost] = [beta * first, beta * second];
    return {
      loss: negLogSigmoid(won) + 0.5 * negLogSigmoid(-won) + 0.5 * negLogSigmoid(-lost),
      first: beta * (0.5 * sigmoid(won) - sigmoid(-won)),
      second: 0.5 * beta * sigmoid(lost),
    };
  });
}

/**
 * BCO for pairs: L = mean_n −log σ(r_w − δ) − log σ(−(r_l − δ)), r = β log π/π_ref; a classifier of single answers.
 *
 * @param options `beta`, default 0.1; `shift` δ, default 0; the paper's is the running mean reward
 * Source: Jung et al. (2024).
 */
export function bcoLoss(
  batch: PairBatch,
  options: { beta?: number | undefined; shift?: number | undefined } = {},
): LossGradient {
  const { beta = 0.1, shift = 0 } = options;
  checkBeta(beta);
  return sideLoss(logRatios(batch), (first, second) => {
    const [won, lost] = [beta * first - shift, beta * second - shift];
    return {
      loss: negLogSigmoid(won) + negLogSigmoid(-lost),
      first: -beta * sigmoid(-won),
      second: beta * sigmoid(lost),
    };
  });
}

/**
 * SPPO: each answer's log-ratio regressed on its score against the policy, L = mean_n (Δ_w − s_w/β)² + (Δ_l − s_l/β)², Δ = log π/π_t.
 *
 * @param options `beta`, default 0.1; `scores` of the two answers, default ½ and −½: the winner surely beats the policy's answers (hard
 *   labels). Preference probabilities less ½ give SPPO, mean scores of a general preference model give its GPO.
 * Source: Wu et al. (2024), equation 4.7; general preference optimisation: GPM (2024).
 */
export function sppoLoss(
  batch: PairBatch,
  options: { beta?: number | undefined; scores?: PairLogprobs | undefined } = {},
): LossGradient {
  const { beta = 0.1, scores } = options;
  checkBeta(beta);
  return sideLoss(logRatios(batch), (first, second, n) => {
    const [won, lost] = [first - (scores?.first[n] ?? 0.5) / beta, second - (scores?.second[n] ?? -0.5) / beta];
    return { loss: won * won + lost * lost, first: 2 * won, second: 2 * lost };
  });
}

/**
 * APO: anchored preference optimisation, r = β log π/π_ref.
 *
 * zero: L = 1 − σ(r_w) + σ(r_l), for chosen answers better than the policy's own; down: L = σ(r_w) + 1 − σ(r_w − r_l), for worse ones.
 *
 * @param options `beta`, default 0.1; `anchor`, default "zero"
 * Source: D'Oosterlinck et al. (2024), equations 7 and 8.
 */
export function apoLoss(
  batch: PairBatch,
  options: { beta?: number | undefined; anchor?: "zero" | "down" | undefined } = {},
): LossGradient {
  const { beta = 0.1, anchor = "zero" } = options;
  checkBeta(beta);
  return sideLoss(logRatios(batch), (first, second) => {
    const won = sigmoid(beta * first);
    if (anchor === "zero") {
      const lost = sigmoid(beta * second);
      return { loss: 1 - won + lost, first: -beta * won * (1 - won), second: beta * lost * (1 - lost) };
    }
    const gap = sigmoid(beta * (first - second));
    const slope = beta * gap * (1 - gap);
    return { loss: won + 1 - gap, first: beta * won * (1 - won) - slope, second: slope };
  });
}

/**
 * SimPO: without a reference, L = mean_n −log σ(β (a_w − a_l) − γ), a the mean log-probability a token.
 *
 * @param means mean log-probability a token of the chosen and the rejected
 * @param options `beta`, default 2; `gamma`, the margin, default 1 (0 is CPO's preference term); `smoothing` in [0, ½), default 0
 * @returns slopes by the means: divide by the lengths for those by the sums
 * Source: Meng et al. (2024), equation 6.
 */
export function simpoLoss(
  means: PairLogprobs,
  options: { beta?: number | undefined; gamma?: number | undefined; smoothing?: number | undefined } = {},
): LossGradient {
  const { beta = 2, gamma = 1, smoothing = 0 } = options;
  checkBeta(beta);
  if (!(smoothing >= 0 && smoothing < 0.5)) throw new UsageError(`smoothing must lie in [0, ½), not ${smoothing}`);
  return gapLoss(gapsOf(means), (gap) => {
    const { loss, slope } = softLogistic(beta * gap - gamma, 1 - smoothing);
    return { loss, slope: beta * slope };
  });
}
