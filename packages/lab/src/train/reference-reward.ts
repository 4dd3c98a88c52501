import { UsageError } from "laurel";
import { negLogSigmoid } from "./losses/pair-batch.ts";
import { fitPairs } from "./pair-logistic.ts";

/** Rows of three responses as features: r(reference, chosen) ought to be above r(reference, rejected). */
interface Triples {
  dim: number;
  /** rows × dim each. */
  reference: Float64Array;
  chosen: Float64Array;
  rejected: Float64Array;
}

/** A reward that compares a candidate with a reference, r = −(z_ref − z)ᵀ M (z_ref − z), M symmetric. */
export interface ReferenceReward {
  dim: number;
  /** M's upper triangle, row by row: dim (dim + 1) / 2 numbers. */
  weights: Float64Array;
}

/**
 * Fits a reference-conditioned reward, for pre-training on the responses of many policies (chosen is of the reference's policy, rejected of
 * another) and for fine-tuning on preferences alike: minimises −Σ_n log σ(r(ref, chosen) − r(ref, rejected)) + (l2/2) ‖M − M_anchor‖² by
 * Newton's method, over all dim (dim + 1) / 2 entries of M.
 *
 * @param triples rows × dim lists of features
 * @param options `l2`, above 0, default 1; `anchor`: the reward that the penalty draws to, such as a pre-trained one, default M = 0. A
 *   weak anchor lets a handful of preferences destroy the pre-training: choose `l2` on held-out pairs (`chooseAnchor`)
 * @returns M in `weights`
 * @throws UsageError where the anchor is of another dimension
 * Source: POLAR (2025), the ranking loss of its pre-training and its fine-tuning; the quadratic form is Laurel's small stand-in for the model.
 * @example const base = fitReferenceReward(pretraining, { l2: 5 }); fitReferenceReward(preferences, { l2: 100, anchor: base });
 */
export function fitReferenceReward(
  triples: Triples,
  options: { l2?: number | undefined; anchor?: ReferenceReward | undefined } = {},
): ReferenceReward {
  const { l2 = 1, anchor } = options;
  const { dim } = triples;
  if (anchor !== undefined && anchor.dim !== dim)
    throw new UsageError(`an anchor of ${anchor.dim} features for responses of ${dim}`);
  const won = referenceFeatures(triples.reference, triples.chosen, dim);
  const lost = referenceFeatures(triples.reference, triples.rejected, dim);
  const weights = fitPairs(
    won.map((x, at) => x - lost[at]!),
    (dim * (dim + 1)) / 2,
    { l2, prior: anchor?.weights },
  );
  return { dim, weights };
}

/**
 * Fine-tunes with the strength of the anchor, among `strengths`, that has the least loss on held-out preferences; of equal ones the larger.
 *
 * @param triples preferences to fit, and as many others to choose on, on which nothing is fitted
 * @returns the reward fitted with that strength, and the strength
 * @throws UsageError where there are no strengths
 */
export function chooseAnchor(
  triples: { fit: Triples; choose: Triples },
  options: { strengths: readonly number[]; anchor?: ReferenceReward | undefined },
): { reward: ReferenceReward; l2: number } {
  let best: { reward: ReferenceReward; l2: number; loss: number } | undefined;
  for (const l2 of [...options.strengths].sort((a, b) => b - a)) {
    const reward = fitReferenceReward(triples.fit, { l2, anchor: options.anchor });
    const { loss } = referenceOrder(reward, triples.choose);
    if (best === undefined || loss < best.loss) best = { reward, l2, loss };
  }
  if (best === undefined) throw new UsageError("there is no strength to choose from");
  return { reward: best.reward, l2: best.l2 };
}

/** The rewards of candidates against references, rows × dim each. */
export function referenceRewards(
  { dim, weights }: ReferenceReward,
  references: Float64Array,
  candidates: Float64Array,
): Float64Array {
  const out = new Float64Array(candidates.length / dim);
  for (let n = 0; n < out.length; n++) {
    let sum = 0;
    for (let i = 0, at = 0; i < dim; i++) {
      const own = references[n * dim + i]! - candidates[n * dim + i]!;
      sum -= weights[at++]! * own * own;
      for (let j = i + 1; j < dim; j++)
        sum -= 2 * weights[at++]! * own * (references[n * dim + j]! - candidates[n * dim + j]!);
    }
    out[n] = sum;
  }
  return out;
}

/** How a reward orders rows of three: the share in the right order (a tie is half), and the mean −log σ of the gap. */
export function referenceOrder(reward: ReferenceReward, triples: Triples): { accuracy: number; loss: number } {
  const won = referenceRewards(reward, triples.reference, triples.chosen);
  const lost = referenceRewards(reward, triples.reference, triples.rejected);
  let [right, loss] = [0, 0];
  for (let n = 0; n < won.length; n++) {
    const gap = won[n]! - lost[n]!;
    right += (1 + Math.sign(gap)) / 2;
    loss += negLogSigmoid(gap);
  }
  return { accuracy: right / won.length, loss: loss / won.length };
}

/** M as a full dim × dim matrix, row-major. */
export function referenceMatrix({ dim, weights }: ReferenceReward): Float64Array {
  const matrix = new Float64Array(dim * dim);
  for (let i = 0, at = 0; i < dim; i++)
    for (let j = i; j < dim; j++, at++) matrix[i * dim + j] = matrix[j * dim + i] = weights[at]!;
  return matrix;
}

/** −d_i² and −2 d_i d_j of d = reference − candidate, in the order of M's upper triangle; rows × dim (dim + 1) / 2. */
function referenceFeatures(references: Float64Array, candidates: Float64Array, dim: number): Float64Array {
  const rows = candidates.length / dim;
  const width = (dim * (dim + 1)) / 2;
  const out = new Float64Array(rows * width);
  for (let n = 0, at = 0; n < rows; n++)
    for (let i = 0; i < dim; i++) {
      const own = references[n * dim + i]! - candidates[n * dim + i]!;
      out[at++] = -own * own;
      for (let j = i + 1; j < dim; j++) out[at++] = -2 * own * (references[n * dim + j]! - candidates[n * dim + j]!);
    }
  return out;
}
