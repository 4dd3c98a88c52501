import { type Random, random, type Seed, split, UsageError } from "laurel";
import type { LossGradient, PairBatch } from "../train/losses/pair-batch.ts";
import { dpoLoss, selmLoss } from "../train/losses/preference.ts";
import { type FeatureGroups, logLinear, meanFeatures, scoreGradient } from "./log-linear.ts";
import { logitsAt, pairBatch, pairGradient } from "./pairs.ts";
import { sampleDistinct } from "./sample.ts";

/** Settings of the loop. */
export interface OnlineOptions {
  /** Rounds; the prompts are split evenly among them. */
  rounds: number;
  /** Full-batch gradient steps a round. */
  steps: number;
  learningRate: number;
  beta: number;
  /** Weight of the exploration term; 0 is iterative DPO, below 0 is pessimism. */
  alpha: number;
  /** Whose likelihood the exploration term lowers: the policy's own greedy answer (default), or a random candidate's. */
  explore?: "own" | "random" | undefined;
  /** The loss of the pairs where alpha is 0, default DPO with `beta`; `strength` is the judge's value of the first less that of the second. */
  loss?: ((batch: PairBatch, strength: Float64Array) => LossGradient) | undefined;
  /** The policy's own answer: the most likely one (default), or a draw. */
  own?: "greedy" | "sample" | undefined;
  /** What is ranked: the own answer and two draws of the base (default), or two distinct draws of the policy itself. */
  pool?: "own+given" | "own" | undefined;
  /** What the loss is held against: the policy as the round starts (default), or as the run did. */
  reference?: "round-start" | "initial" | undefined;
  seed: Seed;
}

/** What a run leaves. */
export interface OnlineRun {
  theta: Float64Array;
  /** θ after each round. */
  rounds: Float64Array[];
  /** 1 for every item that was ever shown to the judge. */
  shown: Uint8Array;
}

/**
 * The one online preference loop, on a log-linear policy: SELM, iterative DPO, and with `loss` and `pool` iREPO, IPO and the rest.
 *
 * Each round, on fresh prompts: (1) two distinct draws of the base are the given pair; (2) the policy's greedy answer is the
 * own response; (3) the judge ranks the three: first is chosen, last is rejected; (4) the loss is minimised with the round's
 * start as the reference. With the pool "own", (1) to (3) are two distinct draws of the policy, ranked.
 *
 * @param start θ_0, the base
 * @param value the judge's value of an item, once for each time it is shown
 * @returns θ of every round; α = 0 takes exactly DPO's steps
 * @throws UsageError for a loss of its own beside an exploration term, which is DPO's
 * Source: SELM, released scripts (online_feedback.py, selm_trainer.py).
 * @example onlinePreference(groups, start, value, { ...options, alpha: 0, pool: "own", loss: (b, strength) => irepoLoss(b, strength, { beta: 1 }) })
 */
