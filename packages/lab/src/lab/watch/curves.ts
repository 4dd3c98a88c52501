import { UsageError } from "laurel";
import { studentMean } from "laurel/stats";

/** What is watched of one step of training; what was not measured is left out. */
export type WatchedStep = {
  /** Updates so far, growing from step to step. */
  step: number;
  /** The reward that the policy is trained on. */
  proxy: number;
  /** What is really wanted, where it is known. */
  gold?: number | undefined;
  /** To the reference policy, nats. */
  kl?: number | undefined;
  /** Of the policy, nats. */
  entropy?: number | undefined;
  /** Of the answers, words or tokens. */
  length?: number | undefined;
  gradientNorm?: number | undefined;
  /** The share of groups whose rewards are all equal, so that they teach nothing. */
  zeroVariance?: number | undefined;
};

/** What may be watched. */
export const watchedMetrics = ["proxy", "gold", "kl", "entropy", "length", "gradientNorm", "zeroVariance"] as const;
export type WatchedMetric = (typeof watchedMetrics)[number];

/** One run, from one seed. */
export interface WatchedRun {
  name: string;
  steps: readonly WatchedStep[];
}

/** A metric over all runs, step by step. */
export interface WatchedCurve {
  metric: WatchedMetric;
  /** low and high: Student's t interval at 95 % over runs, the value itself for a single run. */
  points: readonly { step: number; value: number; low: number; high: number; runs: number }[];
}

/**
 * The mean of each metric over runs, at the steps that all runs have; metrics that no run has are left out.
 *
 * @param runs at least one; a metric is averaged over the runs that have it at a step
 * @throws UsageError where steps do not grow
 */
export function watchedCurves(runs: readonly WatchedRun[]): WatchedCurve[] {
  const steps = sharedSteps(runs);
  const byStep = runs.map((run) => new Map(run.steps.map((one) => [one.step, one])));
  return watchedMetrics.flatMap((metric): WatchedCurve[] => {
    const points = steps.flatMap((step) => {
      const values = byStep.map((own) => own.get(step)![metric]).filter((value) => value !== undefined);
      if (values.length === 0) return [];
      if (values.length === 1) return [{ step, value: values[0]!, low: values[0]!, high: values[0]!, runs: 1 }];
      const { mean, low, high } = studentMean(values);
      return [{ step, value: mean, low, high, runs: values.length }];
    });
    return points.length === 0 ? [] : [{ metric, points }];
  });
}

/** The steps that all runs have, in order. */
export function sharedSteps(runs: readonly WatchedRun[]): number[] {
  if (runs.length === 0) throw new UsageError("there is no run to look at");
  for (const { name, steps } of runs)
    for (let i = 1; i < steps.length; i++)
      if (!(steps[i]!.step > steps[i - 1]!.step))
        throw new UsageError(`run ${name}: step ${steps[i]!.step} does not come after ${steps[i - 1]!.step}`);
  const others = runs.slice(1).map(({ steps }) => new Set(steps.map(({ step }) => step)));
  return runs[0]!.steps.map(({ step }) => step).filter((step) => others.every((own) => own.has(step)));
}
