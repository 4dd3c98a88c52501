import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { countEstimate, proportionEstimate } from "./estimate.ts";
import { categories, type Label } from "./ratings.ts";

/** How often each gold label was predicted as each label. */
export interface ConfusionMatrix {
  labels: readonly Label[];
  /** k x k row-major: counts[gold * k + predicted]. */
  counts: Float64Array;
  /** Items without a prediction (null), which are in no cell. */
  unscored: number;
}

/**
 * Counts predictions against gold labels.
 *
 * @param predicted one label an item; null where there is none (counted as unscored).
 * @param gold one label an item, in the same order.
 * @param labels in order; default: those used, sorted.
 * @throws UsageError for unequal lengths or a label that is not listed.
 *
 * @example
 * confusionMatrix(["a", "b"], ["a", "a"]).counts; // [1, 1, 0, 0]
 */
export function confusionMatrix(
  predicted: readonly (Label | null)[],
  gold: readonly Label[],
  labels?: readonly Label[],
): ConfusionMatrix {
  if (predicted.length !== gold.length)
    throw new UsageError(`${predicted.length} predictions for ${gold.length} gold labels`);
  const order = categories([...gold, ...predicted.filter((label) => label !== null)], labels);
  const k = order.length;
  const place = new Map(order.map((label, index) => [label, index]));
  const counts = new Float64Array(k * k);
  let unscored = 0;
  predicted.forEach((label, i) => {
    if (label === null) unscored++;
    else counts[place.get(gold[i]!)! * k + place.get(label)!]! += 1;
  });
  return { labels: order, counts, unscored };
}

/** What a yes/no decision is worth. A rate without a case (0 of 0) is null. */
export interface BinaryReport {
  /** TP / (TP + FP). */
  precision: Estimate | null;
  /** TP / (TP + FN), also sensitivity. */
  recall: Estimate | null;
  /** 2 TP / (2 TP + FP + FN). */
  f1: Estimate | null;
  accuracy: Estimate;
  /** TN / (TN + FN). */
  npv: Estimate | null;
  /** TN / (TN + FP), the specificity. */
  tnr: Estimate | null;
  counts: { tp: number; fp: number; fn: number; tn: number };
}

/**
 * Precision, recall, F1, accuracy, negative predictive value and specificity of 0/1 predictions, with intervals.
 *
 * Wilson's interval for each rate. F1 = 2J / (1 + J) with J = TP / (TP + FP + FN), which is a share of the items that either
 * side calls positive, so its interval is Wilson's of J, mapped. With clusters, Wilson's at the effective size (`proportionEstimate`).
 *
 * @param predicted 0 or 1 (or booleans) an item; null where there is none (counted in each estimate's `unscored`).
 * @param gold 0 or 1 (or booleans) an item.
 * @param options level 0.95; clusters: what goes together, one label an item, such as the task that several agents tried.
 * @returns the rates; null for a rate of no cases, or of a single cluster, never 0 or NaN.
 * @throws NotEnoughDataError without a predicted item; UsageError for other values or unequal lengths.
 *
 * Source: van Rijsbergen (1979) for F1; Wilson (1927). Items must be independent unless their clusters are given.
 *
 * @example
 * binaryReport([1, 1, 0, 0], [1, 0, 0, 1]).f1?.value; // 0.5
 */
