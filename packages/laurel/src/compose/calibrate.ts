import { isScored, type Reward, UsageError } from "../core/index.ts";
import { sigmoid } from "./numbers.ts";
import { blend, conclude, reachOf, wantingPart } from "./parts.ts";
import type { Transform } from "./transforms.ts";

/**
 * Temperature scaling: p = σ(x / T), where x is the value itself ("logit", the default) or its logit ("probability").
 * A temperature is fitted elsewhere; this applies it. Values of 0 and 1 stay where they are under "probability".
 *
 * @throws UsageError if the temperature is not above 0
 * @example shape(rewardModel, temperature({ temperature: 1.7 }))
 */
export function temperature(options: { temperature: number; input?: "logit" | "probability" | undefined }): Transform {
  const { temperature: by, input = "logit" } = options;
  if (!(by > 0 && Number.isFinite(by))) throw new UsageError(`temperature must be above 0, not ${by}`);
  const apply = (value: number): number =>
    input === "logit" ? sigmoid(value / by) : sigmoid((Math.log(value) - Math.log1p(-value)) / by);
  return {
    kind: "temperature",
    options: { temperature: by, input },
    image: ([min, max]) => (input === "logit" ? [apply(min), apply(max)] : [0, 1]),
    apply,
  };
}

/**
 * Platt scaling: p = σ(slope·r + intercept), with both fitted elsewhere.
 * **Decreasing** where the slope is negative, which a fit gives for a reward that runs against its labels.
 *
 * @throws UsageError if one of them is no number
 */
export function platt(options: { slope: number; intercept: number }): Transform {
  const { slope, intercept } = options;
  if (!Number.isFinite(slope) || !Number.isFinite(intercept))
    throw new UsageError(`platt: slope and intercept must be numbers, not ${slope} and ${intercept}`);
  const apply = (value: number): number => sigmoid(slope * value + intercept);
  return {
    kind: "platt",
    options: { slope, intercept },
    image: ([min, max]) => {
      if (slope === 0) return [sigmoid(intercept), sigmoid(intercept)];
      return slope > 0 ? [apply(min), apply(max)] : [apply(max), apply(min)];
    },
    apply,
  };
}

/**
 * Isotonic calibration: the increasing line through fitted points (x_k, y_k), level beyond both ends.
 * The points are fitted elsewhere. Not strictly monotone: equal y make ties.
 *
 * @throws UsageError if x is not strictly increasing, y decreases, or their lengths differ or are 0
 */
export function isotonic(options: { x: readonly number[]; y: readonly number[] }): Transform {
  const { x, y } = options;
  if (x.length === 0 || x.length !== y.length)
    throw new UsageError(`isotonic: x and y need the same number of points, not ${x.length} and ${y.length}`);
  for (let k = 0; k < x.length; k++) {
    if (!Number.isFinite(x[k]) || !Number.isFinite(y[k])) throw new UsageError(`isotonic: point ${k} is no number`);
    if (k > 0 && x[k]! <= x[k - 1]!) throw new UsageError(`isotonic: x must increase strictly, but x[${k}] does not`);
    if (k > 0 && y[k]! < y[k - 1]!) throw new UsageError(`isotonic: y must not decrease, but y[${k}] does`);
  }
  const last = x.length - 1;
  const apply = (value: number): number => {
    if (value <= x[0]!) return y[0]!;
    if (value >= x[last]!) return y[last]!;
    let low = 0;
    let high = last;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle]! <= value) low = middle;
      else high = middle;
    }
    const share = (value - x[low]!) / (x[high]! - x[low]!);
    return Math.min(y[low]! + share * (y[high]! - y[low]!), y[high]!);
  };
  return {
    kind: "isotonic",
    options: { x: [...x], y: [...y] },
    image: ([min, max]) => [apply(min), apply(max)],
    apply,
  };
}

/** Options of `calibrateFalseNegatives`. */
export interface FalseNegativeOptions {
  /** The helper counts where the reward is below this; default 0.5. */
  below?: number | undefined;
  /** How much the helper adds at most; at least 0, default 0.1. */
  alpha?: number | undefined;
  name?: string | undefined;
}

/**
 * Lifts low scores of a weak reward model by a helper, such as a count of reasoning phrases.
 *
 *     value = min(r + alpha·h, max) if r < below, else r
 *
 * **Not monotone** in r at `below`: a value just under it can be lifted above one just over it.
 *
 * @param reward with a range, whose upper end caps the value
 * @param helper within [0, 1]
 * @throws UsageError if the reward states no range, the helper's leaves [0, 1], or alpha is negative
 * @source "The Climb Carves Wisdom Deeper Than the Summit" (2025): below 0.5, alpha 0.1
 */
export function calibrateFalseNegatives(reward: Reward, helper: Reward, options: FalseNegativeOptions = {}): Reward {
  const { below = 0.5, alpha = 0.1 } = options;
  const range = reachOf(reward);
  if (range === undefined) throw new UsageError(`calibrateFalseNegatives: ${reward.name} states no range`);
  const help = reachOf(helper);
  if (help === undefined || help[0] < 0 || help[1] > 1)
    throw new UsageError(`calibrateFalseNegatives: ${helper.name} needs a range within [0, 1]`);
  if (!(alpha >= 0 && Number.isFinite(alpha)) || !Number.isFinite(below))
    throw new UsageError(
      `calibrateFalseNegatives: alpha must be at least 0 and below a number, not ${alpha} and ${below}`,
    );
  return blend(
    "calibrate-false-negatives",
    { reward, helper },
    {
      name: options.name,
      version: 1,
      spec: { kind: "calibrate-false-negatives", below, alpha },
      range,
    },
    (scores) => {
      const own = scores["reward"]!;
      const lift = scores["helper"]!;
      if (!isScored(own)) return wantingPart({ reward: own })!;
      if (own.value >= below) return conclude(own.value, scores, range[0], {}, { reward: own });
      if (!isScored(lift)) return wantingPart({ helper: lift })!;
      return conclude(Math.min(own.value + alpha * lift.value, range[1]), scores, range[0]);
    },
  );
}
