import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import type { Estimate } from "../core/types.ts";
import { normalQuantile, tQuantile } from "./distributions.ts";
import {
  alphaOf,
  checkPaired,
  checkSample,
  differencesOf,
  groupsOf,
  meanOf,
  type Numbers,
  varianceOf,
} from "./sample.ts";

/** The cluster (such as the prompt) of each labelled and of each unlabelled item; a cluster may have both. */
export interface InferenceClusters {
  labelled: readonly (string | number)[];
  unlabelled: readonly (string | number)[];
}

/**
 * The cluster-robust error of a sum of influences, and the quantile for its interval.
 *
 * √(G/(G-1) Σ_g (Σ_{i in g} ψ_i)²), and Student's t on G - 1
 */
function clusteredError(
  labelled: Numbers,
  unlabelled: Numbers,
  clusters: InferenceClusters,
  alpha: number,
): { standardError: number; quantile: number; count: number } {
  if (clusters.labelled.length !== labelled.length || clusters.unlabelled.length !== unlabelled.length)
    throw new UsageError(
      `${labelled.length} labelled and ${unlabelled.length} unlabelled items but ${clusters.labelled.length} and ${clusters.unlabelled.length} cluster labels`,
    );
  const { count, of } = groupsOf([...clusters.labelled, ...clusters.unlabelled]);
  if (count < 2) throw new NotEnoughDataError("a clustered error needs at least 2 clusters", 2);
  const sums = new Float64Array(count);
  for (let i = 0; i < labelled.length; i++) sums[of[i]!]! += labelled[i]!;
  for (let i = 0; i < unlabelled.length; i++) sums[of[labelled.length + i]!]! += unlabelled[i]!;
  const squares = sums.reduce((total, sum) => total + sum * sum, 0);
  return {
    standardError: Math.sqrt((count / (count - 1)) * squares),
    quantile: tQuantile(1 - alpha / 2, count - 1),
    count,
  };
}

/** A prediction-powered mean: people's labels on few items, a judge's scores on many. */
export interface PoweredEstimate extends Estimate {
  /** The weight λ given to the judge: 0 is the labels alone, 1 is plain prediction-powered inference. */
  lambda: number;
  standardError: number;
  /** The label-only standard error divided by this one, squared: how many times as many labels would do the same. */
  gain: number;
}

/**
 * Prediction-powered inference for a mean, with the judge's weight tuned (PPI++).
 *
 * λ mean(f_unlabelled) + mean(y - λ f), variance λ² var(f_unlabelled)/N + var(y - λ f)/n;
 * tuned λ = cov(y, f) / ((1 + n/N) var(f)), inside [0, 1]
 *
 * @param labels y: n >= 2 trusted values
 * @param predictions f: the judge's scores of the same n items
 * @param unlabelled the judge's scores of N >= 2 other items from the same population
 * @param options `lambda`: a number, or "tuned" (default); `level`, default 0.95; `clusters` where items of one prompt go together:
 *   the error is then that of the summed influences of each cluster, ψ = (y - λf - mean)/n and λ(f - mean)/N, with Student's t on G - 1
 * @returns a normal interval; a constant judge gets λ = 0; `n` is the number of labels
 * @throws NotEnoughDataError for fewer than 2 labels or 2 unlabelled items
 * Source: Angelopoulos et al. (2023), Science 382; Angelopoulos, Duchi and Zrnic (2023), PPI++. Value and λ agree with
 * ppi-python 0.2.3 `ppi_mean_ci`; variances here divide by n - 1 instead of n.
 */
