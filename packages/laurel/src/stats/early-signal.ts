import { type Estimate, NotEnoughDataError, random, type Seed, split, UsageError } from "../core/index.ts";
import { midRanks, pearson } from "./correlation.ts";
import { countEstimate } from "./estimate.ts";
import { kendallCounts } from "./kendall.ts";
import { studentMean } from "./mean.ts";
import { checkPaired, checkSample, meanOf, type Numbers } from "./sample.ts";

/** How good a curve's early signal is. */
export interface SignalQuality {
  /** (max(rho, 0) + smoothness) / 2 */
  quality: number;
  /** Rank correlation with time. */
  rho: number;
  /** Mean over the lags of the absolute autocorrelation. */
  smoothness: number;
  lags: number[];
  /** Pairs of equal values: where there are any, the two tie rules differ. */
  ties: number;
}

/**
 * Does a benchmark rise steadily and smoothly in early training?
 *
 * SQ = (max(ρ, 0) + A) / 2; ρ = 1 - 6 Σ (i - rank_i)² / (n (n² - 1)); A = mean over lags L = 1 .. ⌊n / 4⌋ - 1 of |corr(y_1..n-L, y_1+L..n)|.
 * A falling curve has 0.5, since smoothness has no sign: look at ρ and smoothness apart, and at `signalFloor`.
 *
 * @param values a model's scores at increasing token counts, at least 8.
 * @param options ties: "ordinal" (default, as the official scoring: equal values rank by position) or "average"; lags: how many.
 * @throws NotEnoughDataError for fewer than 8 values; UsageError for a constant curve or window, of which the correlation is not defined.
 *
 * Source: E2LM competition (NeurIPS 2025), official scoring notebook.
 *
 * @example
 * signalQuality([0, 0, 0, 0, 1, 1, 1, 1]).quality; // 0.875
 */
export function signalQuality(
  values: Numbers,
  options: { ties?: "ordinal" | "average" | undefined; lags?: number | undefined } = {},
): SignalQuality {
  checkSample(values, 8, "values");
  const n = values.length;
  const { ties = "ordinal", lags = Math.floor(n / 4) - 1 } = options;
  if (!(Number.isInteger(lags) && lags >= 1 && lags <= n - 3))
    throw new UsageError(`lags must be from 1 to ${n - 3}, not ${lags}`);
  const ranks = ties === "average" ? midRanks(values) : ordinal(values);
  const time = Float64Array.from({ length: n }, (_, i) => i + 1);
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (i + 1 - ranks[i]!) ** 2;
  const rho = ties === "average" ? correlation(time, ranks) : 1 - (6 * squares) / (n * (n * n - 1));
  const used = Array.from({ length: lags }, (_, k) => k + 1);
  const series = Float64Array.from(values);
  const smoothness = meanOf(
    used.map((lag) => Math.abs(correlation(series.subarray(0, n - lag), series.subarray(lag)))),
  );
  return {
    quality: (Math.max(rho, 0) + smoothness) / 2,
    rho,
    smoothness,
    lags: used,
    ties: kendallCounts(time, series).tiedY,
  };
}

/**
 * The signal quality that the same values would have in any order: what noise alone reaches.
 *
 * @param options permutations 1,000; seed; ties and lags as in `signalQuality`.
 * @returns the mean over permutations, with the central 95 % of them (no confidence interval). Permutations with a constant window
 * are left out and counted as unscored.
 */
export function signalFloor(
  values: Numbers,
  options: {
    seed: Seed;
    permutations?: number | undefined;
    ties?: "ordinal" | "average" | undefined;
    lags?: number | undefined;
  },
): Estimate {
  const { permutations = 1000 } = options;
  signalQuality(values, options);
  const rng = random(split(options.seed, "floor"));
  const found: number[] = [];
  for (let k = 0; k < permutations; k++) {
    try {
      found.push(signalQuality(rng.shuffled(Array.from(values)), options).quality);
    } catch (thrown) {
      if (!(thrown instanceof UsageError)) throw thrown;
    }
  }
  if (found.length < permutations / 2)
    throw new NotEnoughDataError("most orders of these values have a constant window");
  found.sort((a, b) => a - b);
  const at = (q: number): number => found[Math.min(found.length - 1, Math.floor(q * found.length))]!;
  return {
    value: meanOf(found),
    low: at(0.025),
    high: at(0.975),
    level: 0.95,
    n: found.length,
    unscored: permutations - found.length,
    method: "permutations of the checkpoints, central 95 %",
  };
}

