import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { bootstrapValues, percentileEstimate, type ResampleOptions } from "./percentile.ts";
import { assertOrdered, type Label, oneCategoryError, type Ratings, ratingsOf } from "./ratings.ts";

/** Options of Krippendorff's alpha. */
export interface AlphaOptions {
  /** What the labels mean: names only, an order, or numbers whose differences count. */
  measure: "nominal" | "ordinal" | "interval";
  /** The categories in order; default: those used, sorted. */
  labels?: readonly Label[] | undefined;
  /** What alpha is where every rating is the same: undefined (an error, the default), or 1 as some tools have it. */
  oneCategory?: "error" | "one" | undefined;
}

/** The ratings of the units that have at least two: unit u's are codes[start[u]] to codes[start[u + 1] - 1]. */
interface Pairable {
  k: number;
  units: number;
  /** Units left out for want of a second rating. */
  left: number;
  start: Int32Array;
  codes: Int32Array;
  values: Float64Array;
}

/**
 * Krippendorff's alpha of any number of raters, with missing ratings.
 *
 * α = 1 - D_o / D_e, D_o = (1/n) Σ_ck o_ck δ²_ck, D_e = 1/(n (n - 1)) Σ_ck n_c n_k δ²_ck, over the n ratings of units with
 * at least two; o_ck = Σ_u n_uc (n_uk - [c = k]) / (m_u - 1); δ² = [c ≠ k] (nominal), (Σ_(g=c..k) n_g - (n_c + n_k)/2)²
 * (ordinal), (c - k)² (interval).
 *
 * @param ratings a table, or rows of ratings (a unit each, null where there is none).
 * @param options measure; labels in order; oneCategory "error".
 * @returns α, at most 1; 0 is chance. Takes time in proportion to the ratings.
 * @throws NotEnoughDataError where no unit has two ratings, or where all ratings are equal (α is 0/0) unless `oneCategory`
 * is "one"; UsageError for interval with labels that are not numbers, or ordinal with texts and no `labels`.
 *
 * Source: Krippendorff, Computing Krippendorff's Alpha-Reliability (2011); Content Analysis (4th ed.), chapter 12.
 *
 * @example
 * krippendorffValue([[0, 1], [0, 1], [1, 0], [1, 0]], { measure: "nominal" }); // -0.75
 */
export function krippendorffValue(
  ratings: Ratings | readonly (readonly (Label | null)[])[],
  options: AlphaOptions,
): number {
  const table = pairable(ratings, options);
  const value = alphaOfUnits(table, options.measure);
  if (value !== undefined) return value;
  if (options.oneCategory === "one") return 1;
  throw oneCategoryError("Krippendorff's alpha");
}

/**
 * Krippendorff's alpha with a bootstrap interval over units (all ratings of a unit stay together).
 *
 * @param ratings, options as `krippendorffValue`; seed; reps 1,000; level 0.95.
 * @returns α with its percentile interval; `unscored` counts the units with fewer than two ratings. With `oneCategory` "one"
 * and equal ratings the interval is [1, 1].
 * @throws as `krippendorffValue`, and NotEnoughDataError for fewer than 2 usable units.
 *
 * Source: as `krippendorffValue`; the interval by resampling units rather than single disagreements, which are dependent.
 */
export function krippendorffAlpha(
  ratings: Ratings | readonly (readonly (Label | null)[])[],
  options: AlphaOptions & ResampleOptions,
): Estimate {
  const table = pairable(ratings, options);
  if (table.units < 2) throw new NotEnoughDataError("an interval needs at least 2 units with two ratings", 2);
  const whenOne = options.oneCategory === "one" ? 1 : undefined;
  const value = alphaOfUnits(table, options.measure) ?? whenOne;
  if (value === undefined) throw oneCategoryError("Krippendorff's alpha");
  const boot = bootstrapValues(table.units, (drawn) => alphaOfUnits(table, options.measure, drawn) ?? whenOne, options);
  return percentileEstimate(value, boot, {
    n: table.units,
    unscored: table.left,
    method: `Krippendorff's alpha (${options.measure})`,
    level: options.level,
  });
}

