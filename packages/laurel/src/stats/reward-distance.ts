import { UsageError } from "../core/errors.ts";
import type { Estimate } from "../core/index.ts";
import { bootstrapValues, percentileEstimate, type ResampleOptions } from "./percentile.ts";
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

/**
 * The STARC distance of two rewards from a sample of prompts, with a percentile bootstrap over prompts.
 *
 * √(2 - 2ρ), ρ = Σ_x ⟨a, b⟩_x / √(Σ_x ⟨a, a⟩_x Σ_x ⟨b, b⟩_x), a and b the scores less their prompt's mean; prompts are drawn whole
 *
 * @param first scores of the first reward
 * @param second scores of the second reward of the same answers
 * @param groups the prompt of each answer
 * @param options `weights` as `starcBandit`'s; `seed`, `reps` (1,000), `level` (0.95)
 * @returns the distance in [0, 2]; where one reward prefers nothing on a draw, that draw's distance is 1
 * @throws UsageError for lists of unequal length or wrong weights; NotEnoughDataError for no scores
 * Source: Skalse et al. (2024), STARC, in the sampled form for one step.
 * @example starcEstimate(mine, theirs, prompts, { seed: seedFrom(1) })
 */
export function starcEstimate(
  first: Numbers,
  second: Numbers,
  groups: readonly (string | number)[],
  options: BanditOptions & ResampleOptions,
): Estimate {
  const value = starcBandit(first, second, groups, options);
  // standardised by one norm for all prompts, so that each prompt's share only depends on it
  const [a, b] = [standardiseBandit(first, groups, options), standardiseBandit(second, groups, options)];
  const { of, count, weights } = grouped(first.length, groups, options);
  const sums = new Float64Array(3 * count);
  for (let i = 0; i < a.length; i++) {
    sums[3 * of[i]!]! += weights[i]! * a[i]! * a[i]!;
    sums[3 * of[i]! + 1]! += weights[i]! * b[i]! * b[i]!;
    sums[3 * of[i]! + 2]! += weights[i]! * a[i]! * b[i]!;
  }
  const at = (drawn: Int32Array): number => {
    let [aa, bb, ab] = [0, 0, 0];
    for (const g of drawn) {
      aa += sums[3 * g]!;
      bb += sums[3 * g + 1]!;
      ab += sums[3 * g + 2]!;
    }
    if (aa === 0 || bb === 0) return aa === bb ? 0 : 1;
    return Math.sqrt(Math.max(0, 2 - (2 * ab) / Math.sqrt(aa * bb)));
  };
  const estimate = percentileEstimate(value, bootstrapValues(count, at, options), {
    n: first.length,
    clusters: count,
    method: "STARC distance of one-step tasks, percentile bootstrap by prompt",
    level: options.level,
  });
  return { ...estimate, low: Math.min(value, estimate.low), high: Math.max(value, estimate.high) };
}

/** The worst regret of following one reward where another is true, as a share of what there is to lose. */
export interface WorstRegret {
  /** Exact on the prompts and answers given; in [0, 1]. */
  value: number;
  /** A pair of policies shows that it is no less than this. */
  lower: number;
  /** It is no more than √(2m) · d over the true reward's range, d the STARC distance. */
  upper: number;
}

/**
 * How much worse by the first reward a policy can become while it gets no worse by the second, exactly, with STARC's bounds.
 *
 *     max J₁(π₁) - J₁(π₂) over J₂(π₂) ≥ J₂(π₁) = min_(λ ≥ 0) mean_x range_y(s₁ - λ s₂)   (strong duality of the linear program)
 *     upper: √(2m) d, m the largest 1 / (weight of an answer within its prompt); lower: 2 ⟨s₁, v⟩ / max |v|, v = s₁ - max(ρ, 0) s₂,
 *     the regret between the policies w (1 ± v / max |v|)
 *
 * s₁ and s₂ are the standardised rewards; all three are divided by mean_x range_y(s₁), the most that can be lost.
 *
 * @param first scores of the reward that is true
 * @param second scores of the reward that is followed
 * @param groups the prompt of each answer
 * @returns 0 throughout where the first reward prefers nothing
 * @throws UsageError for lists of unequal length or wrong weights; NotEnoughDataError for no scores
 * Source: Skalse et al. (2024), Theorems 1 and 2 (that such bounds exist); the constants are derived here, for one step.
 * @example worstBanditRegret([1, 2, 3], [3, 2, 1], ["q", "q", "q"]).value // 1: following the opposite can lose all
 */
export function worstBanditRegret(
  first: Numbers,
  second: Numbers,
  groups: readonly (string | number)[],
  options: BanditOptions = {},
): WorstRegret {
  checkPaired(first, second, 1, "scores");
  const [a, b] = [standardiseBandit(first, groups, options), standardiseBandit(second, groups, options)];
  const { of, count, weights } = grouped(first.length, groups, options);
  const range = (lambda: number): number => {
    const low = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    const high = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    for (let i = 0; i < a.length; i++) {
      const value = a[i]! - lambda * b[i]!;
      if (value < low[of[i]!]!) low[of[i]!] = value;
      if (value > high[of[i]!]!) high[of[i]!] = value;
    }
    let sum = 0;
    for (let g = 0; g < count; g++) sum += high[g]! - low[g]!;
    return sum / count;
  };
  const most = range(0);
  if (most === 0) return { value: 0, lower: 0, upper: 0 };
  let rho = 0;
  let square = 0;
  let smallest = 1;
  for (let i = 0; i < a.length; i++) {
    rho += weights[i]! * a[i]! * b[i]!;
    square += weights[i]! * (a[i]! - b[i]!) ** 2;
    if (weights[i]! > 0) smallest = Math.min(smallest, weights[i]! * count);
  }
  let along = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const v = a[i]! - Math.max(rho, 0) * b[i]!;
    along += weights[i]! * a[i]! * v;
    largest = Math.max(largest, Math.abs(v));
  }
  const everywhere = weights.every((weight) => weight > 0);
  const value = Math.min(most, least(range, most, b));
  return {
    value: value / most,
    lower: Math.min(value, largest < 1e-12 ? 0 : Math.max(0, (2 * along) / largest)) / most,
    // answers without weight are outside the distance, so that nothing bounds what is lost on them
    upper: everywhere ? Math.min(1, (Math.sqrt(2 / smallest) * Math.sqrt(square)) / most) : 1,
  };
}

/** The least value of a convex function of λ ≥ 0 that grows without bound unless `b` is 0. */
function least(range: (lambda: number) => number, most: number, b: Float64Array): number {
  const spread = b.reduce((sum, one) => Math.max(sum, Math.abs(one)), 0);
  if (spread === 0) return most;
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0, 1];
  // the function grows with λ in the end; beyond this point it only does
  while (range(2 * high) < range(high)) high *= 2;
  high *= 2;
  let [left, right] = [high - golden * high, golden * high];
  let [atLeft, atRight] = [range(left), range(right)];
  for (let i = 0; i < 100 && high - low > 1e-12 * high; i++) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - golden * (high - low);
      atLeft = range(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + golden * (high - low);
      atRight = range(right);
    }
  }
  return Math.min(range(0), range(1), atLeft, atRight);
}
