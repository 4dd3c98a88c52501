import { random, type Seed, split, UsageError } from "laurel";
import { sigmoid } from "../policy/numbers.ts";
import { adam } from "./adam.ts";
import { type GoalContrastiveOptions, goalContrastive } from "./losses/goal-contrastive.ts";
import type { Recurrent } from "./recurrent.ts";

/** Pairs of sequences of equal length. */
export interface SequencePairs {
  /** Symbols of an answer, at least 2. */
  steps: number;
  /** n × steps symbols each. */
  chosen: Int32Array;
  rejected: Int32Array;
}

/** Options of `fitRecurrentReward`. */
export interface RecurrentRewardOptions {
  /** Adam's step size. */
  rate: number;
  /** Pairs an update, drawn with replacement, and updates. */
  batch: number;
  updates: number;
  /** Adds l2 · θ to the gradient, default 0. */
  l2?: number | undefined;
  /** Adds the goal-conditioned contrastive loss; left out, the rewards of the ends are all that is trained. */
  goal?: Omit<GoalContrastiveOptions, "rng"> | undefined;
  /** Batches, positions and the start are drawn by it; the start and the batches are the same with and without `goal`. */
  seed: Seed;
}

/**
 * Trains a recurrent reward on pairs: −log σ(r(chosen) − r(rejected)) of the rewards at the ends, with `goalContrastive` on the states.
 *
 * @returns the network's parameters
 * @throws UsageError for sequences of fewer than two symbols, or sides of different sizes
 * Source: Nath et al. (2024), L = L_R + λ L_C
 * @example fitRecurrentReward(net, pairs, { rate: 5e-3, batch: 64, updates: 600, goal: { lambda: 0.5 }, seed })
 */
export function fitRecurrentReward(
  net: Recurrent,
  pairs: SequencePairs,
  options: RecurrentRewardOptions,
): Float64Array {
  const { rate, batch, updates, l2 = 0, goal, seed } = options;
  const { steps, chosen, rejected } = pairs;
  const { width } = net;
  if (!(steps >= 2)) throw new UsageError(`sequences of ${steps} symbols have no later state`);
  if (chosen.length !== rejected.length || chosen.length % steps !== 0)
    throw new UsageError(`${chosen.length} and ${rejected.length} symbols are no pairs of sequences of ${steps}`);
  const theta = net.start(split(seed, "start"));
  const optimiser = adam(rate);
  const rows = random(split(seed, "batches"));
  const positions = random(split(seed, "positions"));
  const n = chosen.length / steps;
  const sequences = new Int32Array(2 * batch * steps);
  const half = batch * steps * width;
  for (let update = 0; update < updates; update++) {
    for (let b = 0; b < batch; b++) {
      const row = rows.below(n) * steps;
      sequences.set(chosen.subarray(row, row + steps), b * steps);
      sequences.set(rejected.subarray(row, row + steps), (batch + b) * steps);
    }
    const states = net.states(theta, sequences, steps);
    const slopes = new Float64Array(states.length);
    const gradient = l2 === 0 ? new Float64Array(theta.length) : theta.map((x) => l2 * x);
    const rewards = net.reward(theta, states);
    for (let b = 0; b < batch; b++) {
      const [won, lost] = [(b + 1) * steps - 1, (batch + b + 1) * steps - 1];
      const slope = -sigmoid(rewards[lost]! - rewards[won]!) / batch;
      net.rewardBackward(theta, states, won, slope, slopes, gradient);
      net.rewardBackward(theta, states, lost, -slope, slopes, gradient);
    }
    if (goal !== undefined) {
      const own = { width, steps, chosen: states.subarray(0, half), rejected: states.subarray(half) };
      const contrast = goalContrastive(own, { ...goal, rng: positions });
      for (let i = 0; i < half; i++) {
        slopes[i]! += contrast.chosen[i]!;
        slopes[half + i]! += contrast.rejected[i]!;
      }
    }
    net.backward(theta, sequences, steps, states, slopes, gradient);
    optimiser.step(theta, gradient);
  }
  return theta;
}
