import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { pearson } from "./correlation.ts";
import { normalQuantile, tQuantile } from "./distributions.ts";
import { kendallCounts } from "./kendall.ts";
import { studentMean } from "./mean.ts";
import { alphaOf, checkSample, meanOf, type Numbers, varianceOf } from "./sample.ts";

/** Scores of items by run and checkpoint: data[(seed * checkpoints + checkpoint) * items + item]. */
export interface ScoreGrid {
  seeds: number;
  checkpoints: number;
  items: number;
  data: Float64Array;
}

/**
 * The curve of each seed: its mean over items at each checkpoint.
 *
 * @throws UsageError for sizes that do not match or a score that is not finite.
 */
export function seedCurves(grid: ScoreGrid): Float64Array[] {
  const { seeds, checkpoints, items, data } = grid;
  if (data.length !== seeds * checkpoints * items)
    throw new UsageError(`${data.length} scores for ${seeds} seeds x ${checkpoints} checkpoints x ${items} items`);
  checkSample(data, 1, "scores");
  return Array.from({ length: seeds }, (_, m) =>
    Float64Array.from({ length: checkpoints }, (_, t) => {
      const from = (m * checkpoints + t) * items;
      return meanOf(data.subarray(from, from + items));
    }),
  );
}

/** Spread over seeds. */
export interface SeedSpread {
  /** The sample standard deviation over seeds (n - 1) at each checkpoint. */
  perCheckpoint: Float64Array;
  /** Its mean over checkpoints: E(S) of the paper. */
  mean: Estimate;
}

/**
 * How much a score moves with the seed alone.
 *
 * E(S) = mean over checkpoints t of sd over seeds m of S(m, t), with n - 1.
 *
 * @param curves seeds x checkpoints, at least 2 seeds.
 * @param options level 0.95.
 * @returns the standard deviations and their mean with a jackknife interval over seeds (t with seeds - 1 degrees of freedom; with 3
 * seeds or more). Seeds move all checkpoints of a run together, which a jackknife over seeds allows for.
 * @throws NotEnoughDataError for fewer than 3 seeds; UsageError for curves of unequal length.
 *
 * Source: Madaan et al., Quantifying Variance in Evaluation Benchmarks (2024), section 3; n - 1 is Laurel's choice, the paper does not say.
 */
export function seedSpread(curves: readonly Numbers[], options: { level?: number | undefined } = {}): SeedSpread {
  checkCurves(curves, 3);
  const perCheckpoint = spreads(curves);
  const value = meanOf(perCheckpoint);
  return {
    perCheckpoint,
    mean: jackknife(
      value,
      curves.map((_, out) => meanOf(spreads(curves.filter((_, m) => m !== out)))),
      options.level ?? 0.95,
      "mean sd over seeds, jackknife over seeds",
    ),
  };
}

/**
 * How steadily a score rises in training: Kendall's tau-b of each run's curve with time, and its mean over seeds.
 *
 * @param curves seeds x checkpoints, at least 2 seeds and 3 checkpoints.
 * @returns the mean with Student's interval over seeds, or null where a curve is constant (tau is not defined).
 * @throws NotEnoughDataError for fewer seeds or checkpoints.
 *
 * Source: Madaan et al. (2024), section 3; ties by tau-b.
 *
 * @example
 * monotonicity([[1, 3, 2, 4, 4], [1, 2, 3, 4, 5]])?.value; // (0.7379 + 1) / 2
 */
export function monotonicity(
  curves: readonly Numbers[],
  options: { level?: number | undefined } = {},
): Estimate | null {
  checkCurves(curves, 2);
  if (curves[0]!.length < 3) throw new NotEnoughDataError("monotonicity needs at least 3 checkpoints", 3);
  const level = options.level ?? 0.95;
  const taus: number[] = [];
  for (const curve of curves) {
    const tau = tauWithTime(curve);
    if (tau === null) return null;
    taus.push(tau);
  }
  const { mean, low, high } = studentMean(taus, level);
  return {
    value: mean,
    low: Math.max(-1, low),
    high: Math.min(1, high),
    level,
    n: taus.length,
    unscored: 0,
    method: "mean Kendall tau-b with time, Student t over seeds",
  };
}

/** Kendall's tau-b of a curve with time; null where the curve is constant. */
export function tauWithTime(curve: Numbers): number | null {
  const n = curve.length;
  const time = Float64Array.from({ length: n }, (_, t) => t);
  const { discordant, tiedY } = kendallCounts(time, curve);
  const pairs = (n * (n - 1)) / 2;
  if (tiedY === pairs) return null;
  return (pairs - tiedY - 2 * discordant) / Math.sqrt(pairs * (pairs - tiedY));
}

