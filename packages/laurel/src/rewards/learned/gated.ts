import type { Gate } from "../../compose/route.ts";
import {
  composite,
  isScored,
  type JsonObject,
  messageOf,
  type Reward,
  type Score,
  settle,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { type GateShape, gateOf, gateTensors } from "./gated-network.ts";
import type { Head, HeadScore } from "./head.ts";

/** Coefficients of the raw objectives under a gate g and a transform T: c_j = Σ_k T_jk g_k, so that Σ_j c_j r_j is the gated score. */
export function gatedCoefficients(gate: ArrayLike<number>, transform?: ArrayLike<number>): Float64Array {
  const n = gate.length;
  if (transform === undefined) return Float64Array.from(gate);
  return Float64Array.from({ length: n }, (_, j) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += transform[j * n + k]! * gate[k]!;
    return sum;
  });
}

/** The coefficients that weigh most, by size: `complexity 0.199, verbosity −0.109`. */
function topCoefficients(names: readonly string[], coefficients: Float64Array, top: number): string {
  return names
    .map((name, k) => ({ name, c: coefficients[k]! }))
    .sort((a, b) => Math.abs(b.c) - Math.abs(a.c))
    .slice(0, top)
    .map(({ name, c }) => `${name} ${c < 0 ? "−" : ""}${Math.abs(c).toFixed(3)}`)
    .join(", ");
}

/** The score of raw objectives under coefficients: the objectives as parts, the top coefficients as the rationale. */
export function gatedScore(
  names: readonly string[],
  raw: ArrayLike<number>,
  coefficients: Float64Array,
  top: number,
): HeadScore & { value: number } {
  let value = 0;
  const parts: Record<string, number> = {};
  const shown: Record<string, number> = {};
  for (const [k, name] of names.entries()) {
    value += coefficients[k]! * raw[k]!;
    parts[name] = raw[k]!;
    shown[name] = coefficients[k]!;
  }
  return { value, parts, rationale: topCoefficients(names, coefficients, top), facts: { coefficients: shown } };
}

/** Rated objectives, and a gate that decides by the prompt how much each counts. */
export interface GatedConfig {
  dim: number;
  /** Width of the prompt's vector. */
  prompt: number;
  /** Widths of the gate's hidden layers. */
  hidden: number[];
  /** Divides the gate's logits. */
  temperature: number;
  /** The objectives, in the order of the outputs. */
  names: string[];
  /** Is there a transform T of the objectives, as debiasing gives it? */
  transform: boolean;
  /** How many coefficients the rationale names. */
  top: number;
}

const shapeOf = ({ prompt, hidden, names, temperature }: GatedConfig): GateShape => ({
  form: "prompt",
  prompt,
  hidden,
  groups: [names.length],
  temperature,
});

/**
 * ArmoRM: objectives by a linear map without intercept, r = W h, and their sum under a gate of the prompt, R = g(x)ᵀ Tᵀ r(x, y).
 *
 * The raw objectives are the score's parts; `facts.coefficients` are c(x) = T g(x), which sum them to the value and may be negative for
 * what a transform takes out; the rationale names the largest. Scores of different prompts have different gates: rank within a prompt.
 *
 * Source: ArmoRM (Wang et al., 2024), both stages; the released stage-2 script trains without T, the released model applies it.
 */
export const gatedHead: Head<GatedConfig> = {
  summary: "rated objectives, weighed by a gate that reads the prompt",
  config: (z) =>
    z
      .strictObject({
        dim: z.int().positive(),
        prompt: z.int().positive(),
        hidden: z.array(z.int().positive()).default([]),
        temperature: z.number().positive().default(10),
        names: z.array(z.string().min(1)).min(1),
        transform: z.boolean().default(false),
        top: z.int().positive().default(3),
      })
      .refine(({ names }) => new Set(names).size === names.length, {
        message: "an objective is named twice",
        path: ["names"],
      }),
  inputs: ({ dim, prompt }) => ({ candidate: dim, prompt }),
  tensors: (config) => ({
    "objectives.weight": [config.names.length, config.dim],
    ...(config.transform ? { transform: [config.names.length, config.names.length] } : {}),
    ...gateTensors("gate.", shapeOf(config)),
  }),
  score(weights, config) {
    const { names, dim, top } = config;
    const objectives = weights.get("objectives.weight")!.values;
    const transform = config.transform ? weights.get("transform")!.values : undefined;
    const gate = gateOf("gate.", shapeOf(config), weights);
    return ({ candidate, prompt }) =>
      gatedScore(names, linearOutputs(objectives, candidate, dim), gatedCoefficients(gate(prompt), transform), top);
  },
};