export function binaryReport(
  predicted: readonly (0 | 1 | boolean | null)[],
  gold: readonly (0 | 1 | boolean)[],
  options: { level?: number | undefined; clusters?: readonly (string | number)[] | undefined } = {},
): BinaryReport {
  const { level = 0.95, clusters } = options;
  if (predicted.length !== gold.length)
    throw new UsageError(`${predicted.length} predictions for ${gold.length} gold labels`);
  if (clusters !== undefined && clusters.length !== gold.length)
    throw new UsageError(`${clusters.length} clusters for ${gold.length} items`);
  const counts = { tp: 0, fp: 0, fn: 0, tn: 0 };
  let unscored = 0;
  const cells = predicted.map((p, i): keyof typeof counts | null => {
    if (p === null) {
      unscored++;
      return null;
    }
    const right = zeroOne(gold[i]!, i);
    const cell = zeroOne(p, i) ? (right ? "tp" : "fp") : right ? "fn" : "tn";
    counts[cell]++;
    return cell;
  });
  const { tp, fp, fn, tn } = counts;
  if (tp + fp + fn + tn === 0) throw new NotEnoughDataError("there are no predictions to report on", 1);
  /** The share of some cells' items among those of others. */
  const rate = (hits: readonly (keyof typeof counts)[], of: readonly (keyof typeof counts)[]): Estimate | null => {
    const n = of.reduce((sum, cell) => sum + counts[cell], 0);
    if (n === 0) return null;
    if (clusters === undefined)
      return countEstimate(
        hits.reduce((sum, cell) => sum + counts[cell], 0),
        n,
        { level, unscored },
      );
    const among = cells.flatMap((cell, i) => (cell !== null && of.includes(cell) ? [i] : []));
    const own = among.map((i) => clusters[i]!);
    if (new Set(own).size < 2) return null;
    return proportionEstimate(
      among.map((i) => hits.includes(cells[i]!)),
      { level, unscored, clusters: own },
    );
  };
  const accuracy = rate(["tp", "tn"], ["tp", "fp", "fn", "tn"]);
  if (accuracy === null) throw new NotEnoughDataError("all predictions are of one cluster", 2);
  const jaccard = rate(["tp"], ["tp", "fp", "fn"]);
  const f = (j: number): number => (2 * j) / (1 + j);
  return {
    precision: rate(["tp"], ["tp", "fp"]),
    recall: rate(["tp"], ["tp", "fn"]),
    f1:
      jaccard === null
        ? null
        : {
            ...jaccard,
            value: (2 * tp) / (2 * tp + fp + fn),
            low: f(jaccard.low),
            high: f(jaccard.high),
            method: `${jaccard.method} of TP / (TP + FP + FN), mapped to F1`,
          },
    accuracy,
    npv: rate(["tn"], ["tn", "fn"]),
    tnr: rate(["tn"], ["tn", "fp"]),
    counts,
  };
}

function zeroOne(value: number | boolean, item: number): boolean {
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw new UsageError(`item ${item} is ${value}, not 0 or 1`);
}

/** F1 of each label and their averages. */
export interface F1Report {
  labels: readonly Label[];
  /** k values; null for a label that is in neither the gold nor the predicted labels. */
  f1: readonly (number | null)[];
  /** Gold items of each label. */
  support: Float64Array;
  /** Unweighted mean over labels that occur. */
  macro: number;
  /** Mean weighted by support. */
  weighted: number;
  unscored: number;
}

/**
 * F1 of each label, their unweighted mean and their mean weighted by support.
 *
 * @param predicted, gold, labels as `confusionMatrix`.
 * @returns as scikit-learn's `f1_score` with average None, "macro" and "weighted"; listed labels that never occur are left out
 * of the mean (scikit-learn counts them as 0).
 * @throws NotEnoughDataError for no items.
 *
 * Source: Sokolova and Lapalme, Information Processing and Management 45 (2009).
 */
export function f1Report(
  predicted: readonly (Label | null)[],
  gold: readonly Label[],
  labels?: readonly Label[],
): F1Report {
  const { labels: order, counts, unscored } = confusionMatrix(predicted, gold, labels);
  const k = order.length;
  const support = new Float64Array(k);
  const called = new Float64Array(k);
  for (let g = 0; g < k; g++)
    for (let p = 0; p < k; p++) {
      support[g]! += counts[g * k + p]!;
      called[p]! += counts[g * k + p]!;
    }
  const total = support.reduce((a, b) => a + b, 0);
  if (total === 0) throw new NotEnoughDataError("there are no predictions to report on", 1);
  const f1 = order.map((_, c) => {
    const size = support[c]! + called[c]!;
    return size === 0 ? null : (2 * counts[c * k + c]!) / size;
  });
  const present = f1.filter((value) => value !== null);
  return {
    labels: order,
    f1,
    support,
    macro: present.reduce((a, b) => a + b, 0) / present.length,
    weighted: f1.reduce<number>((sum, value, c) => sum + ((value ?? 0) * support[c]!) / total, 0),
    unscored,
  };
}

/** F1 of both classes and their mean weighted by the other class's share. */
export interface ClassWeightedF1 {
  f1Pos: number;
  f1Neg: number;
  weighted: number;
  /** Gold positives and negatives. */
  support: readonly [positive: number, negative: number];
  /** Only one class occurs in the gold labels, so that `weighted` is 0 whatever is predicted. */
  oneSided: boolean;
}

