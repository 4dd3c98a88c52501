import { type Estimate, UsageError } from "laurel";
import { meanOf, studentMean, tQuantile, varianceOf } from "laurel/stats";
import { sharedSteps, type WatchedRun } from "./curves.ts";

/** Whether, where and how far gold turns. */
export interface Turn {
  /** Gold rises significantly before its highest point and falls significantly after it. */
  turned: boolean;
  /** It falls significantly after its highest point, whether or not it is seen to rise before. */
  falls: boolean;
  /** The step at which the expected gold is highest; its interval ends at the first or last step where nothing bounds it. Null for fewer than three runs. */
  step: Estimate | null;
  /** Paired over runs, gold at the highest point less gold at the end. */
  fall: Estimate | null;
  /** Paired over runs, proxy at the end less proxy at the highest point of gold. */
  proxyGain: Estimate | null;
  /** KL at the highest point, where it was watched. */
  kl: Estimate | null;
  /** Steps over which the curves were smoothed, to each side. */
  window: number;
}

/** How a turn is looked for. */
export interface TurnOptions {
  /** Half the width of the smoothing, in steps; default 15 % of the steps' range. */
  window?: number | undefined;
  /** Of confidence, default 0.95. */
  level?: number | undefined;
}

/**
 * Where gold turns from rising to falling, over runs of several seeds.
 *
 * Each run's gold gets its slope at every step by local quadratic regression (weights 1 − (Δ/window)², |Δ| < window). Slopes are
 * linear in the data, so that the runs' slopes at a step are a sample of the slope of expected gold, and Student's t tests it. The turn is
 * where the mean curve is highest; its interval are the steps round it at which the runs do not speak against a slope of 0 (the
 * test inverted). It has turned where, at some step before, the slope is above 0, and at some step after, below 0, each at
 * (1 − level)/2 divided by the number of windows that fit (Bonferroni), so that a plateau is called a turn at most at 1 − level.
 *
 * What it estimates is the highest point of the expected curve smoothed over `window`: for a sharp bend with unlike slopes that
 * lies up to about a quarter of the window on the flatter side.
 *
 * @param runs of at least 3 seeds for an interval; only steps that all have and that have gold
 * @throws UsageError for fewer than 5 such steps
 * @example goldTurn(runs).step // { value: 310, low: 280, high: 345, … }
 */
export function goldTurn(runs: readonly WatchedRun[], options: TurnOptions = {}): Turn {
  const { level = 0.95 } = options;
  const byStep = runs.map((run) => new Map(run.steps.map((one) => [one.step, one])));
  const steps = sharedSteps(runs).filter((step) => byStep.every((own) => own.get(step)!.gold !== undefined));
  if (steps.length < 5) throw new UsageError(`a turn needs gold at 5 steps of all runs, not ${steps.length}`);
  const range = steps.at(-1)! - steps[0]!;
  const widest = Math.max(...steps.slice(2).map((step, i) => step - steps[i]!));
  const window = Math.max(options.window ?? 0.15 * range, 1.01 * widest);
  const smoother = smootherOf(steps, window);
  const gold = byStep.map((own) => Float64Array.from(steps, (step) => own.get(step)!.gold!));
  const levels = gold.map((values) => applied(smoother.level, values));
  const slopes = gold.map((values) => applied(smoother.slope, values));

  const mean = (curves: readonly Float64Array[], at: number): number =>
    curves.reduce((sum, one) => sum + one[at]!, 0) / curves.length;
  let top = 0;
  for (let at = 1; at < steps.length; at++) if (mean(levels, at) > mean(levels, top)) top = at;
  const estimate = (values: readonly number[], method: string): Estimate => {
    const { mean: value, low, high } = studentMean(values, level);
    return { value, low, high, level, n: values.length, unscored: 0, method };
  };
  if (runs.length < 3)
    return { turned: false, falls: false, step: null, fall: null, proxyGain: null, kl: null, window };

  const t = Float64Array.from(steps, (_, at) => tOf(slopes.map((one) => one[at]!)));
  const degrees = runs.length - 1;
  const critical = tQuantile(1 - (1 - level) / 2, degrees);
  const strict = tQuantile(1 - (1 - level) / 2 / Math.max(1, Math.ceil(range / window)), degrees);
  const rises = t.subarray(0, top).some((one) => one > strict);
  const falls = t.subarray(top + 1).some((one) => one < -strict);
  const smooth = (metric: "proxy" | "kl") =>
    byStep.every((own) => steps.every((step) => own.get(step)![metric] !== undefined))
      ? byStep.map((own) =>
          applied(
            smoother.level,
            Float64Array.from(steps, (step) => own.get(step)![metric]!),
          ),
        )
      : null;
  const [proxy, kl] = [smooth("proxy"), smooth("kl")];
  const last = steps.length - 1;
  return {
    turned: rises && falls,
    falls,
    step: {
      value: crossing(steps, slopes, top),
      low: edge(steps, t, top, -1, critical),
      high: edge(steps, t, top, 1, critical),
      level,
      n: runs.length,
      unscored: 0,
      method: `slope of 0 by local quadratic regression over ±${Number(window.toPrecision(3))} steps, Student t over runs, inverted`,
    },
    fall: estimate(
      levels.map((one) => one[top]! - one[last]!),
      "paired over runs, Student t",
    ),
    proxyGain:
      proxy === null
        ? null
        : estimate(
            proxy.map((one) => one[last]! - one[top]!),
            "paired over runs, Student t",
          ),
    kl:
      kl === null
        ? null
        : estimate(
            kl.map((one) => one[top]!),
            "over runs, Student t",
          ),
    window,
  };
}

function tOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const error = Math.sqrt(varianceOf(values) / values.length);
  if (error === 0) return mean === 0 ? 0 : Math.sign(mean) * Number.POSITIVE_INFINITY;
  return mean / error;
}

/** Where the mean slope crosses 0 beside the highest step, between two steps; the step itself at either end. */
function crossing(steps: readonly number[], slopes: readonly Float64Array[], top: number): number {
  const slope = (at: number): number => slopes.reduce((sum, one) => sum + one[at]!, 0) / slopes.length;
  for (const at of slope(top) > 0 ? [top] : [top - 1, top]) {
    if (at < 0 || at + 1 >= steps.length) continue;
    const [a, b] = [slope(at), slope(at + 1)];
    if (a >= 0 && b < 0) return steps[at]! + (a / (a - b)) * (steps[at + 1]! - steps[at]!);
  }
  return steps[top]!;
}

/** From the highest step outwards, where the slope's t passes the critical value, between two steps. */
function edge(steps: readonly number[], t: Float64Array, top: number, towards: 1 | -1, critical: number): number {
  // before the top a slope above 0 is expected, after it one below
  const against = (at: number): number => -towards * t[at]!;
  for (let at = top; at >= 0 && at < steps.length; at += towards) {
    if (against(at) <= critical) continue;
    const inner = at - towards;
    if (at === top) return steps[top]!;
    const share = (critical - against(inner)) / (against(at) - against(inner));
    return steps[inner]! + (Number.isFinite(share) ? share : 1) * (steps[at]! - steps[inner]!);
  }
  return towards < 0 ? steps[0]! : steps.at(-1)!;
}

/** Rows of a banded linear operator: what weights which data get. */
type Rows = readonly { from: number; weights: Float64Array }[];

/** Local quadratic regression at each step: the rows that give level and slope. */
function smootherOf(steps: readonly number[], window: number): { level: Rows; slope: Rows } {
  const level: { from: number; weights: Float64Array }[] = [];
  const slope: { from: number; weights: Float64Array }[] = [];
  for (const here of steps) {
    const from = steps.findIndex((step) => here - step < window);
    let to = from;
    while (to < steps.length && steps[to]! - here < window) to++;
    const u = steps.slice(from, to).map((step) => (step - here) / window);
    const k = u.map((x) => 1 - x * x);
    const moment = (power: number): number => u.reduce((sum, x, i) => sum + k[i]! * x ** power, 0);
    const [m0, m1, m2, m3, m4] = [0, 1, 2, 3, 4].map(moment) as [number, number, number, number, number];
    // the inverse of [[m0 m1 m2] [m1 m2 m3] [m2 m3 m4]], first two rows
    const c00 = m2 * m4 - m3 * m3;
    const c01 = m2 * m3 - m1 * m4;
    const c02 = m1 * m3 - m2 * m2;
    const c11 = m0 * m4 - m2 * m2;
    const c12 = m1 * m2 - m0 * m3;
    const determinant = m0 * c00 + m1 * c01 + m2 * c02;
    const row = (a: number, b: number, c: number, over: number): Float64Array =>
      Float64Array.from(u, (x, i) => (k[i]! * (a + b * x + c * x * x)) / (determinant * over));
    level.push({ from, weights: row(c00, c01, c02, 1) });
    slope.push({ from, weights: row(c01, c11, c12, window) });
  }
  return { level, slope };
}

function applied(rows: Rows, values: Float64Array): Float64Array {
  return Float64Array.from(rows, ({ from, weights }) => {
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * values[from + i]!;
    return sum;
  });
}