function pairable(given: Ratings | readonly (readonly (Label | null)[])[], options: AlphaOptions): Pairable {
  const ratings = "codes" in given ? given : ratingsOf(given, options.labels);
  if (options.measure === "ordinal" && !("codes" in given))
    assertOrdered(ratings.labels, options.labels, "ordinal ratings");
  const values = Float64Array.from(ratings.labels, (label) => {
    if (options.measure === "interval" && typeof label !== "number")
      throw new UsageError(`an interval measure needs numbers, not ${JSON.stringify(label)}`);
    return Number(label);
  });
  const { units, raters } = ratings;
  const codes = new Int32Array(ratings.codes.length);
  const start = new Int32Array(units + 1);
  let kept = 0;
  let used = 0;
  for (let u = 0; u < units; u++) {
    const from = used;
    for (let at = u * raters; at < (u + 1) * raters; at++) {
      const code = ratings.codes[at]!;
      if (code >= 0) codes[used++] = code;
    }
    if (used - from < 2) used = from;
    else start[++kept] = used;
  }
  if (kept === 0) throw new NotEnoughDataError("Krippendorff's alpha needs a unit with two ratings", 1);
  return { k: values.length, start, codes, units: kept, left: units - kept, values };
}

/** α over the given units (with repeats; undefined: all, once), or undefined where all their ratings are equal. */
function alphaOfUnits(table: Pairable, measure: AlphaOptions["measure"], drawn?: Int32Array): number | undefined {
  const { k, start, codes, values } = table;
  const count = drawn?.length ?? table.units;
  const marginal = new Float64Array(k);
  let n = 0;
  for (let i = 0; i < count; i++) {
    const u = drawn === undefined ? i : drawn[i]!;
    for (let at = start[u]!; at < start[u + 1]!; at++) marginal[codes[at]!]! += 1;
    n += start[u + 1]! - start[u]!;
  }
  if (marginal.some((x) => x === n)) return undefined;
  let within = 0;
  let between = 0;
  if (measure === "nominal") {
    const own = new Float64Array(k);
    for (let i = 0; i < count; i++) {
      const u = drawn === undefined ? i : drawn[i]!;
      const m = start[u + 1]! - start[u]!;
      let same = 0;
      for (let at = start[u]!; at < start[u + 1]!; at++) same += 2 * own[codes[at]!]!++ + 1;
      for (let at = start[u]!; at < start[u + 1]!; at++) own[codes[at]!] = 0;
      within += (m * m - same) / (m - 1);
    }
    between = n * n;
    for (const x of marginal) between -= x * x;
    return 1 - ((n - 1) * within) / between;
  }
  // Both measures are squared differences of positions, hence sums of squares instead of a k x k table.
  const position = measure === "interval" ? Float64Array.from(values) : ordinalPositions(marginal);
  let mean = 0;
  for (let c = 0; c < k; c++) mean += (marginal[c]! / n) * position[c]!;
  for (let c = 0; c < k; c++) position[c]! -= mean;
  for (let i = 0; i < count; i++) {
    const u = drawn === undefined ? i : drawn[i]!;
    const m = start[u + 1]! - start[u]!;
    let sum = 0;
    for (let at = start[u]!; at < start[u + 1]!; at++) sum += position[codes[at]!]!;
    let squares = 0;
    for (let at = start[u]!; at < start[u + 1]!; at++) squares += (position[codes[at]!]! - sum / m) ** 2;
    within += (2 * m * squares) / (m - 1);
  }
  for (let c = 0; c < k; c++) between += 2 * n * marginal[c]! * position[c]! ** 2;
  return 1 - ((n - 1) * within) / between;
}

/** Mid-ranks: δ_ck = Σ_(g=c..k) n_g - (n_c + n_k)/2 is the difference of two of them. */
function ordinalPositions(marginal: Float64Array): Float64Array {
  let below = 0;
  return marginal.map((x) => {
    const middle = below + x / 2;
    below += x;
    return middle;
  });
}
