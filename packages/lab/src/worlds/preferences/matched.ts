import { random, type Seed, split } from "laurel";
import { gradeOf, rating } from "./raters.ts";
import { drawResponses, preferenceGap, type Taste } from "./world.ts";

/** Dials of what raters say about the same pairs, twice. */
export type MatchedDials = {
  /** σ_r of each rating. */
  ratingNoise: number;
  /** Standard deviation of the noise on the latent of a comparison. */
  preferenceNoise: number;
  /** |latent| at which a preference is one grade stronger, ascending. */
  edges: readonly number[];
};

/** Pairs that were compared, with a grade, and whose responses were rated. */
export interface MatchedPairs {
  dim: number;
  /** φ_chosen − φ_rejected, pairs × dim. */
  differences: Float64Array;
  /** m, from 1. */
  strength: Float64Array;
  /** φ of both responses of every pair, 2 pairs × dim. */
  features: Float64Array;
  /** 0 to 4, one a response. */
  ratings: Float64Array;
  /** u_chosen − u_rejected: below 0 where the raters are wrong. */
  gap: Float64Array;
}

/**
 * Draws pairs of independent responses that raters both rate and compare.
 *
 * rating = clip(round(2 + u + σ_r ε), 0, 4); latent = Δu + noise · ε, whose sign is the preference and whose size the grade.
 *
 * Source: the specification of HelpSteer2-Preference's claim check.
 */
export function drawMatched(taste: Taste, pairs: number, dials: MatchedDials, seed: Seed): MatchedPairs {
  const responses = drawResponses(taste, { prompts: pairs, candidates: 2 }, split(seed, "responses"));
  const { dim, features } = responses;
  const gold = responses.gold[0]!;
  const raters = random(split(seed, "ratings"));
  const ratings = gold.map((u) => rating(raters, u, dials.ratingNoise));
  const comparers = random(split(seed, "comparisons"));
  const out = { dim, features, ratings, strength: new Float64Array(pairs), gap: new Float64Array(pairs) };
  const differences = new Float64Array(pairs * dim);
  for (let n = 0; n < pairs; n++) {
    const gap = preferenceGap(taste, responses, 2 * n, 2 * n + 1);
    const latent = gap + dials.preferenceNoise * comparers.normal();
    const sign = latent < 0 ? -1 : 1;
    out.strength[n] = gradeOf(latent, dials.edges);
    out.gap[n] = sign * gap;
    for (let d = 0; d < dim; d++)
      differences[n * dim + d] = sign * (features[2 * n * dim + d]! - features[(2 * n + 1) * dim + d]!);
  }
  return { ...out, differences };
}
