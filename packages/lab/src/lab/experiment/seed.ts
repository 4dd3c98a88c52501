import { random, rewardFrom, type Seed, StoppedError, seedFrom, split, UsageError } from "laurel";
import { transformFrom } from "laurel/compose";
import { scoreAll } from "laurel/run";
import { openStore } from "laurel/store";
import {
  candidateRewards,
  entropyOf,
  expected,
  type FeatureGroups,
  type GrpoSettings,
  grpo,
  klOf,
  logLinear,
  logLinearPolicy,
  logSoftmax,
  type PpoSettings,
  ppo,
  type ReinforceSettings,
  type RolloutReward,
  type Rollouts,
  reinforce,
  rejectionSampling,
  type TrainablePolicy,
  tableCritic,
  tabularPolicy,
  type UpdateRecord,
} from "../../policy/index.ts";
import { adam } from "../../train/index.ts";
import {
  drawResponses,
  drawTaste,
  drawTexts,
  proxyRewards,
  type Responses,
  raiseExploits,
  type Taste,
  type TextResponses,
  textExamples,
  trainRewardModel,
  withStyle,
} from "../../worlds/preferences/index.ts";
import type { WatchedStep } from "../watch/index.ts";
import type { Experiment } from "./spec.ts";

/** One seed of an experiment. */
export interface ExperimentJob {
  experiment: Experiment;
  /** From 0. */
  index: number;
  /** Directory of the store, for rewards that cost something. */
  store?: string | undefined;
}

/**
 * Runs one seed: draws the world, makes the proxy, trains, and looks at the exact policy every so many updates.
 *
 * @param onStep told each look as it comes
 */
