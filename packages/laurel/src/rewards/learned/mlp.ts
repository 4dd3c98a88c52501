import type { Head } from "./head.ts";
import { mlpTensors, networkOf } from "./network.ts";

/** A small network: the width of the features and of each hidden layer. */
export interface MlpConfig {
  dim: number;
  hidden: number[];
}

/** r = W_n max(0, … W_1 φ + b_1 …) + b_n: a fully connected network with ReLUs and one output. */
export const mlpHead: Head<MlpConfig> = {
  summary: "a small fully connected network with ReLUs",
  config: (z) => z.strictObject({ dim: z.int().positive(), hidden: z.array(z.int().positive()).min(1) }),
  inputs: ({ dim }) => ({ candidate: dim }),
  tensors: ({ dim, hidden }) => mlpTensors([dim, ...hidden, 1]),
  score(weights, { dim, hidden }) {
    const forward = networkOf([dim, ...hidden, 1], weights);
    return ({ candidate }) => ({ value: forward(candidate)[0]! });
  },
};
