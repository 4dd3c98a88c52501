import { type Random, random, type Seed, split } from "laurel";
import { betaQuantile } from "laurel/stats";

/** A reward that sees correctness and style: score = skill · c + style · t + N(0, 1). */
export interface StyledReward {
  /** Skill by domain, at least one. */
  skills: readonly number[];
  style: number;
}

/** Candidates in groups of equal size, right ones first in each: correctness c (0 or 1) and style t, candidate by candidate. */
export interface StyledGroups {
  /** Candidates a group. */
  size: number;
  correct: Uint8Array;
  style: Float64Array;
  /** The domain of each group, from 0. */
  domain: Int32Array;
}

/** What a group of `styledGroups` is drawn from. */
export interface GroupDials {
  groups: number;
  /** Styles are normal with sd 1 about these means, one a candidate; the first is the right one's. */
  means: readonly number[];
  domain?: number | undefined;
}

/** Groups of one right candidate and wrong ones. */
export function styledGroups({ groups, means, domain = 0 }: GroupDials, seed: Seed): StyledGroups {
  const rng = random(seed);
  const size = means.length;
  const correct = new Uint8Array(groups * size);
  const style = new Float64Array(groups * size);
  for (let g = 0; g < groups; g++)
    for (let k = 0; k < size; k++) {
      correct[g * size + k] = k === 0 ? 1 : 0;
      style[g * size + k] = means[k]! + rng.normal();
    }
  return { size, correct, style, domain: new Int32Array(groups).fill(domain) };
}

/**
 * Samples of a policy: each problem has a chance P ~ Beta(a, b) of being solved by a sample, and styles are standard normal.
 *
 * @param domains how likely each domain is; default one domain
 */
export function sampledGroups(
  o: { problems: number; samples: number; a: number; b: number; domains?: Float64Array | undefined },
  seed: Seed,
): StyledGroups {
  const rng = random(seed);
  const correct = new Uint8Array(o.problems * o.samples);
  const style = new Float64Array(o.problems * o.samples);
  const domain = new Int32Array(o.problems);
  for (let g = 0; g < o.problems; g++) {
    const p = betaQuantile(rng.uniform(), o.a, o.b);
    if (o.domains !== undefined) domain[g] = drawn(o.domains, rng.uniform());
    for (let k = 0; k < o.samples; k++) {
      correct[g * o.samples + k] = rng.uniform() < p ? 1 : 0;
      style[g * o.samples + k] = rng.normal();
    }
  }
  return { size: o.samples, correct, style, domain };
}

function drawn(shares: Float64Array, u: number): number {
  let sum = 0;
  for (const [i, share] of shares.entries()) if (u < (sum += share)) return i;
  return shares.length - 1;
}

/** A reward's scores of all candidates, with fresh noise for each. */
export function styledScores(reward: StyledReward, groups: StyledGroups, seed: Seed): Float64Array {
  const rng: Random = random(split(seed, "noise"));
  const { size, correct, style, domain } = groups;
  return style.map((t, i) => {
    const skill = reward.skills[domain[Math.floor(i / size)]!]!;
    return skill * correct[i]! + reward.style * t + rng.normal();
  });
}

/** The mean over groups of a measure of each group's scores. */
export function groupMean(scores: Float64Array, size: number, of: (scores: Float64Array) => number): number {
  let sum = 0;
  const groups = scores.length / size;
  for (let g = 0; g < groups; g++) sum += of(scores.subarray(g * size, (g + 1) * size));
  return sum / groups;
}

/** The mean worth of each group's highest-scored candidate among its first n. */
export function bestOfFirst(scores: Float64Array, worth: ArrayLike<number>, size: number, n: number): number {
  let sum = 0;
  const groups = scores.length / size;
  for (let g = 0; g < groups; g++) {
    let best = g * size;
    for (let i = best + 1; i < g * size + n; i++) if (scores[i]! > scores[best]!) best = i;
    sum += worth[best]!;
  }
  return sum / groups;
}