export function predictionPoweredMean(
  labels: Numbers,
  predictions: Numbers,
  unlabelled: Numbers,
  options: {
    lambda?: number | "tuned" | undefined;
    level?: number | undefined;
    clusters?: InferenceClusters | undefined;
  } = {},
): PoweredEstimate {
  const level = options.level ?? 0.95;
  const alpha = alphaOf(level);
  checkPaired(labels, predictions, 2, "labels and predictions");
  checkSample(unlabelled, 2, "unlabelled");
  const n = labels.length;
  const wide = unlabelled.length;
  const lambda =
    options.lambda === undefined || options.lambda === "tuned"
      ? tuned(labels, predictions, unlabelled)
      : options.lambda;
  if (!Number.isFinite(lambda)) throw new UsageError(`lambda must be finite, got ${lambda}`);
  const rectified = Float64Array.from(labels, (y, i) => y - lambda * predictions[i]!);
  const [centre, middle, labelMean] = [meanOf(rectified), meanOf(unlabelled), meanOf(labels)];
  const value = lambda * middle + centre;
  const { clusters } = options;
  const robust = (
    of: Numbers,
    mean: number,
    weight: number,
  ): { standardError: number; quantile: number; count: number } =>
    clusteredError(
      Float64Array.from(of, (one) => (one - mean) / n),
      Float64Array.from(unlabelled, (one) => (weight * (one - middle)) / wide),
      clusters!,
      alpha,
    );
  const { standardError, quantile, count } =
    clusters === undefined
      ? {
          standardError: Math.sqrt((lambda * lambda * varianceOf(unlabelled)) / wide + varianceOf(rectified) / n),
          quantile: normalQuantile(1 - alpha / 2),
          count: undefined,
        }
      : robust(rectified, centre, lambda);
  const half = standardError === 0 ? 0 : quantile * standardError;
  const plain = clusters === undefined ? varianceOf(labels) / n : robust(labels, labelMean, 0).standardError ** 2;
  return {
    value,
    low: value - half,
    high: value + half,
    level,
    n,
    ...(count === undefined ? {} : { clusters: count }),
    unscored: 0,
    method: "prediction-powered mean",
    lambda,
    standardError,
    gain: standardError === 0 ? 1 : plain / standardError ** 2,
  };
}

/** A system's share of a prediction-powered comparison. */
export interface PoweredSample {
  labels: Numbers;
  predictions: Numbers;
  unlabelled: Numbers;
}

/**
 * Prediction-powered inference for the mean difference of two systems on the same items, a - b.
 *
 * `predictionPoweredMean` of label differences, judge differences and unlabelled judge differences, so that what both share cancels.
 *
 * @param a labels, predictions and unlabelled predictions of the first system
 * @param b the same of the second, item by item
 * @param options as `predictionPoweredMean`'s
 */
export function predictionPoweredDifference(
  a: PoweredSample,
  b: PoweredSample,
  options: Parameters<typeof predictionPoweredMean>[3] = {},
): PoweredEstimate {
  const estimate = predictionPoweredMean(
    differencesOf(a.labels, b.labels),
    differencesOf(a.predictions, b.predictions),
    differencesOf(a.unlabelled, b.unlabelled),
    options,
  );
  return { ...estimate, method: "prediction-powered paired difference" };
}

function tuned(labels: Numbers, predictions: Numbers, unlabelled: Numbers): number {
  const n = labels.length;
  const all = new Float64Array(n + unlabelled.length);
  all.set(predictions);
  all.set(unlabelled, n);
  const spread = varianceOf(all);
  if (spread === 0) return 0;
  const [my, mf] = [meanOf(labels), meanOf(predictions)];
  let covariance = 0;
  for (let i = 0; i < n; i++) covariance += ((labels[i]! - my) * (predictions[i]! - mf)) / n;
  return Math.min(1, Math.max(0, covariance / ((1 + n / unlabelled.length) * spread)));
}

/** Counts from which a judge's error rates are known. */
export interface JudgeCounts {
  /** Items that the judge called positive, of `n` without labels. */
  positive: number;
  n: number;
  /** Truly positive items that the judge called positive, of `positives`. */
  truePositive: number;
  positives: number;
  /** Truly negative items that the judge called negative, of `negatives`. */
  trueNegative: number;
  negatives: number;
}

/** One item that the judge called positive to a degree (0, 1, or ½ for a tie). */
export interface JudgedItems {
  /** The judge's verdicts on the unlabelled items. */
  unlabelled: Numbers;
  /** Its verdicts on the labelled items. */
  predictions: Numbers;
  /** What they are, 0 to 1. */
  labels: Numbers;
  clusters: InferenceClusters;
}

/**
 * Rogan and Gladen's estimate where several items share a prompt.
 *
 * π as in `roganGladen`; its error is that of the summed influences of each cluster by the delta method,
 * (dp - π dSe + (1 - π) dSp) / (Se + Sp - 1), with Student's t on G - 1, and the interval is cut at 0 and 1.
 *
 * @throws as `roganGladen`; NotEnoughDataError for fewer than 2 clusters
 */
