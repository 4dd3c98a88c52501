import { answerText, type Candidate, type Seed } from "laurel";
import type { WatchedStep } from "../lab/watch/index.ts";
import {
  entropyOf,
  type FeatureGroups,
  grpo,
  klOf,
  logLinear,
  logLinearPolicy,
  type Rollouts,
  reinforce,
  type TrainablePolicy,
  type UpdateRecord,
} from "../policy/index.ts";
import { adam } from "../train/index.ts";
import { armCount, choiceOf, type Scene, type Slot } from "./form.ts";

/** How a small policy is trained. */
export interface TrainSettings {
  algorithm: "grpo" | "rloo";
  updates: number;
  group: number;
  /** Adam's step size. */
  rate: number;
  /** Of the KL penalty. */
  beta: number;
  seed: Seed;
}

/** A trained policy: how likely each combination of moves is, before and after. */
export interface Trained {
  steps: WatchedStep[];
  start: Float64Array;
  end: Float64Array;
}

/** How likely each slot's honest move is at the start. */
const HONEST = 0.7;

/**
 * Trains a softmax policy over combinations of moves. Its logit is the sum of its moves' parameters, so that what is learnt of a move
 * holds in every combination and for every prompt; it starts honest in each slot with probability 0.7.
 *
 * @param rewards of drawn combinations, one a roll-out; null where the reward gave none: such a draw gets its group's mean
 */
export async function trainMoves(
  slots: readonly Slot[],
  scene: Scene,
  rewards: (drawn: readonly { prompt: number; choice: number[]; candidate: Candidate }[]) => Promise<(number | null)[]>,
  settings: TrainSettings,
  onStep: (step: WatchedStep) => void,
): Promise<Trained> {
  const groups = oneHot(slots);
  const arms = groups.candidates;
  const theta = startOf(slots);
  const inner = logLinearPolicy(groups, theta);
  const prompts = scene.prompts.length;
  const choices = Array.from({ length: arms }, (_, arm) => choiceOf(slots, arm));
  const gold = Float64Array.from(choices, (choice) => meanOver(prompts, (p) => scene.gold(p, choice)));
  const start = logLinear(groups, theta);
  let length = 0;
  let exact = { gold: 0, kl: 0, entropy: 0 };
  const look = (): void => {
    const logprobs = logLinear(groups, theta);
    exact = {
      gold: logprobs.reduce((sum, log, arm) => sum + Math.exp(log) * gold[arm]!, 0),
      kl: klOf(logprobs, start, arms),
      entropy: entropyOf(logprobs, arms),
    };
  };
  const reward = async (drawn: Rollouts): Promise<Float64Array> => {
    look();
    const asked = Array.from(drawn.draws, (arm, i) => {
      const prompt = drawn.prompts[Math.floor(i / drawn.group)]!;
      return { prompt, choice: choices[arm]!, candidate: scene.candidate(prompt, choices[arm]!) };
    });
    length = asked.reduce((sum, one) => sum + wordsOf(one.candidate), 0) / asked.length;
    return filled(await rewards(asked), drawn.group);
  };
  const options = {
    prompts,
    group: settings.group,
    updates: settings.updates,
    seed: settings.seed,
    beta: settings.beta,
  };
  const optimiser = adam(settings.rate);
  const training: AsyncGenerator<UpdateRecord> =
    settings.algorithm === "grpo"
      ? grpo(anyPrompt(inner), reward, { ...options, optimiser })
      : reinforce(anyPrompt(inner), reward, { ...options, optimiser });
  const steps: WatchedStep[] = [];
  for await (const { update, reward: proxy, flat, gradientNorm } of training) {
    const step = { step: update, proxy, ...exact, length, gradientNorm, zeroVariance: flat };
    steps.push(step);
    onStep(step);
  }
  return { steps, start: start.map(Math.exp), end: logLinear(groups, theta).map(Math.exp) };
}

function wordsOf(candidate: Candidate): number {
  return answerText(candidate).split(/\s+/).length;
}

function meanOver(n: number, value: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += value(i);
  return sum / n;
}

/** A roll-out without a reward gets the mean of its group, so that it teaches nothing; a group without any gets 0. */
function filled(values: readonly (number | null)[], group: number): Float64Array {
  const out = new Float64Array(values.length);
  for (let from = 0; from < values.length; from += group) {
    const own = values.slice(from, from + group);
    const scored = own.filter((value) => value !== null);
    const mean = scored.length === 0 ? 0 : scored.reduce((sum, value) => sum + value, 0) / scored.length;
    for (const [i, value] of own.entries()) out[from + i] = value ?? mean;
  }
  return out;
}

/** One prompt whose candidates are the combinations, each seen as the moves that it is made of. */
function oneHot(slots: readonly Slot[]): FeatureGroups {
  const candidates = armCount(slots);
  const dim = slots.reduce((sum, { moves }) => sum + moves.length, 0);
  const features = new Float64Array(candidates * dim);
  for (let arm = 0; arm < candidates; arm++) {
    let from = arm * dim;
    for (const [s, move] of choiceOf(slots, arm).entries()) {
      features[from + move] = 1;
      from += slots[s]!.moves.length;
    }
  }
  return { features, dim, candidates };
}

function startOf(slots: readonly Slot[]): Float64Array {
  return Float64Array.from(
    slots.flatMap(({ moves, even }) =>
      moves.map((_, m) => (even === true || m > 0 ? 0 : Math.log((HONEST / (1 - HONEST)) * (moves.length - 1)))),
    ),
  );
}

/** The policy of one prompt for all of them. */
function anyPrompt(inner: TrainablePolicy): TrainablePolicy {
  const same = (rollouts: Rollouts): Rollouts => ({ ...rollouts, prompts: new Int32Array(rollouts.prompts.length) });
  return {
    theta: inner.theta,
    sample: (prompts, group, rng) => ({ ...inner.sample(new Int32Array(prompts.length), group, rng), prompts }),
    logprobs: (rollouts) => inner.logprobs(same(rollouts)),
    scoreGradient: (rollouts, weights) => inner.scoreGradient(same(rollouts), weights),
    at: (theta) => anyPrompt(inner.at(theta)),
  };
}
