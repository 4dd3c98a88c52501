import { random, type Seed, UsageError } from "laurel";
import { type FeatureGroups, logLinear, meanFeatures, scoreGradient } from "./log-linear.ts";
import { sampleIndex } from "./sample.ts";
import { logSoftmax } from "./softmax.ts";

/**
 * One exact step of general preference optimisation on one prompt's candidates.
 *
 * π′(i) ∝ π(i) · exp(ŝ_i/β), ŝ_i = Σ_j π(j) s_ij: each candidate's mean score against the policy itself
 *
 * @param logprobs n log-probabilities
 * @param scores n × n preference scores, s_ij = −s_ji
 * @param options `beta` above 0
 * @returns n log-probabilities
 * @throws UsageError for wrong sizes or a beta that is not above 0
 *
 * Source: General Preference Modeling (2024), general preference optimisation; with P − ½ for s it is SPPO's step.
 */
export function gpoStep(logprobs: Float64Array, scores: Float64Array, options: { beta: number }): Float64Array {
  const n = logprobs.length;
  if (scores.length !== n * n) throw new UsageError(`${scores.length} scores for ${n} candidates, which have ${n * n}`);
  if (!(options.beta > 0)) throw new UsageError(`beta must be above 0, not ${options.beta}`);
  const moved = logprobs.map((own, i) => {
    let mean = 0;
    for (let j = 0; j < n; j++) mean += Math.exp(logprobs[j]!) * scores[i * n + j]!;
    return own + mean / options.beta;
  });
  return logSoftmax(moved, n);
}

/**
 * Repeats `gpoStep`. Where tastes go round the policy circles: its last iterate can be beaten outright, its average over steps
 * comes to the game's minimax mixture.
 *
 * @param start n log-probabilities; a uniform start does not move inside a cycle
 * @param options `beta` above 0; `steps`, default 200
 * @returns `last`, n log-probabilities, and `averaged`, the mean probabilities of all steps
 * @example gpo(start, scores, { beta: 3 }).averaged
 */
export function gpo(
  start: Float64Array,
  scores: Float64Array,
  options: { beta: number; steps?: number | undefined },
): { last: Float64Array; averaged: Float64Array } {
  const { steps = 200 } = options;
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new UsageError(`steps must be a whole number above 0, not ${steps}`);
  let last: Float64Array = start;
  const averaged = new Float64Array(start.length);
  for (let step = 0; step < steps; step++) {
    last = gpoStep(last, scores, options);
    for (let i = 0; i < averaged.length; i++) averaged[i]! += Math.exp(last[i]!) / steps;
  }
  return { last, averaged };
}

/** Settings of one sampled round. */
export interface GpoRoundOptions {
  beta: number;
  /** Samples a prompt, default 5. */
  k?: number | undefined;
  /** Gradient steps, default 100, and their size. */
  steps?: number | undefined;
  learningRate: number;
  seed: Seed;
}

/**
 * One round of general preference optimisation from samples, on a log-linear policy.
 *
 * Draws y_1..y_k from π_t for each prompt and minimises the mean over samples of (log π_θ(y_i)/π_t(y_i) − ŝ_i/β)², ŝ_i the mean over
 * j of s(y_i, y_j), with log Z taken as 0.
 *
 * @param theta θ_t
 * @param score s(i, j) of two items of one prompt, above 0 where the first is preferred
 * @returns θ_{t+1}
 * @throws UsageError for a beta that is not above 0, or k below 2
 *
 * Source: General Preference Modeling (2024), the practical loss; k = 5 and three rounds in its scripts.
 */
export function gpoRound(
  groups: FeatureGroups,
  theta: Float64Array,
  score: (first: number, second: number) => number,
  options: GpoRoundOptions,
): Float64Array {
  const { beta, k = 5, steps = 100, learningRate, seed } = options;
  if (!(beta > 0)) throw new UsageError(`beta must be above 0, not ${beta}`);
  if (!(Number.isInteger(k) && k >= 2)) throw new UsageError(`a round needs at least 2 samples a prompt, not ${k}`);
  const { candidates } = groups;
  const old = logLinear(groups, theta);
  const rng = random(seed);
  const items: number[] = [];
  const targets: number[] = [];
  for (let from = 0; from < old.length; from += candidates) {
    const row = old.subarray(from, from + candidates).map(Math.exp);
    const drawn = Array.from({ length: k }, () => from + sampleIndex(rng, row));
    for (const i of drawn) {
      items.push(i);
      targets.push(drawn.reduce((sum, j) => sum + score(i, j), 0) / (k * beta));
    }
  }
  const next = Float64Array.from(theta);
  for (let step = 0; step < steps; step++) {
    const now = logLinear(groups, next);
    const slopes = items.map((i, n) => (2 * (now[i]! - old[i]! - targets[n]!)) / items.length);
    const gradient = scoreGradient(groups, items, slopes, meanFeatures(groups, now));
    for (let d = 0; d < next.length; d++) next[d]! -= learningRate * gradient[d]!;
  }
  return next;
}
