import { type Estimate, NotEnoughDataError, type Seed } from "../core/index.ts";
import { binsOf, everyItem } from "../stats/bins.ts";
import {
  bootstrap,
  groupsOf,
  meanEstimate,
  normalQuantile,
  type ReliabilityBin,
  reliabilityCurve,
} from "../stats/index.ts";
import { shares } from "./credit.ts";
import type { Itemised } from "./items.ts";

/** How a margin becomes a probability: as log-odds, or as log-odds times a slope that is fitted. */
export type MarginScale = "logit" | "fitted";

/** How sure a reward is of its decisions, against how often they are right. */
export interface Calibration {
  /** What the forecasts are, in words. */
  forecast: string;
  /** 1 / temperature where it was fitted. */
  slope: Estimate | undefined;
  /** Expected calibration error. */
  ece: Estimate;
  brier: Estimate;
  bins: readonly ReliabilityBin[];
  n: number;
  /** Decisions without a side (ties), which have no outcome. */
  leftOut: number;
}

/** A forecast with its outcome and prompt. */
interface Forecasts {
  forecast: Float64Array;
  outcome: Float64Array;
  clusters: string[];
}

const half = 0.5;

/**
 * Calibration of the decisions in items.
 *
 * For a pair (or the best right and the best wrong of a group) the forecast is σ(b |margin|) that the reward's choice is right, b = 1
 * ("logit": the reward's values are log-odds, as Bradley-Terry's are) or the maximum-likelihood b of Σ log σ(b · margin) ("fitted",
 * temperature 1/b; fitted on the same items, which costs one parameter). For labels whose values lie in [0, 1] it is the value itself.
 *
 * @param made items of a file
 * @param options `scale`, `seed` of the bootstrap, `level`
 * @returns ECE with a percentile bootstrap by prompt, Brier score with t by prompt, and the reliability curve
 * @throws NotEnoughDataError for fewer than 2 prompts with a decision, or where no slope fits: all decisions right, or margins that
 * point to the wrong side
 * Source: Naeini, Cooper and Hauskrecht (2015) for ECE; Guo et al. (2017), On Calibration of Modern Neural Networks, for temperatures.
 */
export function calibrationOf(
  made: Itemised,
  options: { scale: MarginScale; seed: Seed; level?: number | undefined },
): Calibration {
  const level = options.level ?? 0.95;
  const scored = made.items.filter((item) => item.credit !== null);
  const probabilities =
    made.basis === "labels" && scored.every(({ right, wrong }) => [...right, ...wrong].every((p) => p >= 0 && p <= 1));
  const decided = scored.filter((item) => probabilities || (item.margin !== null && item.margin !== 0));
  const clusters = decided.map((item) => item.cluster);
  if (new Set(clusters).size < 2) throw new NotEnoughDataError("calibration needs decisions on at least 2 prompts", 2);
  let slope: Estimate | undefined;
  let all: Forecasts;
  let forecast = "the value itself, as the probability of being right";
  if (probabilities)
    all = {
      forecast: Float64Array.from(decided, ({ right, wrong }) => right[0] ?? wrong[0]!),
      outcome: Float64Array.from(decided, ({ right }) => right.length),
      clusters,
    };
  else {
    const margins = Float64Array.from(decided, (item) => item.margin!);
    if (options.scale === "fitted") slope = fittedSlope(margins, clusters, level);
    const b = slope?.value ?? 1;
    all = {
      forecast: margins.map((margin) => 1 / (1 + Math.exp(-b * Math.abs(margin)))),
      outcome: margins.map((margin) => (margin > 0 ? 1 : 0)),
      clusters,
    };
    forecast =
      slope === undefined
        ? "sigmoid(|margin|), the values taken as log-odds"
        : "sigmoid(|margin| / temperature), the temperature fitted to these items";
  }
  const sorted = inContentOrder(all);
  const bins = probabilities ? 10 : 20;
  const losses = sorted.forecast.map((p, i) => (p - sorted.outcome[i]!) ** 2);
  const grouped = shares(clusters) ? { clusters: sorted.clusters } : {};
  return {
    forecast,
    slope,
    ece: eceEstimate(sorted, bins, options.seed, level),
    brier: { ...inside(meanEstimate(losses, { level, ...grouped })), method: "Brier score, t by prompt" },
    bins: reliabilityCurve(sorted.forecast, sorted.outcome, { bins, level, ...grouped }),
    n: decided.length,
    leftOut: scored.length - decided.length,
  };
}

