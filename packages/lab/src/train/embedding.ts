import { random, type Seed, split, UsageError } from "laurel";
import { adam } from "./adam.ts";
import { type GeneralPreferenceOptions, generalPreference } from "./losses/general-preference.ts";
import type { TrainableReward } from "./trainable.ts";

/** Settings of `fitEmbedding`. */
export interface FitEmbeddingOptions extends GeneralPreferenceOptions {
  /** 2k, the length of an embedding: even. */
  dim: number;
  /** How many features a response has. */
  features: number;
  /** Gradient steps, default 1500. */
  steps?: number | undefined;
  /** Pairs a step, default 512; at most all. */
  batch?: number | undefined;
  /** Adam's step size, default 0.05. */
  lr?: number | undefined;
  /** L2 of every weight, in the mean loss: l2/2 · ‖V‖². Default 1e-4; without it vectors grow where pairs are separable. */
  l2?: number | undefined;
  /** Standard deviation of the start, default 0.1. Zero is a saddle at which the gradient is 0. */
  start?: number | undefined;
  seed: Seed;
}

/** A linear preference embedding v = V [x; 1]. */
export interface LinearEmbedding {
  dim: number;
  features: number;
  /** dim × features, row-major. */
  weight: Float64Array;
  /** dim. */
  bias: Float64Array;
  /** The last step's loss on its batch, without the L2 term. */
  loss: number;
}

/**
 * Fits a linear preference embedding to pairs: v = V [x; 1], loss `generalPreference`, Adam on random batches.
 *
 * @param pairs `chosen` and `rejected`: n × features each, row-major
 * @returns V and b; score pairs with `embedRows` and laurel's `skewScore`
 * @throws UsageError for an odd dimension, or lists that are no n × features
 *
 * Source: General Preference Modeling (2024); the linear head over frozen features.
 * @example fitEmbedding({ chosen, rejected }, { dim: 4, features: 8, tau: 1, seed })
 */
export function fitEmbedding(
  pairs: { chosen: Float64Array; rejected: Float64Array },
  options: FitEmbeddingOptions,
): LinearEmbedding {
  const { dim, features, steps = 1500, lr = 0.05, l2 = 1e-4, start = 0.1, seed } = options;
  const { chosen, rejected } = pairs;
  const n = chosen.length / features;
  if (!Number.isInteger(n) || n === 0 || chosen.length !== rejected.length)
    throw new UsageError(`${chosen.length} and ${rejected.length} numbers are no pairs of ${features} features`);
  const rng = random(split(seed, "start"));
  // row o of theta: the weights of output o, then its bias
  const theta = Float64Array.from({ length: dim * (features + 1) }, () => start * rng.normal());
  const order = random(split(seed, "batches"));
  const size = Math.min(options.batch ?? 512, n);
  const optimiser = adam(lr);
  const first = new Float64Array(size * features);
  const second = new Float64Array(size * features);
  let loss = Number.NaN;
  for (let step = 0; step < steps; step++) {
    for (let b = 0; b < size; b++) {
      const row = size === n ? b : order.below(n);
      first.set(chosen.subarray(row * features, (row + 1) * features), b * features);
      second.set(rejected.subarray(row * features, (row + 1) * features), b * features);
    }
    const made = generalPreference(
      rowsTimes(theta, first, dim, features),
      rowsTimes(theta, second, dim, features),
      dim,
      options,
    );
    loss = made.loss;
    const gradient = theta.map((x) => l2 * x);
    addOuter(gradient, made.first, first, dim, features);
    addOuter(gradient, made.second, second, dim, features);
    optimiser.step(theta, gradient);
  }
  const stride = features + 1;
  const weight = new Float64Array(dim * features);
  for (let o = 0; o < dim; o++) weight.set(theta.subarray(o * stride, o * stride + features), o * features);
  return {
    dim,
    features,
    weight,
    bias: Float64Array.from({ length: dim }, (_, o) => theta[o * stride + features]!),
    loss,
  };
}

/** The embeddings of rows of features, n × dim. */
export function embedRows({ dim, features, weight, bias }: LinearEmbedding, x: Float64Array): Float64Array {
  const out = new Float64Array((x.length / features) * dim);
  for (let at = 0; at < out.length; at++) {
    const [row, o] = [Math.floor(at / dim), at % dim];
    let sum = bias[o]!;
    for (let d = 0; d < features; d++) sum += weight[o * features + d]! * x[row * features + d]!;
    out[at] = sum;
  }
  return out;
}

/** A linear preference embedding that `fit` can move. */
export interface TrainableEmbedding extends TrainableReward {
  /** V and b of parameters. */
  unpack(theta: Float64Array): LinearEmbedding;
}

/**
 * A linear preference embedding as something that `fit` can move, on pairs that are looked up as they are needed.
 *
 * @param take the features of pairs by their rows: `chosen` and `rejected`, rows × features
 * @param options as for `fitEmbedding`; the loop brings its own L2
 */
export function embeddingReward(
  take: (rows: Int32Array) => { chosen: Float64Array; rejected: Float64Array },
  options: GeneralPreferenceOptions & { dim: number; features: number; start?: number | undefined },
): TrainableEmbedding {
  const { dim, features, start = 0.1 } = options;
  const stride = features + 1;
  return {
    parameters: dim * stride,
    start(seed) {
      const rng = random(split(seed, "start"));
      return Float64Array.from({ length: dim * stride }, () => start * rng.normal());
    },
    loss(theta, batch, gradient) {
      const { chosen, rejected } = take(batch);
      const [a, b] = [rowsTimes(theta, chosen, dim, features), rowsTimes(theta, rejected, dim, features)];
      const made = generalPreference(a, b, dim, options);
      if (gradient !== undefined) {
        addOuter(gradient, made.first, chosen, dim, features);
        addOuter(gradient, made.second, rejected, dim, features);
      }
      return made.loss;
    },
    unpack(theta) {
      const weight = new Float64Array(dim * features);
      for (let o = 0; o < dim; o++) weight.set(theta.subarray(o * stride, o * stride + features), o * features);
      const bias = Float64Array.from({ length: dim }, (_, o) => theta[o * stride + features]!);
      return { dim, features, weight, bias, loss: Number.NaN };
    },
  };
}

function rowsTimes(theta: Float64Array, x: Float64Array, dim: number, features: number): Float64Array {
  const rows = x.length / features;
  const out = new Float64Array(rows * dim);
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < dim; o++) {
      const w = o * (features + 1);
      let sum = theta[w + features]!;
      for (let d = 0; d < features; d++) sum += theta[w + d]! * x[r * features + d]!;
      out[r * dim + o] = sum;
    }
  return out;
}

function addOuter(gradient: Float64Array, slopes: Float64Array, x: Float64Array, dim: number, features: number): void {
  const rows = x.length / features;
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < dim; o++) {
      const slope = slopes[r * dim + o]!;
      const w = o * (features + 1);
      for (let d = 0; d < features; d++) gradient[w + d]! += slope * x[r * features + d]!;
      gradient[w + features]! += slope;
    }
}
