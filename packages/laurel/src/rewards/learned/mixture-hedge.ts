import { UsageError } from "../../core/index.ts";

/** Weights over experts that follow their losses. */
export interface Hedge {
  /** Takes one loss an expert, for one labelled pair (or whatever it is that they are judged by). */
  update(losses: ArrayLike<number>): void;
  /** The weights now; they sum to 1. */
  weights(): Float64Array;
}

/**
 * Hedge: multiplicative weights over experts, from a prior.
 *
 * w_k ∝ prior_k · exp(−η Σ loss_k): mirror descent whose trust region is the KL from the prior
 *
 * MiCRo's second stage: experts are the mixture's heads, the prior its router, the loss −log σ(Δ_k) of each labelled pair of one user.
 * With a large η ten pairs of noise pick the wrong expert for ever; tune it on other users than those that are judged.
 *
 * @param options `prior`, weights at least 0 that are not all 0; `eta` above 0, default 0.5
 * @throws UsageError for a prior or eta out of range, or a loss that is none
 *
 * Source: Freund and Schapire (1997); MiCRo (2025), online routing.
 * @example
 * const user = hedge({ prior: [0.5, 0.3, 0.2] });
 * user.update([0.1, 2, 0.7]);
 * user.weights();
 */
export function hedge(options: { prior: ArrayLike<number>; eta?: number | undefined }): Hedge {
  const { eta = 0.5 } = options;
  const prior = Float64Array.from(options.prior);
  if (prior.length === 0 || prior.some((w) => !(w >= 0 && Number.isFinite(w))) || !prior.some((w) => w > 0))
    throw new UsageError("a prior has weights of at least 0 that are not all 0");
  if (!(eta > 0 && Number.isFinite(eta))) throw new UsageError(`eta must be above 0, not ${eta}`);
  const logs = prior.map(Math.log);
  return {
    update(losses) {
      if (losses.length !== logs.length) throw new UsageError(`${losses.length} losses for ${logs.length} experts`);
      for (let k = 0; k < logs.length; k++) {
        const loss = losses[k]!;
        if (!Number.isFinite(loss)) throw new UsageError(`the loss of expert ${k} is ${loss}`);
        logs[k]! -= eta * loss;
      }
    },
    weights() {
      const most = Math.max(...logs);
      const raw = logs.map((log) => Math.exp(log - most));
      const sum = raw.reduce((all, w) => all + w, 0);
      return raw.map((w) => w / sum);
    },
  };
}
