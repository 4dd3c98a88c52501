import { UsageError } from "laurel";
import type { Weights } from "laurel/io";
import { type LayerScaleOptions, layerFactors } from "./layer-scale.ts";
import { checkNoStatistics, checkSameTensors, mapTensors } from "./names.ts";

/**
 * The α of LiNeS for merged vectors, which is computed and not tuned.
 *
 * α = ‖Σ_t τ_t‖₁ / (T ‖τ_merged‖₁), which is 1/T for a plain sum
 *
 * @param vectors the T task vectors
 * @param merged what a merging method made of them
 * @throws UsageError for no vectors or a merged vector of zeros
 * Source: Wang et al. (2025), LiNeS, section on merging; the released `eval.py`.
 */
export function linesAlpha(vectors: readonly Weights[], merged: Weights): number {
  const [first] = vectors;
  if (first === undefined) throw new UsageError("there is no task vector");
  let sum = 0;
  let norm = 0;
  for (const [name, { values }] of merged) {
    for (const vector of vectors)
      if (!vector.has(name)) checkSameTensors(merged, vector, ["the merged vector", "another"]);
    const own = vectors.map((vector) => vector.get(name)!.values);
    for (let i = 0; i < values.length; i++) {
      let total = 0;
      for (const one of own) total += one[i]!;
      sum += Math.abs(total);
      norm += Math.abs(values[i]!);
    }
  }
  if (norm === 0) throw new UsageError("the merged vector is 0 throughout");
  return sum / (vectors.length * norm);
}

/** θ_0 + λ (θ_1 − θ_0), with the bits of either end for λ = 0 and 1. */
export function interpolated(base: Float32Array, tuned: Float32Array, factor: number): Float32Array {
  const out = new Float32Array(base.length);
  for (let i = 0; i < base.length; i++) {
    const [from, to] = [base[i]!, tuned[i]!];
    out[i] = factor === 0 ? from : factor === 1 ? to : from + factor * (to - from);
  }
  return out;
}

/**
 * LiNeS on one tuned model at once: θ_0 + λ_ℓ (θ_tuned − θ_0), rounded once.
 *
 * @param options as `layerScale`'s; α = 1, β = 0 gives the tuned model's bits, α = β = 0 the base's
 * @throws UsageError as `taskVector` and `layerScale`
 * @example applyLines(base, tuned, { alpha: 0.3, beta: 0.7 })
 */
export function applyLines(base: Weights, tuned: Weights, options: LayerScaleOptions): Weights {
  checkSameTensors(base, tuned, ["the base", "the tuned model"]);
  checkNoStatistics(base.keys());
  const factor = layerFactors(base.keys(), options);
  return mapTensors(base, (values, name) => interpolated(values, tuned.get(name)!.values, factor(name)));
}

/** How well weights do: on the task that was tuned for, and on what must not be forgotten. */
export interface LinesScores {
  target: number;
  controls: readonly number[];
}

/** What `tuneLines` found. */
export interface TunedLines {
  alpha: number;
  /** targetWeight · target/target of the tuned model + mean of control/control of the base. */
  score: number;
  weights: Weights;
  /** All that was tried. */
  tried: readonly { alpha: number; score: number; target: number; controls: readonly number[] }[];
}

/**
 * Chooses the α of LiNeS for one task by validation; β is 1 − α, so that the deepest block keeps all of its change.
 *
 *     maximise targetWeight · target(α)/target(tuned) + mean_c control_c(α)/control_c(base)
 *
 * @param base, tuned the two models
 * @param evaluate accuracies (above 0) of weights on VALIDATION data; never the test part
 * @param options `grid` 0, 0.1 … 1; `targetWeight` 2; `shape` "constant" tunes plain interpolation instead; the blocks as `layerScale`
 * @returns the first α with the greatest score
 * @throws UsageError where the tuned model's target or a control of the base is not above 0
 * Source: Wang et al. (2025); `find_optimal_coef_tradeoff` of the released `utils.py`.
 * @example const { alpha } = await tuneLines(base, tuned, evaluate);
 */
export async function tuneLines(
  base: Weights,
  tuned: Weights,
  evaluate: (weights: Weights) => LinesScores | Promise<LinesScores>,
  options: Omit<LayerScaleOptions, "alpha" | "beta"> & {
    grid?: readonly number[] | undefined;
    targetWeight?: number | undefined;
  } = {},
): Promise<TunedLines> {
  const { grid = Array.from({ length: 11 }, (_, i) => i / 10), targetWeight = 2, ...how } = options;
  if (grid.length === 0) throw new UsageError("the grid is empty");
  const [own, before] = [await evaluate(tuned), await evaluate(base)];
  if (!(own.target > 0) || before.controls.some((one) => !(one > 0)))
    throw new UsageError("the tuned model's target and the base's controls must be above 0 to be held against");
  let best: TunedLines | undefined;
  const tried: TunedLines["tried"][number][] = [];
  for (const alpha of grid) {
    const weights = applyLines(base, tuned, { ...how, alpha, beta: 1 - alpha });
    const { target, controls } = await evaluate(weights);
    const kept = controls.reduce((sum, one, c) => sum + one / before.controls[c]!, 0) / Math.max(1, controls.length);
    const score = (targetWeight * target) / own.target + kept;
    tried.push({ alpha, score, target, controls });
    if (best === undefined || score > best.score) best = { alpha, score, weights, tried };
  }
  return best!;
}
