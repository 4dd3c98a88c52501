import { type Estimate, NotEnoughDataError } from "../core/index.ts";
import { type Binning, binsOf, checkForecasts, everyItem } from "./bins.ts";
import { normalCdf } from "./distributions.ts";
import { countEstimate, proportionEstimate } from "./estimate.ts";
import { bootstrapValues, percentileEstimate, type ResampleOptions } from "./percentile.ts";
import { checkClusters, type Numbers } from "./sample.ts";

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

/** Options of `ece`. */
export interface EceOptions extends Binning, ResampleOptions {
  /** 1 (default): Σ n_b/n |accuracy - confidence|; 2: the root of the mean square. */
  norm?: 1 | 2 | undefined;
  /** Take out the upward bias that finite bins have; default false. */
  debias?: boolean | undefined;
  /** The cluster of each item, such as its prompt: whole clusters are resampled. Left out where every item is its own. */
  clusters?: readonly (string | number)[] | undefined;
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
 * @param options seed; bins 10; scheme "equal-width"; norm 1; debias false; clusters; reps 1,000; level 0.95.
 * @returns the error with a percentile bootstrap over items or clusters, binned anew in each resample. The plain estimate is biased
 * upwards and its bootstrap more so, so that its ends may both lie above it: the interval is then widened to hold it. For few items a
 * bin, debias.
 * @throws NotEnoughDataError for no items, fewer than 2 clusters, or where debias and norm 2 leave no bin of two; UsageError outside the
 * ranges.
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
  const clusters = options.clusters === undefined ? undefined : checkClusters(options.clusters, n);
  const estimate = percentileEstimate(value, bootstrapValues(n, at, options), {
    n,
    clusters,
    method: `ECE (${bins} ${scheme} bins, norm ${norm}${debias ? ", debiased" : ""})${clusters === undefined ? "" : ", by cluster"}`,
    level: options.level,
  });
  return { ...estimate, low: Math.min(value, estimate.low), high: Math.max(value, estimate.high) };
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
 * @param options bins 10; scheme "equal-width"; clusters: the cluster of each item, for Wilson's interval at the effective size (a bin
 * with a single cluster counts as one item); level 0.95.
 * @throws as `ece`.
 *
 * Source: DeGroot and Fienberg, The Statistician 32 (1983).
 */
export function reliabilityCurve(
  forecast: Numbers,
  outcome: Numbers,
  options: Binning & { level?: number | undefined; clusters?: readonly (string | number)[] | undefined } = {},
): ReliabilityBin[] {
  checkForecasts(forecast, outcome);
  const { clusters } = options;
  if (clusters !== undefined) checkClusters(clusters, forecast.length);
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
      accuracy:
        clusters === undefined
          ? countEstimate(positive, n, { level })
          : clusteredShare(
              items.filter((i) => of[i] === b),
              outcome,
              clusters,
              level,
            ),
    });
  }
  return curve;
}

/** The share of positive outcomes among some items, by cluster. */
function clusteredShare(
  items: Int32Array,
  outcome: Numbers,
  clusters: readonly (string | number)[],
  level: number,
): Estimate {
  const values = Float64Array.from(items, (i) => outcome[i]!);
  const of = Array.from(items, (i) => clusters[i]!);
  if (new Set(of).size > 1) return proportionEstimate(values, { level, clusters: of });
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  const { low, high, method } = countEstimate(value, 1, { level });
  return { value, low, high, level, n: values.length, clusters: 1, unscored: 0, method: `${method} of one cluster` };
}
