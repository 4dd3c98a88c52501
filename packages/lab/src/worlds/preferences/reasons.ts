import { random, type Seed, split } from "laurel";
import { fitPairs } from "../../train/pair-logistic.ts";
import { fitRidge } from "../../train/ridge.ts";
import { preferProbability } from "./raters.ts";
import { dotAt, norm, normals } from "./world.ts";

/** Answers seen by many features, of which a few hidden criteria make gold, and annotators who write down how each criterion is met. */
export type ReasonDials = {
  dim: number;
  criteria: number;
  /** Length of the criteria's weights in gold. */
  norm: number;
  slope: number;
  pairs: number;
  /** Sd of the criterion scores' noise. */
  noise: number;
};

/** Annotated pairs; answers 2n and 2n + 1 are pair n. */
export interface ReasonedPairs {
  dim: number;
  criteria: number;
  /** criteria × dim. */
  map: Float64Array;
  /** Criteria's weights in gold. */
  weights: Float64Array;
  features: Float64Array;
  gold: Float64Array;
  /** Answers × criteria, as annotators score them. */
  scores: Float64Array;
  /** Which of each pair is chosen, 0 or 1. */
  chosen: Uint8Array;
}

/** Draws a world's criteria and annotated pairs: c = A x, A with entries N(0, 1/dim), gold w·c with positive weights of the given length. */
export function drawReasonedPairs(dials: ReasonDials, seed: Seed): ReasonedPairs {
  const { dim, criteria, pairs, slope, noise } = dials;
  const rng = random(split(seed, "world"));
  const map = normals(rng, criteria * dim).map((x) => x / Math.sqrt(dim));
  const drawn = normals(rng, criteria).map(Math.abs);
  const weights = drawn.map((x) => (dials.norm * x) / norm(drawn));
  const features = normals(random(split(seed, "answers")), 2 * pairs * dim);
  const raters = random(split(seed, "raters"));
  const { scores: met, gold } = criteriaOf({ map, weights, dim, criteria }, features);
  const scores = met.map((c) => c + noise * raters.normal());
  const labels = random(split(seed, "labels"));
  const chosen = Uint8Array.from({ length: pairs }, (_, n) =>
    labels.uniform() < preferProbability(gold[2 * n]! - gold[2 * n + 1]!, { slope }) ? 0 : 1,
  );
  return { dim, criteria, map, weights, features, gold, scores, chosen };
}

/** The criteria that answers meet, without noise, and their gold. */
export function criteriaOf(
  world: Pick<ReasonedPairs, "map" | "weights" | "dim" | "criteria">,
  features: Float64Array,
): { scores: Float64Array; gold: Float64Array } {
  const { map, weights, dim, criteria } = world;
  const n = features.length / dim;
  const scores = mapped(map, features, dim, criteria);
  return { scores, gold: Float64Array.from({ length: n }, (_, i) => dotAt(scores, i * criteria, weights)) };
}

/** Each answer's `outputs` values under a linear map, answers × outputs. */
function mapped(map: Float64Array, features: Float64Array, dim: number, outputs: number): Float64Array {
  return Float64Array.from({ length: (features.length / dim) * outputs }, (_, at) =>
    dotAt(features, Math.floor(at / outputs) * dim, map.subarray((at % outputs) * dim, ((at % outputs) + 1) * dim)),
  );
}

/** A reward that writes its reasons first: ridge from features to the annotators' criterion scores, then Bradley-Terry on what it predicts. */
export function fitReasons(
  data: ReasonedPairs,
  o: { ridge: number; l2: number },
): (features: Float64Array) => Float64Array {
  const { dim, criteria, features, scores, chosen } = data;
  const map = fitRidge(features, scores, dim, { l2: o.ridge, outputs: criteria });
  const w = fitPairs(differencesOf(mapped(map, features, dim, criteria), criteria, chosen), criteria, { l2: o.l2 });
  return (fresh) => {
    const predicted = mapped(map, fresh, dim, criteria);
    return Float64Array.from({ length: fresh.length / dim }, (_, i) => dotAt(predicted, i * criteria, w));
  };
}

/** Chosen less rejected of each pair. */
export function differencesOf(features: Float64Array, dim: number, chosen: Uint8Array): Float64Array {
  const rows = new Float64Array(chosen.length * dim);
  for (const [n, which] of chosen.entries())
    for (let d = 0; d < dim; d++)
      rows[n * dim + d] = features[(2 * n + which) * dim + d]! - features[(2 * n + 1 - which) * dim + d]!;
  return rows;
}
