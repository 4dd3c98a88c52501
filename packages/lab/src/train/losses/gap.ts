import { UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { checkBeta, gapLoss, type LossGradient, logRatioGaps, negLogSigmoid, type PairBatch } from "./pair-batch.ts";

/** The convex functions of GPO, with their slopes. */
const shapes = {
  logistic: (x: number) => ({ loss: negLogSigmoid(x), slope: -sigmoid(-x) }),
  hinge: (x: number) => (x < 1 ? { loss: 1 - x, slope: -1 } : { loss: 0, slope: 0 }),
  square: (x: number) => ({ loss: (x - 1) ** 2, slope: 2 * (x - 1) }),
  "truncated-square": (x: number) => (x < 1 ? { loss: (1 - x) ** 2, slope: 2 * (x - 1) } : { loss: 0, slope: 0 }),
  exponential: (x: number) => ({ loss: Math.exp(-x), slope: -Math.exp(-x) }),
  savage: (x: number) => {
    const s = sigmoid(-x);
    return { loss: s * s, slope: -2 * s * s * (1 - s) };
  },
} as const;

/** A convex function by which GPO pushes the gap up. */
export type GpoShape = keyof typeof shapes;

/**
 * GPO, generalised preference optimisation: L = mean_n f(βΔ_n) for a convex f with f′(0) < 0.
 *
 * @param options `beta`, default 0.1; `shape`: "logistic" (DPO, default), "hinge" (SLiC), "square" (IPO: (βΔ − 1)²),
 *   "truncated-square", "exponential", "savage"
 * Source: Tang et al. (2024), table 1.
 */
export function gpoLoss(
  batch: PairBatch,
  options: { beta?: number | undefined; shape?: GpoShape | undefined; weights?: Float64Array | undefined } = {},
): LossGradient {
  const { beta = 0.1, shape = "logistic", weights } = options;
  checkBeta(beta);
  const f = shapes[shape];
  return gapLoss(
    logRatioGaps(batch),
    (gap) => {
      const { loss, slope } = f(beta * gap);
      return { loss, slope: beta * slope };
    },
    weights,
  );
}

/**
 * EXO for pairs: the reverse KL from softmax(βΔ) to the smoothed label, L = q log q/(1 − ε) + (1 − q) log (1 − q)/ε, q = σ(βΔ).
 *
 * @param options `beta`, default 0.1; `smoothing` ε in (0, ½), default 1e-3
 * @throws UsageError for ε = 0, whose logarithm is not finite
 * Source: Ji et al. (2024), equation 16.
 */
export function exoLoss(
  batch: PairBatch,
  options: { beta?: number | undefined; smoothing?: number | undefined } = {},
): LossGradient {
  const { beta = 0.1, smoothing = 1e-3 } = options;
  checkBeta(beta);
  if (!(smoothing > 0 && smoothing < 0.5)) throw new UsageError(`smoothing must lie in (0, ½), not ${smoothing}`);
  return gapLoss(logRatioGaps(batch), (gap) => {
    const x = beta * gap;
    const q = sigmoid(x);
    const [won, lost] = [-negLogSigmoid(x) - Math.log1p(-smoothing), -negLogSigmoid(-x) - Math.log(smoothing)];
    // the derivatives of the two logarithms, q (1 − q) and −(1 − q) q, cancel
    return { loss: q * won + (1 - q) * lost, slope: beta * q * (1 - q) * (won - lost) };
  });
}

/**
 * Robust DPO: unbiased where a share ε of the labels is turned round, L = mean_n ((1 − ε) l(βΔ) − ε l(−βΔ))/(1 − 2ε), l(x) = −log σ(x).
 *
 * @param options `beta`, default 0.1; `flipped` ε in [0, ½), default 0, which is DPO
 * Source: Ray Chowdhury et al. (2024).
 */
export function robustDpoLoss(
  batch: PairBatch,
  options: { beta?: number | undefined; flipped?: number | undefined } = {},
): LossGradient {
  const { beta = 0.1, flipped = 0 } = options;
  checkBeta(beta);
  if (!(flipped >= 0 && flipped < 0.5)) throw new UsageError(`flipped must lie in [0, ½), not ${flipped}`);
  return gapLoss(logRatioGaps(batch), (gap) => {
    const x = beta * gap;
    const scale = 1 / (1 - 2 * flipped);
    return {
      loss: scale * ((1 - flipped) * negLogSigmoid(x) - flipped * negLogSigmoid(-x)),
      slope: scale * beta * (-(1 - flipped) * sigmoid(-x) - flipped * sigmoid(x)),
    };
  });
}

/**
 * AOT: DPO's loss on sorted differences, so that the whole distribution of the chosen lies above that of the rejected.
 *
 * paired: sort(log π(chosen) − log π(rejected)) against sort of the same of the reference; unpaired: sort of the chosen's
 * log-ratios against sort of the rejected's. Ties keep their order.
 *
 * @param options `beta`, default 0.1; `paired`, default true; `smoothing` in [0, ½), default 0
 * Source: Melnyk et al. (2024).
 */
export function aotLoss(
  { policy, reference }: PairBatch,
  options: { beta?: number | undefined; paired?: boolean | undefined; smoothing?: number | undefined } = {},
): LossGradient {
  const { beta = 0.1, paired = true, smoothing = 0 } = options;
  checkBeta(beta);
  const n = policy.first.length;
  const difference = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => x - b[i]!);
  const [upper, lower] = paired
    ? [difference(policy.first, policy.second), difference(reference.first, reference.second)]
    : [difference(policy.first, reference.first), difference(policy.second, reference.second)];
  const [high, low] = [order(upper), order(lower)];
  const out = { loss: 0, first: new Float64Array(n), second: new Float64Array(n) };
  for (let rank = 0; rank < n; rank++) {
    const x = beta * (upper[high[rank]!]! - lower[low[rank]!]!);
    out.loss += ((1 - smoothing) * negLogSigmoid(x) + smoothing * negLogSigmoid(-x)) / n;
    const slope = (beta * (smoothing * sigmoid(x) - (1 - smoothing) * sigmoid(-x))) / n;
    out.first[high[rank]!] = slope;
    out.second[paired ? high[rank]! : low[rank]!] = -slope;
  }
  return out;
}

