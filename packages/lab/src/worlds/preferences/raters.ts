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