export async function runExperimentSeed(
  { experiment, index, store }: ExperimentJob,
  onStep: (step: WatchedStep) => void,
  signal: AbortSignal,
): Promise<WatchedStep[]> {
  const seed = split(seedFrom(`lab/experiment/${experiment.seed}`), index);
  const { dials, prompts, candidates, text } = experiment.world;
  const taste = drawTaste(dials, split(seed, "taste"));
  const shape = { prompts, candidates };
  const world = split(seed, "candidates");
  const texts = text === undefined ? undefined : drawTexts(taste, text, shape, world);
  const responses: Responses = texts ?? drawResponses(taste, shape, world);
  const proxy = shaped(
    await proxyOf(experiment, taste, responses, texts, { seed, store, signal }),
    candidates,
    experiment,
  );
  const gold = responses.gold[0]!;
  const length = texts === undefined ? undefined : Float64Array.from(texts.texts, (one) => one.split(/\s+/).length);
  const { policy, logprobs } = policyOf(experiment, responses);
  const start = logprobs();
  const steps: WatchedStep[] = [];
  const look = (step: number, record: UpdateRecord | undefined): void => {
    const now = logprobs();
    const one: WatchedStep = {
      step,
      proxy: expected(now, proxy, candidates),
      gold: expected(now, gold, candidates),
      kl: klOf(now, start, candidates),
      entropy: entropyOf(now, candidates),
      ...(length === undefined ? {} : { length: expected(now, length, candidates) }),
      ...(record === undefined ? {} : { gradientNorm: record.gradientNorm, zeroVariance: record.flat }),
    };
    steps.push(one);
    onStep(one);
  };
  look(0, undefined);
  const rewards: RolloutReward = (drawn) => candidateRewards(drawn, proxy, candidates);
  for await (const record of trainingOf(experiment, policy, rewards, split(seed, "train"))) {
    const done = record.update + 1;
    if (done % experiment.every === 0 || done === experiment.steps) look(done, record);
    // what waits for the next message or signal gets its turn
    if (done % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return steps;
}

async function proxyOf(
  { reward }: Experiment,
  taste: Taste,
  responses: Responses,
  texts: TextResponses | undefined,
  o: { seed: Seed; store: string | undefined; signal: AbortSignal },
): Promise<Float64Array> {
  if (reward.from === "learned") {
    const weights = trainRewardModel(taste, 0, reward, split(o.seed, "model"));
    const proxy = proxyRewards(weights, responses);
    return reward.raise === 0 ? proxy : raiseExploits(proxy, responses, reward.raise, split(o.seed, "raise"));
  }
  if (reward.from === "gold") {
    const rng = random(split(o.seed, "noise"));
    return responses.gold[0]!.map((value) => value + reward.noise * rng.normal());
  }
  const made = await rewardFrom(reward.spec);
  const store = o.store === undefined ? undefined : await openStore(o.store);
  try {
    const out = new Float64Array(responses.style.length);
    const tasks = textExamples(texts!).map(({ task }) => task);
    let p = 0;
    for await (const { scores } of scoreAll(made, tasks, {
      cache: store,
      calls: store,
      signal: o.signal,
      workers: 1,
    })) {
      for (const [k, one] of scores.entries()) {
        if (one.unscored !== undefined)
          throw new UsageError(
            `${made.name} gives candidate ${k} of prompt ${p + 1} no score: ${one.unscored.message}`,
          );
        out[p * responses.candidates + k] = one.value;
      }
      p++;
    }
    if (p < tasks.length) throw new StoppedError("the run was stopped while its candidates were scored");
    return out;
  } finally {
    store?.[Symbol.dispose]();
    await made[Symbol.asyncDispose]?.();
  }
}

/** The proxy through its transform, each prompt against rewards of its own first candidates: draws of the policy at the start. */
function shaped(proxy: Float64Array, candidates: number, { reward: { shape } }: Experiment): Float64Array {
  if (shape === undefined) return proxy;
  const transform = transformFrom(shape.transform);
  return proxy.map((value, i) => {
    const first = i - (i % candidates);
    return transform.apply(value, proxy.slice(first, first + Math.min(candidates, shape.references)));
  });
}

function policyOf(
  { policy: kind, world }: Experiment,
  responses: Responses,
): { policy: TrainablePolicy; logprobs(): Float64Array } {
  const { prompts, candidates } = world;
  if (kind === "table") {
    const theta = new Float64Array(prompts * candidates);
    const model = {
      states: prompts,
      vocab: candidates,
      starts: Int32Array.from({ length: prompts }, (_, p) => p),
      end: -1,
      horizon: 1,
      next: (state: number) => state,
    };
    return { policy: oneAction(tabularPolicy(model, theta)), logprobs: () => logSoftmax(theta, candidates) };
  }
  const groups: FeatureGroups = { features: withStyle(responses), dim: responses.dim + 1, candidates };
  const theta = new Float64Array(groups.dim);
  return { policy: logLinearPolicy(groups, theta), logprobs: () => logLinear(groups, theta) };
}

/** A tabular policy of one token a sequence, whose draws are candidates. */
function oneAction(inner: TrainablePolicy): TrainablePolicy {
  const plain = ({ prompts, group, draws }: Rollouts): Rollouts => ({ prompts, group, draws });
  return {
    ...inner,
    sample: (prompts, group, rng) => plain(inner.sample(prompts, group, rng)),
    at: (theta) => oneAction(inner.at(theta)),
  };
}

function trainingOf(
  { algorithm: { name, rate, settings }, steps, world: { prompts } }: Experiment,
  policy: TrainablePolicy,
  reward: RolloutReward,
  seed: Seed,
): AsyncGenerator<UpdateRecord> {
  const base = { ...settings, prompts, updates: steps, seed, optimiser: adam(rate) };
  switch (name) {
    case "grpo":
      return grpo(policy, reward, base as GrpoSettings);
    case "rloo":
    case "reinforce":
      return reinforce(policy, reward, base as ReinforceSettings);
    case "ppo": {
      const valueOptimiser = adam(typeof settings["valueRate"] === "number" ? settings["valueRate"] : 0.05);
      return ppo(policy, tableCritic(prompts, "prompt"), reward, { ...base, valueOptimiser } as PpoSettings);
    }
    case "rejection": {
      const { steps: inner, ...rest } = settings;
      return rejectionSampling(policy, reward, {
        ...base,
        ...rest,
        ...(typeof inner === "number" ? { steps: inner } : {}),
      });
    }
  }
}
