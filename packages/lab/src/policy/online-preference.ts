import { type Random, random, type Seed, split } from "laurel";
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
 * The online preference loop of SELM and iterative DPO, on a log-linear policy.
 *
 * Each round, on fresh prompts: (1) two distinct draws of the base are the given pair; (2) the policy's greedy answer is the
 * own response; (3) the judge ranks the three: first is chosen, last is rejected; (4) the loss is minimised with the round's
 * start as the reference.
 *
 * @param start θ_0, the base
 * @param value the judge's value of an item, once for each time it is shown
 * @returns θ of every round; α = 0 takes exactly DPO's steps
 * Source: SELM, released scripts (online_feedback.py, selm_trainer.py).
 */
export function onlinePreference(
  groups: FeatureGroups,
  start: Float64Array,
  value: (item: number) => number,
  options: OnlineOptions,
): OnlineRun {
  const { candidates, dim } = groups;
  const prompts = groups.features.length / dim / candidates;
  const perRound = Math.floor(prompts / options.rounds);
  const base = logLinear(groups, start);
  const draws = random(split(options.seed, "given"));
  const explorer = random(split(options.seed, "explore"));
  const shown = new Uint8Array(prompts * candidates);
  let theta: Float64Array = Float64Array.from(start);
  const rounds: Float64Array[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const here = promptsOf(groups, round * perRound, perRound);
    const offset = round * perRound * candidates;
    const own = greedyItems(here, theta);
    const first = new Int32Array(perRound);
    const second = new Int32Array(perRound);
    for (let p = 0; p < perRound; p++) {
      const given = sampleDistinct(draws, base.subarray(offset, offset + here.features.length / dim), p, candidates, 2);
      const ranked = [own[p]!, ...given].map((item) => ({ item, value: value(offset + item) }));
      ranked.sort((a, b) => b.value - a.value);
      first[p] = ranked[0]!.item;
      second[p] = ranked[2]!.item;
      for (const { item } of ranked) shown[offset + item] = 1;
    }
    const explored = options.explore === "random" ? randomItems(explorer, perRound, candidates) : own;
    theta = trainRound(here, theta, { first, second }, explored, options);
    rounds.push(theta);
  }
  return { theta, rounds, shown };
}

function trainRound(
  groups: FeatureGroups,
  start: Float64Array,
  pairs: { first: Int32Array; second: Int32Array },
  explored: Int32Array,
  { steps, learningRate, beta, alpha }: OnlineOptions,
): Float64Array {
  const theta = Float64Array.from(start);
  const reference = Float64Array.from(logitsAt(groups, explored, start));
  for (let step = 0; step < steps; step++) {
    const batch = pairBatch(groups, pairs, theta, start);
    const gradient =
      alpha === 0
        ? pairGradient(groups, pairs, dpoLoss(batch, { beta }))
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
