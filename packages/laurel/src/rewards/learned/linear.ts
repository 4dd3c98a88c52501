import type { Head } from "./head.ts";
import { mlpTensors, networkOf } from "./network.ts";

/** A linear head: how wide the features are. */
export interface LinearConfig {
  dim: number;
}

/** r = w·φ + b. Under a Bradley-Terry objective r is in logits, and b, which no pair determines, makes the training mean 0. */
export const linearHead: Head<LinearConfig> = {
  summary: "one weight a feature",
  config: (z) => z.strictObject({ dim: z.int().positive() }),
  inputs: ({ dim }) => ({ candidate: dim }),
  tensors: ({ dim }) => mlpTensors([dim, 1]),
  score(weights, { dim }) {
    const forward = networkOf([dim, 1], weights);
    return ({ candidate }) => ({ value: forward(candidate)[0]! });
  },
};
