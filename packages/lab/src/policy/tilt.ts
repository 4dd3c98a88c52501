import { UsageError } from "laurel";
import { klOf, logSoftmax, uniformLogprobs } from "./softmax.ts";

/** A policy that is optimal for a reward under a KL penalty. */
export interface Tilt {
  logprobs: Float64Array;
  /** The temperature at which it was reached. */
  beta: number;
  /** The exact KL from the base, in nats. */
  kl: number;
}

/**
 * The exact optimum of E[u] − β KL(π ‖ π_0): π(k|p) ∝ π_0(k|p) exp(u_pk / β).
 *
 * @param base log-probabilities of π_0, default uniform
 */
export function tilt(values: Float64Array, candidates: number, beta: number, base?: Float64Array): Float64Array {
  if (!(beta > 0)) throw new UsageError(`beta must be above 0, not ${beta}`);
  const logits = base === undefined ? values.map((u) => u / beta) : values.map((u, i) => base[i]! + u / beta);
  return logSoftmax(logits, candidates);
}

/**
 * The tilt whose mean KL over prompts is as wanted, one β for all prompts, by bisection on log β.
 *
 * Two rewards are compared at the same KL so that no optimiser and no scale blurs the comparison; an affine change of a
 * reward changes nothing.
 *
 * @param kl wanted, in nats, above 0
 * @param options `steps` of bisection, default 40; `base` as in `tilt`
 * @returns where the KL saturates below what is wanted (a clipped reward), the tilt at the smallest β tried: see `kl`
 */
export function tiltToKl(
  values: Float64Array,
  candidates: number,
  kl: number,
  options: { steps?: number | undefined; base?: Float64Array | undefined } = {},
): Tilt {
  const prompts = values.length / candidates;
  const base = options.base ?? uniformLogprobs(prompts, candidates);
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const spread = most > least ? most - least : 1;
  let low = Math.log(spread) - 14;
  let high = Math.log(spread) + 7;
  for (let step = 0; step < (options.steps ?? 40); step++) {
    const middle = (low + high) / 2;
    if (tiltKl(values, candidates, Math.exp(middle), base) > kl) low = middle;
    else high = middle;
  }
  const beta = Math.exp(high);
  const logprobs = tilt(values, candidates, beta, base);
  return { logprobs, beta, kl: klOf(logprobs, base, candidates) };
}

/** KL(tilt ‖ base) by prompt sums alone: E_π[u]/β − log E_0[exp(u/β)]. */
function tiltKl(values: Float64Array, candidates: number, beta: number, base: Float64Array): number {
  let total = 0;
  for (let from = 0; from < values.length; from += candidates) {
    let most = Number.NEGATIVE_INFINITY;
    for (let i = from; i < from + candidates; i++) {
      const x = values[i]! / beta;
      if (x > most) most = x;
    }
    let sum = 0;
    let mean = 0;
    for (let i = from; i < from + candidates; i++) {
      const x = values[i]! / beta - most;
      // e^−40 of the largest weight is below a double's last digit
      if (x < -40) continue;
      const weight = Math.exp(x + base[i]!);
      sum += weight;
      mean += weight * x;
    }
    total += mean / sum - Math.log(sum);
  }
  return total / (values.length / candidates);
}
