import { type Json, type JsonObject, UsageError } from "laurel";
import { type PreferenceDials, paperWorlds, presets, type TextDials } from "../../worlds/preferences/index.ts";

/** The algorithms that an experiment may train with. */
export const algorithmNames = ["grpo", "rloo", "reinforce", "ppo", "rejection"] as const;
export type AlgorithmName = (typeof algorithmNames)[number];

/** A training run on a preference world, as data. */
export type Experiment = {
  world: {
    dials: PreferenceDials;
    prompts: number;
    candidates: number;
    /** Candidates are written as texts, so that any reward can score them. */
    text?: TextDials | undefined;
  };
  /** "log-linear" on features and style, or a "table" with a logit for each candidate. */
  policy: "log-linear" | "table";
  algorithm: { name: AlgorithmName; rate: number; settings: JsonObject };
  reward: ProxyReward;
  seeds: number;
  /** Updates. */
  steps: number;
  /** Updates from one look to the next. */
  every: number;
  seed: string;
};

/** What the policy is trained on. */
export type ProxyReward = (
  | {
      /** A linear Bradley-Terry head on features and style, trained on pairs of the world. */
      from: "learned";
      pairs: number;
      slope: number;
      l2: number;
      /** Heavy-tailed errors on exploits, which preference data never show: Exp(1) times this. */
      raise: number;
    }
  | { from: "gold"; noise: number }
  /** Any reward on the candidates' texts. */
  | { from: "spec"; spec: Json }
) & {
  /** A transform, held against rewards of the first `references` candidates of the prompt. */
  shape?: { transform: JsonObject | string; references: number } | undefined;
};

const settingsOf: Readonly<Record<AlgorithmName, readonly string[]>> = {
  grpo: [
    "batch",
    "group",
    "passes",
    "low",
    "high",
    "most",
    "objective",
    "level",
    "aggregate",
    "maxLength",
    "scale",
    "beta",
    "estimator",
    "referenceEvery",
  ],
  rloo: ["batch", "group", "beta"],
  reinforce: ["batch", "group", "beta", "baseline"],
  ppo: ["batch", "group", "epochs", "minibatches", "clip", "valueClip", "lambda", "whiten", "kl", "valueRate"],
  rejection: ["batch", "group", "keep", "steps"],
};

/**
 * Reads an experiment from data, such as a YAML file.
 *
 * `world`: `preset` (hackable, bandit, curved, or a paper's slug) with the preset's `options`, `dials` laid over it, `prompts`,
 * `candidates`, `text`; `policy`; `algorithm`: `name`, `rate` and its settings; `reward`: `kind: learned` or `gold`, or any kind of
 * `laurel kinds` (then the world has `text`), with `shape`; `seeds`, `steps`, `every`, `seed`.
 *
 * @throws UsageError with the path of what is wrong
 * @example experimentOf({ world: { preset: "par" }, algorithm: { name: "grpo" }, reward: { kind: "learned" } })
 */
export function experimentOf(value: unknown): Experiment {
  const whole = objectAt(value, "the experiment");
  known(whole, ["world", "policy", "algorithm", "reward", "seeds", "steps", "every", "seed"], "");
  const steps = wholeNumber(whole, "steps", 200, 5);
  const policy = choice(whole, "policy", ["log-linear", "table"], "log-linear");
  const experiment: Experiment = {
    world: worldOf(objectAt(whole["world"], "world")),
    policy,
    algorithm: algorithmOf(whole["algorithm"]),
    reward: rewardOf(whole["reward"]),
    seeds: wholeNumber(whole, "seeds", 8, 1),
    steps,
    every: wholeNumber(whole, "every", Math.max(1, Math.floor(steps / 100)), 1),
    seed: String(whole["seed"] ?? "0"),
  };
  const { batch } = experiment.algorithm.settings;
  if (typeof batch === "number" && batch > experiment.world.prompts)
    throw new UsageError(`algorithm.batch: ${batch} prompts an update of ${experiment.world.prompts} that there are`);
  if (experiment.reward.from === "spec" && experiment.world.text === undefined)
    throw new UsageError(
      `reward: ${JSON.stringify(experiment.reward.spec)} scores texts, and this world has none`,
      "give the world `text: {}`, or take `kind: learned` or `kind: gold`",
    );
  return experiment;
}

