import { random, type Seed, split, UsageError } from "laurel";
import { preferProbability, type RaterDials, votesFor } from "./raters.ts";
import { preferenceGap, type Responses, type Taste } from "./world.ts";

/** The raters of a world, and what they have in common. */
export type PanelDials = {
  /** How many raters there are. */
  raters: number;
  /** The share of raters whose taste is each property; default: all have the first. */
  groups?: readonly number[] | undefined;
  /** What all raters have, by default Bradley and Terry's slope of 1. */
  rater?: RaterDials | undefined;
  /** Standard deviation of log slope from rater to rater, default 0: some are surer than others. */
  slopeSpread?: number | undefined;
  /** The share of raters who answer by a coin, default 0. */
  coins?: number | undefined;
};

/** One rater. */
export interface Rater {
  /** The property that is the rater's taste. */
  group: number;
  dials: RaterDials;
}

/**
 * Draws raters: groups by their shares, slope · exp(slopeSpread · N(0, 1)), coins by their share.
 *
 * @throws UsageError where shares do not sum to 1
 */
export function drawPanel(dials: PanelDials, seed: Seed): Rater[] {
  const { raters, groups = [1], rater = {}, slopeSpread = 0, coins = 0 } = dials;
  const sum = groups.reduce((all, share) => all + share, 0);
  if (Math.abs(sum - 1) > 1e-9) throw new UsageError(`the groups' shares must sum to 1, not ${sum}`);
  const rng = random(split(seed, "panel"));
  return Array.from({ length: raters }, () => {
    const u = rng.uniform();
    let group = 0;
    for (let below = groups[0]!; group < groups.length - 1 && u >= below; below += groups[++group]!);
    const slope = (rater.slope ?? 1) * Math.exp(slopeSpread * rng.normal());
    const careless = rng.uniform() < coins ? 1 : (rater.careless ?? 0);
    return { group, dials: { ...rater, slope, careless } };
  });
}

/** The exact probability that a rater prefers response i, shown first, to response j. */
export function raterPreference(rater: Rater, taste: Taste, responses: Responses, i: number, j: number): number {
  return preferProbability(preferenceGap(taste, responses, i, j, rater.group), rater.dials);
}

/** A comparison that raters were asked for. */
export interface RatedPair {
  first: number;
  second: number;
  /** Votes for the first, of `votes`. */
  forFirst: number;
  votes: number;
  /** Indices of the raters who were asked. */
  raters: readonly number[];
  /** The exact expectation of forFirst / votes, given who was asked. */
  p: number;
}

/**
 * Asks raters about pairs. Each pair is seen by `votes` different raters (drawn anew a pair), in an order that a coin decides; the
 * pair is given back in the order in which it was shown.
 *
 * @param pairs items of `responses`
 * @throws UsageError where there are fewer raters than votes
 */
export function ratePairs(
  panel: readonly Rater[],
  taste: Taste,
  responses: Responses,
  pairs: readonly (readonly [number, number])[],
  options: { votes?: number | undefined },
  seed: Seed,
): RatedPair[] {
  const { votes = 1 } = options;
  if (!(votes >= 1 && votes <= panel.length)) throw new UsageError(`${votes} votes of ${panel.length} raters`);
  const rng = random(split(seed, "ratings"));
  return pairs.map(([i, j]) => {
    const [first, second] = rng.uniform() < 0.5 ? [i, j] : [j, i];
    const asked = new Set<number>();
    while (asked.size < votes) asked.add(rng.below(panel.length));
    const raters = [...asked];
    const each = raters.map((r) => raterPreference(panel[r]!, taste, responses, first, second));
    const forFirst = each.reduce((sum, p) => sum + votesFor(rng, p, 1), 0);
    return { first, second, forFirst, votes, raters, p: each.reduce((sum, p) => sum + p, 0) / votes };
  });
}
