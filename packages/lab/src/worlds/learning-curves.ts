import { type Random, random, type Seed } from "laurel";
import type { Curve } from "laurel/stats";

/** Learning curves of known quality. */
export type CurveDials = {
  environments: number;
  runs: number;
  /** Logged points, and steps of training. */
  points: number;
  steps: number;
  /** Noise about the expected curve: autocorrelation between points, sd as a share of the limit. */
  correlation: number;
  noise: number;
  /** Sd of a run's own offset, as a share of the limit. */
  runEffect: number;
};

/** An environment: where its curve ends, and the time constant as a share of training. */
export interface CurveTask {
  limit: number;
  time: number;
}

/** Limits log-uniform on [1, 10,000], time constants uniform on [0.08, 0.25]. */
export function drawCurveTasks({ environments }: Pick<CurveDials, "environments">, seed: Seed): CurveTask[] {
  const rng = random(seed);
  return Array.from({ length: environments }, () => ({
    limit: 10 ** (4 * rng.uniform()),
    time: 0.08 + 0.17 * rng.uniform(),
  }));
}

/** How a method's expected curves differ from the plain ones. */
export interface CurveMethod {
  /** Times the limit, times the time constant. */
  limit: number;
  time: number;
  /** After 60 % of training the expected curve falls linearly to this share of itself. */
  fallsTo: number;
}

/**
 * A method's runs: limit · (1 - exp(-t / time)) with AR(1) noise and an offset a run.
 *
 * @returns runs by environment.
 * Source: open-rl-benchmark's claim check.
 */
export function drawCurves(dials: CurveDials, tasks: readonly CurveTask[], method: CurveMethod, seed: Seed): Curve[][] {
  const { points, steps } = dials;
  const at = Float64Array.from({ length: points }, (_, i) => (steps * (i + 1)) / points);
  const rng = random(seed);
  return tasks.map((task) => Array.from({ length: dials.runs }, () => drawRun(dials, task, method, at, rng)));
}

function drawRun(dials: CurveDials, task: CurveTask, method: CurveMethod, steps: Float64Array, rng: Random): Curve {
  const { correlation, noise, runEffect, points } = dials;
  const limit = task.limit * method.limit;
  const offset = runEffect * limit * rng.normal();
  let state = noise * limit * rng.normal();
  const fresh = Math.sqrt(1 - correlation ** 2) * noise * limit;
  const values = Float64Array.from({ length: points }, (_, i) => {
    if (i > 0) state = correlation * state + fresh * rng.normal();
    const t = (i + 1) / points;
    const fall = t <= 0.6 ? 1 : 1 - ((1 - method.fallsTo) * (t - 0.6)) / 0.4;
    return limit * (1 - Math.exp(-t / (task.time * method.time))) * fall + offset + state;
  });
  return { steps, values };
}
