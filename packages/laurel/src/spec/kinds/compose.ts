import type {
  AgainstOptions,
  AllOfOptions,
  EnsembleOptions,
  FlipNoiseOptions,
  GateOptions,
  LengthPenaltyOptions,
  MultiplicativeOptions,
  RouteOptions,
  StandardiseOptions,
  ToComparerOptions,
  ToRewardOptions,
  WeightedOptions,
} from "../../compose/index.ts";
import type { JsonObject } from "../../core/index.ts";
import type { Kind, Z } from "../kind.ts";

const load = () => import("../../compose/index.ts");

const weighted: Kind = {
  summary: "weighted sum of rewards",
  options: (z, { rewards }) =>
    z.strictObject({
      rewards,
      weights: z.record(z.string(), z.number()).describe("one for each reward; not normalised"),
      scales: z.enum(["same", "native"]).optional().describe("native adds rewards of different ranges"),
      missing: z.enum(["fail", "renormalise"]).optional().describe("what an unscored part does"),
      name: z.string().optional(),
    }),
  example: {
    kind: "weighted",
    rewards: { right: "verify.math", form: { kind: "verify.format", patterns: ["\\\\boxed\\{"] } },
    weights: { right: 1, form: 0.1 },
  },
  build: async ({ rewards, weights, ...options }, make) =>
    (await load()).weighted(await make.rewards(rewards), weights as Record<string, number>, options as WeightedOptions),
};

const gate: Kind = {
  summary: "a reward that counts only where a condition holds",
  options: (z, { reward }) =>
    z.strictObject({
      rewards: z.strictObject({ condition: reward, reward, else: reward.optional() }),
      atLeast: z.number().optional().describe("the condition's value that opens the gate; default 1"),
      name: z.string().optional(),
    }),
  example: {
    kind: "gate",
    rewards: { condition: { kind: "length", unit: "words", form: "range", max: 200 }, reward: "verify.math" },
  },
  build: async ({ rewards, ...options }, make) => {
    const { condition, reward, else: otherwise } = await make.rewards(rewards);
    const parts = { condition: condition!, reward: reward!, ...(otherwise === undefined ? {} : { else: otherwise }) };
    return (await load()).gate(parts, options as GateOptions);
  },
};

const route: Kind = {
  summary: "sends each task to one of several rewards, by a key of its context",
  options: (z, { rewards }) =>
    z.strictObject({
      rewards,
      selector: z.strictObject({ context: z.string() }).describe("the key of the task's context that names the reward"),
      default: z.string().optional().describe("the reward of tasks without a known name"),
      name: z.string().optional(),
    }),
  example: {
    kind: "route",
    selector: { context: "subject" },
    rewards: { maths: "verify.math", other: "reference.tokenF1" },
    default: "other",
  },
  build: async ({ rewards, selector, ...options }, make) =>
    (await load()).route(selector as { context: string }, await make.rewards(rewards), options as RouteOptions),
};

const ensemble: Kind = {
  summary: "one value from several rewards that measure the same thing",
  options: (z, { rewards }) =>
    z.strictObject({
      rewards,
      aggregate: z
        .union([
          z.enum(["mean", "median", "min"]),
          z.strictObject({ meanMinusSd: z.number() }),
          z.strictObject({ quantile: z.number().min(0).max(1) }),
        ])
        .optional(),
      quorum: z.int().min(1).optional().describe("how many members must be scored; default all"),
      standardise: z.record(z.string(), z.strictObject({ mean: z.number(), sd: z.number().positive() })).optional(),
      scales: z.enum(["same", "native"]).optional(),
      name: z.string().optional(),
    }),
  example: {
    kind: "ensemble",
    rewards: { f1: "reference.tokenF1", exact: "reference.exactMatch" },
    aggregate: { meanMinusSd: 1 },
  },
  build: async ({ rewards, ...options }, make) =>
    (await load()).ensemble(await make.rewards(rewards), options as EnsembleOptions),
};

const multiplicative: Kind = {
  summary: "progress times factors: rules only take away",
  options: (z, { rewards }) =>
    z.strictObject({
      rewards,
      progress: z.string().optional().describe('the reward that alone earns; default "progress"'),
      hard: z.array(z.string()).optional().describe("rules whose breach costs `terminal`"),
      terminal: z.number().optional(),
      name: z.string().optional(),
    }),
  example: {
    kind: "multiplicative",
    rewards: { progress: "verify.math", brief: { kind: "length", unit: "words", form: "range", max: 200 } },
  },
  build: async ({ rewards, ...options }, make) =>
    (await load()).multiplicative(await make.rewards(rewards), options as MultiplicativeOptions),
};