/**
 * Do young models rank as grown ones will? Mean over checkpoints of (1 + tau-b) / 2 against the late scores.
 *
 * The competition's own coefficient is not known to us; this one is Laurel's.
 *
 * @param early models x checkpoints, at least 2 models.
 * @param late a score a model.
 * @returns with Student's interval over checkpoints, which are not independent: it is short. A checkpoint at which all models tie
 * counts a half.
 * @throws NotEnoughDataError for fewer than 2 models or checkpoints; UsageError where all late scores tie.
 */
export function rankingConsistency(early: readonly Numbers[], late: Numbers): Estimate {
  const models = early.length;
  if (models < 2) throw new NotEnoughDataError("a ranking needs at least 2 models", 2);
  if (late.length !== models) throw new UsageError(`${models} curves but ${late.length} late scores`);
  const checkpoints = early[0]!.length;
  for (const curve of early) if (curve.length !== checkpoints) throw new UsageError("curves differ in length");
  const pairs = (models * (models - 1)) / 2;
  const shares = Array.from({ length: checkpoints }, (_, t) => {
    const { discordant, tiedX, tiedY, tiedBoth } = kendallCounts(
      late,
      early.map((curve) => curve[t]!),
    );
    if (tiedX === pairs) throw new UsageError("all late scores are equal");
    if (tiedY === pairs) return 0.5;
    const concordant = pairs - tiedX - tiedY + tiedBoth - discordant;
    return (1 + (concordant - discordant) / Math.sqrt((pairs - tiedX) * (pairs - tiedY))) / 2;
  });
  const { mean, low, high } = studentMean(shares);
  return {
    value: mean,
    low,
    high,
    level: 0.95,
    n: checkpoints,
    unscored: 0,
    method: "mean (1 + tau-b) / 2 over checkpoints, Student t",
  };
}

/**
 * Does a benchmark see what a model was trained on? A model of the right data against its twin without, checkpoint by checkpoint.
 *
 * The competition's own formula is not known to us; share and gap are Laurel's.
 *
 * @param science, control scores at the same checkpoints, at least 2.
 * @returns share of checkpoints at which the first is higher (a tie half) with Wilson's interval, and the mean gap with Student's. Both
 * take checkpoints as independent, which makes them short.
 */
export function compliance(science: Numbers, control: Numbers): { share: Estimate; gap: Estimate } {
  checkPaired(science, control, 2, "checkpoints");
  const gaps = Float64Array.from(science, (x, t) => x - control[t]!);
  const hits = gaps.reduce((sum, gap) => sum + (gap > 0 ? 1 : gap === 0 ? 0.5 : 0), 0);
  const { mean, low, high } = studentMean(gaps);
  return {
    share: countEstimate(hits, gaps.length),
    gap: {
      value: mean,
      low,
      high,
      level: 0.95,
      n: gaps.length,
      unscored: 0,
      method: "mean gap over checkpoints, Student t",
    },
  };
}

function ordinal(values: Numbers): Float64Array {
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]! || a - b);
  const ranks = new Float64Array(values.length);
  order.forEach((item, place) => {
    ranks[item] = place + 1;
  });
  return ranks;
}

function correlation(x: Float64Array, y: Float64Array): number {
  const constant = (of: Float64Array): boolean => of.every((one) => one === of[0]);
  if (constant(x) || constant(y))
    throw new UsageError("a curve or a lagged part of it is constant: it has no correlation");
  return pearson(x, y).value;
}
