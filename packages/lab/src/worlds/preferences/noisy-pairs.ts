import { random, type Seed, split } from "laurel";
import { preferProbability, type RaterDials } from "./raters.ts";
import { drawResponses, preferenceGap, type Taste } from "./world.ts";

/** Labelled pairs of independent responses. */
export interface NoisyPairs {
  dim: number;
  /** φ_chosen − φ_rejected, pairs × dim. */
  differences: Float64Array;
  /** u_chosen − u_rejected: below 0 where the label is wrong. */
  gap: Float64Array;
}

/** Draws pairs of independent responses with a rater's labels; of an infinite slope and without flips they are gold's. */
export function drawNoisyPairs(taste: Taste, pairs: number, rater: RaterDials, seed: Seed): NoisyPairs {
  const responses = drawResponses(taste, { prompts: pairs, candidates: 2 }, split(seed, "responses"));
  const { dim, features } = responses;
  const rng = random(split(seed, "labels"));
  const gap = new Float64Array(pairs);
  const differences = new Float64Array(pairs * dim);
  for (let n = 0; n < pairs; n++) {
    const own = preferenceGap(taste, responses, 2 * n, 2 * n + 1);
    const sign = rng.uniform() < preferProbability(own, rater) ? 1 : -1;
    gap[n] = sign * own;
    for (let d = 0; d < dim; d++)
      differences[n * dim + d] = sign * (features[2 * n * dim + d]! - features[(2 * n + 1) * dim + d]!);
  }
  return { dim, differences, gap };
}

/** The share of pairs (chosen less rejected) that a linear reward orders as they stand, ties half. */
export function marginAccuracy(differences: Float64Array, weights: Float64Array): number {
  const { length: dim } = weights;
  const n = differences.length / dim;
  let right = 0;
  for (let i = 0; i < n; i++) {
    let margin = 0;
    for (let d = 0; d < dim; d++) margin += weights[d]! * differences[i * dim + d]!;
    right += (1 + Math.sign(margin)) / 2;
  }
  return right / n;
}