export function onlinePreference(
  groups: FeatureGroups,
  start: Float64Array,
  value: (item: number) => number,
  options: OnlineOptions,
): OnlineRun {
  if (options.loss !== undefined && options.alpha !== 0)
    throw new UsageError("the exploration term belongs to DPO's loss", "set alpha to 0, or leave loss out");
  const { candidates, dim } = groups;
  const prompts = groups.features.length / dim / candidates;
  const perRound = Math.floor(prompts / options.rounds);
  const base = logLinear(groups, start);
  const draws = random(split(options.seed, "given"));
  const explorer = random(split(options.seed, "explore"));
  const sampler = random(split(options.seed, "own"));
  const shown = new Uint8Array(prompts * candidates);
  let theta: Float64Array = Float64Array.from(start);
  const rounds: Float64Array[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const here = promptsOf(groups, round * perRound, perRound);
    const offset = round * perRound * candidates;
    const logprobs = logLinear(here, theta);
    const own =
      options.own === "sample"
        ? Int32Array.from({ length: perRound }, (_, p) => sampleDistinct(sampler, logprobs, p, candidates, 1)[0]!)
        : greedyItems(here, theta);
    const first = new Int32Array(perRound);
    const second = new Int32Array(perRound);
    const strength = new Float64Array(perRound);
    const given = base.subarray(offset, offset + perRound * candidates);
    for (let p = 0; p < perRound; p++) {
      const pool =
        options.pool === "own"
          ? sampleDistinct(sampler, logprobs, p, candidates, 2)
          : [own[p]!, ...sampleDistinct(draws, given, p, candidates, 2)];
      const ranked = pool.map((item) => ({ item, value: value(offset + item) }));
      ranked.sort((a, b) => b.value - a.value);
      const [best, worst] = [ranked[0]!, ranked.at(-1)!];
      first[p] = best.item;
      second[p] = worst.item;
      strength[p] = best.value - worst.value;
      for (const { item } of ranked) shown[offset + item] = 1;
    }
    const explored = options.explore === "random" ? randomItems(explorer, perRound, candidates) : own;
    const reference = options.reference === "initial" ? start : theta;
    theta = trainRound(here, theta, reference, { first, second, strength }, explored, options);
    rounds.push(theta);
  }
  return { theta, rounds, shown };
}

function trainRound(
  groups: FeatureGroups,
  start: Float64Array,
  base: Float64Array,
  pairs: { first: Int32Array; second: Int32Array; strength: Float64Array },
  explored: Int32Array,
  { steps, learningRate, beta, alpha, loss = (batch) => dpoLoss(batch, { beta }) }: OnlineOptions,
): Float64Array {
  const theta = Float64Array.from(start);
  const reference = logitsAt(groups, explored, base);
  for (let step = 0; step < steps; step++) {
    const batch = pairBatch(groups, pairs, theta, base);
    const gradient =
      alpha === 0
        ? pairGradient(groups, pairs, loss(batch, pairs.strength))
        : selmGradient(groups, theta, pairs, explored, reference, { batch, beta, alpha });
    for (let d = 0; d < theta.length; d++) theta[d]! -= learningRate * gradient[d]!;
  }
  return theta;
}

function selmGradient(
  groups: FeatureGroups,
  theta: Float64Array,
  pairs: { first: Int32Array; second: Int32Array },
  explored: Int32Array,
  reference: Float64Array,
  o: { batch: ReturnType<typeof pairBatch>; beta: number; alpha: number },
): Float64Array {
  // the gradient by log π(own) does not depend on log π(own), so logits do for its value here
  const own = { policy: logitsAt(groups, explored, theta), reference };
  const loss = selmLoss(o.batch, own, { beta: o.beta, alpha: o.alpha, allowPessimism: true });
  const gradient = pairGradient(groups, pairs, loss);
  const means = meanFeatures(groups, logLinear(groups, theta));
  const extra = scoreGradient(groups, explored, loss.own, means);
  return gradient.map((g, d) => g + extra[d]!);
}

/** A view of some prompts. */
export function promptsOf({ features, dim, candidates }: FeatureGroups, from: number, count: number): FeatureGroups {
  const size = candidates * dim;
  return { features: features.subarray(from * size, (from + count) * size), dim, candidates };
}

/** The most likely item of each prompt. */
export function greedyItems(groups: FeatureGroups, theta: Float64Array): Int32Array {
  const logprobs = logLinear(groups, theta);
  const out = new Int32Array(logprobs.length / groups.candidates);
  for (let p = 0; p < out.length; p++) {
    let best = p * groups.candidates;
    for (let i = best; i < (p + 1) * groups.candidates; i++) if (logprobs[i]! > logprobs[best]!) best = i;
    out[p] = best;
  }
  return out;
}

function randomItems(rng: Random, prompts: number, candidates: number): Int32Array {
  return Int32Array.from({ length: prompts }, (_, p) => p * candidates + rng.below(candidates));
}
