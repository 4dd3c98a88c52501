import { random, type Seed, split, UsageError } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { sgd } from "../../train/index.ts";
import { withStyle } from "./hackable.ts";
import { preferProbability } from "./raters.ts";
import { drawResponses, normals, type Responses, type Taste } from "./world.ts";

/** What a reward model of random features is made of. */
export type RandomFeatureDials = {
  /** ReLU features of (φ, style), an even number, with weights N(0, 1/inputs) and biases N(0, 1). */
  units: number;
  /** Standard deviation of the head's start, which goes with the features. */
  start: number;
  /** Full-batch steps of the logistic loss, their rate, and the pull towards the start. */
  steps: number;
  rate: number;
  pull: number;
  /** The share of the pairs that a fine-tuning seed sees, and the perturbation of its start. */
  share: number;
  jitter: number;
};

/** A "pre-trained model": fixed random features and the start of a head. */
export interface RandomFeatures {
  inputs: number;
  units: number;
  weights: Float64Array;
  bias: Float64Array;
  head: Float64Array;
}

/** Draws the features of a pre-training seed. */
export function drawRandomFeatures(inputs: number, dials: RandomFeatureDials, seed: Seed): RandomFeatures {
  const rng = random(seed);
  const { units } = dials;
  return {
    inputs,
    units,
    weights: normals(rng, units * inputs).map((x) => x / Math.sqrt(inputs)),
    bias: normals(rng, units),
    head: normals(rng, units).map((x) => dials.start * x),
  };
}

/** Features of (φ, style), items × units. */
export function randomFeatures({ inputs, units, weights, bias }: RandomFeatures, responses: Responses): Float64Array {
  const seen = withStyle(responses);
  const n = seen.length / inputs;
  const out = new Float64Array(n * units);
  for (let i = 0; i < n; i++)
    for (let u = 0; u < units; u++) {
      let sum = bias[u]!;
      for (let d = 0; d < inputs; d++) sum += weights[u * inputs + d]! * seen[i * inputs + d]!;
      if (sum > 0) out[i * units + u] = sum;
    }
  return out;
}

/** Labelled pairs of responses: response 2n is compared with 2n + 1. */
export interface LabelledPairs {
  responses: Responses;
  /** 1 where the first is preferred, −1 where the second is. */
  sign: Int8Array;
}

/** Draws pairs with Bradley-Terry labels of a slope. */
export function drawLabelledPairs(taste: Taste, pairs: number, slope: number, seed: Seed): LabelledPairs {
  const responses = drawResponses(taste, { prompts: pairs, candidates: 2 }, split(seed, "responses"));
  const gold = responses.gold[0]!;
  const rng = random(split(seed, "labels"));
  const sign = Int8Array.from({ length: pairs }, (_, n) =>
    rng.uniform() < preferProbability(gold[2 * n]! - gold[2 * n + 1]!, { slope }) ? 1 : -1,
  );
  return { responses, sign };
}

/**
 * Fine-tunes heads on the features of one pre-training seed, one head a fine-tuning seed.
 *
 * Each sees a random share of the pairs and starts at the pre-trained head with a small perturbation; gradient descent on the mean logistic
 * loss + pull/2 · ‖head − start‖².
 *
 * @param features of the pairs' responses (`randomFeatures`)
 * @returns a head of `units` weights for each seed
 * @throws UsageError where the share leaves no pair, or the units are odd
 */
export function fineTune(
  from: RandomFeatures,
  features: Float64Array,
  { sign }: LabelledPairs,
  dials: RandomFeatureDials,
  seeds: readonly Seed[],
): Float64Array[] {
  const { units } = from;
  const pairs = sign.length;
  const differences = new Float64Array(pairs * units);
  for (let n = 0; n < pairs; n++)
    for (let u = 0; u < units; u++)
      differences[n * units + u] = sign[n]! * (features[2 * n * units + u]! - features[(2 * n + 1) * units + u]!);
  const size = Math.round(dials.share * pairs);
  if (units % 2 !== 0) throw new UsageError(`units must be even, not ${units}`);
  if (size < 1) throw new UsageError(`a share of ${dials.share} leaves none of ${pairs} pairs`);
  return seeds.map((seed) => {
    const rows = random(split(seed, "rows"))
      .shuffled(Array.from({ length: pairs }, (_, n) => n))
      .slice(0, size);
    const seen = new Float64Array(size * units);
    for (const [i, n] of rows.entries()) seen.set(differences.subarray(n * units, (n + 1) * units), i * units);
    const jitter = random(split(seed, "start"));
    const head = from.head.map((x) => x + dials.jitter * jitter.normal());
    const optimiser = sgd(dials.rate);
    for (let step = 0; step < dials.steps; step++) {
      const gradient = head.map((x, u) => dials.pull * (x - from.head[u]!));
      for (let at = 0; at < seen.length; at += units) {
        let [even, odd] = [0, 0];
        for (let u = 0; u < units; u += 2) {
          even += head[u]! * seen[at + u]!;
          odd += head[u + 1]! * seen[at + u + 1]!;
        }
        const slope = (sigmoid(even + odd) - 1) / size;
        for (let u = 0; u < units; u++) gradient[u]! += slope * seen[at + u]!;
      }
      optimiser.step(head, gradient);
    }
    return head;
  });
}

/** Rewards head·features of items. */
export function headRewards(features: Float64Array, head: Float64Array): Float64Array {
  const units = head.length;
  return Float64Array.from({ length: features.length / units }, (_, i) => {
    let sum = 0;
    for (let u = 0; u < units; u++) sum += head[u]! * features[i * units + u]!;
    return sum;
  });
}
