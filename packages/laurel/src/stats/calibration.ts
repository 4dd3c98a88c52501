import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { normalCdf } from "./distributions.ts";
import { studentMean } from "./mean.ts";
import { bootstrapValues, percentileEstimate, type ResampleOptions } from "./percentile.ts";
import { wilson } from "./proportions.ts";
import { checkPaired, type Numbers } from "./sample.ts";

/** How forecasts are put in bins. */
export interface Binning {
  /** Bins, at least 1; default 10. */
  bins?: number | undefined;
  /** "equal-width" (default): (b - 1)/B to b/B, a forecast on an edge goes to the lower bin; "equal-mass": same numbers. */
  scheme?: "equal-width" | "equal-mass" | undefined;
}

/** One bin of a reliability curve. */
export interface ReliabilityBin {
  /** Ends of the bin (equal-width), or its least and greatest forecast (equal-mass). */
  low: number;
  high: number;
  n: number;
  /** Mean forecast. */
  confidence: number;
  /** Share of positive outcomes, with Wilson's interval. */
  accuracy: Estimate;
}

function checkForecasts(forecast: Numbers, outcome: Numbers): void {
  checkPaired(forecast, outcome, 1);
  for (let i = 0; i < forecast.length; i++) {
    const p = forecast[i]!;
    if (!(p >= 0 && p <= 1)) throw new UsageError(`forecast ${i} is ${p}, not a probability`);
    if (outcome[i] !== 0 && outcome[i] !== 1) throw new UsageError(`outcome ${i} is ${outcome[i]}, not 0 or 1`);
  }
}

function binCount(bins: number): number {
  if (!(Number.isInteger(bins) && bins >= 1))
    throw new UsageError(`bins must be a whole number of at least 1, not ${bins}`);
  return bins;
}

/** The bin of each listed item (an index into the items), by its forecast. */
function binsOf(forecast: Numbers, items: Int32Array, binning: Binning): Int32Array {
  const bins = binCount(binning.bins ?? 10);
  const of = new Int32Array(items.length);
  if ((binning.scheme ?? "equal-width") === "equal-width") {
    for (let i = 0; i < items.length; i++) {
      const p = forecast[items[i]!]!;
      let b = Math.max(0, Math.ceil(p * bins) - 1);
      // The product may round across an edge; the edge itself, b / bins, is rounded as the forecast was.
      if (p > (b + 1) / bins) b++;
      else if (b > 0 && p <= b / bins) b--;
      of[i] = b;
    }
    return of;
  }
  const order = Int32Array.from(items, (_, i) => i).sort((a, b) => forecast[items[a]!]! - forecast[items[b]!]!);
  // Equal forecasts stay together: each group goes where its middle item would go.
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    const p = forecast[items[order[from]!]!]!;
    while (to < order.length && forecast[items[order[to]!]!]! === p) to++;
    const bin = Math.min(bins - 1, Math.floor(((from + to - 1) / 2 / order.length) * bins));
    for (let i = from; i < to; i++) of[order[i]!] = bin;
    from = to;
  }
  return of;
}

interface Sums {
  n: Float64Array;
  forecast: Float64Array;
  positive: Float64Array;
}

function sumsOf(forecast: Numbers, outcome: Numbers, items: Int32Array, binning: Binning): Sums {
  const bins = binning.bins ?? 10;
  const of = binsOf(forecast, items, binning);
  const sums = { n: new Float64Array(bins), forecast: new Float64Array(bins), positive: new Float64Array(bins) };
  for (let i = 0; i < items.length; i++) {
    const b = of[i]!;
    sums.n[b]! += 1;
    sums.forecast[b]! += forecast[items[i]!]!;
    sums.positive[b]! += outcome[items[i]!]!;
  }
  return sums;
}

const everyItem = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

/** Options of `ece`. */
export interface EceOptions extends Binning, ResampleOptions {
  /** 1 (default): Σ n_b/n |accuracy - confidence|; 2: the root of the mean square. */
  norm?: 1 | 2 | undefined;
  /** Take out the upward bias that finite bins have; default false. */
  debias?: boolean | undefined;
}

/**
 * Expected calibration error.
 *
 * ECE = Σ_b (n_b / n) |ȳ_b - p̄_b| (norm 1), √(Σ_b (n_b / n) (ȳ_b - p̄_b)²) (norm 2). Debiased, norm 2 subtracts
 * ȳ_b (1 - ȳ_b) / (n_b - 1) from each square (bins of one item are left out; below 0 gives 0); norm 1 subtracts E|N(g, s²)| - |g|
 * with g = ȳ_b - p̄_b and s² = ȳ_b (1 - ȳ_b) / n_b, the exact form of what Kumar et al. simulate: where forecasts are calibrated it takes
 * out √2 - 1 = 41 % of the bias, so for small bins norm 2 is the better corrected one.
 *
 * @param forecast n probabilities of the positive outcome (or of being right), in [0, 1].
 * @param outcome n outcomes, 0 or 1.
 * @param options seed; bins 10; scheme "equal-width"; norm 1; debias false; reps 1,000; level 0.95.
 * @returns the error with a percentile bootstrap over items, binned anew in each resample. The plain estimate is biased
 * upwards and its bootstrap more so: for few items a bin, debias.
 * @throws NotEnoughDataError for no items, or where debias and norm 2 leave no bin of two; UsageError outside the ranges.
 *
 * Source: Naeini, Cooper and Hauskrecht, AAAI 2015; Kumar, Liang and Ma, NeurIPS 2019.
 */
