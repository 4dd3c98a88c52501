import { sigmoid } from "../../compose/numbers.ts";
import { skewScore } from "./embedding.ts";
import { linearOutputs } from "./gated.ts";
import { type GateShape, gateOf, gateTensors } from "./gated-network.ts";
import type { Head } from "./head.ts";

/** A linear preference embedding over features. */
export interface EmbeddingConfig {
  dim: number;
  /** 2k, the length of an embedding. */
  components: number;
  /** Temperature: P = σ(s/τ). */
  tau: number;
  /** Width of the prompt's vector where a gate weighs the blocks by it; none without a gate. */
  prompt?: number | undefined;
}

const shapeOf = ({ components, prompt }: EmbeddingConfig): GateShape => ({
  form: "prompt",
  prompt: prompt!,
  hidden: [],
  groups: [components / 2],
  temperature: 1,
});

/**
 * GPM: v = V φ + b, and P(a better than b) = σ(⟨R v_a, v_b⟩/τ), a skew-symmetric product that also holds tastes that go round.
 *
 * It only compares, so that the artefact loads as a comparer: `toReward(comparer, { aggregate: "mean-score" })` makes a scalar of it, and
 * says what that loses. With `prompt` a gate of the prompt weighs the blocks, softmax times the scale (k in the released code).
 *
 * Source: General Preference Modeling (2024).
 */
export const embeddingHead: Head<EmbeddingConfig> = {
  summary: "preference embeddings, compared by a skew-symmetric product: for tastes that go round",
  config: (z) =>
    z.strictObject({
      dim: z.int().positive(),
      components: z.int().min(2).multipleOf(2),
      tau: z.number().positive().default(0.1),
      prompt: z.int().positive().optional(),
    }),
  inputs: ({ dim, prompt }) => ({ candidate: dim, ...(prompt === undefined ? {} : { prompt }) }),
  tensors: (config) => ({
    "embedding.weight": [config.components, config.dim],
    "embedding.bias": [config.components],
    ...(config.prompt === undefined ? {} : gateTensors("gate.", shapeOf(config))),
  }),
  compare(weights, config) {
    const weight = weights.get("embedding.weight")!.values;
    const bias = weights.get("embedding.bias")!.values;
    const gate = config.prompt === undefined ? undefined : gateOf("gate.", shapeOf(config), weights);
    const embed = (vector: Float32Array): Float64Array =>
      linearOutputs(weight, vector, config.dim).map((x, o) => x + bias[o]!);
    return (first, second) => {
      const strength = skewScore(embed(first.candidate), embed(second.candidate), gate?.(first.prompt)) / config.tau;
      return { p: sigmoid(strength), strength };
    };
  },
};
