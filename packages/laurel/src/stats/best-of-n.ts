import { UsageError } from "../core/errors.ts";
import { checkPaired, type Numbers } from "./sample.ts";

/**
 * The weight of each of N samples in the expected best of n, without bias.
 *
 * With scores ascending, place i of N is the best of a random n-subset with probability C(i-1, n-1) / C(N, n);
 * equal scores share their places' weights.
 *
 * @param scores the selecting score of N samples of one prompt
 * @param n in [1, N]
 * @returns N weights that sum to 1, in the order of the input
 * @throws UsageError for n outside [1, N]
 * Source: order statistics; the estimator of Chen et al. (2021) for pass@k in the form for real scores (Nakano et al. 2021, appendix).
 */
export function bestOfNWeights(scores: Numbers, n: number): Float64Array {
  const total = scores.length;
  checkDraw(n, total);
  const order = Array.from(scores, (_, i) => i).sort((i, j) => scores[i]! - scores[j]!);
  const weights = new Float64Array(total);
  // from the top: P(place N) = n / N, P(place i-1) = P(place i) (i - n) / (i - 1)
  const byPlace = new Float64Array(total);
  let weight = n / total;
  for (let place = total; place >= n; place--) {
    byPlace[place - 1] = weight;
    if (place > 1) weight *= (place - n) / (place - 1);
  }
  for (let from = 0; from < total; ) {
    let to = from;
    let sum = 0;
    while (to < total && scores[order[to]!] === scores[order[from]!]) sum += byPlace[to++]!;
    for (let k = from; k < to; k++) weights[order[k]!] = sum / (to - from);
    from = to;
  }
  return weights;
}

/**
 * The expected value of the candidate that a reward picks among n, estimated without bias from N >= n samples of one prompt.
 *
 * Σ_i w_i · value_i, w by `bestOfNWeights`
 *
 * @param scores what the reward gives the N samples
 * @param values what they are worth (0/1 correctness, gold reward); default the scores themselves
 * @param n in [1, N]
 * @returns for n = 1 the mean, for n = N the value of the best (ties averaged)
 * @throws UsageError for n outside [1, N] or lists of unequal length
 * @example bestOfN([0.1, 0.9, 0.5], 2, [0, 1, 1]) // 1: every pair holds a right answer, and the reward prefers it
 */
export function bestOfN(scores: Numbers, n: number, values: Numbers = scores): number {
  checkPaired(scores, values, 1, "samples");
  const weights = bestOfNWeights(scores, n);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * values[i]!;
  return sum;
}

/**
 * pass@k: the probability that at least one of k samples is right, without bias from n samples of which c are.
 *
 * 1 - C(n-c, k) / C(n, k)
 *
 * @param n samples
 * @param c right ones, in [0, n]
 * @param k in [1, n]
 * Source: Chen et al. (2021), equation 1.
 */
export function passAtK(n: number, c: number, k: number): number {
  checkCounts(n, c);
  checkDraw(k, n);
  return 1 - subsetShare(n, n - c, k);
}

/**
 * pass^k: the probability that all of k samples are right, without bias from n samples of which c are.
 *
 * C(c, k) / C(n, k)
 *
 * @param n samples
 * @param c right ones, in [0, n]
 * @param k in [1, n]
 * Source: Yao et al. (2024), tau-bench, section 3.
 */
export function passHatK(n: number, c: number, k: number): number {
  checkCounts(n, c);
  checkDraw(k, n);
  return subsetShare(n, c, k);
}

/** C(m, k) / C(n, k): the share of k-subsets of n that lie within m of them. */
function subsetShare(n: number, m: number, k: number): number {
  if (m < k) return 0;
  let share = 1;
  for (let i = 0; i < k; i++) share *= (m - i) / (n - i);
  return share;
}

function checkDraw(n: number, total: number): void {
  if (!(Number.isInteger(n) && n >= 1 && n <= total))
    throw new UsageError(`n must be a whole number in [1, ${total}] (the samples there are), got ${n}`);
}

function checkCounts(n: number, c: number): void {
  if (!(Number.isInteger(n) && Number.isInteger(c) && c >= 0 && c <= n))
    throw new UsageError(`counts must be whole with 0 <= c <= n, got c = ${c}, n = ${n}`);
}