function order(x: Float64Array): number[] {
  return Array.from(x, (_, i) => i).sort((i, j) => x[i]! - x[j]! || i - j);
}

/**
 * DiscoPOP: L = mean_n (1 − m) l(x) + m e^−x, x = βΔ, m = σ(x/τ), l(x) = −log σ(x).
 *
 * Not convex: at Δ = 0 its slope is above 0 for small τ, so full-batch training from the reference settles at a gap a little below 0;
 * it relies on the noise of small batches.
 *
 * @param options `beta`, default 0.1; `tau`, default 0.05
 * Source: Lu et al. (2024), equation 5.
 */
export function discopopLoss(
  batch: PairBatch,
  options: { beta?: number | undefined; tau?: number | undefined } = {},
): LossGradient {
  const { beta = 0.1, tau = 0.05 } = options;
  checkBeta(beta);
  return gapLoss(logRatioGaps(batch), (gap) => {
    const x = beta * gap;
    const mix = sigmoid(x / tau);
    const [logistic, exponential] = [negLogSigmoid(x), Math.exp(-x)];
    const slope = (1 - mix) * -sigmoid(-x) - mix * exponential + ((mix * (1 - mix)) / tau) * (exponential - logistic);
    return { loss: (1 - mix) * logistic + mix * exponential, slope: beta * slope };
  });
}

/** The share of pairs whose gap is above 0: how often the implicit reward agrees with the label, ties half. */
export function pairAccuracy(batch: PairBatch): number {
  const gaps = logRatioGaps(batch);
  return gaps.reduce((sum, gap) => sum + (gap > 0 ? 1 : gap === 0 ? 0.5 : 0), 0) / gaps.length;
}