const toReward: Kind = {
  summary: "a reward from a comparer: each candidate's standing among the others",
  options: (z, { comparer }) =>
    z.strictObject({
      comparer,
      pairing: z
        .union([
          z.enum(["round-robin", "swiss", "knockout", "pivot", "active"]),
          z.strictObject({ kind: z.literal("round-robin") }),
          z.strictObject({ kind: z.literal("swiss"), rounds: z.int().min(1).optional() }),
          z.strictObject({ kind: z.literal("knockout") }),
          z.strictObject({ kind: z.literal("pivot"), anchors: z.int().min(1).optional() }),
          z.strictObject({ kind: z.literal("active"), comparisons: z.int().min(1).optional() }),
        ])
        .optional()
        .describe("who meets whom; default round-robin"),
      aggregate: z.enum(["mean-probability", "mean-score", "borda", "copeland", "bradley-terry"]).optional(),
      orders: z.enum(["both", "one"]).optional(),
      prior: z.number().min(0).optional(),
      name: z.string().optional(),
    }),
  example: {
    kind: "to-reward",
    comparer: { kind: "to-comparer", rewards: { reward: "reference.tokenF1" } },
    aggregate: "bradley-terry",
  },
  build: async ({ comparer, pairing, ...options }, make) => {
    const { pairingFrom, toReward: build } = await load();
    const named = pairing === undefined ? {} : { pairing: pairingFrom(pairing as JsonObject | string) };
    return build(await make.comparer(comparer), { ...(options as ToRewardOptions), ...named });
  },
};

const toComparer: Kind = {
  summary: "a comparer from a reward: the sigmoid of the difference, or which is higher",
  makes: "comparer",
  options: (z, { reward }) =>
    z.strictObject({
      rewards: z.strictObject({ reward }),
      scale: z
        .union([z.number().positive(), z.literal("step")])
        .optional()
        .describe("units to a logit; default 1"),
      name: z.string().optional(),
    }),
  example: { kind: "to-comparer", rewards: { reward: "reference.tokenF1" }, scale: "step" },
  build: async ({ rewards, ...options }, make) =>
    (await load()).toComparer((await make.rewards(rewards))["reward"]!, options as ToComparerOptions),
};

const transform = (z: Z) =>
  z
    .union([z.string(), z.looseObject({ kind: z.string() })])
    .describe(
      "a transform's kind, or an object with it and its options, such as { kind: preference-as-reward, slope: 1 }",
    );

const shape: Kind = {
  summary: "a reward through a transform, held against reference rewards (PAR, log-sigmoid-centred and others)",
  options: (z, { reward }) =>
    z.strictObject({
      rewards: z.strictObject({ reward }),
      transform: transform(z),
      references: z
        .union([
          z.strictObject({ kind: z.literal("context"), key: z.string().optional() }),
          z.strictObject({ kind: z.literal("fixed"), values: z.array(z.number()) }),
        ])
        .optional()
        .describe("rewards of reference answers: a key of the task's context, or the same for all tasks"),
      name: z.string().optional(),
    }),
  example: {
    kind: "shape",
    rewards: { reward: "reference.tokenF1" },
    transform: { kind: "preference-as-reward", slope: 1 },
    references: { kind: "context", key: "referenceRewards" },
  },
  build: async ({ rewards, transform: given, references, ...options }, make) => {
    const { referencesFrom, shape: build, transformFrom } = await load();
    const source = references === undefined ? undefined : referencesFrom(references as JsonObject);
    return build(
      (await make.rewards(rewards))["reward"]!,
      transformFrom(given as JsonObject | string),
      source,
      options,
    );
  },
};

const allOf: Kind = {
  summary: "the log-probability that an answer is good in every property: a sum of shaped rewards",
  options: (z, { rewards }) =>
    z.strictObject({
      rewards,
      weights: z.record(z.string(), z.number().min(0)).optional(),
      name: z.string().optional(),
    }),
  example: {
    kind: "all-of",
    rewards: {
      close: {
        kind: "shape",
        rewards: { reward: "reference.tokenF1" },
        transform: "log-sigmoid-centred",
        references: { kind: "fixed", values: [0.2, 0.4] },
      },
    },
  },
  build: async ({ rewards, ...options }, make) =>
    (await load()).allOf(await make.rewards(rewards), options as AllOfOptions),
};

