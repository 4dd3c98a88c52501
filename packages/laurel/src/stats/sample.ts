import { NotEnoughDataError, UsageError } from "../core/errors.ts";

/** Numbers in a plain or a typed array. */
export type Numbers = readonly number[] | Float64Array | Float32Array | Int32Array;

/** The two ends of an interval. */
export interface Interval {
  low: number;
  high: number;
}

/** Throws where a level of confidence is not between 0 and 1; returns 1 - level. */
export function alphaOf(level: number): number {
  if (!(level > 0 && level < 1)) throw new UsageError(`level must lie between 0 and 1, got ${level}`);
  return 1 - level;
}

/**
 * Throws unless there are at least `least` values and all are finite.
 *
 * @throws NotEnoughDataError for too few values, UsageError for NaN or infinity
 */
export function checkSample(values: Numbers, least: number, what = "values"): void {
  if (values.length < least)
    throw new NotEnoughDataError(`${what}: ${values.length} given, at least ${least} needed`, least);
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new UsageError(`${what}[${i}] is ${values[i]}; only finite numbers can be used`);
}

/** Throws unless two arrays belong together item by item. */
export function checkPaired(a: Numbers, b: Numbers, least: number, what = "pairs"): void {
  if (a.length !== b.length)
    throw new UsageError(`${what}: ${a.length} values against ${b.length}; they must be paired`);
  checkSample(a, least, what);
  checkSample(b, least, what);
}

/** The differences a_i - b_i of paired values. */
export function differencesOf(a: Numbers, b: Numbers): Float64Array {
  checkPaired(a, b, 1);
  return Float64Array.from(a, (value, i) => value - b[i]!);
}

/**
 * The arithmetic mean, exact to rounding: constant values give exactly that constant.
 *
 * @throws NotEnoughDataError for no values
 */
export function meanOf(values: Numbers): number {
  if (values.length === 0) throw new NotEnoughDataError("the mean of no values", 1);
  // the second pass takes out the first one's rounding, so that constant values have variance 0
  const first = values[0]!;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - first;
  return first + sum / values.length;
}

/**
 * The variance Σ (x - mean)² / (n - ddof).
 *
 * @param ddof 1 for the unbiased variance (default), 0 for the population's
 * @throws NotEnoughDataError for n <= ddof
 */
export function varianceOf(values: Numbers, ddof = 1): number {
  if (values.length <= ddof)
    throw new NotEnoughDataError(`a variance needs more than ${ddof} values, got ${values.length}`, ddof + 1);
  const mean = meanOf(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - mean) ** 2;
  return sum / (values.length - ddof);
}

/**
 * The q-quantile of ascending values by linear interpolation at (n - 1)·q, as NumPy's `percentile` (method "linear").
 *
 * @param sorted ascending, n >= 1
 * @param q in [0, 1]
 */
export function quantileOfSorted(sorted: Numbers, q: number): number {
  if (sorted.length === 0) throw new NotEnoughDataError("the quantile of no values", 1);
  const at = (sorted.length - 1) * Math.min(1, Math.max(0, q));
  const below = Math.floor(at);
  const share = at - below;
  const low = sorted[below]!;
  if (share === 0) return low;
  const high = sorted[below + 1]!;
  const step = high - low;
  // NumPy interpolates from the nearer end, which keeps the result inside the two values
  return share >= 0.5 ? high - step * (1 - share) : low + step * share;
}

/** Two-sided unless said otherwise: "greater" asks whether the first is above the second. */
export type Alternative = "two-sided" | "greater" | "less";

/**
 * Throws unless there is a cluster for each of n items, and at least 2 different ones; returns how many there are.
 *
 * @throws UsageError, NotEnoughDataError
 */
export function checkClusters(clusters: readonly (string | number)[], n: number): number {
  if (clusters.length !== n) throw new UsageError(`${clusters.length} clusters for ${n} items; each item has one`);
  const { count } = groupsOf(clusters);
  if (count < 2) throw new NotEnoughDataError("an interval by cluster needs at least 2 clusters", 2);
  return count;
}

/** The place of each label among the distinct labels, in order of first appearance, and their number. */
export function groupsOf(labels: readonly (string | number)[]): { of: Int32Array; count: number } {
  const places = new Map<string | number, number>();
  const of = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    let place = places.get(label);
    if (place === undefined) places.set(label, (place = places.size));
    of[i] = place;
  }
  return { of, count: places.size };
}