/** An estimate of something in [0, 1] with its ends cut to that. */
function inside(estimate: Estimate): Estimate {
  return { ...estimate, low: Math.max(0, estimate.low), high: Math.min(1, estimate.high) };
}

function eceEstimate({ forecast, outcome, clusters }: Forecasts, bins: number, seed: Seed, level: number): Estimate {
  const n = forecast.length;
  const of = binsOf(forecast, everyItem(n), { bins });
  const gaps = new Float64Array(bins);
  const at = (items: Int32Array): number => {
    gaps.fill(0);
    for (const i of items) gaps[of[i]!]! += outcome[i]! - forecast[i]!;
    let sum = 0;
    for (const gap of gaps) sum += Math.abs(gap);
    return sum / items.length;
  };
  const grouped = shares(clusters);
  const { value, low, high, replicates } = bootstrap(n, at, {
    seed,
    // 1,000 resamples of 100,000 pairs take 20 s, and their interval needs them least
    reps: Math.max(200, Math.min(1000, Math.floor(2e7 / n))),
    level,
    ...(grouped ? { clusters } : {}),
  });
  return {
    value,
    // resampling adds noise to each bin, so that the percentile ends may both lie above the value
    low: Math.min(value, low),
    high: Math.max(value, high),
    level,
    n,
    clusters: groupsOf(clusters).count,
    unscored: 0,
    method: `ECE (${bins} equal-width bins of [0, 1]), percentile bootstrap by prompt (${replicates.length} resamples)`,
  };
}

/** The b that maximises Σ log σ(b m), with its cluster-robust normal interval. */
function fittedSlope(margins: Float64Array, clusters: readonly string[], level: number): Estimate {
  let total = 0;
  let largest = 0;
  for (const margin of margins) {
    total += margin;
    largest = Math.max(largest, Math.abs(margin));
  }
  if (!(total > 0))
    throw new NotEnoughDataError("no temperature fits: the margins do not speak for the right side on average");
  if (margins.every((margin) => margin > 0))
    throw new NotEnoughDataError("no temperature fits: every decision is right, so that any smaller one fits better");
  // in units of the largest margin, so that the start and the stopping rule do not depend on the reward's scale
  const m = margins.map((margin) => margin / largest);
  const gradient = (b: number): number => m.reduce((sum, one) => sum + one / (1 + Math.exp(b * one)), 0);
  let low = 0;
  let high = 1;
  while (gradient(high) > 0) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < 80 && high - low > 1e-12 * high; i++) {
    const middle = (low + high) / 2;
    if (gradient(middle) > 0) low = middle;
    else high = middle;
  }
  const b = (low + high) / 2;
  const groups = groupsOf(clusters);
  const sums = new Float64Array(groups.count);
  let curvature = 0;
  for (const [i, one] of m.entries()) {
    const q = 1 / (1 + Math.exp(b * one));
    sums[groups.of[i]!]! += one * q;
    curvature += one * one * q * (1 - q);
  }
  const square = sums.reduce((sum, one) => sum + one * one, 0) * (groups.count / (groups.count - 1));
  const width = (normalQuantile(half + level / 2) * Math.sqrt(square)) / curvature;
  return {
    value: b / largest,
    low: Math.max(0, b - width) / largest,
    high: (b + width) / largest,
    level,
    n: margins.length,
    clusters: groups.count,
    unscored: 0,
    method: "1 / temperature by maximum likelihood, cluster-robust normal interval",
  };
}

/** The same forecasts in an order that only their contents decide, so that a bootstrap does not depend on the file's order or ids. */
function inContentOrder({ forecast, outcome, clusters }: Forecasts): Forecasts {
  const members = new Map<string, number[]>();
  for (const [i, cluster] of clusters.entries()) {
    const known = members.get(cluster);
    if (known === undefined) members.set(cluster, [i]);
    else known.push(i);
  }
  const compare = (i: number, k: number): number => forecast[i]! - forecast[k]! || outcome[i]! - outcome[k]!;
  const groups = [...members.values()].map((list) => list.sort(compare));
  groups.sort((a, b) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compare(a[i]!, b[i]!);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  });
  const order = groups.flat();
  return {
    forecast: Float64Array.from(order, (i) => forecast[i]!),
    outcome: Float64Array.from(order, (i) => outcome[i]!),
    clusters: order.map((i) => clusters[i]!),
  };
}
