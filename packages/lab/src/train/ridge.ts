import { random, type Seed, split, UsageError } from "laurel";
import { solveSymmetric } from "./pair-logistic.ts";

/** Ratings of answers in several objectives. */
export interface ObjectiveRatings {
  /** n × dim, row-major. */
  features: Float64Array;
  dim: number;
  /** n × K, row-major; NaN where an objective was not rated. */
  ratings: Float64Array;
  /** The K objectives. */
  names: readonly string[];
  /** The prompt of each row: rows of one prompt go to one side of the split. Left out, every row is its own. */
  prompts?: readonly (string | number)[] | undefined;
}

/** What was found of one objective. */
export interface ObjectiveFit {
  name: string;
  /** Rows rated, in training and in validation. */
  train: number;
  validation: number;
  alpha: number;
  validationMse: number;
  /** 1 − MSE / variance of the validation ratings; NaN where they do not vary. */
  r2: number;
}

/** A linear map to objectives, without intercept. */
export interface MultiObjectiveModel {
  names: readonly string[];
  dim: number;
  /** K × dim, row-major. */
  weights: Float64Array;
  objectives: readonly ObjectiveFit[];
}

/** The penalties that ArmoRM's script tries: 1e-4, 1e-3, …, 1e4. */
export const ridgeAlphas: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1e3, 1e4];

/**
 * Rated objectives by ridge regression, one an objective, on the rows where it was rated.
 *
 * w_k = arg min Σ_n (w·h_n − y_nk)² + α_k ‖w‖², no intercept (centre nothing, or predictions shift), α_k by the error on the held-out fifth
 *
 * The weights are those of the training part: what the validation error was measured on.
 *
 * @param options `alphas`, default `ridgeAlphas`; `split`, the share that is held out, default 0.2
 * @throws UsageError with the objective's name where fewer than 10 rows rate it, or a rating is infinite
 * Source: ArmoRM (2024), stage 1; the weights are scikit-learn's `Ridge(fit_intercept=False)`.
 * @example ridgeObjectives({ features, dim: 48, ratings, names }, { seed })
 */
export function ridgeObjectives(
  data: ObjectiveRatings,
  options: { alphas?: readonly number[] | undefined; split?: number | undefined; seed: Seed },
): MultiObjectiveModel {
  const { features, dim, ratings, names, prompts } = data;
  const { alphas = ridgeAlphas, split: share = 0.2, seed } = options;
  const n = features.length / dim;
  if (!Number.isInteger(n) || ratings.length !== n * names.length)
    throw new UsageError(
      `${features.length} features and ${ratings.length} ratings are no rows of ${dim} and ${names.length}`,
    );
  const held = heldOut(n, prompts, share, seed);
  const weights = new Float64Array(names.length * dim);
  const objectives = names.map((name, k): ObjectiveFit => {
    const rated = Array.from({ length: n }, (_, i) => i).filter((i) => !Number.isNaN(ratings[i * names.length + k]!));
    if (rated.length < 10)
      throw new UsageError(`objective ${name} has ${rated.length} rated rows; ridge needs at least 10`);
    const value = (i: number): number => ratings[i * names.length + k]!;
    const train = rated.filter((i) => held[i] === 0);
    const validation = rated.filter((i) => held[i] === 1);
    if (train.length === 0 || validation.length === 0)
      throw new UsageError(`objective ${name} has no rows on one side of the split`, "give more rows or another split");
    const wrong = train.find((i) => !Number.isFinite(value(i)));
    if (wrong !== undefined) throw new UsageError(`objective ${name}: the rating of row ${wrong} is ${value(wrong)}`);
    const gram = gramOf(features, train, dim);
    const right = momentsOf(features, train, dim, value);
    let best: { alpha: number; mse: number; w: Float64Array } = {
      alpha: Number.NaN,
      mse: Number.POSITIVE_INFINITY,
      w: right,
    };
    for (const alpha of alphas) {
      const w = ridgeSolve(gram, right, alpha);
      let mse = 0;
      for (const i of validation) mse += (dot(features, i * dim, w) - value(i)) ** 2 / validation.length;
      if (mse < best.mse) best = { alpha, mse, w };
    }
    weights.set(best.w, k * dim);
    const mean = validation.reduce((sum, i) => sum + value(i), 0) / validation.length;
    const variance = validation.reduce((sum, i) => sum + (value(i) - mean) ** 2, 0) / validation.length;
    return {
      name,
      train: train.length,
      validation: validation.length,
      alpha: best.alpha,
      validationMse: best.mse,
      r2: variance > 0 ? 1 - best.mse / variance : Number.NaN,
    };
  });
  return { names, dim, weights, objectives };
}

