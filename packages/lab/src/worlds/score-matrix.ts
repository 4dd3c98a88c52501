import { type Random, random, type Seed, split } from "laurel";
import type { RunMatrix } from "laurel/stats";

/** How tasks and runs scatter. */
export type ScoreDials = {
  /** M, at least 1. */
  tasks: number;
  /** Standard deviation of the tasks' log-medians about −0.8. */
  taskSpread: number;
  /** Scale of a run's log-score about its task's: noise · c_m · z, c_m uniform on [0.2, 0.8]. */
  noise: number;
  /** The share of lucky runs, whose z is 3 higher. */
  lucky: number;
};

/** rliable's world, as its specification states it. */
export const rliableScores: ScoreDials = { tasks: 26, taskSpread: 1.2, noise: 0.6, lucky: 0.05 };

/** Tasks with known score distributions, and a method that is better on each of them. */
export interface ScoreWorld {
  /** The tasks' medians μ_m. */
  medians: Float64Array;
  /**
   * Fresh runs of a method: score = lift · μ_m · exp(noise · c_m · z), z = N(0, 1) + 3 · Bernoulli(lucky).
   * @param lift 1 for the base method, 1.15 for one that is 15 % better on every task
   */
  draw(rng: Random, runs: number, lift: number): RunMatrix;
}

/**
 * A world of score matrices: few runs, many tasks, heavy tails. μ_m = exp(−0.8 + taskSpread · N(0, 1)).
 *
 * Source: rliable's claim check; real counterpart: human-normalised Atari scores.
 * @example scoreWorld({ tasks: 26, taskSpread: 1.2, noise: 0.6, lucky: 0.05 }, seed).draw(rng, 5, 1)
 */
export function scoreWorld(dials: ScoreDials, seed: Seed): ScoreWorld {
  const rng = random(split(seed, "tasks"));
  const { tasks, taskSpread, noise, lucky } = dials;
  const medians = Float64Array.from({ length: tasks }, () => Math.exp(-0.8 + taskSpread * rng.normal()));
  const spreads = Float64Array.from({ length: tasks }, () => 0.2 + 0.6 * rng.uniform());
  return {
    medians,
    draw(runsRng, runs, lift) {
      const data = new Float64Array(tasks * runs);
      const starts = Int32Array.from({ length: tasks + 1 }, (_, m) => m * runs);
      for (let m = 0; m < tasks; m++)
        for (let n = 0; n < runs; n++) {
          const z = runsRng.normal() + (runsRng.uniform() < lucky ? 3 : 0);
          data[m * runs + n] = lift * medians[m]! * Math.exp(noise * spreads[m]! * z);
        }
      return { tasks, starts, data };
    },
  };
}
