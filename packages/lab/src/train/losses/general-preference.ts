import { UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { negLogSigmoid } from "./pair-batch.ts";

/** Options of `generalPreference`. */
export interface GeneralPreferenceOptions {
  /** Temperature τ above 0, default 0.1 (1 is Bradley-Terry's). */
  tau?: number | undefined;
  /** By how much the chosen must win, default 0. */
  margin?: number | undefined;
  /**
   * "skew" (default): s(i, j) = −s(j, i). "symmetric" is the control that cannot say who wins, s(i, j) = s(j, i), with as many
   * parameters.
   */
  product?: "skew" | "symmetric" | undefined;
}

/**
 * The loss of preference embeddings and its derivatives by both vectors.
 *
 * L = mean_n −log σ((s_n − m)/τ), s_n = Σ_l a[2l] b[2l + 1] − a[2l + 1] b[2l] of pair n's chosen a and rejected b
 *
 * @param chosen n × dim, row-major
 * @param rejected n × dim
 * @param dim even
 * @returns the mean loss; `first` and `second`, n × dim, its derivatives by the chosen's and the rejected's vectors
 * @throws UsageError for an odd dimension, unequal lists, or a tau that is not above 0
 *
 * Source: General Preference Modeling (2024), released loss.
 * @example generalPreference(Float64Array.of(2, 1), Float64Array.of(-1, 1), 2, { tau: 1 }).loss // −log σ(3)
 */
export function generalPreference(
  chosen: Float64Array,
  rejected: Float64Array,
  dim: number,
  options: GeneralPreferenceOptions = {},
): { loss: number; first: Float64Array; second: Float64Array } {
  const { tau = 0.1, margin = 0, product = "skew" } = options;
  if (!(dim >= 2 && dim % 2 === 0)) throw new UsageError(`a preference embedding has an even dimension, not ${dim}`);
  if (chosen.length !== rejected.length || chosen.length % dim !== 0)
    throw new UsageError(`${chosen.length} and ${rejected.length} numbers are no pairs of ${dim}`);
  if (!(tau > 0)) throw new UsageError(`tau must be above 0, not ${tau}`);
  const n = chosen.length / dim;
  const turn = product === "skew" ? -1 : 1;
  const out = { loss: 0, first: new Float64Array(chosen.length), second: new Float64Array(chosen.length) };
  for (let i = 0; i < n; i++) {
    let score = 0;
    for (let d = i * dim; d < (i + 1) * dim; d += 2)
      score += chosen[d]! * rejected[d + 1]! + turn * chosen[d + 1]! * rejected[d]!;
    const x = (score - margin) / tau;
    out.loss += negLogSigmoid(x) / n;
    const slope = -sigmoid(-x) / (tau * n);
    for (let d = i * dim; d < (i + 1) * dim; d += 2) {
      out.first[d] = slope * rejected[d + 1]!;
      out.first[d + 1] = slope * turn * rejected[d]!;
      out.second[d] = slope * turn * chosen[d + 1]!;
      out.second[d + 1] = slope * chosen[d]!;
    }
  }
  return out;
}
