import { UsageError } from "laurel";
import { checkBeta, gapLoss, type LossGradient, logRatioGaps, type PairBatch, softLogistic } from "./pair-batch.ts";

/**
 * DPO: L = mean_n w_n · [ −p_n log σ(βΔ_n) − (1 − p_n) log σ(−βΔ_n) ], p_n = 1 for hard labels.
 *
 * @param options `beta`, one for all or one a pair (`dynamicBeta`), default 0.1; `labels` p_n, the probability that the first is preferred (conservative DPO for soft
 *   labels); `weights` w_n, such as `gapWeights`
 * Source: Rafailov et al. (2023), equation 7; soft labels: Mitchell (2023).
 * @example dpoLoss(batch, { beta: 0.1 }).loss // ln 2 where the policy is the reference
 */
export function dpoLoss(
  batch: PairBatch,
  options: {
    beta?: number | Float64Array | undefined;
    labels?: Float64Array | undefined;
    weights?: Float64Array | undefined;
  } = {},
): LossGradient {
  const { beta = 0.1, labels, weights } = options;
  if (typeof beta === "number") checkBeta(beta);
  else {
    if (beta.length !== batch.policy.first.length)
      throw new UsageError(`${beta.length} betas for ${batch.policy.first.length} pairs`);
    beta.forEach(checkBeta);
  }
  return gapLoss(
    logRatioGaps(batch),
    (gap, n) => {
      const own = typeof beta === "number" ? beta : beta[n]!;
      const { loss, slope } = softLogistic(own * gap, labels?.[n] ?? 1);
      return { loss, slope: own * slope };
    },
    weights,
  );
}

/**
 * IPO: L = mean_n (Δ_n − 1/(2τ))², written with a target for βΔ: mean_n (βΔ_n − target)², target = β/(2τ).
 *
 * @param options `beta`, default 0.1; `target`, default ½ (τ = β)
 * Source: Azar et al. (2024), equation 17.
 */
export function ipoLoss(
  batch: PairBatch,
  options: { beta?: number | undefined; target?: number | undefined } = {},
): LossGradient {
  const { beta = 0.1, target = 0.5 } = options;
  checkBeta(beta);
  return gapLoss(logRatioGaps(batch), (gap) => {
    const off = beta * gap - target;
    return { loss: off * off, slope: 2 * beta * off };
  });
}

/**
 * iREPO: L = mean_n (βΔ_n − logit p̂_n)², the implicit reward difference regressed on the logit of the empirical preference.
 *
 * @param logit of the empirical preference for the first of each pair, signed; clipped to ± `clipLogit`
 * @param options `beta`, default 0.1; `clipLogit`, default 6
 * Source: iREPO; the same form as REBEL with a vote share in place of a reward difference.
 */
export function irepoLoss(
  batch: PairBatch,
  logit: Float64Array,
  options: { beta?: number | undefined; clipLogit?: number | undefined } = {},
): LossGradient {
  const { beta = 0.1, clipLogit = 6 } = options;
  checkBeta(beta);
  return gapLoss(logRatioGaps(batch), (gap, n) => {
    const off = beta * gap - Math.min(clipLogit, Math.max(-clipLogit, logit[n]!));
    return { loss: off * off, slope: 2 * beta * off };
  });
}

/**
 * SELM: DPO plus optimism, L = L_DPO + αβ · mean_n log π(own_n)/π_ref(own_n).
 *
 * The sign is right: minimised, it pushes probability off what the round's policy already says.
 *
 * @param own log-probabilities of the policy's own responses
 * @param options `beta`, default 0.01; `alpha`, default 0.001, at least 0 unless `allowPessimism`; 0 gives exactly `dpoLoss`
 * @returns the DPO parts, and `own`: the derivative by log π(own_n)
 * Source: SELM, released trainer, `optimistic_dpo_loss`.
 */
export function selmLoss(
  batch: PairBatch,
  own: { policy: Float64Array; reference: Float64Array },
  options: { beta?: number | undefined; alpha?: number | undefined; allowPessimism?: boolean | undefined } = {},
): LossGradient & { own: Float64Array } {
  const { beta = 0.01, alpha = 0.001, allowPessimism = false } = options;
  if (alpha < 0 && !allowPessimism)
    throw new UsageError(`alpha must be at least 0, not ${alpha}`, "pessimism needs allowPessimism: true");
  const dpo = dpoLoss(batch, { beta });
  const n = own.policy.length;
  let extra = 0;
  for (let i = 0; i < n; i++) extra += own.policy[i]! - own.reference[i]!;
  return {
    ...dpo,
    loss: alpha === 0 ? dpo.loss : dpo.loss + (alpha * beta * extra) / n,
    own: new Float64Array(n).fill((alpha * beta) / n),
  };
}

/**
 * GAPO's pair weights: w = α^R̃(winner) − α^R̃(loser), R̃ the reward scaled to [0, 1] over the pairs.
 *
 * @param pairs rewards of winner and loser, winner >= loser
 * @param options `alpha` above 1, default 2; `range` of rewards, default that of the pairs; `mean`: "one" divides by the mean
 *   weight, so that the average step is plain DPO's (default "keep")
 * @throws UsageError for a range of 0 ("no gap to use"), alpha <= 1, or a winner below its loser
 * @example gapWeights([{ winner: 0.75, loser: 0.25 }], { range: [0, 1] }) // [0.4926]
 */
export function gapWeights(
  pairs: readonly { winner: number; loser: number }[],
  options: {
    alpha?: number | undefined;
    range?: readonly [number, number] | undefined;
    mean?: "keep" | "one" | undefined;
  } = {},
): Float64Array {
  const { alpha = 2, mean = "keep" } = options;
  if (!(alpha > 1)) throw new UsageError(`alpha must be above 1, not ${alpha}`);
  const low = options.range?.[0] ?? Math.min(...pairs.map((pair) => pair.loser));
  const high = options.range?.[1] ?? Math.max(...pairs.map((pair) => pair.winner));
  if (!(high > low)) throw new UsageError("all rewards are equal: there is no gap to use");
  const weights = Float64Array.from(pairs, ({ winner, loser }, n) => {
    if (winner < loser) throw new UsageError(`pair ${n}: the winner's reward ${winner} is below the loser's ${loser}`);
    return alpha ** ((winner - low) / (high - low)) - alpha ** ((loser - low) / (high - low));
  });
  if (mean === "keep") return weights;
  const average = weights.reduce((sum, w) => sum + w, 0) / weights.length;
  return weights.map((w) => w / average);
}