function worldOf(given: JsonObject): Experiment["world"] {
  known(given, ["preset", "options", "dials", "prompts", "candidates", "text"], "world.");
  const name = given["preset"] ?? "hackable";
  const options = objectAt(given["options"] ?? {}, "world.options");
  let base: { dials: PreferenceDials; prompts?: number; candidates?: number };
  if (typeof name === "string" && Object.hasOwn(paperWorlds, name))
    base = paperWorlds[name as keyof typeof paperWorlds];
  else if (typeof name === "string" && Object.hasOwn(presets, name))
    base = { dials: presets[name as keyof typeof presets]({ ...defaults[name], ...options } as never) };
  else
    throw new UsageError(
      `world.preset: there is no world "${String(name)}"`,
      `there are ${[...Object.keys(presets), ...Object.keys(paperWorlds)].join(", ")}`,
    );
  const dials = { ...base.dials, ...objectAt(given["dials"] ?? {}, "world.dials") } as PreferenceDials;
  return {
    dials,
    prompts: wholeNumber(given, "prompts", Math.min(64, base.prompts ?? 64), 1, "world."),
    candidates: wholeNumber(given, "candidates", Math.min(64, base.candidates ?? 64), 2, "world."),
    ...(given["text"] === undefined ? {} : { text: objectAt(given["text"], "world.text") as TextDials }),
  };
}

/** What presets need where a spec says nothing. */
const defaults: Readonly<Record<string, JsonObject>> = {
  hackable: { properties: 1 },
  bandit: { dim: 12, utility: { sd: 2 } },
  curved: { dim: 16, sd: 0.3, amplitude: 0.3 },
};

function algorithmOf(value: unknown): Experiment["algorithm"] {
  const {
    name = "grpo",
    rate = 0.05,
    ...settings
  } = typeof value === "string" ? { name: value } : objectAt(value ?? {}, "algorithm");
  const found = algorithmNames.find((one) => one === name);
  if (found === undefined)
    throw new UsageError(`algorithm.name: there is no "${String(name)}"`, `there are ${algorithmNames.join(", ")}`);
  known(settings, settingsOf[found], "algorithm.");
  if (typeof rate !== "number" || !(rate > 0)) throw new UsageError("algorithm.rate: expected a number above 0");
  return { name: found, rate, settings };
}

function rewardOf(value: unknown): ProxyReward {
  if (typeof value === "string" && value !== "learned" && value !== "gold") return { from: "spec", spec: value };
  const { shape: shaped, ...given } =
    typeof value === "string" ? { kind: value } : objectAt(value ?? { kind: "learned" }, "reward");
  const shape = shaped === undefined ? {} : { shape: shapeOf(shaped) };
  if (given["kind"] === "learned") {
    known(given, ["kind", "pairs", "slope", "l2", "raise"], "reward.");
    return {
      from: "learned",
      pairs: wholeNumber(given, "pairs", 2000, 10, "reward."),
      slope: numberAt(given, "slope", 2, "reward."),
      l2: numberAt(given, "l2", 1, "reward."),
      raise: numberAt(given, "raise", 0, "reward."),
      ...shape,
    };
  }
  if (given["kind"] === "gold") {
    known(given, ["kind", "noise"], "reward.");
    return { from: "gold", noise: numberAt(given, "noise", 0, "reward."), ...shape };
  }
  // the kind `shape` of rewards is a spec of its own
  return given["kind"] === "shape"
    ? { from: "spec", spec: objectAt(value, "reward") }
    : { from: "spec", spec: given, ...shape };
}

function shapeOf(value: unknown): { transform: JsonObject | string; references: number } {
  if (typeof value === "string") return { transform: value, references: 10 };
  const { references = 10, ...transform } = objectAt(value, "reward.shape");
  if (typeof references !== "number" || !Number.isInteger(references) || references < 1)
    throw new UsageError("reward.shape.references: expected a whole number of at least 1");
  return { transform, references };
}

function objectAt(value: unknown, path: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new UsageError(
      `${path}: expected an object, found ${value === undefined ? "nothing" : JSON.stringify(value)}`,
    );
  return value as JsonObject;
}

function known(given: JsonObject, names: readonly string[], path: string): void {
  const odd = Object.keys(given).find((name) => !names.includes(name));
  if (odd !== undefined) throw new UsageError(`${path}${odd}: unknown`, `there are ${names.join(", ")}`);
}

function numberAt(given: JsonObject, name: string, otherwise: number, path: string): number {
  const value = given[name] ?? otherwise;
  if (typeof value !== "number" || !(value >= 0))
    throw new UsageError(`${path}${name}: expected a number of at least 0`);
  return value;
}

function wholeNumber(given: JsonObject, name: string, otherwise: number, least: number, path = ""): number {
  const value = given[name] ?? otherwise;
  if (typeof value !== "number" || !Number.isInteger(value) || value < least)
    throw new UsageError(`${path}${name}: expected a whole number of at least ${least}`);
  return value;
}

function choice<T extends string>(given: JsonObject, name: string, all: readonly T[], otherwise: T): T {
  const value = given[name] ?? otherwise;
  const found = all.find((one) => one === value);
  if (found === undefined)
    throw new UsageError(`${name}: there is no "${String(value)}"`, `there are ${all.join(", ")}`);
  return found;
}
