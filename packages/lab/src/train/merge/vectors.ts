import { UsageError } from "laurel";
import type { Weights } from "laurel/io";
import { checkNoStatistics, checkSameTensors, mapTensors } from "./names.ts";

/**
 * What fine-tuning changed: τ = θ_tuned − θ_base, tensor by tensor.
 *
 * @throws UsageError where the tensors' names or shapes differ, or for running statistics of batch normalisation
 * Source: Ilharco et al. (2023), Editing Models with Task Arithmetic, section 2.
 * @example applyDelta(base, taskVector(base, tuned)) // tuned, to float32's rounding
 */
export function taskVector(base: Weights, tuned: Weights): Weights {
  checkSameTensors(base, tuned, ["the base", "the tuned model"]);
  checkNoStatistics(base.keys());
  return mapTensors(tuned, (values, name) => subtract(values, base.get(name)!.values));
}

/** a − b. */
export function subtract(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length);
  for (let i = 0; i < a.length; i++) out[i] = a[i]! - b[i]!;
  return out;
}

/** θ + scale · δ, at once in float64 and then rounded; with a scale of 0 the base's own bits. */
export function addScaled(base: Float32Array, delta: Float32Array, scale: number): Float32Array {
  const out = new Float32Array(base.length);
  for (let i = 0; i < base.length; i++) out[i] = scale === 0 ? base[i]! : base[i]! + scale * delta[i]!;
  return out;
}

/**
 * θ_base + scale · δ.
 *
 * @param scale default 1
 * @throws UsageError where the tensors' names or shapes differ
 */
export function applyDelta(base: Weights, delta: Weights, scale = 1): Weights {
  checkSameTensors(base, delta, ["the base", "the change"]);
  return mapTensors(base, (values, name) => addScaled(values, delta.get(name)!.values, scale));
}

/**
 * The weighted mean of models: Σ w_i θ_i / Σ w_i.
 *
 * @param models at least one, of the same tensors
 * @param weights one a model, at least 0 and not all 0; default equal
 * @throws UsageError otherwise
 * Source: Wortsman et al. (2022), Model Soups; of rewards, Ramé et al. (2024), WARM.
 * @example weightAverage([seedOne, seedTwo, seedThree])
 */
export function weightAverage(models: readonly Weights[], weights?: readonly number[]): Weights {
  const [first] = models;
  if (first === undefined) throw new UsageError("there is no model to average");
  const shares = weights ?? models.map(() => 1);
  if (shares.length !== models.length) throw new UsageError(`${models.length} models but ${shares.length} weights`);
  const sum = shares.reduce((a, b) => a + b, 0);
  if (shares.some((one) => !(one >= 0 && Number.isFinite(one))) || !(sum > 0))
    throw new UsageError("weights must be at least 0 and not all 0");
  for (const other of models.slice(1)) checkSameTensors(first, other, ["the first", "another"]);
  return mapTensors(first, (_, name) =>
    weightedMean(
      models.map((model) => model.get(name)!.values),
      shares.map((one) => one / sum),
    ),
  );
}

/** Σ w_i v_i, summed in float64. */
export function weightedMean(values: readonly Float32Array[], shares: readonly number[]): Float32Array {
  const out = new Float32Array(values[0]!.length);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < values.length; k++) sum += shares[k]! * values[k]![i]!;
    out[i] = sum;
  }
  return out;
}
