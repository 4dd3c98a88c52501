import { UsageError } from "laurel";
import { gapLoss, type LossGradient, softLogistic } from "./pair-batch.ts";

/** What is known about each of n pairs of scores besides which one was chosen; what is left out has its neutral value. */
export interface PairLabels {
  /** m_n >= 0, how strongly the chosen is preferred: HelpSteer2-Preference's 1 (slightly), 2, 3 (much). */
  strength?: Float64Array | undefined;
  /** p_n, the probability that the chosen is preferred; default 1. */
  target?: Float64Array | undefined;
  /** μ_n, a margin in logits that the gap must pass; default 0. */
  margin?: Float64Array | undefined;
  /** Not 0 where neither is preferred: the pair counts by the tie term alone. */
  tie?: ArrayLike<number> | undefined;
  /** w_n; default 1. */
  weights?: Float64Array | undefined;
}

/** A loss of the scores of n pairs, with its derivative by each score. */
export type PairLoss = (chosen: Float64Array, rejected: Float64Array, labels?: PairLabels) => LossGradient;

/** Options of `bradleyTerry`. */
export interface BradleyTerryOptions {
  /** What a pair's strength does: nothing (default), a margin of m logits, or a weight of m. */
  strength?: "ignore" | "margin" | "scale" | undefined;
  /** The margin or weight of strength m; default m itself. */
  scale?: ((strength: number) => number) | undefined;
  /**
   * What the weights of strengths are divided by, so that they leave the learning rate alone: true (default) is their mean over the
   * pairs at hand, a number that of the whole data (what mini-batches need), false 1, as in the released code.
   */
  normalise?: boolean | number | undefined;
  /** A margin in logits for every pair, beside its own; default 0. */
  margin?: number | undefined;
  /** ε in [0, ½): labels p become (1 − ε) p + ε (1 − p); default 0. */
  smoothing?: number | undefined;
  /** The term of a tied pair: its weight (default 1) and form, "cross-entropy" (default) to p = ½, or "squared", Δ². */
  tie?: { weight?: number | undefined; form?: "cross-entropy" | "squared" | undefined } | undefined;
  /** η of η (r_chosen + r_rejected)², which fixes the level that pairs leave open; default 0. */
  centre?: number | undefined;
}

/**
 * Bradley-Terry's loss of scores in its published variants, which combine.
 *
 *     L = mean_n w_n s_n [ −p_n log σ(x_n) − (1 − p_n) log σ(−x_n) ] + η mean_n (r_chosen + r_rejected)²
 *     x_n = r_chosen − r_rejected − margin − μ_n − (m_n where strength is "margin"),  s_n = m_n / mean m where it is "scale", else 1
 *
 * Of a tied pair the bracket is weight · (½ −log σ(Δ) + ½ −log σ(−Δ)) or weight · Δ², Δ the gap without margins, and s_n is 1.
 *
 * @returns a function of scores of the chosen and the rejected (n each) and of `PairLabels`, which gives the loss and its derivative by
 *   each score. It throws UsageError for lists of unequal length, a label out of range, or missing strengths where they are asked for.
 * @throws UsageError for options out of range
 * Source: Bradley and Terry (1952); margin: Touvron et al. (2023), Llama 2; scaled: HelpSteer2-Preference (2024); soft labels, smoothing and
 *   adaptive margins: Secrets of RLHF II (2024); neutrals: Crome (2025); centring: Eisenstein et al. (2023), Helping or Herding?
 * @example
 * const loss = bradleyTerry({ strength: "scale" });
 * loss(Float64Array.of(1, 0), Float64Array.of(0, 2), { strength: Float64Array.of(1, 3) }); // { loss, first, second }
 */
export function bradleyTerry(options: BradleyTerryOptions = {}): PairLoss {
  const { strength = "ignore", scale = (m: number) => m, normalise = true, margin = 0, smoothing = 0 } = options;
  const { centre = 0, tie: { weight: tieWeight = 1, form = "cross-entropy" } = {} } = options;
  if (!(smoothing >= 0 && smoothing < 0.5)) throw new UsageError(`smoothing must lie in [0, ½), not ${smoothing}`);
  if (!(centre >= 0)) throw new UsageError(`centre must be at least 0, not ${centre}`);
  if (!(tieWeight >= 0)) throw new UsageError(`the weight of ties must be at least 0, not ${tieWeight}`);
  if (typeof normalise === "number" && !(normalise > 0))
    throw new UsageError(`normalise must be above 0, not ${normalise}`);
  return (chosen, rejected, labels = {}) => {
    const n = chosen.length;
    if (rejected.length !== n) throw new UsageError(`${n} scores of chosen and ${rejected.length} of rejected`);
    const { target, tie, weights } = labels;
    if (target !== undefined)
      for (const [i, p] of target.entries())
        if (!(p >= 0 && p <= 1)) throw new UsageError(`the target of pair ${i} must lie in [0, 1], not ${p}`);
    const strengths = strength === "ignore" ? undefined : strengthsOf(labels.strength, n, scale);
    const isTie = (i: number): boolean => (tie?.[i] ?? 0) !== 0;
    const scales = strength === "scale" ? scaled(strengths!, isTie, normalise) : undefined;
    const out = gapLoss(
      chosen.map((score, i) => score - rejected[i]!),
      (gap, i) => {
        const weight = weights?.[i] ?? 1;
        if (isTie(i)) {
          const w = weight * tieWeight;
          if (form === "squared") return { loss: w * gap * gap, slope: 2 * w * gap };
          const { loss, slope } = softLogistic(gap, 0.5);
          return { loss: w * loss, slope: w * slope };
        }
        const own = (labels.margin?.[i] ?? 0) + (strength === "margin" ? strengths![i]! : 0);
        const p = target?.[i] ?? 1;
        const { loss, slope } = softLogistic(gap - margin - own, p + smoothing * (1 - 2 * p));
        const w = weight * (scales?.[i] ?? 1);
        return { loss: w * loss, slope: w * slope };
      },
    );
    if (centre > 0)
      for (let i = 0; i < n; i++) {
        const sum = chosen[i]! + rejected[i]!;
        out.loss += (centre * sum * sum) / n;
        out.first[i]! += (2 * centre * sum) / n;
        out.second[i]! += (2 * centre * sum) / n;
      }
    return out;
  };
}

function strengthsOf(strength: Float64Array | undefined, n: number, scale: (m: number) => number): Float64Array {
  if (strength === undefined) throw new UsageError("the pairs have no strengths", 'use strength: "ignore"');
  if (strength.length !== n) throw new UsageError(`${strength.length} strengths for ${n} pairs`);
  return strength.map((m, i) => {
    const value = scale(m);
    if (!(m >= 0 && value >= 0)) throw new UsageError(`pair ${i} has strength ${m} and scale ${value}, below 0`);
    return value;
  });
}

function scaled(
  strengths: Float64Array,
  isTie: (i: number) => boolean,
  normalise: boolean | number,
): Float64Array | undefined {
  if (normalise === false) return strengths;
  if (typeof normalise === "number") return strengths.map((s) => s / normalise);
  let [sum, pairs] = [0, 0];
  for (const [i, s] of strengths.entries())
    if (!isTie(i)) {
      sum += s;
      pairs++;
    }
  // all strengths 0: nothing is preferred, and nothing is learned
  return sum === 0 ? strengths : strengths.map((s) => (s * pairs) / sum);
}
