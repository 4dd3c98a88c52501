import type { Head } from "./head.ts";
import { mlpTensors, networkOf } from "./network.ts";

/** The quantiles of a predicted distribution of ratings. */
export interface QuantileConfig {
  dim: number;
  /** Widths of hidden layers; none for a linear head. */
  hidden: number[];
  /** Levels in (0, 1), rising. */
  taus: number[];
  /** Which number is the reward. */
  value: "mean" | "median" | "lowest";
}

/**
 * The quantiles of what a rater would give, q_k = f(φ)_k at level τ_k, sorted so that they do not cross.
 *
 * The value is their mean (equal to the distribution's mean as the levels get dense), the quantile nearest to 0.5, or the lowest (a cautious reward).
 * The spread is the standard deviation of the quantiles, and each is a part, such as `q0.1`.
 *
 * Source: quantile regression (Koenker and Bassett, 1978); rearrangement against crossing (Chernozhukov et al., 2010).
 */
export const quantileHead: Head<QuantileConfig> = {
  summary: "quantiles of the rating's distribution",
  config: (z) =>
    z.strictObject({
      dim: z.int().positive(),
      hidden: z.array(z.int().positive()).default([]),
      taus: z
        .array(z.number().gt(0).lt(1))
        .min(1)
        .refine((taus) => taus.every((tau, k) => k === 0 || tau > taus[k - 1]!), "levels must rise"),
      value: z.enum(["mean", "median", "lowest"]).default("mean"),
    }),
  inputs: ({ dim }) => ({ candidate: dim }),
  tensors: ({ dim, hidden, taus }) => mlpTensors([dim, ...hidden, taus.length]),
  score(weights, { dim, hidden, taus, value }) {
    const forward = networkOf([dim, ...hidden, taus.length], weights);
    const middle = taus.reduce((best, tau, k) => (Math.abs(tau - 0.5) < Math.abs(taus[best]! - 0.5) ? k : best), 0);
    const names = taus.map((tau) => `q${tau}`);
    return ({ candidate }) => {
      const sorted = forward(candidate).sort();
      const mean = sorted.reduce((sum, q) => sum + q, 0) / sorted.length;
      const sd = Math.sqrt(sorted.reduce((sum, q) => sum + (q - mean) ** 2, 0) / sorted.length);
      return {
        value: value === "mean" ? mean : sorted[value === "lowest" ? 0 : middle]!,
        parts: Object.fromEntries(names.map((name, k) => [name, sorted[k]!])),
        spread: { sd, n: taus.length, over: "posterior" },
      };
    };
  },
};
