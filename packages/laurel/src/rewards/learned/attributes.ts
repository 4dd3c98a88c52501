import type { Head } from "./head.ts";
import { mlpTensors, networkOf } from "./network.ts";

/** Several rated attributes, and how they make one value. */
export interface AttributesConfig {
  dim: number;
  /** Widths of hidden layers; none for a linear head. */
  hidden: number[];
  /** The attributes, in the order of the outputs. */
  names: string[];
  /** One weight an attribute. */
  weights: number[];
}

/**
 * One output an attribute, y_k = f(φ)_k on the ratings' own scale, and the value Σ_k w_k y_k. The attributes are the score's parts.
 *
 * Source: HelpSteer2 (Wang et al., 2024), regression heads with a weighted sum.
 */
export const attributesHead: Head<AttributesConfig> = {
  summary: "one output an attribute, and their weighted sum",
  config: (z) =>
    z
      .strictObject({
        dim: z.int().positive(),
        hidden: z.array(z.int().positive()).default([]),
        names: z.array(z.string().min(1)).min(1),
        weights: z.array(z.number()),
      })
      .refine(({ names, weights }) => names.length === weights.length, {
        message: "weights must have one number an attribute",
        path: ["weights"],
      })
      .refine(({ names }) => new Set(names).size === names.length, {
        message: "an attribute is named twice",
        path: ["names"],
      }),
  inputs: ({ dim }) => ({ candidate: dim }),
  tensors: ({ dim, hidden, names }) => mlpTensors([dim, ...hidden, names.length]),
  score(weights, { dim, hidden, names, weights: share }) {
    const forward = networkOf([dim, ...hidden, names.length], weights);
    return ({ candidate }) => {
      const outputs = forward(candidate);
      const parts: Record<string, number> = {};
      let value = 0;
      for (const [k, name] of names.entries()) {
        parts[name] = outputs[k]!;
        value += share[k]! * outputs[k]!;
      }
      return { value, parts };
    };
  },
};