/**
 * VLRMBench's weighted F1: each class is weighted by the other class's frequency, so that the rare class counts more.
 *
 * F1_w = N/(P + N) · F1₊ + P/(P + N) · F1₋, P positives and N negatives in the gold labels. An F1 of 0/0 is 0 here, as in the
 * benchmark's own script.
 *
 * @param predicted n values, 0 or 1.
 * @param gold n values, 0 or 1.
 * @throws NotEnoughDataError for n = 0; UsageError for other values or unequal lengths.
 *
 * Source: VLRMBench (2025), the benchmark's step metric.
 *
 * @example
 * classWeightedF1([1, 1, 0, 0], [1, 0, 0, 0]).weighted; // 0.7
 */
export function classWeightedF1(predicted: ArrayLike<number>, gold: ArrayLike<number>): ClassWeightedF1 {
  const n = gold.length;
  if (predicted.length !== n) throw new UsageError(`${predicted.length} predictions for ${n} gold labels`);
  if (n === 0) throw new NotEnoughDataError("there are no predictions to report on", 1);
  let tp = 0;
  let called = 0;
  let positive = 0;
  for (let i = 0; i < n; i++) {
    const p = zeroOne(predicted[i]!, i);
    const g = zeroOne(gold[i]!, i);
    if (p) called++;
    if (g) positive++;
    if (p && g) tp++;
  }
  const negative = n - positive;
  const f = (hits: number, sizes: number): number => (sizes === 0 ? 0 : (2 * hits) / sizes);
  const f1Pos = f(tp, called + positive);
  const f1Neg = f(n - called - positive + tp, n - called + negative);
  return {
    f1Pos,
    f1Neg,
    weighted: (negative / n) * f1Pos + (positive / n) * f1Neg,
    support: [positive, negative],
    oneSided: positive === 0 || negative === 0,
  };
}

/**
 * The threshold below which a step counts as wrong, chosen so that `classWeightedF1` is greatest.
 *
 * t* = arg max_t F1_w({1[v_i < t]}, gold) over the midpoints between neighbouring values and the two ends (all right, all wrong); of equally
 * good ones the lowest. O(n log n). Choose it on other steps than those that are reported.
 *
 * @param values n values, higher where a step is more likely right; finite
 * @param wrong n gold labels, 1 for a wrong step
 * @returns the threshold and what F1_w it gives on these steps
 * @throws NotEnoughDataError unless both classes occur; UsageError for other labels, values that are not finite or unequal lengths
 *
 * Source: VLRMBench (2025), the step metric; the choice of a threshold is ours.
 *
 * @example
 * weightedF1Threshold([0.9, 0.2, 0.8, 0.3], [0, 1, 0, 1]).threshold; // 0.55
 */
export function weightedF1Threshold(
  values: ArrayLike<number>,
  wrong: ArrayLike<number>,
): { threshold: number; weighted: number } {
  const n = wrong.length;
  if (values.length !== n) throw new UsageError(`${values.length} values for ${n} gold labels`);
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  let positive = 0;
  for (let i = 0; i < n; i++) {
    if (!Number.isFinite(values[i])) throw new UsageError(`value ${i} is ${values[i]}`);
    if (zeroOne(wrong[i]!, i)) positive++;
  }
  const negative = n - positive;
  if (positive === 0 || negative === 0)
    throw new NotEnoughDataError("a threshold needs steps of both classes: wrong ones and right ones");
  const f = (hits: number, sizes: number): number => (sizes === 0 ? 0 : (2 * hits) / sizes);
  const [lowest, highest] = [values[order[0]!]!, values[order[n - 1]!]!];
  const margin = highest > lowest ? (highest - lowest) / 2 : 0.5;
  let best = { threshold: lowest, weighted: f(negative, n + negative) * (positive / n) };
  let tp = 0;
  for (let called = 1; called <= n; called++) {
    const at = values[order[called - 1]!]!;
    if (wrong[order[called - 1]!] === 1) tp++;
    const next = called < n ? values[order[called]!]! : highest + margin;
    // equal values fall on one side together
    if (next === at) continue;
    const weighted =
      (negative / n) * f(tp, called + positive) + (positive / n) * f(n - called - positive + tp, n - called + negative);
    if (weighted > best.weighted) {
      const middle = at + (next - at) / 2;
      best = { threshold: middle > at ? middle : next, weighted };
    }
  }
  return best;
}
