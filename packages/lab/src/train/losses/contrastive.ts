import { UsageError } from "laurel";
import { logSumExp } from "../../policy/numbers.ts";

/** A contrastive loss of two views of n items, with its derivatives. */
export interface ContrastiveLoss {
  loss: number;
  /** By the first view, n × dim. */
  anchors: Float64Array;
  /** By the second view, n × dim. */
  positives: Float64Array;
}

/**
 * InfoNCE with the other items of the batch as negatives: L = mean_i −log( e^(cos(a_i, p_i)/τ) / Σ_j e^(cos(a_i, p_j)/τ) ).
 *
 * @param anchors n × dim, row-major; `positives` the same shape, row i another view of item i
 * @param options `temperature` τ, default 0.05
 * @throws UsageError for shapes that do not fit, τ not above 0, or a vector of zeros, which has no direction
 * Source: van den Oord et al. (2018); SimCSE (2021) with cosine similarity and τ = 0.05.
 */
export function infoNce(
  anchors: Float64Array,
  positives: Float64Array,
  dim: number,
  options: { temperature?: number | undefined } = {},
): ContrastiveLoss {
  const { temperature = 0.05 } = options;
  if (!(temperature > 0)) throw new UsageError(`temperature must be above 0, not ${temperature}`);
  const n = anchors.length / dim;
  if (!Number.isInteger(n) || n === 0 || positives.length !== anchors.length)
    throw new UsageError(`${anchors.length} and ${positives.length} numbers are no two views in rows of ${dim}`);
  const [a, p] = [directions(anchors, dim), directions(positives, dim)];
  const byA = new Float64Array(anchors.length);
  const byP = new Float64Array(anchors.length);
  let loss = 0;
  for (let i = 0; i < n; i++) {
    const logits = new Float64Array(n);
    for (let j = 0; j < n; j++) {
      let dot = 0;
      for (let d = 0; d < dim; d++) dot += a.unit[i * dim + d]! * p.unit[j * dim + d]!;
      logits[j] = dot / temperature;
    }
    const total = logSumExp(logits);
    loss += (total - logits[i]!) / n;
    for (let j = 0; j < n; j++) {
      const slope = (Math.exp(logits[j]! - total) - (i === j ? 1 : 0)) / (n * temperature);
      for (let d = 0; d < dim; d++) {
        byA[i * dim + d]! += slope * p.unit[j * dim + d]!;
        byP[j * dim + d]! += slope * a.unit[i * dim + d]!;
      }
    }
  }
  return { loss, anchors: throughDirections(byA, a, dim), positives: throughDirections(byP, p, dim) };
}

/** Two views of the embeddings of n pairs, pairs × dim each. */
export interface PairViews {
  chosen: Float64Array;
  rejected: Float64Array;
}

/**
 * The contrastive term of a reward model: two views of each pair (such as two dropout masks) are to be nearer to one another than to other
 * pairs' views.
 *
 * @param first and `second` embeddings of the two views
 * @param options `on`: "difference" (default) compares h(chosen) − h(rejected), "each" the responses on their own (mean of both); `temperature`,
 *   default 0.05; `weight` β of the term, default 1
 * @returns the weighted loss with its derivatives by the embeddings of both views
 * @throws UsageError as `infoNce`
 * Source: Secrets of RLHF in Large Language Models II (2024), contrastive learning for reward modelling: L = L_rm + β L_cl; details recalled.
 * @example contrastive(first, second, 64, { on: "difference", weight: 0.1 }).loss
 */
export function contrastive(
  first: PairViews,
  second: PairViews,
  dim: number,
  options: {
    on?: "difference" | "each" | undefined;
    temperature?: number | undefined;
    weight?: number | undefined;
  } = {},
): { loss: number; first: PairViews; second: PairViews } {
  const { on = "difference", temperature, weight = 1 } = options;
  const times = (k: number, x: Float64Array): Float64Array => x.map((one) => k * one);
  if (on === "each") {
    const [won, lost] = [
      infoNce(first.chosen, second.chosen, dim, { temperature }),
      infoNce(first.rejected, second.rejected, dim, { temperature }),
    ];
    const half = weight / 2;
    return {
      loss: half * (won.loss + lost.loss),
      first: { chosen: times(half, won.anchors), rejected: times(half, lost.anchors) },
      second: { chosen: times(half, won.positives), rejected: times(half, lost.positives) },
    };
  }
  const difference = ({ chosen, rejected }: PairViews): Float64Array => chosen.map((x, i) => x - rejected[i]!);
  const { loss, anchors, positives } = infoNce(difference(first), difference(second), dim, { temperature });
  return {
    loss: weight * loss,
    first: { chosen: times(weight, anchors), rejected: times(-weight, anchors) },
    second: { chosen: times(weight, positives), rejected: times(-weight, positives) },
  };
}

function directions(rows: Float64Array, dim: number): { unit: Float64Array; length: Float64Array } {
  const length = new Float64Array(rows.length / dim);
  for (let i = 0; i < rows.length; i++) length[Math.floor(i / dim)]! += rows[i]! ** 2;
  for (const [i, square] of length.entries()) {
    if (!(square > 0)) throw new UsageError(`row ${i} has no direction: its length is ${square}`);
    length[i] = Math.sqrt(square);
  }
  return { unit: rows.map((x, i) => x / length[Math.floor(i / dim)]!), length };
}

/** Derivatives by unit vectors u = x/‖x‖ as derivatives by x: (g − (g·u) u) / ‖x‖. */
function throughDirections(
  gradient: Float64Array,
  { unit, length }: { unit: Float64Array; length: Float64Array },
  dim: number,
): Float64Array {
  const out = new Float64Array(gradient.length);
  for (let i = 0; i < length.length; i++) {
    let along = 0;
    for (let d = i * dim; d < (i + 1) * dim; d++) along += gradient[d]! * unit[d]!;
    for (let d = i * dim; d < (i + 1) * dim; d++) out[d] = (gradient[d]! - along * unit[d]!) / length[i]!;
  }
  return out;
}
