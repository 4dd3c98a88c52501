import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { maximin } from "./matrix-game.ts";
import { checkSample, type Numbers } from "./sample.ts";

/** Points in k objectives, all to be made large. */
export type Points = readonly Numbers[];

function objectives(points: Points): number {
  const k = points[0]?.length ?? 0;
  if (points.length === 0) throw new NotEnoughDataError("there are no points", 1);
  for (const [i, point] of points.entries()) {
    if (point.length !== k || k === 0)
      throw new UsageError(`point ${i} has ${point.length} objectives, point 0 has ${k}`);
    checkSample(point, 1, `point ${i}`);
  }
  return k;
}

/** Is a at least as good as b in all objectives, and better in one? */
export function dominates(a: Numbers, b: Numbers): boolean {
  let better = false;
  for (let k = 0; k < a.length; k++) {
    if (a[k]! < b[k]!) return false;
    if (a[k]! > b[k]!) better = true;
  }
  return better;
}

/**
 * The Pareto front: the points that no other point dominates.
 *
 * @param points n points of k objectives, larger is better.
 * @returns indices, ascending; of equal points the first.
 * @throws NotEnoughDataError for no points; UsageError for unequal or non-finite ones.
 *
 * @example
 * paretoFront([[1, 3], [2, 2], [1, 2]]); // [0, 1]
 */
export function paretoFront(points: Points): number[] {
  objectives(points);
  return points.flatMap((point, i) =>
    points.some((other, j) => dominates(other, point) || (j < i && same(other, point))) ? [] : [i],
  );
}

/**
 * The volume that a front dominates above a reference point.
 *
 * Exact, by slices along the last objective: n^(k - 1) log n steps, so for a front of some hundred points and up to 4 objectives.
 *
 * @param reference a point below the front; points that are not above it in every objective count nothing. Two volumes can be compared
 * only with the same reference.
 *
 * Source: Zitzler and Thiele (1998); slicing: Knowles (2002).
 *
 * @example
 * hypervolume([[1, 3], [2, 2]], [0, 0]); // 5
 */
export function hypervolume(points: Points, reference: Numbers): number {
  const k = objectives(points);
  if (reference.length !== k) throw new UsageError(`a reference of ${reference.length} objectives for points of ${k}`);
  checkSample(reference, 1, "reference");
  const above = points.filter((point) => Array.from(point).every((x, i) => x > reference[i]!));
  return volume(
    above.map((point) => Array.from(point, (x, i) => x - reference[i]!)),
    k,
  );
}

function volume(points: readonly number[][], k: number): number {
  if (points.length === 0) return 0;
  if (k === 1) return points.reduce((most, [x]) => Math.max(most, x!), 0);
  const sorted = [...points].sort((a, b) => b[k - 1]! - a[k - 1]!);
  if (k === 2) {
    let [sum, widest] = [0, 0];
    for (const [i, point] of sorted.entries()) {
      widest = Math.max(widest, point[0]!);
      sum += widest * (point[1]! - (sorted[i + 1]?.[1] ?? 0));
    }
    return sum;
  }
  let sum = 0;
  for (const [i, point] of sorted.entries()) {
    const height = point[k - 1]! - (sorted[i + 1]?.[k - 1] ?? 0);
    if (height > 0) sum += height * volume(sorted.slice(0, i + 1), k - 1);
  }
  return sum;
}

/** Evenly spread weights: all of k parts that are multiples of 1 / divisions and sum to 1. @example simplexWeights(2, 2) // [0, 1], [0.5, 0.5], [1, 0] */
export function simplexWeights(k: number, divisions: number): Float64Array[] {
  if (!(Number.isInteger(k) && k >= 1 && Number.isInteger(divisions) && divisions >= 1))
    throw new UsageError(`weights need at least 1 objective and division, not ${k} and ${divisions}`);
  const parts = (left: number, places: number): number[][] =>
    places === 1
      ? [[left]]
      : Array.from({ length: left + 1 }, (_, first) =>
          parts(left - first, places - 1).map((rest) => [first, ...rest]),
        ).flat();
  return parts(divisions, k).map((part) => Float64Array.from(part, (x) => x / divisions));
}

/**
 * A coverage set: the points that someone with linear preferences would choose, for one of the weights.
 *
 * @param weights at least one; with `simplexWeights` the set grows to the convex coverage set as the divisions grow.
 * @returns indices, ascending; of equally good points the first.
 *
 * Source: Roijers et al., A survey of multi-objective sequential decision-making, JAIR 48 (2013).
 */
export function coverageSet(points: Points, weights: Points): number[] {
  objectives(points);
  return [...new Set(weights.map((weight) => bestFor(points, weight).index))].sort((a, b) => a - b);
}

/** The convex coverage set, exactly. */
export interface ConvexCoverage {
  /** Indices, ascending; of equal points the first. */
  indices: number[];
  /** For each, weights for which it leads by most. */
  weights: Float64Array[];
  /** For each, by how much it leads the next point of the Pareto front for those weights; Infinity for a front of one. */
  leads: Float64Array;
}