export function ece(forecast: Numbers, outcome: Numbers, options: EceOptions): Estimate {
  checkForecasts(forecast, outcome);
  const { norm = 1, debias = false, scheme = "equal-width", bins = 10 } = options;
  const n = forecast.length;
  const at = (items: Int32Array): number | undefined =>
    errorOf(sumsOf(forecast, outcome, items, { bins, scheme }), norm, debias);
  const value = at(everyItem(n));
  if (value === undefined) throw new NotEnoughDataError("no bin has two items, so its noise cannot be taken out");
  return percentileEstimate(value, bootstrapValues(n, at, options), {
    n,
    method: `ECE (${bins} ${scheme} bins, norm ${norm}${debias ? ", debiased" : ""})`,
    level: options.level,
  });
}

function errorOf(sums: Sums, norm: 1 | 2, debias: boolean): number | undefined {
  let total = 0;
  let used = 0;
  for (let b = 0; b < sums.n.length; b++) {
    const n = sums.n[b]!;
    if (n === 0 || (debias && norm === 2 && n === 1)) continue;
    const accuracy = sums.positive[b]! / n;
    const gap = Math.abs(accuracy - sums.forecast[b]! / n);
    used += n;
    if (norm === 2) total += n * (gap * gap - (debias ? (accuracy * (1 - accuracy)) / (n - 1) : 0));
    else total += n * (debias ? 2 * gap - foldedMean(gap, Math.sqrt((accuracy * (1 - accuracy)) / n)) : gap);
  }
  if (used === 0) return undefined;
  const mean = Math.max(0, total / used);
  return norm === 2 ? Math.sqrt(mean) : mean;
}

/** E|X| of a normal variable with mean m >= 0 and standard deviation s. */
function foldedMean(m: number, s: number): number {
  if (s === 0) return m;
  const z = m / s;
  return s * Math.sqrt(2 / Math.PI) * Math.exp((-z * z) / 2) + m * (1 - 2 * normalCdf(-z));
}

/**
 * The reliability curve: for each non-empty bin the mean forecast and the share of positive outcomes.
 *
 * @param forecast, outcome as `ece`.
 * @param options bins 10; scheme "equal-width"; level 0.95.
 * @throws as `ece`.
 *
 * Source: DeGroot and Fienberg, The Statistician 32 (1983).
 */
export function reliabilityCurve(
  forecast: Numbers,
  outcome: Numbers,
  options: Binning & { level?: number | undefined } = {},
): ReliabilityBin[] {
  checkForecasts(forecast, outcome);
  const { bins = 10, scheme = "equal-width", level = 0.95 } = options;
  const items = everyItem(forecast.length);
  const of = binsOf(forecast, items, options);
  const sums = sumsOf(forecast, outcome, items, options);
  const low = new Float64Array(bins).fill(1);
  const high = new Float64Array(bins);
  for (let i = 0; i < items.length; i++) {
    low[of[i]!] = Math.min(low[of[i]!]!, forecast[i]!);
    high[of[i]!] = Math.max(high[of[i]!]!, forecast[i]!);
  }
  const curve: ReliabilityBin[] = [];
  for (let b = 0; b < bins; b++) {
    const n = sums.n[b]!;
    if (n === 0) continue;
    const positive = sums.positive[b]!;
    curve.push({
      low: scheme === "equal-width" ? b / bins : low[b]!,
      high: scheme === "equal-width" ? (b + 1) / bins : high[b]!,
      n,
      confidence: sums.forecast[b]! / n,
      accuracy: { value: positive / n, ...wilson(positive, n, level), level, n, unscored: 0, method: "Wilson" },
    });
  }
  return curve;
}

/**
 * The Brier score of probabilities of a 0/1 outcome: mean of (p - y)².
 *
 * @param forecast, outcome as `ece`.
 * @param level of the Student t interval over items, default 0.95, cut to [0, 1]; one item gives [0, 1].
 * @throws as `ece`.
 *
 * Source: Brier, Monthly Weather Review 78 (1950), the two-class form that scikit-learn's `brier_score_loss` has.
 *
 * @example
 * brier([0.9, 0.2], [1, 0]).value; // 0.025
 */
