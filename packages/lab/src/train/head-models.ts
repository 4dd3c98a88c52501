import type { PairRows } from "./data.ts";
import type { PairLabels, PairLoss } from "./losses/pair.ts";
import type { TieLoss } from "./losses/ties.ts";
import type { Scorer } from "./scorer.ts";
import type { TrainableReward } from "./trainable.ts";

/** A loss of ratings: outputs and targets are rows × outputs, NaN a missing target. */
export type RatingLoss = (outputs: Float64Array, targets: Float64Array) => { loss: number; gradient: Float64Array };

/** The labels of some pairs. */
export function labelsAt(labels: PairLabels, rows: Int32Array): PairLabels {
  const pick = (list: ArrayLike<number> | undefined): Float64Array | undefined =>
    list === undefined ? undefined : Float64Array.from(rows, (row) => list[row]!);
  return {
    strength: pick(labels.strength),
    target: pick(labels.target),
    margin: pick(labels.margin),
    tie: pick(labels.tie),
    weights: pick(labels.weights),
  };
}

/** The items of some pairs: all chosen, then all rejected. */
export function itemsAt({ chosen, rejected }: Pick<PairRows, "chosen" | "rejected">, rows: Int32Array): Int32Array {
  const items = new Int32Array(2 * rows.length);
  for (const [i, row] of rows.entries()) {
    items[i] = chosen[row]!;
    items[rows.length + i] = rejected[row]!;
  }
  return items;
}

/** A scorer of one output that is trained on pairs by a loss of their scores. */
export function pairModel(
  scorer: Scorer,
  pairs: Pick<PairRows, "chosen" | "rejected" | "labels">,
  loss: PairLoss,
): TrainableReward {
  return {
    parameters: scorer.parameters,
    start: scorer.start,
    loss(theta, batch, gradient) {
      const n = batch.length;
      const items = itemsAt(pairs, batch);
      const scores = scorer.forward(theta, items);
      const out = loss(scores.subarray(0, n), scores.subarray(n), labelsAt(pairs.labels, batch));
      if (gradient !== undefined) {
        const slopes = new Float64Array(2 * n);
        slopes.set(out.first);
        slopes.set(out.second, n);
        scorer.backward(theta, items, slopes, gradient);
      }
      return out.loss;
    },
  };
}

/**
 * A scorer of one output that is trained on pairs by a loss with a tie parameter, which stands behind the scorer's own parameters and is
 * learned along, from 0.
 */
export function tieModel(
  scorer: Scorer,
  pairs: Pick<PairRows, "chosen" | "rejected" | "labels">,
  loss: TieLoss,
): TrainableReward {
  const last = scorer.parameters;
  return {
    parameters: last + 1,
    start(seed) {
      const theta = new Float64Array(last + 1);
      theta.set(scorer.start(seed));
      return theta;
    },
    loss(theta, batch, gradient) {
      const n = batch.length;
      const items = itemsAt(pairs, batch);
      const scores = scorer.forward(theta, items);
      const outcomes = Float64Array.from(batch, (row) => ((pairs.labels.tie?.[row] ?? 0) !== 0 ? 0.5 : 1));
      const out = loss(scores.subarray(0, n), scores.subarray(n), outcomes, theta[last]!);
      if (gradient !== undefined) {
        const slopes = new Float64Array(2 * n);
        slopes.set(out.first);
        slopes.set(out.second, n);
        scorer.backward(theta, items, slopes, gradient);
        gradient[last]! += out.tie;
      }
      return out.loss;
    },
  };
}

/** A scorer that is trained on ratings; `targets` is rows × as many as the loss reads. */
export function ratingModel(
  scorer: Scorer,
  item: Int32Array,
  targets: Float64Array,
  loss: RatingLoss,
): TrainableReward {
  const width = targets.length / item.length;
  return {
    parameters: scorer.parameters,
    start: scorer.start,
    loss(theta, batch, gradient) {
      const items = Int32Array.from(batch, (row) => item[row]!);
      const own = new Float64Array(batch.length * width);
      for (const [i, row] of batch.entries()) own.set(targets.subarray(row * width, (row + 1) * width), i * width);
      const out = loss(scorer.forward(theta, items), own);
      if (gradient !== undefined) scorer.backward(theta, items, out.gradient, gradient);
      return out.loss;
    },
  };
}