/**
 * Signal to noise at a checkpoint: the mean over seeds over the standard deviation over seeds.
 *
 * (mean - chance) / sd, sd with n - 1
 *
 * @param scores one a seed, at least 3.
 * @param options chance: what guessing scores, default 0 as in the paper; the ratio is not free of scale where it is above 0. level 0.95.
 * @returns with the interval of the log ratio by the jackknife over seeds, where the signal is above 0; else over the ratio itself.
 * @throws NotEnoughDataError for fewer than 3 seeds, or where all seeds score alike: the ratio is not defined then (never Infinity).
 *
 * Source: Madaan et al. (2024), section 3.
 */
export function signalToNoise(
  scores: Numbers,
  options: { chance?: number | undefined; level?: number | undefined } = {},
): Estimate {
  const { chance = 0, level = 0.95 } = options;
  checkSample(scores, 3, "scores");
  const ratio = (of: Numbers): number => {
    const sd = Math.sqrt(varianceOf(of));
    if (sd === 0) throw new NotEnoughDataError("seeds score alike, so that signal to noise is not defined");
    return (meanOf(of) - chance) / sd;
  };
  const value = ratio(scores);
  const without = Array.from(scores, (_, out) => ratio(Array.from(scores).toSpliced(out, 1)));
  const method = "signal to noise over seeds, jackknife";
  if (value <= 0 || without.some((one) => one <= 0)) return jackknife(value, without, level, method);
  const log = jackknife(Math.log(value), without.map(Math.log), level, `${method} of its logarithm`);
  return { ...log, value, low: Math.exp(log.low), high: Math.exp(log.high) };
}

/**
 * Half the width of an accuracy's normal interval: z √(p (1 - p) / n).
 *
 * @param accuracy in [0, 1].
 * @param items n, at least 1.
 * @example
 * accuracyHalfWidth(0.2586, 14042); // 0.0072, as the paper's Table 1 has it for MMLU
 */
export function accuracyHalfWidth(accuracy: number, items: number, level = 0.95): number {
  if (!(accuracy >= 0 && accuracy <= 1)) throw new UsageError(`an accuracy lies in [0, 1], not ${accuracy}`);
  if (!(items >= 1)) throw new NotEnoughDataError("an accuracy needs an item", 1);
  return normalQuantile(1 - alphaOf(level) / 2) * Math.sqrt((accuracy * (1 - accuracy)) / items);
}

/** Components of variance of one checkpoint. */
export interface ScoreComponents {
  seed: number;
  item: number;
  residual: number;
}

/**
 * The variance of scores at one checkpoint, split into seed, item and the rest.
 *
 * Two-way random effects without repeats, by mean squares: item = (MS_i - MS_r) / M, seed = (MS_m - MS_r) / I, residual = MS_r; a
 * component below 0 is given as 0.
 *
 * @param scores seeds x items row-major; @param seeds M, at least 2.
 * @throws NotEnoughDataError for fewer than 2 seeds or items.
 *
 * Source: Searle, Casella and McCulloch (1992), chapter 4.
 */
export function scoreComponents(scores: Float64Array, seeds: number): ScoreComponents {
  const items = scores.length / seeds;
  if (!(Number.isInteger(items) && items >= 2 && seeds >= 2))
    throw new NotEnoughDataError(`${scores.length} scores of ${seeds} seeds; components need 2 seeds and 2 items`, 2);
  checkSample(scores, 4, "scores");
  const ofSeed = Float64Array.from({ length: seeds }, (_, m) => meanOf(scores.subarray(m * items, (m + 1) * items)));
  const ofItem = new Float64Array(items);
  for (let at = 0; at < scores.length; at++) ofItem[at % items]! += scores[at]! / seeds;
  const whole = meanOf(ofSeed);
  let rest = 0;
  for (let m = 0; m < seeds; m++)
    for (let i = 0; i < items; i++) rest += (scores[m * items + i]! - ofSeed[m]! - ofItem[i]! + whole) ** 2;
  const residual = rest / ((seeds - 1) * (items - 1));
  return {
    seed: Math.max(0, (items * varianceOf(ofSeed) - residual) / items),
    item: Math.max(0, (seeds * varianceOf(ofItem) - residual) / seeds),
    residual,
  };
}

/** What classical item analysis says. */
export interface ItemAnalysis {
  /** Share of runs that have the item right (mean score). */
  difficulty: Float64Array;
  /** Correlation of the item with the total of the other items; 0 for an item on which all runs agree. */
  discrimination: Float64Array;
}

/**
 * Difficulty and discrimination of items over runs or models.
 *
 * @param scores runs x items row-major.
 * @param runs at least 3.
 * @throws NotEnoughDataError for fewer runs or items.
 *
 * Source: Lord and Novick (1968), chapter 15; point-biserial with the item taken out of the total.
 */
