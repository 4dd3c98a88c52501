import { type Estimate, UsageError } from "../core/index.ts";
import { type Binning, binsOf, checkForecasts, everyItem } from "./bins.ts";
import { clusteredMean } from "./cluster.ts";
import { studentMean } from "./mean.ts";
import { groupsOf, meanOf, type Numbers } from "./sample.ts";

/**
 * The Brier score of probabilities of a 0/1 outcome: mean of (p - y)².
 *
 * @param forecast, outcome as `ece`.
 * @param level of the Student t interval over items, default 0.95, cut to [0, 1]; one item (or one cluster) gives [0, 1].
 * @param clusters the cluster of each item, such as its prompt, for a cluster-robust interval.
 * @throws as `ece`.
 *
 * Source: Brier, Monthly Weather Review 78 (1950), the two-class form that scikit-learn's `brier_score_loss` has.
 *
 * @example
 * brier([0.9, 0.2], [1, 0]).value; // 0.025
 */
export function brier(
  forecast: Numbers,
  outcome: Numbers,
  level = 0.95,
  clusters?: readonly (string | number)[],
): Estimate {
  checkForecasts(forecast, outcome);
  const losses = Float64Array.from(forecast, (p, i) => (p - outcome[i]!) ** 2);
  return meanLoss(losses, level, "Brier score", 1, clusters);
}

/**
 * The log-loss in nats: mean of -log(probability given to what happened).
 *
 * @param forecast, outcome as `ece`.
 * @param options clip: probabilities are kept inside [clip, 1 - clip], default 2⁻⁵² as scikit-learn for doubles, so that one sure and
 * wrong forecast costs 36 nats and not infinity; level 0.95 (Student t over items; one item gives [0, its largest loss]); clusters as
 * `brier`.
 * @throws as `ece`; UsageError for a clip outside (0, 0.5).
 *
 * Source: Good, JRSS B 14 (1952); as scikit-learn `log_loss`.
 */
export function logLoss(
  forecast: Numbers,
  outcome: Numbers,
  options: {
    clip?: number | undefined;
    level?: number | undefined;
    clusters?: readonly (string | number)[] | undefined;
  } = {},
): Estimate {
  const { clip = 2 ** -52, level = 0.95 } = options;
  if (!(clip > 0 && clip < 0.5)) throw new UsageError(`clip must lie between 0 and 0.5, not ${clip}`);
  checkForecasts(forecast, outcome);
  const losses = Float64Array.from(forecast, (p, i) => {
    const kept = Math.min(1 - clip, Math.max(clip, p));
    return outcome[i] === 1 ? -Math.log(kept) : -Math.log1p(-kept);
  });
  return meanLoss(losses, level, "log-loss", -Math.log(clip), options.clusters);
}

function meanLoss(
  losses: Float64Array,
  level: number,
  name: string,
  most: number,
  clusters: readonly (string | number)[] | undefined,
): Estimate {
  const n = losses.length;
  if (clusters !== undefined && clusters.length !== n)
    throw new UsageError(`${clusters.length} clusters for ${n} items; each item has one`);
  const groups = clusters === undefined ? n : groupsOf(clusters).count;
  const common = { level, n, ...(clusters === undefined ? {} : { clusters: groups }), unscored: 0 };
  if (groups === 1)
    return {
      value: meanOf(losses),
      low: 0,
      high: most,
      ...common,
      method: `${name} of one ${n === 1 ? "item" : "cluster"}, all it can be`,
    };
  const { mean, low, high } =
    clusters === undefined ? studentMean(losses, level) : clusteredMean(losses, clusters, { level });
  return {
    value: mean,
    low: Math.max(0, low),
    high: Math.min(most, high),
    ...common,
    method: `${name}, ${clusters === undefined ? "Student t over items" : "cluster-robust t"}`,
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