export function brier(forecast: Numbers, outcome: Numbers, level = 0.95): Estimate {
  checkForecasts(forecast, outcome);
  const losses = Float64Array.from(forecast, (p, i) => (p - outcome[i]!) ** 2);
  return meanLoss(losses, level, "Brier score", 1);
}

/**
 * The log-loss in nats: mean of -log(probability given to what happened).
 *
 * @param forecast, outcome as `ece`.
 * @param options clip: probabilities are kept inside [clip, 1 - clip], default 2⁻⁵² as scikit-learn for doubles, so that one sure and
 * wrong forecast costs 36 nats and not infinity; level 0.95 (Student t over items; one item gives [0, its largest loss]).
 * @throws as `ece`; UsageError for a clip outside (0, 0.5).
 *
 * Source: Good, JRSS B 14 (1952); as scikit-learn `log_loss`.
 */
export function logLoss(
  forecast: Numbers,
  outcome: Numbers,
  options: { clip?: number | undefined; level?: number | undefined } = {},
): Estimate {
  const { clip = 2 ** -52, level = 0.95 } = options;
  if (!(clip > 0 && clip < 0.5)) throw new UsageError(`clip must lie between 0 and 0.5, not ${clip}`);
  checkForecasts(forecast, outcome);
  const losses = Float64Array.from(forecast, (p, i) => {
    const kept = Math.min(1 - clip, Math.max(clip, p));
    return outcome[i] === 1 ? -Math.log(kept) : -Math.log1p(-kept);
  });
  return meanLoss(losses, level, "log-loss", -Math.log(clip));
}

function meanLoss(losses: Float64Array, level: number, name: string, most: number): Estimate {
  const n = losses.length;
  if (n === 1)
    return {
      value: losses[0]!,
      low: 0,
      high: most,
      level,
      n,
      unscored: 0,
      method: `${name} of one item, all it can be`,
    };
  const { mean, low, high } = studentMean(losses, level);
  return {
    value: mean,
    low: Math.max(0, low),
    high: Math.min(most, high),
    level,
    n,
    unscored: 0,
    method: `${name}, Student t over items`,
  };
}

/** The Brier score in parts: brier = reliability - resolution + uncertainty + within. */
export interface BrierParts {
  brier: number;
  /** Σ n_b/n (p̄_b - ȳ_b)²: 0 is calibrated. */
  reliability: number;
  /** Σ n_b/n (ȳ_b - ȳ)²: the more the better. */
  resolution: number;
  /** ȳ (1 - ȳ). */
  uncertainty: number;
  /** What bins hide: the variance of the forecasts inside bins minus twice their covariance with the outcome; 0 for `by: "value"`. */
  within: number;
}

/**
 * Murphy's decomposition of the Brier score, exact also with bins.
 *
 * @param forecast, outcome as `ece`.
 * @param options by: "value" (default: one bin a distinct forecast) or a binning.
 * @throws as `ece`.
 *
 * Source: Murphy, Journal of Applied Meteorology 12 (1973); Stephenson, Coelho and Jolliffe, Weather and Forecasting 23 (2008).
 */
export function brierDecomposition(
  forecast: Numbers,
  outcome: Numbers,
  options: { by?: "value" | Binning | undefined } = {},
): BrierParts {
  checkForecasts(forecast, outcome);
  const { by = "value" } = options;
  const n = forecast.length;
  const of = by === "value" ? distinct(forecast) : binsOf(forecast, everyItem(n), by);
  const bins = of.reduce((max, b) => Math.max(max, b), 0) + 1;
  const size = new Float64Array(bins);
  const p = new Float64Array(bins);
  const y = new Float64Array(bins);
  let base = 0;
  for (let i = 0; i < n; i++) {
    size[of[i]!]! += 1;
    p[of[i]!]! += forecast[i]!;
    y[of[i]!]! += outcome[i]!;
    base += outcome[i]! / n;
  }
  let reliability = 0;
  let resolution = 0;
  for (let b = 0; b < bins; b++) {
    if (size[b] === 0) continue;
    p[b]! /= size[b]!;
    y[b]! /= size[b]!;
    reliability += (size[b]! / n) * (p[b]! - y[b]!) ** 2;
    resolution += (size[b]! / n) * (y[b]! - base) ** 2;
  }
  let score = 0;
  let within = 0;
  for (let i = 0; i < n; i++) {
    const dp = forecast[i]! - p[of[i]!]!;
    score += (forecast[i]! - outcome[i]!) ** 2 / n;
    within += (dp * dp - 2 * dp * (outcome[i]! - y[of[i]!]!)) / n;
  }
  return { brier: score, reliability, resolution, uncertainty: base * (1 - base), within: by === "value" ? 0 : within };
}

function distinct(values: Numbers): Int32Array {
  const place = new Map<number, number>();
  return Int32Array.from(values, (value) => {
    const known = place.get(value);
    if (known !== undefined) return known;
    place.set(value, place.size);
    return place.size - 1;
  });
}