export function clusteredRoganGladen(items: JudgedItems, level = 0.95): Estimate {
  const { unlabelled, predictions, labels, clusters } = items;
  checkPaired(labels, predictions, 1, "labels and predictions");
  checkSample(unlabelled, 1, "unlabelled");
  const sum = (make: (i: number) => number): number => {
    let total = 0;
    for (let i = 0; i < labels.length; i++) total += make(i);
    return total;
  };
  const positives = sum((i) => labels[i]!);
  const truePositive = sum((i) => predictions[i]! * labels[i]!);
  const trueNegative = sum((i) => (1 - predictions[i]!) * (1 - labels[i]!));
  const negatives = labels.length - positives;
  const p = meanOf(unlabelled);
  // the same value and the same refusals as without clusters
  const plain = roganGladen(
    { positive: p * unlabelled.length, n: unlabelled.length, truePositive, positives, trueNegative, negatives },
    level,
  );
  const { value } = plain;
  const [se, sp] = [truePositive / positives, trueNegative / negatives];
  const informed = se + sp - 1;
  const { standardError, quantile, count } = clusteredError(
    Float64Array.from(labels, (label, i) => {
      const wrong = (-value * label * (predictions[i]! - se)) / positives;
      return (wrong + ((1 - value) * (1 - label) * (1 - predictions[i]! - sp)) / negatives) / informed;
    }),
    Float64Array.from(unlabelled, (one) => (one - p) / unlabelled.length / informed),
    clusters,
    alphaOf(level),
  );
  const half = standardError === 0 ? 0 : quantile * standardError;
  return {
    ...plain,
    low: Math.max(0, value - half),
    high: Math.min(1, value + half),
    clusters: count,
    method: "Rogan-Gladen, clustered",
  };
}

/**
 * Rogan and Gladen's share of positives behind an imperfect judge, with Lang and Reiczigel's interval.
 *
 * π = (p + Sp - 1) / (Se + Sp - 1), brought into [0, 1]. The interval uses p' = (x + z²/2) / (n + z²), Se' and Sp' with one
 * success and one failure added, and is π' + Δ ± z √(p'(1-p')/n' + π'² Se'(1-Se')/n_Se' + (1-π')² Sp'(1-Sp')/n_Sp') / (Se'+Sp'-1),
 * Δ = 2z² (π' Se'(1-Se')/n_Se' - (1-π') Sp'(1-Sp')/n_Sp').
 *
 * @param counts the judge's verdicts on unlabelled items, and on items of known class
 * @returns `n` is the number of unlabelled items
 * @throws NotEnoughDataError where a count of items is 0, UsageError where the judge is no better than chance (Se + Sp <= 1)
 * Source: Rogan and Gladen (1978); Lang and Reiczigel (2014), Preventive Veterinary Medicine 113.
 */
export function roganGladen(counts: JudgeCounts, level = 0.95): Estimate {
  const alpha = alphaOf(level);
  for (const [hits, of, what] of [
    [counts.positive, counts.n, "unlabelled items"],
    [counts.truePositive, counts.positives, "positive items"],
    [counts.trueNegative, counts.negatives, "negative items"],
  ] as const) {
    if (of === 0) throw new NotEnoughDataError(`Rogan and Gladen's estimate needs ${what}`, 1);
    if (!(hits >= 0 && hits <= of)) throw new UsageError(`${hits} of ${of} ${what} is not possible`);
  }
  const [p, se, sp] = [
    counts.positive / counts.n,
    counts.truePositive / counts.positives,
    counts.trueNegative / counts.negatives,
  ];
  const informed = se + sp - 1;
  const z = normalQuantile(1 - alpha / 2);
  const n = counts.n + z * z;
  const p1 = (counts.positive + (z * z) / 2) / n;
  const se1 = (counts.truePositive + 1) / (counts.positives + 2);
  const sp1 = (counts.trueNegative + 1) / (counts.negatives + 2);
  const informed1 = se1 + sp1 - 1;
  if (!(informed > 0 && informed1 > 0))
    throw new UsageError(
      `the judge is no better than chance (sensitivity ${se.toFixed(3)}, specificity ${sp.toFixed(3)})`,
      "label more items or use another judge",
    );
  const clip = (x: number): number => Math.min(1, Math.max(0, x));
  const share = clip((p1 + sp1 - 1) / informed1);
  const seError = (se1 * (1 - se1)) / (counts.positives + 2);
  const spError = (sp1 * (1 - sp1)) / (counts.negatives + 2);
  const shift = 2 * z * z * (share * seError - (1 - share) * spError);
  const error = Math.sqrt((p1 * (1 - p1)) / n + share ** 2 * seError + (1 - share) ** 2 * spError) / informed1;
  const value = clip((p + sp - 1) / informed);
  return {
    value,
    low: Math.min(value, clip(share + shift - z * error)),
    high: Math.max(value, clip(share + shift + z * error)),
    level,
    n: counts.n,
    unscored: 0,
    method: "Rogan-Gladen",
  };
}