/** W h, W of rows of `dim`. */
export function linearOutputs(weight: Float32Array, vector: Float32Array, dim: number): Float64Array {
  return Float64Array.from({ length: weight.length / dim }, (_, k) => {
    let sum = 0;
    for (let d = 0, at = k * dim; d < dim; d++) sum += weight[at + d]! * vector[d]!;
    return sum;
  });
}

/** Options of `gated`. */
export interface GatedOptions {
  /** A reward whose parts are the objectives. */
  objectives: Reward;
  /** Which objectives count for a task, and how much; a name that it leaves out has weight 0. */
  gate: Gate;
  /** T over the listed objectives, names × names, row-major, such as debiasing's. */
  transform?: { names: readonly string[]; matrix: ArrayLike<number> } | undefined;
  /** How many coefficients the rationale names, default 3. */
  top?: number | undefined;
  name?: string | undefined;
  /** Stands for the gate in the fingerprint. */
  version?: string | number | undefined;
}

/**
 * The parts of one reward, weighed by a gate that reads the task: ArmoRM's last step with any objectives and any gate.
 *
 *     value = Σ_k c_k(task) · part_k,  c = T g
 *
 * Where `mixture` weighs several rewards, this weighs the parts of one, which a multi-objective model gives in a single pass. The
 * objectives stay the score's parts, the rationale names the largest coefficients.
 *
 * @returns a score is unscored where a part with weight is missing
 * @throws UsageError for a transform that is not names × names
 * @source ArmoRM (2024)
 * @example gated({ objectives: attributes, gate: learnedGate(names, weights, promptVector), version: 1 })
 */
export function gated(options: GatedOptions): Reward {
  const { objectives, gate, transform, top = 3 } = options;
  if (transform !== undefined && transform.matrix.length !== transform.names.length ** 2)
    throw new UsageError(
      `a transform of ${transform.names.length} objectives has ${transform.names.length ** 2} numbers`,
    );
  const own: JsonObject | undefined =
    transform === undefined ? undefined : { names: [...transform.names], matrix: Array.from(transform.matrix) };
  const made: Reward = composite(
    "gated",
    { objectives },
    {
      name: options.name ?? `gated(${objectives.name})`,
      version: options.version === undefined ? undefined : JSON.stringify([options.version, own ?? null, top]),
    },
    async (tasks, ctx) => {
      const scores = await ctx.score(objectives, tasks);
      return Promise.all(
        tasks.map(async (task, t) => {
          try {
            const weights = await gate(task, ctx);
            return scores[t]!.map((score) => settle(one(score, weights), made));
          } catch (thrown) {
            const lost = unscored("bug", `the gate of ${made.name} threw: ${messageOf(thrown)}`);
            return task.candidates.map(() => lost);
          }
        }),
      );
    },
  );
  const one = (score: Score, weights: Readonly<Record<string, number>>): Score => {
    if (!isScored(score)) return score;
    const names = transform?.names ?? Object.keys(weights);
    const stray = Object.keys(weights).find((name) => !names.includes(name));
    if (stray !== undefined)
      return unscored("bug", `the gate of ${made.name} weighs ${stray}, which its transform lacks`);
    const g = Float64Array.from(names, (name) => weights[name] ?? 0);
    const coefficients = gatedCoefficients(g, transform?.matrix);
    const raw = names.map((name) => score.parts?.[name] ?? null);
    const missing = names.find((_, k) => raw[k] === null && coefficients[k] !== 0);
    if (missing !== undefined)
      return unscored("unsupported", `${objectives.name} gave no ${missing}, which the gate weighs`);
    const value = gatedScore(
      names,
      raw.map((r) => r ?? 0),
      coefficients,
      top,
    );
    return { ...value, parts: score.parts, ...(score.fault === undefined ? {} : { fault: score.fault }) };
  };
  return made;
}
