import { candidate, message, random, type Seed, split } from "laurel";
import type { ScoredTask } from "laurel/recipes";
import { normals, unit } from "./world.ts";

/** Answers to queries, scored by a pool of judges that like length and round. */
export type PoolDials = {
  queries: number;
  answers: number;
  dim: number;
  /** Gold score: middle + spread · quality + N(0, query²), quality w·x with ‖w‖ = 1. */
  middle: number;
  spread: number;
  query: number;
  judges: number;
  /** A judge's liking for length: bias · U(0.3, 1); its offset N(0, offset²); its noise of sd noise · U(0.6, 1.4). */
  bias: number;
  offset: number;
  noise: number;
  /** Judges say a whole number from 0 to 10 at random. */
  uniform: boolean;
};

/** The pool: item q · answers + k of every list. */
export interface JudgedPool {
  dim: number;
  /** Features and then length, items × dim. */
  features: Float64Array;
  quality: Float64Array;
  /** Whole numbers from 0 to 10, one list a judge. */
  scores: readonly Float64Array[];
  weights: Float64Array;
}

/** Draws queries, answers and the judges' scores: round(clip(gold + bias · length + offset + noise, 0, 10)). */
export function drawJudgedPool(dials: PoolDials, seed: Seed): JudgedPool {
  const { queries, answers, dim, middle, spread, bias, offset, noise, uniform } = dials;
  const weights = unit(normals(random(split(seed, "taste")), dim));
  const n = queries * answers;
  const drawn = drawItems(weights, n, split(seed, "answers"));
  const effects = normals(random(split(seed, "queries")), queries);
  const judges = random(split(seed, "judges"));
  const scores = Array.from({ length: dials.judges }, () => {
    const liking = bias * (0.3 + 0.7 * judges.uniform());
    const own = offset * judges.normal();
    const sd = noise * (0.6 + 0.8 * judges.uniform());
    return drawn.quality.map((quality, i) => {
      if (uniform) return judges.below(11);
      const gold = middle + spread * quality + dials.query * effects[Math.floor(i / answers)]!;
      const length = drawn.features[i * (dim + 1) + dim]!;
      return Math.round(Math.min(10, Math.max(0, gold + liking * length + own + sd * judges.normal())));
    });
  });
  return { dim: dim + 1, ...drawn, scores, weights };
}

/** Fresh items of a taste: features N(0, I), length N(0, 1) that quality knows nothing of. */
export function drawItems(
  weights: Float64Array,
  n: number,
  seed: Seed,
): { features: Float64Array; quality: Float64Array } {
  const dim = weights.length;
  const features = normals(random(seed), n * (dim + 1));
  const quality = Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += weights[d]! * features[i * (dim + 1) + d]!;
    return sum;
  });
  return { features, quality };
}

/** The pool as tasks with the mean of some judges' scores; an answer's text is the number of its item. */
export function scoredTasks(pool: JudgedPool, answers: number, judges: readonly Float64Array[]): ScoredTask[] {
  const queries = pool.quality.length / answers;
  return Array.from({ length: queries }, (_, q) => {
    const items = Array.from({ length: answers }, (_, k) => q * answers + k);
    return {
      task: {
        id: `q${q}`,
        prompt: [message("user", `query ${q}`)],
        candidates: items.map((item) => candidate(String(item))),
      },
      scores: items.map((item) => judges.reduce((sum, own) => sum + own[item]!, 0) / judges.length),
    };
  });
}
