import { UsageError } from "laurel";

/** Options of `dynamicBeta`. */
export interface DynamicBetaOptions {
  /** β of a pair without margin; above 0, default 0.1. */
  beta?: number | undefined;
  /** How much stronger it may become, as a multiple of β; at least 0, default 0.5. */
  w?: number | undefined;
  /** How fast it does with the margin; at least 0, default 0.5. */
  k?: number | undefined;
  /**
   * What a margin below 0 does, where the reward model disagrees with the label: as none (default), lowers β down to 1e-3, or leaves the
   * pair out by a weight of 0.
   */
  negative?: "clamp" | "signed" | "drop" | undefined;
}

/**
 * MM-DPO's strength of each pair, from a reward model's margin.
 *
 *     β(δ) = β · (1 + w · (1 − e^(−kδ))),  δ = r_chosen − r_rejected
 *
 * So β lies in [β, (1 + w) β) for δ >= 0. A larger β pulls harder to the reference in the end and is a steeper loss at first: compare with a
 * fixed β of the same mean, and report the KL with the value.
 *
 * @param margins δ of each pair, by a reward model
 * @returns `beta` and `weights` (1, or 0 of a dropped pair), as `dpoLoss` takes them
 * @throws UsageError for a margin that is no number, or options out of range
 * @source MM-RLHF (2025), the paper's rule; its released trainer overwrites it by a rule of the batch. w and k are recalled, not looked up
 * @example dpoLoss(batch, dynamicBeta(margins))
 */
export function dynamicBeta(
  margins: Float64Array,
  options: DynamicBetaOptions = {},
): { beta: Float64Array; weights: Float64Array } {
  const { beta = 0.1, w = 0.5, k = 0.5, negative = "clamp" } = options;
  if (!(beta > 0)) throw new UsageError(`beta must be above 0, not ${beta}`);
  for (const [name, value] of Object.entries({ w, k }))
    if (!(value >= 0 && Number.isFinite(value))) throw new UsageError(`${name} must be at least 0, not ${value}`);
  return {
    beta: margins.map((margin, n) => {
      if (Number.isNaN(margin)) throw new UsageError(`pair ${n} has no margin`);
      const delta = negative === "signed" ? margin : Math.max(0, margin);
      // e^(−kδ) of a very negative δ overflows; the floor is then what counts
      return Math.max(1e-3, beta * (1 + w * (1 - Math.exp(-k * delta))));
    }),
    weights: margins.map((margin) => (negative === "drop" && margin < 0 ? 0 : 1)),
  };
}
