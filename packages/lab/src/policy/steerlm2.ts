import { random, type Seed, UsageError } from "laurel";
import type { Optimiser } from "../train/adam.ts";
import { brainLoss, effectiveSampleSizes, posteriorWeights } from "../train/losses/listwise.ts";
import { perAction, perRollout, type Rollouts, rolloutCount, startsOf, type TrainablePolicy } from "./rollouts.ts";
import { average, drawPrompts, norm } from "./updates.ts";

/** One number a roll-out. */
export type RolloutLogprobs = (rollouts: Rollouts) => Float64Array;

/** Settings of SteerLM 2.0. A "prompt" is a prompt together with the attributes that are wanted of its answer. */
export interface SteerLm2Settings {
  /** Prompts that there are. */
  prompts: number;
  /** Prompts a step, drawn without replacement; default all. */
  batch?: number | undefined;
  /** Samples a prompt, at least 2; default 10. */
  samples?: number | undefined;
  /** Gradient steps an iteration; each draws anew from the iteration's proposal. */
  steps: number;
  /** After each, the policy as it is becomes the proposal; default 1. */
  iterations?: number | undefined;
  /** log P(y|x): the prior, without the attributes. */
  logPrior: RolloutLogprobs;
  /** log P(a|x, y): how well an answer fits the wanted attributes, from a reward model; −Infinity where it cannot. */
  logAttributes: RolloutLogprobs;
  /** How θ moves, such as adam(0.05). */
  optimiser: Optimiser;
  seed: Seed;
}

/** What is known after a step. */
export interface SteerLm2Record {
  /** From 0, over all iterations. */
  step: number;
  /** Mean of KL(w′ ‖ b′) over the prompts that taught something, before the step: what falls as the policy nears the posterior; NaN for none. */
  kl: number;
  /** Prompts of which no sample explains the attributes: they taught nothing. */
  skipped: number;
  /** Mean 1/Σw′²; below 1.5 a prompt teaches next to nothing. */
  effectiveSize: number;
  gradientNorm: number;
}

/**
 * SteerLM 2.0: the policy is moved to the posterior over answers given wanted attributes, P(y|a, x) ∝ P(a|x, y) P(y|x).
 *
 * It minimises E KL(P(y|a, x) ‖ Q_θ(y|a, x)) with answers of a fixed proposal Q′ and self-normalised weights:
 *
 *     w′ = softmax_i(log P(a|x, y_i) + log P(y_i|x) − log Q′(y_i|a, x)), b′ = softmax_i(log Q_θ(y_i|a, x) − log Q′(y_i|a, x))
 *     θ moves along Σ_i (w′_i − b′_i) ∇ log Q_θ(y_i|a, x), summed over prompts
 *
 * b′ is of the policy as it is at the step. An answer that was drawn c times counts c⁻¹ each time, in both. It is BRAIn's estimator
 * (`brainLoss`) with log P(a|x, y) for the reward over temperature.
 *
 * @param policy moved in place; its start is the first proposal (the SteerLM model)
 * @returns a record after each step
 * @throws UsageError for fewer than 2 samples, or log-probabilities of another number of roll-outs or that are NaN
 * Source: HelpSteer2 (2024); NVIDIA/NeMo-Aligner, steerlm2.rst. The paper's posteriorWeights is `posteriorWeights` with temperature 1.
 */
export async function* steerlm2(policy: TrainablePolicy, settings: SteerLm2Settings): AsyncGenerator<SteerLm2Record> {
  const { samples = 10, steps, iterations = 1 } = settings;
  const rng = random(settings.seed);
  let step = 0;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const proposal = policy.at(Float64Array.from(policy.theta));
    for (let k = 0; k < steps; k++) {
      const prompts = drawPrompts(rng, settings.prompts, settings.batch ?? settings.prompts);
      const drawn = proposal.sample(prompts, samples, rng);
      const copies = multiplicities(drawn);
      const attributes = checked("attributes", settings.logAttributes(drawn), drawn);
      const prior = checked("prior", settings.logPrior(drawn), drawn);
      const silent = withoutWeight(attributes, prior, samples);
      const told = (values: Float64Array): Float64Array =>
        silent.size === 0 ? values : values.filter((_, i) => !silent.has(Math.floor(i / samples)));
      const batch = {
        logProposal: told(perRollout(drawn, proposal.logprobs(drawn)).map((log, i) => log + Math.log(copies[i]!))),
        logPrior: told(prior),
        reward: told(attributes),
        logq: told(perRollout(drawn, policy.logprobs(drawn))),
        group: samples,
      };
      const { loss, gradScale } = brainLoss(batch, { temperature: 1 });
      let next = 0;
      const weights = Float64Array.from(prior, (_, i) =>
        silent.has(Math.floor(i / samples)) ? 0 : -gradScale[next++]!,
      );
      const gradient = policy.scoreGradient(drawn, perAction(drawn, weights));
      settings.optimiser.step(policy.theta, gradient);
      yield {
        step: step++,
        kl: loss,
        skipped: silent.size,
        effectiveSize: average(effectiveSampleSizes(posteriorWeights(batch, 1), samples)),
        gradientNorm: norm(gradient),
      };
    }
  }
}

/** How often each roll-out's actions stand in its group, itself counted. */
function multiplicities(drawn: Rollouts): Float64Array {
  const { group, draws } = drawn;
  const starts = startsOf(drawn);
  const out = new Float64Array(rolloutCount(drawn)).fill(1);
  const same = (i: number, j: number): boolean => {
    const length = starts[i + 1]! - starts[i]!;
    if (starts[j + 1]! - starts[j]! !== length) return false;
    for (let t = 0; t < length; t++) if (draws[starts[i]! + t] !== draws[starts[j]! + t]) return false;
    return true;
  };
  for (let i = 0; i < out.length; i++)
    for (let j = i + 1; j < (Math.floor(i / group) + 1) * group; j++)
      if (same(i, j)) {
        out[i]!++;
        out[j]!++;
      }
  return out;
}

/** The groups of which no sample has a posterior weight above 0. */
function withoutWeight(logAttributes: Float64Array, logPrior: Float64Array, group: number): Set<number> {
  const out = new Set<number>();
  for (let from = 0; from < logAttributes.length; from += group) {
    let some = false;
    for (let i = from; i < from + group; i++) some ||= logAttributes[i]! + logPrior[i]! > Number.NEGATIVE_INFINITY;
    if (!some) out.add(from / group);
  }
  return out;
}

function checked(name: string, logs: Float64Array, drawn: Rollouts): Float64Array {
  if (logs.length !== rolloutCount(drawn))
    throw new UsageError(`${logs.length} log-probabilities of the ${name} for ${rolloutCount(drawn)} roll-outs`);
  const bad = logs.findIndex((log) => Number.isNaN(log) || log === Number.POSITIVE_INFINITY);
  if (bad >= 0) throw new UsageError(`the log-probability of the ${name} of roll-out ${bad} is ${logs[bad]}`);
  return logs;
}
