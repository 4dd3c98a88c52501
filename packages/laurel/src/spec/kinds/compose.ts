import type {
  EnsembleOptions,
  GateOptions,
  MultiplicativeOptions,
  RouteOptions,
  ToComparerOptions,
  ToRewardOptions,
  WeightedOptions,
} from "../../compose/index.ts";
import type { JsonObject } from "../../core/index.ts";
import type { Kind } from "../kind.ts";

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
          z.enum(["round-robin", "swiss", "knockout", "pivot"]),
          z.strictObject({ kind: z.literal("round-robin") }),
          z.strictObject({ kind: z.literal("swiss"), rounds: z.int().min(1).optional() }),
          z.strictObject({ kind: z.literal("knockout") }),
          z.strictObject({ kind: z.literal("pivot"), anchors: z.int().min(1).optional() }),
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

/** Kinds of `compose/`. */
export const composeKinds: Readonly<Record<string, Kind>> = {
  weighted,
  gate,
  route,
  ensemble,
  multiplicative,
  "to-reward": toReward,
  "to-comparer": toComparer,
};
