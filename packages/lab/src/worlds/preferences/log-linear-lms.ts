import { random, type Seed, split } from "laurel";
import { type FeatureGroups, type ItemPairs, pairBatch, pairGradient } from "../../policy/index.ts";
import { sgd } from "../../train/adam.ts";
import { dpoLoss } from "../../train/losses/preference.ts";
import { preferProbability } from "./raters.ts";
import { dotAt, normals, unit } from "./world.ts";

/** Language models π_θ ∝ exp(θ·φ): a family shares a direction (fluency) and its members were aligned to different degrees. */
export type FamilyDials = {
  /** Features φ ~ N(0, I) of a response; gold is w·φ with w on the first `goldDim` of them. */
  dim: number;
  goldDim: number;
  goldNorm: number;
  /** Standard deviation of a member's own noise around the family's θ_base ~ N(0, I). */
  noise: number;
  /** Preference pairs that members were aligned with, `copies` members each, and one that was not aligned. */
  alignedWith: readonly number[];
  copies: number;
  /** Bradley-Terry slope of the labels. */
  slope: number;
  /** DPO. */
  beta: number;
  steps: number;
  learningRate: number;
};

/** A model of the family. */
export interface Member {
  theta: Float64Array;
  /** Before its alignment. */
  start: Float64Array;
  /** Preference pairs it was aligned with. */
  pairs: number;
}

/** w: a random direction of length goldNorm on the first goldDim features. */
export function familyGold({ dim, goldDim, goldNorm }: FamilyDials, seed: Seed): Float64Array {
  const gold = new Float64Array(dim);
  gold.set(unit(normals(random(seed), goldDim)).map((x) => goldNorm * x));
  return gold;
}

/** The pairs that each member was aligned with: 0 for the unaligned first, then `copies` a degree of alignment. */
export function memberPairs({ alignedWith, copies }: FamilyDials): number[] {
  return [0, ...alignedWith.flatMap((n) => Array.from({ length: copies }, () => n))];
}

/** Draws a family, in the order of `memberPairs`. */
export function drawFamily(dials: FamilyDials, gold: Float64Array, seed: Seed): Member[] {
  return memberPairs(dials).map((_, member) => drawMember(dials, gold, member, seed));
}

/** One member of the family of this seed. */
export function drawMember(dials: FamilyDials, gold: Float64Array, member: number, seed: Seed): Member {
  const base = normals(random(split(seed, "base")), dials.dim);
  const own = split(split(seed, "member"), member);
  const rng = random(split(own, "noise"));
  const start = base.map((x) => x + dials.noise * rng.normal());
  const pairs = memberPairs(dials)[member]!;
  return { theta: align(dials, gold, start, pairs, own), start, pairs };
}

/** DPO from `start` on n noisy pairs of two fresh responses each. */
function align(dials: FamilyDials, gold: Float64Array, start: Float64Array, n: number, seed: Seed): Float64Array {
  if (n === 0) return start;
  const { dim } = dials;
  const groups = { features: normals(random(split(seed, "pairs")), 2 * n * dim), dim, candidates: 2 };
  const labels = random(split(seed, "labels"));
  const pairs: ItemPairs = { first: new Int32Array(n), second: new Int32Array(n) };
  for (let i = 0; i < n; i++) {
    const gap = dotAt(groups.features, 2 * i * dim, gold) - dotAt(groups.features, (2 * i + 1) * dim, gold);
    const first = labels.uniform() < preferProbability(gap, { slope: dials.slope });
    pairs.first[i] = 2 * i + (first ? 0 : 1);
    pairs.second[i] = 2 * i + (first ? 1 : 0);
  }
  return dpoSteps(groups, pairs, start, dials);
}

/** Full-batch DPO from `start`, which is also the reference: `steps` gradient steps of `learningRate` on the mean loss. */
export function dpoSteps(
  groups: FeatureGroups,
  pairs: ItemPairs,
  start: Float64Array,
  o: { beta: number; steps: number; learningRate: number },
): Float64Array {
  const theta = Float64Array.from(start);
  const optimiser = sgd(o.learningRate);
  for (let step = 0; step < o.steps; step++)
    optimiser.step(
      theta,
      pairGradient(groups, pairs, dpoLoss(pairBatch(groups, pairs, theta, start), { beta: o.beta })),
    );
  return theta;
}
