import { random, type Seed, split } from "laurel";
import { normals, unit } from "./world.ts";

/** Answers as trajectories of steps, each of which tells a little about the outcome, in its own way in each phase. */
export type TrajectoryDials = {
  steps: number;
  phases: number;
  /** Features of a step, in a slot of its phase: a step has phases × dim inputs. */
  dim: number;
  /** A step's signal is z = signal · q + noise · N(0, 1), q = ±1 the outcome; its features are N(0, I) + z · direction of the phase. */
  signal: number;
  noise: number;
};

/** Trajectories of one outcome. */
export interface Trajectories {
  dials: TrajectoryDials;
  /** n × steps × dim: the features in the slot of each step's phase; all other slots are 0. */
  features: Float64Array;
}

/** One direction of length 1 a phase, phases × dim. */
export function drawPhases({ phases, dim }: TrajectoryDials, seed: Seed): Float64Array {
  const rng = random(split(seed, "phases"));
  const out = new Float64Array(phases * dim);
  for (let p = 0; p < phases; p++) out.set(unit(normals(rng, dim)), p * dim);
  return out;
}

/** n trajectories with the outcome q. */
export function drawTrajectories(
  dials: TrajectoryDials,
  directions: Float64Array,
  n: number,
  q: 1 | -1,
  seed: Seed,
): Trajectories {
  const { steps, dim, signal, noise } = dials;
  const rng = random(seed);
  const features = normals(rng, n * steps * dim);
  for (let at = 0; at < n * steps; at++) {
    const phase = phaseOf(dials, at % steps);
    const z = signal * q + noise * rng.normal();
    for (let d = 0; d < dim; d++) features[at * dim + d]! += z * directions[phase * dim + d]!;
  }
  return { dials, features };
}

/** The phase of a step, counted from 0. */
export function phaseOf({ steps, phases }: TrajectoryDials, step: number): number {
  return Math.floor((step * phases) / steps);
}
