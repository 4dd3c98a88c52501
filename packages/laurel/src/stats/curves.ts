import { type Estimate, NotEnoughDataError, type Seed, UsageError } from "../core/index.ts";
import { minMax } from "./dispersion.ts";
import { bootstrapValues, percentileEstimate } from "./percentile.ts";
import { type RunMatrix, runsByTask } from "./run-matrix.ts";
import { meanOf, type Numbers } from "./sample.ts";

/** A run's logged metric: values at increasing steps. */
export interface Curve {
  steps: Float64Array;
  values: Float64Array;
}

/**
 * A curve from logged rows: sorted by step, the last value of a repeated step kept, rows without a value dropped.
 *
 * @param steps, values of equal length; a value that is not finite is no value.
 * @throws UsageError for unequal lengths or a step that is not finite; NotEnoughDataError where no row has a value.
 *
 * Source: openrlbenchmark's run tables.
 */
export function curveOf(steps: Numbers, values: Numbers): Curve {
  if (steps.length !== values.length) throw new UsageError(`${steps.length} steps but ${values.length} values`);
  const at = new Map<number, number>();
  for (let i = 0; i < steps.length; i++) {
    if (!Number.isFinite(steps[i])) throw new UsageError(`step ${i} is ${steps[i]}`);
    if (Number.isFinite(values[i])) at.set(steps[i]!, values[i]!);
  }
  if (at.size === 0) throw new NotEnoughDataError("a curve without a value", 1);
  const sorted = [...at].sort((a, b) => a[0] - b[0]);
  return { steps: Float64Array.from(sorted, ([s]) => s), values: Float64Array.from(sorted, ([, v]) => v) };
}

/**
 * The mean of the last logged values (not of the last steps).
 *
 * @param window how many, default 100; a shorter curve gives all of it.
 *
 * Source: openrlbenchmark, `metric_last_n_average_window`.
 */
export function lastWindowMean(curve: Curve, window = 100): number {
  checkWindow(window);
  return meanOf(curve.values.subarray(Math.max(0, curve.values.length - window)));
}

/**
 * The mean of the values up to and including each one, over at most `window` of them.
 *
 * @param window at least 1.
 */
export function rollingMean(values: Numbers, window: number): Float64Array {
  checkWindow(window);
  const out = new Float64Array(values.length);
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i]!;
    if (i >= window) sum -= values[i - window]!;
    out[i] = sum / Math.min(i + 1, window);
  }
  return out;
}

/**
 * A curve at evenly spaced steps, by linear interpolation.
 *
 * @param points at least 2, from the first to the last step.
 * @param range the steps to cover: the run's own (default), or the same for all runs. Outside the run's steps its nearest value stands.
 * "Own" ranges match runs of unequal length by the fraction of training; take a common one to decide between methods.
 * @throws UsageError for fewer points or an empty range.
 *
 * Source: openrlbenchmark (own range).
 */
export function resampleCurve(curve: Curve, points: number, range?: readonly [number, number]): Curve {
  if (!(Number.isInteger(points) && points >= 2)) throw new UsageError(`points must be at least 2, not ${points}`);
  const [from, to] = range ?? [curve.steps[0]!, curve.steps.at(-1)!];
  if (!(to >= from)) throw new UsageError(`the range ${from} to ${to} is empty`);
  const steps = Float64Array.from({ length: points }, (_, k) => from + ((to - from) * k) / (points - 1));
  return { steps, values: steps.map((step) => valueAt(curve, step)) };
}

/** The value at a step, between its neighbours on the line that joins them. */
export function valueAt({ steps, values }: Curve, step: number): number {
  let [low, high] = [0, steps.length - 1];
  if (step <= steps[0]!) return values[0]!;
  if (step >= steps[high]!) return values[high]!;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= step) low = middle;
    else high = middle;
  }
  const share = (step - steps[low]!) / (steps[high]! - steps[low]!);
  return values[low]! + share * (values[high]! - values[low]!);
}

/**
 * The steps that all runs have: from the latest first to the earliest last one.
 *
 * @throws NotEnoughDataError where the runs have no steps in common.
 */
export function commonRange(curves: readonly Curve[]): [number, number] {
  const from = Math.max(...curves.map((curve) => curve.steps[0]!));
  const to = Math.min(...curves.map((curve) => curve.steps.at(-1)!));
  if (!(to > from)) throw new NotEnoughDataError("the runs have no steps in common");
  return [from, to];
}

/**
 * The mean height of a curve over its steps: the area under the line through its points over the range's length.
 *
 * @throws NotEnoughDataError for a single step.
 */
export function areaUnderCurve({ steps, values }: Curve): number {
  const n = steps.length;
  if (n < 2) throw new NotEnoughDataError("an area needs at least 2 steps", 2);
  let sum = 0;
  for (let i = 1; i < n; i++) sum += ((values[i]! + values[i - 1]!) / 2) * (steps[i]! - steps[i - 1]!);
  return sum / (steps[n - 1]! - steps[0]!);
}