export function itemAnalysis(scores: Float64Array, runs: number): ItemAnalysis {
  const items = scores.length / runs;
  if (!(Number.isInteger(items) && items >= 2 && runs >= 3))
    throw new NotEnoughDataError(`${scores.length} scores of ${runs} runs; item analysis needs 3 runs and 2 items`, 3);
  const totals = Float64Array.from({ length: runs }, (_, r) =>
    scores.subarray(r * items, (r + 1) * items).reduce((a, b) => a + b, 0),
  );
  const difficulty = new Float64Array(items);
  const discrimination = new Float64Array(items);
  const own = new Float64Array(runs);
  for (let i = 0; i < items; i++) {
    for (let r = 0; r < runs; r++) own[r] = scores[r * items + i]!;
    difficulty[i] = meanOf(own);
    const rest = totals.map((total, r) => total - own[r]!);
    discrimination[i] = varianceOf(own) === 0 || varianceOf(rest) === 0 ? 0 : pearson(own, rest).value;
  }
  return { difficulty, discrimination };
}

/** One row of the paper's table for one benchmark. */
export interface VarianceReport {
  seeds: number;
  checkpoints: number;
  items: number;
  chance: number;
  /** Mean over seeds at the last checkpoint. */
  score: Estimate;
  seedSd: Estimate;
  /** Half-width of the normal 95 % interval over items, averaged over seeds and checkpoints: what sampling items adds. */
  itemHalfWidth: number;
  monotonicity: Estimate | null;
  /** At the last checkpoint; null where seeds score alike. */
  signalToNoise: Estimate | null;
  components: ScoreComponents;
  /** The gap between the means of two methods, by seeds a method, above which the seed alone is not the cause (two-sided, at the level). */
  gap: { one: number; two: number; ten: number };
}

/**
 * How stable a benchmark's score is: over seeds, items and training.
 *
 * gap(k) = z √2 sd / √k, sd over seeds at the last checkpoint (pooled over the last three where there are as many)
 *
 * @param grid at least 3 seeds, 3 checkpoints, 10 items.
 * @param options chance 0; level 0.95.
 * @throws NotEnoughDataError for less.
 *
 * Source: Madaan et al. (2024), Table 1; the gap is Laurel's.
 */
export function varianceReport(
  grid: ScoreGrid,
  options: { chance?: number | undefined; level?: number | undefined } = {},
): VarianceReport {
  const { chance = 0, level = 0.95 } = options;
  const { seeds, checkpoints, items, data } = grid;
  if (seeds < 3 || checkpoints < 3 || items < 10)
    throw new NotEnoughDataError(
      `${seeds} seeds, ${checkpoints} checkpoints and ${items} items; a report needs 3, 3 and 10`,
    );
  const curves = seedCurves(grid);
  const last = curves.map((curve) => curve.at(-1)!);
  const { perCheckpoint, mean } = seedSpread(curves, { level });
  const z = normalQuantile(1 - alphaOf(level) / 2);
  let half = 0;
  for (let run = 0; run < seeds * checkpoints; run++)
    half += z * Math.sqrt(varianceOf(data.subarray(run * items, (run + 1) * items)) / items);
  const pooled = Math.sqrt(meanOf(perCheckpoint.slice(-3).map((sd) => sd * sd)));
  const score = studentMean(last, level);
  const gap = (k: number): number => (z * Math.SQRT2 * pooled) / Math.sqrt(k);
  const final = Float64Array.from({ length: seeds * items }, (_, at) => {
    const m = Math.floor(at / items);
    return data[(m * checkpoints + checkpoints - 1) * items + (at % items)]!;
  });
  return {
    seeds,
    checkpoints,
    items,
    chance,
    score: {
      value: score.mean,
      low: score.low,
      high: score.high,
      level,
      n: seeds,
      unscored: 0,
      method: "mean over seeds, Student t",
    },
    seedSd: mean,
    itemHalfWidth: half / (seeds * checkpoints),
    monotonicity: monotonicity(curves, { level }),
    signalToNoise: varianceOf(last) === 0 ? null : signalToNoise(last, { chance, level }),
    components: scoreComponents(final, seeds),
    gap: { one: gap(1), two: gap(2), ten: gap(10) },
  };
}

function spreads(curves: readonly Numbers[]): Float64Array {
  return Float64Array.from({ length: curves[0]!.length }, (_, t) =>
    Math.sqrt(varianceOf(curves.map((curve) => curve[t]!))),
  );
}

function checkCurves(curves: readonly Numbers[], least: number): void {
  if (curves.length < least)
    throw new NotEnoughDataError(`${curves.length} seeds given, at least ${least} needed`, least);
  for (const [m, curve] of curves.entries()) {
    if (curve.length !== curves[0]!.length)
      throw new UsageError(`seed ${m} has ${curve.length} checkpoints, seed 0 has ${curves[0]!.length}`);
    checkSample(curve, 1, `seed ${m}`);
  }
}

/** An interval from leave-one-out values: Student's t on the jackknife's standard error. */
function jackknife(value: number, without: readonly number[], level: number, method: string): Estimate {
  const n = without.length;
  const error = Math.sqrt(varianceOf(without, 0) * (n - 1));
  const half = error === 0 ? 0 : tQuantile(1 - alphaOf(level) / 2, n - 1) * error;
  return { value, low: value - half, high: value + half, level, n, unscored: 0, method };
}
