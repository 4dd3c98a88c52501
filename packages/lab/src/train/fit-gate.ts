import { type Seed, split, UsageError } from "laurel";
import { sigmoid } from "../policy/numbers.ts";
import { adam } from "./adam.ts";
import { batches, type GateNetwork, gateNetwork, gateTape, takeRows } from "./gate-network.ts";
import { negLogSigmoid } from "./losses/pair-batch.ts";
import type { TrainableReward } from "./trainable.ts";

/** Pairs of answers by their objectives. */
export interface ObjectivePairs {
  /** n × K: the chosen's objectives, after a transform where there is one. */
  chosen: Float64Array;
  /** n × K. */
  rejected: Float64Array;
  /** n × P: the prompts' vectors. */
  prompts: Float64Array;
}

/** What a gate is fitted with. */
export interface FitGateOptions {
  /** K. */
  objectives: number;
  /** P. */
  prompt: number;
  /** Hidden widths, default [1024, 1024, 1024]. */
  hidden?: readonly number[] | undefined;
  /** Divides the logits, default 10. */
  temperature?: number | undefined;
  /** Where the learned scale starts, default 1. */
  scale?: number | undefined;
  /** Default 2000. */
  steps?: number | undefined;
  /** Pairs a step, default 1024. */
  batch?: number | undefined;
  /** Adam's step size, default 1e-3, falling to 0 along a half cosine where `cosine` is true (default false). */
  lr?: number | undefined;
  cosine?: boolean | undefined;
  seed: Seed;
}

/** A fitted gate. */
export interface FittedGate {
  network: GateNetwork;
  theta: Float64Array;
  /** Weights of the objectives for rows of prompts, n × K. */
  weights(prompts: Float64Array): Float64Array;
}

/**
 * A gate over fixed objectives as something that `fit` can move: L = mean −log σ(Σ_k g_k(x) (r_k(chosen) − r_k(rejected))).
 *
 * Only the gate has parameters; the objectives stay as they are.
 */
export function gateReward(data: ObjectivePairs, network: GateNetwork): TrainableReward {
  const { width, shape } = network;
  return {
    parameters: network.parameters,
    start: (seed) => network.start(seed),
    loss(theta, batch, gradient) {
      const rows = batch.length;
      const [won, lost] = [takeRows(data.chosen, width, batch), takeRows(data.rejected, width, batch)];
      const tape = gateTape();
      const g = network.forward(theta, takeRows(data.prompts, shape.prompt, batch), rows, tape);
      const slopes = new Float64Array(g.length);
      let loss = 0;
      for (let r = 0; r < rows; r++) {
        let gap = 0;
        for (let at = r * width; at < (r + 1) * width; at++) gap += g[at]! * (won[at]! - lost[at]!);
        loss += negLogSigmoid(gap) / rows;
        const slope = -sigmoid(-gap) / rows;
        for (let at = r * width; at < (r + 1) * width; at++) slopes[at] = slope * (won[at]! - lost[at]!);
      }
      if (gradient !== undefined) network.backward(theta, tape, slopes, gradient);
      return loss;
    },
  };
}

/**
 * Fits a gate to preferences: which objectives count for which prompt.
 *
 * Adam on random batches of pairs. ArmoRM's own dropout of 0.2 is not built: keep the network small, or the pairs many.
 *
 * @returns the gate; `network.tensors(theta, "gate.")` are an artefact's
 * @throws UsageError for lists that are no pairs of K objectives and P prompt features
 * Source: ArmoRM (2024), stage 2.
 * @example fitGate({ chosen, rejected, prompts }, { objectives: 6, prompt: 16, hidden: [32], temperature: 1, seed })
 */
export function fitGate(data: ObjectivePairs, options: FitGateOptions): FittedGate {
  const { objectives, prompt, hidden = [1024, 1024, 1024], temperature = 10, scale = 1, seed } = options;
  const { steps = 2000, batch = 1024, lr = 1e-3, cosine = false } = options;
  const n = data.prompts.length / prompt;
  if (!Number.isInteger(n) || data.chosen.length !== n * objectives || data.rejected.length !== n * objectives)
    throw new UsageError(
      `${data.chosen.length} and ${data.rejected.length} objectives with ${data.prompts.length} prompt features are no pairs of ${objectives} and ${prompt}`,
    );
  const network = gateNetwork({ form: "prompt", prompt, hidden, groups: [objectives], temperature }, { scale });
  const reward = gateReward(data, network);
  const theta = reward.start(split(seed, "start"));
  const draw = batches(n, batch, seed);
  const optimiser = adam(1);
  for (let step = 0; step < steps; step++) {
    const gradient = new Float64Array(theta.length);
    reward.loss(theta, draw(), gradient);
    const rate = cosine ? (lr * (1 + Math.cos((Math.PI * step) / steps))) / 2 : lr;
    const before = Float64Array.from(theta);
    optimiser.step(theta, gradient);
    for (let d = 0; d < theta.length; d++) theta[d] = before[d]! + rate * (theta[d]! - before[d]!);
  }
  return {
    network,
    theta,
    weights: (prompts) => network.forward(theta, prompts, prompts.length / prompt),
  };
}