/**
 * The first step at which the rolling mean reaches a threshold.
 *
 * @param window of the rolling mean, default 1; the first `window` - 1 values cannot decide.
 * @returns undefined where it never does: the run is censored, not slow by a number.
 */
export function stepsToThreshold(curve: Curve, threshold: number, window = 1): number | undefined {
  const smooth = rollingMean(curve.values, window);
  for (let i = Math.min(window, smooth.length) - 1; i < smooth.length; i++)
    if (smooth[i]! >= threshold) return curve.steps[i]!;
  return undefined;
}

/** Runs of one method: a list of curves a task. */
export type TaskCurves = readonly (readonly Curve[])[];

/**
 * Curves of several methods brought to [0, 1] task by task, by the least and greatest logged value of all methods and runs.
 *
 * @param methods for each method its tasks, in one order.
 * @throws UsageError where methods differ in their number of tasks.
 *
 * Source: openrlbenchmark, "maxmin". It depends on the methods at hand: adding one changes all figures.
 */
export function minMaxCurves(methods: readonly TaskCurves[]): Curve[][][] {
  const tasks = methods[0]?.length ?? 0;
  if (methods.some((one) => one.length !== tasks)) throw new UsageError("the methods have different tasks");
  const scaled = methods.map((one) => one.map((): Curve[] => []));
  for (let t = 0; t < tasks; t++) {
    const all = methods.flatMap((one) => one[t]!.map((curve) => curve.values));
    const flat = new Float64Array(all.reduce((sum, values) => sum + values.length, 0));
    let at = 0;
    for (const values of all) {
      flat.set(values, at);
      at += values.length;
    }
    const brought = minMax(flat);
    at = 0;
    for (const [m, one] of methods.entries())
      for (const curve of one[t]!) {
        scaled[m]![t]!.push({ steps: curve.steps, values: brought.subarray(at, at + curve.values.length) });
        at += curve.values.length;
      }
  }
  return scaled;
}

/**
 * One number a run: a run matrix of tasks by runs, ready for `iqm`, `stratifiedBootstrap` and the rest.
 *
 * @param statistic such as `lastWindowMean` or `areaUnderCurve`.
 */
export function runStatistics(curves: TaskCurves, statistic: (curve: Curve) => number): RunMatrix {
  return runsByTask(curves.map((runs) => runs.map(statistic)));
}

/**
 * Is one method's curve above another's? The difference of the means over tasks and runs of a statistic of each run.
 *
 * Percentile bootstrap, runs resampled within method and task; tasks are the ones at hand. With 5 runs its variance is 4/5 of the
 * unbiased one, so that it names a difference that is not there somewhat more often than it says.
 *
 * @param a, b runs by task, in one order of tasks, on one scale (see `minMaxCurves`).
 * @param options statistic: default `areaUnderCurve`; seed; reps 1,000; level 0.95.
 * @returns a - b.
 * @throws UsageError for different numbers of tasks; NotEnoughDataError for a task with fewer than 2 runs.
 *
 * Source: Huang et al., Open RL Benchmark (2024); the bootstrap: Agarwal et al. (2021).
 */
export function compareCurves(
  a: TaskCurves,
  b: TaskCurves,
  options: {
    seed: Seed;
    statistic?: ((curve: Curve) => number) | undefined;
    reps?: number | undefined;
    level?: number | undefined;
  },
): Estimate {
  const { statistic = areaUnderCurve, seed, reps = 1000, level } = options;
  if (a.length !== b.length || a.length === 0)
    throw new UsageError(`${a.length} and ${b.length} tasks; the methods need the same, and at least one`);
  const values: number[] = [];
  const strata: number[] = [];
  const weights: number[] = [];
  for (const [side, method] of [a, b].entries())
    for (const [t, runs] of method.entries()) {
      if (runs.length < 2) throw new NotEnoughDataError(`task ${t} has ${runs.length} run; an interval needs 2`, 2);
      for (const run of runs) {
        values.push(statistic(run));
        strata.push(2 * t + side);
        weights.push((side === 0 ? 1 : -1) / (a.length * runs.length));
      }
    }
  // a stratum's members stand together in a resample, in the order of first appearance, and so do `weights`
  const difference = (drawn: Int32Array): number => {
    let sum = 0;
    for (let i = 0; i < drawn.length; i++) sum += weights[i]! * values[drawn[i]!]!;
    return sum;
  };
  const boot = bootstrapValues(values.length, difference, { seed, reps, level, strata });
  const value = difference(Int32Array.from(values, (_, i) => i));
  return percentileEstimate(value, boot, {
    n: values.length,
    level,
    method: "difference of curves, runs resampled within task",
  });
}

function checkWindow(window: number): void {
  if (!(Number.isInteger(window) && window >= 1))
    throw new UsageError(`a window holds at least 1 value, not ${window}`);
}