/**
 * The convex coverage set: the points that are best for *some* linear preference, each with weights that show it.
 *
 *     i is in it  ⇔  max_{w ≥ 0, Σ w = 1} min_{j ≠ i} w · (p_i − p_j) > 0
 *
 * The maximum is the value of a matrix game of objectives against other points, found by a linear programme in whole numbers. For points of
 * the Pareto front that are in no such set, no linear scalarisation will ever choose them.
 *
 * @param options `includeTies`: also points of the front that are never the only best one, such as those on a segment between two others;
 * `tolerance`: a lead of less, in units of the widest objective's range, is a tie, default 1e-9
 * @throws as `paretoFront`
 *
 * Source: Roijers et al., JAIR 48 (2013); the programme is that of Roijers, Whiteson and Oliehoek, JAIR 52 (2015). Compare `coverageSet`, which
 * tries given weights.
 *
 * @example
 * convexCoverageSet([[1, 3], [2, 2], [3, 1], [1.5, 2]]).indices; // [0, 2]; with includeTies [0, 1, 2]
 */
export function convexCoverageSet(
  points: Points,
  options: { includeTies?: boolean | undefined; tolerance?: number | undefined } = {},
): ConvexCoverage {
  const k = objectives(points);
  const { includeTies = false, tolerance = 1e-9 } = options;
  const front = paretoFront(points);
  let widest = 0;
  for (let o = 0; o < k; o++) {
    const values = front.map((i) => points[i]![o]!);
    widest = Math.max(widest, Math.max(...values) - Math.min(...values));
  }
  const found: ConvexCoverage = { indices: [], weights: [], leads: new Float64Array() };
  const leads: number[] = [];
  for (const i of front) {
    const others = front.filter((j) => j !== i);
    if (others.length === 0) {
      found.indices.push(i);
      found.weights.push(new Float64Array(k).fill(1 / k));
      leads.push(Number.POSITIVE_INFINITY);
      continue;
    }
    const n = others.length;
    const gaps = Float64Array.from({ length: k * n }, (_, at) => {
      const o = Math.floor(at / n);
      return (points[i]![o]! - points[others[at % n]!]![o]!) / widest;
    });
    const weights = maximin(
      gaps.map((gap) => (gap + 1) / 2),
      k,
      n,
    );
    let lead = Number.POSITIVE_INFINITY;
    for (let j = 0; j < n; j++) {
      let gap = 0;
      for (let o = 0; o < k; o++) gap += weights[o]! * gaps[o * n + j]!;
      lead = Math.min(lead, gap);
    }
    if (!(includeTies ? lead >= -tolerance : lead > tolerance)) continue;
    found.indices.push(i);
    found.weights.push(weights);
    leads.push(lead * widest);
  }
  return { ...found, leads: Float64Array.from(leads) };
}

/**
 * The expected utility of a front: the mean over weights of the best point's weighted sum.
 *
 * @example
 * expectedUtility([[1, 3], [2, 2]], simplexWeights(2, 2)); // (3 + 2 + 2) / 3
 *
 * Source: Zintgraf et al. (2015); MOMAland's `eum`.
 */
export function expectedUtility(points: Points, weights: Points): number {
  objectives(points);
  if (weights.length === 0) throw new NotEnoughDataError("a utility needs weights", 1);
  return weights.reduce((sum, weight) => sum + bestFor(points, weight).value, 0) / weights.length;
}

/**
 * How unevenly a front is spread: the mean over its gaps, by objective, of the squared gap between neighbours; lower is more even.
 *
 * @returns 0 for one point.
 * Source: Xu et al. (2020); MOMAland's `sparsity`.
 */
export function sparsity(points: Points): number {
  const k = objectives(points);
  if (points.length === 1) return 0;
  let sum = 0;
  for (let j = 0; j < k; j++) {
    const sorted = Float64Array.from(points, (point) => point[j]!).sort();
    for (let i = 1; i < sorted.length; i++) sum += (sorted[i]! - sorted[i - 1]!) ** 2;
  }
  return sum / (points.length - 1);
}

/**
 * How far a front is from a better one: the mean over the reference front's points of the distance to the nearest point.
 *
 * Source: inverted generational distance, Coello and Cortés (2005); MOMAland's `igd`.
 */
export function invertedDistance(points: Points, reference: Points): number {
  if (objectives(points) !== objectives(reference)) throw new UsageError("the fronts have different objectives");
  const nearest = reference.map((target) =>
    points.reduce(
      (least, point) => Math.min(least, Math.hypot(...Array.from(point, (x, k) => x - target[k]!))),
      Number.POSITIVE_INFINITY,
    ),
  );
  return nearest.reduce((a, b) => a + b, 0) / nearest.length;
}

function bestFor(points: Points, weight: Numbers): { index: number; value: number } {
  let [index, value] = [-1, Number.NEGATIVE_INFINITY];
  for (const [i, point] of points.entries()) {
    if (weight.length !== point.length) throw new UsageError(`${weight.length} weights for ${point.length} objectives`);
    let sum = 0;
    for (let k = 0; k < point.length; k++) sum += weight[k]! * point[k]!;
    if (sum > value) [index, value] = [i, sum];
  }
  return { index, value };
}

function same(a: Numbers, b: Numbers): boolean {
  return Array.from(a).every((x, k) => x === b[k]);
}
