import { logSigmoid, sigmoid } from "../../compose/numbers.ts";
import { linearOutputs } from "./gated.ts";
import { type GateShape, gateOf, gateTensors } from "./gated-network.ts";
import type { Head } from "./head.ts";

/** Tastes, and a router that says from the prompt how likely each is. */
export interface MixtureConfig {
  dim: number;
  /** Width of the prompt's vector. */
  prompt: number;
  /** Widths of the router's hidden layers; none in the paper. */
  hidden: number[];
  /** The tastes, one linear head each. */
  names: string[];
  /** What a single answer scores: Σ π_k r_k (default), or Σ π_k log σ(r_k), as the released evaluation does. */
  value: "mean" | "log-sigmoid";
}

const shapeOf = ({ prompt, hidden, names }: MixtureConfig): GateShape => ({
  form: "prompt",
  prompt,
  hidden,
  groups: [names.length],
  temperature: 1,
});

/** P(first better) under tastes with weights π and score differences Δ_k: Σ_k π_k σ(Δ_k). */
export function mixtureProbability(
  weights: ArrayLike<number>,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): number {
  let p = 0;
  for (let k = 0; k < weights.length; k++) p += weights[k]! * sigmoid(first[k]! - second[k]!);
  return Math.min(1, p);
}

/**
 * MiCRo: a mixture of Bradley-Terry heads with a router, P(a ≻ b | x) = Σ_k π_k(x) σ(r_k(x, a) − r_k(x, b)), π = softmax(U p(x)).
 *
 * `compare` gives that probability exactly. `score` gives one number a candidate, which loses part of it: Σ_k π_k r_k, the heads as
 * parts, and in `facts` the router's weights and `confidence`, the largest of them.
 *
 * Source: MiCRo (2025), stage 1.
 */
export const mixtureHead: Head<MixtureConfig> = {
  summary: "several tastes, and a router that says from the prompt how likely each is",
  config: (z) =>
    z
      .strictObject({
        dim: z.int().positive(),
        prompt: z.int().positive(),
        hidden: z.array(z.int().positive()).default([]),
        names: z.array(z.string().min(1)).min(1),
        value: z.enum(["mean", "log-sigmoid"]).default("mean"),
      })
      .refine(({ names }) => new Set(names).size === names.length, {
        message: "a taste is named twice",
        path: ["names"],
      }),
  inputs: ({ dim, prompt }) => ({ candidate: dim, prompt }),
  tensors: (config) => ({
    "heads.weight": [config.names.length, config.dim],
    ...gateTensors("router.", shapeOf(config)),
  }),
  score(weights, config) {
    const heads = weights.get("heads.weight")!.values;
    const router = gateOf("router.", shapeOf(config), weights);
    return ({ candidate, prompt }) => {
      const pi = router(prompt);
      const r = linearOutputs(heads, candidate, config.dim);
      let value = 0;
      const parts: Record<string, number> = {};
      const share: Record<string, number> = {};
      for (const [k, name] of config.names.entries()) {
        parts[name] = r[k]!;
        share[name] = pi[k]!;
        value += pi[k]! * (config.value === "mean" ? r[k]! : logSigmoid(r[k]!));
      }
      return { value, parts, facts: { router: share, confidence: Math.max(...pi) } };
    };
  },
  compare(weights, config) {
    const heads = weights.get("heads.weight")!.values;
    const router = gateOf("router.", shapeOf(config), weights);
    return (first, second) => {
      const p = mixtureProbability(
        router(first.prompt),
        linearOutputs(heads, first.candidate, config.dim),
        linearOutputs(heads, second.candidate, config.dim),
      );
      return { p, strength: Math.log(p / (1 - p)) };
    };
  },
};
