import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { midRanks } from "./correlation.ts";
import { tQuantile } from "./distributions.ts";
import { wilson } from "./proportions.ts";
import { groupsOf } from "./sample.ts";

/**
 * The area under the ROC curve: the probability that a right one has a higher value than a wrong one, ties half.
 *
 * A = mean over pairs of [x > y] + ½[x = y]. With the placements V_i = mean_y ψ(x_i, y) and W_j = mean_x ψ(x, y_j), a cluster g adds
 * d_g = Σ_{i in g} (V_i - A) / m + Σ_{j in g} (W_j - A) / n, and the variance is G/(G-1) Σ d_g². The interval is Student's t with G - 1
 * degrees of freedom on the logit scale; where A is 0 or 1, Wilson's for the smaller class (or the clusters, if fewer).
 *
 * @param values finite, one an item
 * @param right 1 or true for the items that ought to have high values
 * @param clusters the cluster of each item, such as its prompt
 * @throws NotEnoughDataError where one class is missing or all items are of one cluster
 * Source: DeLong, DeLong and Clarke-Pearson (1988); Obuchowski (1997) for clusters.
 * @example aucEstimate([3, 1, 2], [true, false, false], ["a", "b", "c"]).value // 1
 */
export function aucEstimate(
  values: readonly number[],
  right: readonly boolean[],
  clusters: readonly string[],
  level = 0.95,
): Estimate {
  if (values.length !== right.length || values.length !== clusters.length)
    throw new UsageError(`${values.length} values, ${right.length} labels and ${clusters.length} clusters`);
  const m = right.filter(Boolean).length;
  const n = right.length - m;
  if (m === 0 || n === 0) throw new NotEnoughDataError("an AUC needs items of both classes");
  const groups = groupsOf(clusters);
  if (groups.count < 2) throw new NotEnoughDataError("an AUC needs items of at least 2 prompts", 2);
  const all = midRanks(values);
  const own = { right: ranksOf(values, right, true), wrong: ranksOf(values, right, false) };
  let sum = 0;
  for (let i = 0; i < values.length; i++) if (right[i]) sum += (all[i]! - own.right[i]!) / n;
  const value = sum / m;
  const parts = new Float64Array(groups.count);
  for (let i = 0; i < values.length; i++) {
    const placement = right[i] ? (all[i]! - own.right[i]!) / n : 1 - (all[i]! - own.wrong[i]!) / m;
    parts[groups.of[i]!]! += (placement - value) / (right[i] ? m : n);
  }
  const variance = (parts.reduce((total, one) => total + one * one, 0) * groups.count) / (groups.count - 1);
  const common = { value, level, n: values.length, clusters: groups.count, unscored: 0 };
  if (value <= 0 || value >= 1 || variance === 0) {
    const size = Math.min(m, n, groups.count);
    return { ...common, ...wilson(value * size, size, level), method: "AUC, Wilson at the smaller class" };
  }
  const logit = Math.log(value / (1 - value));
  const half = (tQuantile((1 + level) / 2, groups.count - 1) * Math.sqrt(variance)) / (value * (1 - value));
  const back = (x: number): number => 1 / (1 + Math.exp(-x));
  return {
    ...common,
    low: back(logit - half),
    high: back(logit + half),
    method: "AUC, cluster-robust DeLong on the logit",
  };
}

/** The rank of each item among those of one class; 0 for the others. */
function ranksOf(values: readonly number[], right: readonly boolean[], which: boolean): Float64Array {
  const places = values.map((_, i) => i).filter((i) => right[i] === which);
  const ranks = midRanks(places.map((i) => values[i]!));
  const out = new Float64Array(values.length);
  for (const [k, i] of places.entries()) out[i] = ranks[k]!;
  return out;
}
