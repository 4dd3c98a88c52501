import { type Random, UsageError } from "laurel";
import { type RolloutBatch, rolloutCount } from "./rollouts.ts";
import { sampleIndex } from "./sample.ts";

/**
 * A sampling weight for each draw of a group, from the group's rewards: at least 0, summing to 1. Ties go to the earlier draw;
 * a group of equal rewards, or of one, has no ranks to go by and keeps all draws alike.
 */
export type GroupFilter = (rewards: Float64Array, rng: Random) => Float64Array;

/** Every draw alike: PPO over all n answers. */
export function keepAll(): GroupFilter {
  return (rewards) => normalised(rewards.map(() => 1));
}

/** The best draw alone (BoN). Without negatives it imitates its own best: the known bad case, kept for tests. */
export function bestOnly(): GroupFilter {
  return byRank((rank) => (rank === 0 ? 1 : 0));
}

/**
 * The best and a random other draw (BR): weight `best` for the best, `other` for each other.
 *
 * Source: the released replay buffer of PF-PPO: 0.4 and 0.1.
 */
export function bestRandom(options: { best?: number | undefined; other?: number | undefined } = {}): GroupFilter {
  const { best = 0.4, other = 0.1 } = options;
  if (!(best > 0 && other >= 0))
    throw new UsageError(`best must be above 0 and other at least 0, not ${best}, ${other}`);
  return byRank((rank) => (rank === 0 ? best : other));
}

/**
 * The best draw and one other, drawn evenly, alike: BR in the released version that drops instead of resampling, which trains
 * on two answers a group as BW does.
 */
export function bestAndOneOther(): GroupFilter {
  return (rewards, rng) => {
    const n = rewards.length;
    const other = 1 + rng.below(Math.max(1, n - 1));
    return byRank((rank) => (rank === 0 || rank === other ? 1 : 0))(rewards, rng);
  };
}

/** The best and the worst draw (BW), alike. */
export function bestWorst(): GroupFilter {
  return byRank((rank, n) => (rank === 0 || rank === n - 1 ? 1 : 0));
}

/** Weights |r|^power. */
export function rewardPower(options: { power?: number | undefined } = {}): GroupFilter {
  const { power = 2 } = options;
  return (rewards, rng) =>
    flat(rewards) ? keepAll()(rewards, rng) : normalised(rewards.map((r) => Math.abs(r) ** power));
}

/**
 * The roll-outs to train on, by a filter's weights in each group.
 *
 * "resample" draws as many roll-outs as the batch has, with replacement, in proportion to the weights, so that the number of gradient
 * items stays that of the unfiltered batch; "drop" keeps each roll-out of weight above 0 once.
 *
 * @returns indices of roll-outs, for `pickRollouts`
 * Source: PF-PPO, released replay buffers of its two versions.
 */
export function filteredRows(
  batch: RolloutBatch,
  filter: GroupFilter,
  how: "resample" | "drop",
  rng: Random,
): Int32Array {
  const n = rolloutCount(batch);
  const weights = new Float64Array(n);
  for (let from = 0; from < n; from += batch.group)
    weights.set(filter(batch.rewards.subarray(from, from + batch.group), rng), from);
  if (how === "drop") return Int32Array.from(weights.keys()).filter((i) => weights[i]! > 0);
  const shares = normalised(weights);
  return Int32Array.from({ length: n }, () => sampleIndex(rng, shares));
}

function byRank(weight: (rank: number, n: number) => number): GroupFilter {
  return (rewards, rng) => {
    const n = rewards.length;
    if (n < 2 || flat(rewards)) return keepAll()(rewards, rng);
    const order = Array.from(rewards, (_, i) => i).sort((i, j) => rewards[j]! - rewards[i]! || i - j);
    const out = new Float64Array(n);
    for (const [rank, i] of order.entries()) out[i] = weight(rank, n);
    return normalised(out);
  };
}

function flat(rewards: Float64Array): boolean {
  return rewards.every((r) => r === rewards[0]);
}

function normalised(weights: Float64Array): Float64Array {
  const sum = weights.reduce((total, w) => total + w, 0);
  return weights.map((w) => w / sum);
}
