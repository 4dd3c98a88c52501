import { UsageError } from "../core/errors.ts";
import { checkPaired, checkSample, groupsOf, type Numbers } from "./sample.ts";

/** The prompt of each score, and the weight of each score within its prompt (the base policy's probability). */
export interface BanditOptions {
  /** Weights at least 0, not all 0 within a prompt; default equal. They are normalised within each prompt. */
  weights?: Numbers | undefined;
}

/** Scores, grouped, with weights that sum to 1 / G within each of G prompts. */
function grouped(n: number, groups: readonly (string | number)[], options: BanditOptions) {
  if (groups.length !== n) throw new UsageError(`${n} scores but ${groups.length} prompts`);
  const { of, count } = groupsOf(groups);
  const weights = Float64Array.from({ length: n }, (_, i) => options.weights?.[i] ?? 1);
  const sums = new Float64Array(count);
  for (let i = 0; i < n; i++) {
    if (!(weights[i]! >= 0 && Number.isFinite(weights[i])))
      throw new UsageError(`weights[${i}] is ${weights[i]}; weights are finite and at least 0`);
    sums[of[i]!]! += weights[i]!;
  }
  if (sums.some((sum) => sum === 0)) throw new UsageError("the weights of a prompt sum to 0");
  for (let i = 0; i < n; i++) weights[i]! /= sums[of[i]!]! * count;
  return { of, count, weights };
}

/**
 * A reward of one-step tasks without what cannot change which answer is better: each prompt's weighted mean is taken out.
 *
 * c(R)(x, y) = R(x, y) - E_{y ~ π₀}[R(x, y)], STARC's value-adjusted levelling of a bandit
 *
 * @param scores a score an answer
 * @param groups the prompt of each
 * @throws UsageError for lists of unequal length or weights that are negative or sum to 0, NotEnoughDataError for no scores
 * Source: Skalse et al. (2024), STARC, Definition 5 with one step.
 */
export function canonicaliseBandit(
  scores: Numbers,
  groups: readonly (string | number)[],
  options: BanditOptions = {},
): Float64Array {
  checkSample(scores, 1, "scores");
  const { of, count, weights } = grouped(scores.length, groups, options);
  const means = new Float64Array(count);
  for (let i = 0; i < scores.length; i++) means[of[i]!]! += weights[i]! * count * scores[i]!;
  return Float64Array.from(scores, (score, i) => score - means[of[i]!]!);
}

/**
 * A bandit reward's canonical form divided by its weighted L2 norm √(Σ w c²), w summing to 1 over all answers.
 *
 * @returns exactly 0 throughout where the norm is below 1e-9 of the largest |score|: the reward prefers nothing
 * Source: Skalse et al. (2024), Definition 3.
 */
export function standardiseBandit(
  scores: Numbers,
  groups: readonly (string | number)[],
  options: BanditOptions = {},
): Float64Array {
  const canonical = canonicaliseBandit(scores, groups, options);
  const { weights } = grouped(scores.length, groups, options);
  let square = 0;
  let largest = 0;
  // scaled by the largest entry so that squares neither overflow nor vanish
  const scale = canonical.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  for (let i = 0; i < scores.length; i++) {
    largest = Math.max(largest, Math.abs(scores[i]!));
    if (scale > 0) square += weights[i]! * (canonical[i]! / scale) ** 2;
  }
  const norm = scale * Math.sqrt(square);
  if (norm <= 1e-9 * largest || norm === 0) return new Float64Array(scores.length);
  return canonical.map((one) => one / norm);
}

/**
 * The STARC distance of two rewards of the same answers: 0 if they order alike up to scale and a shift a prompt, 2 if opposite.
 *
 * ‖s(R₁) - s(R₂)‖ = √(2 - 2ρ), ρ the weighted within-prompt correlation; 1 against a reward that prefers nothing
 *
 * @param first scores of the first reward
 * @param second scores of the second reward of the same answers
 * @param groups the prompt of each answer
 * @returns in [0, 2]
 * @throws UsageError for lists of unequal length or wrong weights, NotEnoughDataError for no scores
 * Source: Skalse et al. (2024), Definitions 3 to 5, for one step.
 * @example starcBandit([1, 2, 3], [10, 20, 30], ["q", "q", "q"]) // 0
 */
export function starcBandit(
  first: Numbers,
  second: Numbers,
  groups: readonly (string | number)[],
  options: BanditOptions = {},
): number {
  checkPaired(first, second, 1, "scores");
  const [a, b] = [standardiseBandit(first, groups, options), standardiseBandit(second, groups, options)];
  const { weights } = grouped(first.length, groups, options);
  let square = 0;
  for (let i = 0; i < a.length; i++) square += weights[i]! * (a[i]! - b[i]!) ** 2;
  return Math.min(2, Math.sqrt(square));
}

/**
 * The exact regret of picking each prompt's best answer by the wrong reward, normalised and taken both ways.
 *
 * ½ [(J₁(π₁*) - J₁(π₂*)) / (J₁(π₁*) - J₁(π₁⁻)) + the same with 1 and 2 exchanged]
 *
 * J is the mean over prompts, π* picks the highest answer, π⁻ the lowest; the lowest index decides a tie; a zero denominator is 1.
 *
 * @param first scores of the first reward
 * @param second scores of the second reward of the same answers
 * @param groups the prompt of each answer
 * @returns in [0, 1]
 * Source: Skalse et al. (2024), released `interpolated.py`, for one step.
 */
export function banditRegret(first: Numbers, second: Numbers, groups: readonly (string | number)[]): number {
  checkPaired(first, second, 1, "scores");
  const { of, count } = grouped(first.length, groups, {});
  const picks = (scores: Numbers, sign: number): Int32Array => {
    const best = new Int32Array(count).fill(-1);
    for (let i = 0; i < scores.length; i++) {
      const g = of[i]!;
      if (best[g] === -1 || sign * scores[i]! > sign * scores[best[g]!]!) best[g] = i;
    }
    return best;
  };
  const oneWay = (mine: Numbers, theirs: Numbers): number => {
    const [right, wrong, worst] = [picks(mine, 1), picks(theirs, 1), picks(mine, -1)];
    let lost = 0;
    let range = 0;
    for (let g = 0; g < count; g++) {
      lost += mine[right[g]!]! - mine[wrong[g]!]!;
      range += mine[right[g]!]! - mine[worst[g]!]!;
    }
    return range === 0 ? 0 : lost / range;
  };
  return (oneWay(first, second) + oneWay(second, first)) / 2;
}
