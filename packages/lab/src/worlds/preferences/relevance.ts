import { type Random, random, type Seed, split } from "laurel";
import { preferProbability } from "./raters.ts";
import { dotAt, normals, unit } from "./world.ts";

/** A world in which what is good depends on the prompt: u(q, a) = −‖a − q‖² + 2 w·a, ‖w‖ = 1. Prompts and answers are points. */
export interface RelevanceWorld {
  dim: number;
  w: Float64Array;
}

/** Prompts with answers: `answers` of each, rows one after the other. */
export interface RelevanceAnswers {
  /** prompts × dim. */
  prompts: Float64Array;
  /** prompts · answers × dim. */
  answers: Float64Array;
}

/** Draws the world. Source: rm-consistency, claim check. */
export function drawRelevance(dim: number, seed: Seed): RelevanceWorld {
  return { dim, w: unit(normals(random(seed), dim)) };
}

/** Gold utility of one answer: row `a` of answers to row `q` of prompts. */
export function relevanceGold(
  { dim, w }: RelevanceWorld,
  prompts: Float64Array,
  q: number,
  answers: Float64Array,
  a: number,
): number {
  let distance = 0;
  for (let d = 0; d < dim; d++) distance += (answers[a * dim + d]! - prompts[q * dim + d]!) ** 2;
  return 2 * dotAt(answers, a * dim, w) - distance;
}

/** Answers around prompts: a = q + spread · ε. */
export function answersAround(
  prompts: Float64Array,
  dim: number,
  each: number,
  spread: number,
  rng: Random,
): Float64Array {
  const n = prompts.length / dim;
  return Float64Array.from(
    { length: n * each * dim },
    (_, at) => prompts[Math.floor(at / (each * dim)) * dim + (at % dim)]! + spread * rng.normal(),
  );
}

/** Features that a linear reward sees of a prompt and an answer: [q ⊗ a, a, a²], written at `at`. */
export function relevanceFeatures(
  dim: number,
  prompts: Float64Array,
  q: number,
  answers: Float64Array,
  a: number,
  out: Float64Array,
  at: number,
  sign = 1,
): void {
  for (let i = 0; i < dim; i++) {
    const x = answers[a * dim + i]!;
    for (let j = 0; j < dim; j++) out[at + i * dim + j]! += sign * prompts[q * dim + j]! * x;
    out[at + dim * dim + i]! += sign * x;
    out[at + dim * dim + dim + i]! += sign * x * x;
  }
}

/** How many features `relevanceFeatures` writes. */
export function relevanceWidth(dim: number): number {
  return dim * dim + 2 * dim;
}

/** Pairs of answers to one prompt each, the chosen first by a rater's noisy label: answers 2n (chosen) and 2n + 1 to prompt n. */
export function drawRelevancePairs(
  world: RelevanceWorld,
  pairs: number,
  o: { spread: number; slope: number; flips: number },
  seed: Seed,
): RelevanceAnswers {
  const { dim } = world;
  const rng = random(split(seed, "answers"));
  const prompts = normals(rng, pairs * dim);
  const answers = answersAround(prompts, dim, 2, o.spread, rng);
  const labels = random(split(seed, "labels"));
  for (let n = 0; n < pairs; n++) {
    const gap = relevanceGold(world, prompts, n, answers, 2 * n) - relevanceGold(world, prompts, n, answers, 2 * n + 1);
    if (labels.uniform() < preferProbability(gap, o)) continue;
    const first = answers.slice(2 * n * dim, (2 * n + 1) * dim);
    answers.copyWithin(2 * n * dim, (2 * n + 1) * dim, (2 * n + 2) * dim);
    answers.set(first, (2 * n + 1) * dim);
  }
  return { prompts, answers };
}