/**
 * Ridge weights from a Gram matrix: (HᵀH + α I) w = Hᵀy.
 *
 * @param gram dim × dim; only its lower triangle is read
 * @param right Hᵀy
 */
export function ridgeSolve(gram: Float64Array, right: Float64Array, alpha: number): Float64Array {
  const dim = right.length;
  const a = Float64Array.from(gram);
  for (let d = 0; d < dim; d++) a[d * dim + d]! += alpha;
  return solveSymmetric(a, right);
}

/** The objectives of rows, n × K. */
export function objectivesOf(
  model: Pick<MultiObjectiveModel, "dim" | "weights">,
  features: Float64Array,
): Float64Array {
  const { dim, weights } = model;
  const k = weights.length / dim;
  const out = new Float64Array((features.length / dim) * k);
  for (let at = 0; at < out.length; at++) {
    const w = weights.subarray((at % k) * dim, ((at % k) + 1) * dim);
    out[at] = dot(features, Math.floor(at / k) * dim, w);
  }
  return out;
}

function heldOut(n: number, prompts: ObjectiveRatings["prompts"], share: number, seed: Seed): Uint8Array {
  if (!(share > 0 && share < 1)) throw new UsageError(`the held-out share must lie between 0 and 1, not ${share}`);
  const keys = prompts ?? Array.from({ length: n }, (_, i) => i);
  const order = random(split(seed, "split")).shuffled([...new Set(keys)]);
  const out = new Set(order.slice(0, Math.round(share * order.length)));
  return Uint8Array.from({ length: n }, (_, i) => (out.has(keys[i]!) ? 1 : 0));
}

function dot(a: Float64Array, from: number, b: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < b.length; d++) sum += a[from + d]! * b[d]!;
  return sum;
}

/** Options of `fitRidge`. */
export interface RidgeOptions {
  /** At least 0, default 1. */
  l2?: number | undefined;
  /** Columns of the targets, default 1. */
  outputs?: number | undefined;
}

/**
 * Ridge regression of one or several attributes, in closed form: W_k minimises Σ_n (W_k·x_n − y_nk)² + l2 ‖W_k‖². No intercept: centre
 * the targets, or give a feature that is 1.
 *
 * @param features n × dim, row-major
 * @param targets n × outputs, row-major; NaN where an attribute was not rated: that row then counts for the other attributes only
 * @returns outputs × dim weights
 * @throws UsageError for shapes that do not fit, or where l2 = 0 and the rows do not determine the weights
 * Source: Hoerl and Kennard (1970); the regression heads of HelpSteer2 and ArmoRM.
 * @example fitRidge(Float64Array.of(1, 2), Float64Array.of(2, 4), 1, { l2: 5 }) // [1]
 */
export function fitRidge(
  features: Float64Array,
  targets: Float64Array,
  dim: number,
  options: RidgeOptions = {},
): Float64Array {
  const { l2 = 1, outputs = 1 } = options;
  const n = features.length / dim;
  if (!Number.isInteger(n) || targets.length !== n * outputs)
    throw new UsageError(
      `${targets.length} targets of ${outputs} outputs for ${features.length} numbers in rows of ${dim}`,
    );
  const out = new Float64Array(outputs * dim);
  let whole: Float64Array | undefined;
  for (let k = 0; k < outputs; k++) {
    const rows = Array.from({ length: n }, (_, i) => i).filter((i) => !Number.isNaN(targets[i * outputs + k]!));
    // outputs that saw every row share one matrix
    const gram = rows.length === n ? (whole ??= gramOf(features, rows, dim)) : gramOf(features, rows, dim);
    out.set(
      ridgeSolve(
        gram,
        momentsOf(features, rows, dim, (i) => targets[i * outputs + k]!),
        l2,
      ),
      k * dim,
    );
  }
  return out;
}

/** HᵀH of some rows, its lower triangle. */
function gramOf(features: Float64Array, rows: readonly number[], dim: number): Float64Array {
  const gram = new Float64Array(dim * dim);
  for (const i of rows)
    for (let d = 0; d < dim; d++) {
      const x = features[i * dim + d]!;
      for (let e = 0; e <= d; e++) gram[d * dim + e]! += x * features[i * dim + e]!;
    }
  return gram;
}

/** Hᵀy of some rows. */
function momentsOf(
  features: Float64Array,
  rows: readonly number[],
  dim: number,
  y: (row: number) => number,
): Float64Array {
  const right = new Float64Array(dim);
  for (const i of rows) {
    const value = y(i);
    for (let d = 0; d < dim; d++) right[d]! += features[i * dim + d]! * value;
  }
  return right;
}
