import { random, type Seed } from "laurel";
import type { Optimiser } from "../train/adam.ts";
import { perAction, perRollout, pickRollouts, rolloutCount, type TrainablePolicy } from "./rollouts.ts";
import { average, drawPrompts, norm, type RolloutReward, rewardsOf, type UpdateRecord } from "./updates.ts";

/** Settings of rejection sampling. */
export interface RejectionSettings {
  /** Prompts that there are. */
  prompts: number;
  /** Prompts a round, drawn without replacement; default all. */
  batch?: number | undefined;
  /** Draws a prompt, default 8. */
  group?: number | undefined;
  /** Of each group's draws, how many of the best are kept, default 1. */
  keep?: number | undefined;
  /** Rounds. */
  updates: number;
  /** Gradient steps of supervised training a round, default 10. */
  steps?: number | undefined;
  /** How θ moves, such as adam(0.05). */
  optimiser: Optimiser;
  seed: Seed;
}

/**
 * Rejection sampling (RAFT, best-of-n fine-tuning): imitation of one's own best answers.
 *
 * Each round: (1) draw a group of roll-outs for each prompt; (2) keep the best of each group, ties to the earlier draw; (3) raise the
 * mean log-probability of what was kept, for some steps.
 *
 * @param policy moved in place
 * @returns a record after each round
 * Source: Dong et al. (2023), algorithm 1; RAFT with keep 1.
 */
export async function* rejectionSampling(
  policy: TrainablePolicy,
  reward: RolloutReward,
  settings: RejectionSettings,
): AsyncGenerator<UpdateRecord> {
  const { group = 8, keep = 1, steps = 10 } = settings;
  const rng = random(settings.seed);
  const reference = policy.at(Float64Array.from(policy.theta));
  for (let update = 0; update < settings.updates; update++) {
    const drawn = policy.sample(drawPrompts(rng, settings.prompts, settings.batch ?? settings.prompts), group, rng);
    const rewards = await rewardsOf(reward, drawn, update);
    const base = reference.logprobs(drawn);
    const kl = average(
      perRollout(
        drawn,
        policy.logprobs(drawn).map((log, t) => log - base[t]!),
      ),
    );
    const rows: number[] = [];
    let flat = 0;
    for (let from = 0; from < rewards.length; from += group) {
      const order = Array.from({ length: group }, (_, g) => from + g).sort(
        (i, j) => rewards[j]! - rewards[i]! || i - j,
      );
      rows.push(...order.slice(0, keep));
      if (rewards[order[0]!] === rewards[order[group - 1]!]) flat++;
    }
    const kept = pickRollouts(drawn, rows);
    const weights = perAction(kept, new Float64Array(rolloutCount(kept)).fill(-1 / rows.length));
    let gradientNorm = 0;
    for (let step = 0; step < steps; step++) {
      const gradient = policy.scoreGradient(kept, weights);
      settings.optimiser.step(policy.theta, gradient);
      gradientNorm = norm(gradient);
    }
    yield { update, reward: average(rewards), kl, clipped: 0, flat: flat / drawn.prompts.length, gradientNorm };
  }
}