const standardise: Kind = {
  summary: "z-scores within each task's group of candidates",
  options: (z, { reward }) =>
    z.strictObject({
      rewards: z.strictObject({ reward }),
      atLeast: z.int().min(2).optional(),
      sd: z.enum(["sample", "population"]).optional(),
      eps: z.number().min(0).optional(),
      name: z.string().optional(),
    }),
  example: { kind: "standardise", rewards: { reward: "verify.math" } },
  build: async ({ rewards, ...options }, make) =>
    (await load()).standardise((await make.rewards(rewards))["reward"]!, options as StandardiseOptions),
};

const lengthPenalty: Kind = {
  summary: "a reward less a penalty for length beyond a limit",
  options: (z, { reward }) =>
    z.strictObject({
      rewards: z.strictObject({ reward }),
      limit: z.number().min(0).optional(),
      perToken: z.number().min(0).optional(),
      unit: z.enum(["tokens", "words", "characters"]).optional(),
      most: z.number().min(0).optional(),
      name: z.string().optional(),
    }),
  example: { kind: "length-penalty", rewards: { reward: "verify.math" }, unit: "words", limit: 200, perToken: 0.01 },
  build: async ({ rewards, ...options }, make) =>
    (await load()).lengthPenalty((await make.rewards(rewards))["reward"]!, options as LengthPenaltyOptions),
};

const against: Kind = {
  summary: "a comparer's verdict against one opponent: an anchor, the exemplar, or a member of the group",
  options: (z, { comparer }) =>
    z.strictObject({
      comparer,
      opponent: z.enum(["anchor", "exemplar", "group-member"]),
      from: z.strictObject({ context: z.string() }).optional(),
      pick: z.enum(["random", "first"]).optional(),
      scale: z.enum(["probability", "logit", "levels"]).optional(),
      clip: z.number().positive().optional(),
      levels: z.tuple([z.number(), z.number(), z.number()]).optional(),
      tieBand: z.number().min(0).optional(),
      orders: z.enum(["both", "one"]).optional(),
      atLeast: z.int().min(2).optional(),
      name: z.string().optional(),
    }),
  example: {
    kind: "against",
    opponent: "exemplar",
    comparer: { kind: "to-comparer", rewards: { reward: "reference.tokenF1" } },
  },
  build: async ({ comparer, ...options }, make) =>
    (await load()).against(await make.comparer(comparer), options as unknown as AgainstOptions),
};

const randomKind: Kind = {
  summary: "a coin, for controls",
  options: (z) => z.strictObject({ probability: z.number().min(0).max(1).optional() }),
  example: { kind: "random", probability: 0.5 },
  build: async (options) => (await load()).randomReward(options),
};

const inverted: Kind = {
  summary: "the opposite of a reward, for controls",
  options: (z, { reward }) => z.strictObject({ rewards: z.strictObject({ reward }) }),
  example: { kind: "inverted", rewards: { reward: "verify.math" } },
  build: async ({ rewards }, make) => (await load()).inverted((await make.rewards(rewards))["reward"]!),
};

const flipNoise: Kind = {
  summary: "a 0/1 reward flipped with a probability, for controls",
  options: (z, { reward }) =>
    z.strictObject({
      rewards: z.strictObject({ reward }),
      probability: z.number().min(0).max(1),
      unit: z.enum(["group", "candidate"]).optional(),
      seed: z.union([z.string(), z.number()]).optional(),
      name: z.string().optional(),
    }),
  example: { kind: "flip-noise", rewards: { reward: "verify.math" }, probability: 0.1 },
  build: async ({ rewards, ...options }, make) =>
    (await load()).flipNoise((await make.rewards(rewards))["reward"]!, options as unknown as FlipNoiseOptions),
};

/** Kinds of `compose/`. */
export const composeKinds: Readonly<Record<string, Kind>> = {
  weighted,
  gate,
  route,
  ensemble,
  multiplicative,
  shape,
  "all-of": allOf,
  standardise,
  "length-penalty": lengthPenalty,
  against,
  random: randomKind,
  inverted,
  "flip-noise": flipNoise,
  "to-reward": toReward,
  "to-comparer": toComparer,
};
