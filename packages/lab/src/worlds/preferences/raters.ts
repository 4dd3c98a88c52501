import type { Random } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";

/** How a rater's answers depart from gold. */
export type RaterDials = {
  /** Bradley-Terry slope: P(first) = σ(slope · gap); default 1, infinite for a rater without noise. */
  slope?: number | undefined;
  /** The share of answers that are turned round, in [0, 0.5]; default 0. */
  flips?: number | undefined;
  /** The share of answers that are a coin's; default 0. */
  careless?: number | undefined;
  /** Added to the probability of the first that is shown, then clipped to [0, 1]; default 0. */
  position?: number | undefined;
};

/**
 * The probability that a rater prefers the first response.
 *
 * p = clip((1 − careless) · ((1 − flips) · σ(slope · gap) + flips · (1 − σ(slope · gap))) + careless / 2 + position)
 *
 * @param gap u_first − u_second
 */
export function preferProbability(gap: number, rater: RaterDials = {}): number {
  const { slope = 1, flips = 0, careless = 0, position = 0 } = rater;
  const clean = slope === Number.POSITIVE_INFINITY ? (Math.sign(gap) + 1) / 2 : sigmoid(slope * gap);
  const flipped = (1 - flips) * clean + flips * (1 - clean);
  return Math.min(1, Math.max(0, (1 - careless) * flipped + careless / 2 + position));
}

/** How many of h votes go to the first response, each with probability p. */
export function votesFor(rng: Random, p: number, h: number): number {
  let votes = 0;
  for (let v = 0; v < h; v++) if (rng.uniform() < p) votes++;
  return votes;
}

/** A rating of a utility on the scale 0 to 4: clip(round(2 + u + noise · ε), 0, 4), ε standard normal. HelpSteer2's scale. */
export function rating(rng: Random, u: number, noise: number): number {
  return Math.min(4, Math.max(0, Math.round(2 + u + noise * rng.normal())));
}

/** The grade of a graded preference: 1 below the first edge of |latent|, one more from each edge on. */
export function gradeOf(latent: number, edges: readonly number[]): number {
  return 1 + edges.filter((edge) => Math.abs(latent) >= edge).length;
}

/** How the raters of an answer's attributes depart from them. */
export type AttributeRaterDials = {
  /** Standard deviation of the noise of a careful vote. */
  voteNoise: number;
  /** The share of an answer's raters who do not look: one draw decides for all attributes. */
  careless: number;
  /** Standard deviation of a careless vote about the scale's middle. */
  carelessNoise: number;
};

/** One rater's votes on the attributes of an answer, 0 to 4 each: round and clip of 2 + u_k + noise, or of 2 + noise where the rater is careless. */
export function attributeVotes(rng: Random, attributes: readonly number[], dials: AttributeRaterDials): number[] {
  const careless = rng.uniform() < dials.careless;
  return attributes.map((u) => rating(rng, careless ? 0 : u, careless ? dials.carelessNoise : dials.voteNoise));
}
