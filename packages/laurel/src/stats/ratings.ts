import { NotEnoughDataError, UsageError } from "../core/index.ts";

/** A rating: a category's name or a number. */
export type Label = string | number | boolean;

/** Ratings of units by raters, with the categories in order. */
export interface Ratings {
  units: number;
  raters: number;
  /** units x raters row-major: the index of the category, or -1 where there is no rating. */
  codes: Int32Array;
  /** The categories in order. */
  labels: readonly Label[];
}

/** How the disagreement of two categories counts: fully, or by their distance in the order of the labels. */
export type Weighting = "none" | "linear" | "quadratic";

/**
 * Categories in order: numbers and booleans ascending, texts by code unit; or the given ones.
 *
 * @throws UsageError for a label that is not among the given ones, mixed types, NaN, or a repeated label.
 */
export function categories(used: Iterable<Label>, given?: readonly Label[]): readonly Label[] {
  const found = new Set(used);
  for (const label of found)
    if (typeof label === "number" && !Number.isFinite(label)) throw new UsageError(`a rating is ${label}`);
  if (given !== undefined) {
    if (new Set(given).size !== given.length) throw new UsageError("a label is listed twice");
    for (const label of found)
      if (!given.includes(label)) throw new UsageError(`the rating ${JSON.stringify(label)} is not among the labels`);
    return given;
  }
  const kinds = new Set([...found].map((label) => typeof label));
  if (kinds.size > 1) throw new UsageError(`ratings mix ${[...kinds].join(" and ")}`, "give the labels in order");
  return [...found].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * Makes a table of ratings.
 *
 * @param rows one row a unit, its ratings in the raters' order; null where a rater gave none. Rows may differ in length.
 * @param labels the categories in order; default: those used, sorted.
 * @throws UsageError for mixed types, NaN or a label that is not listed.
 *
 * @example
 * ratingsOf([["yes", "no"], ["yes", null]]); // 2 units, 2 raters, labels ["no", "yes"]
 */
export function ratingsOf(rows: readonly (readonly (Label | null)[])[], labels?: readonly Label[]): Ratings {
  const used = new Set<Label>();
  let raters = 0;
  for (const row of rows) {
    raters = Math.max(raters, row.length);
    for (const rating of row) if (rating !== null) used.add(rating);
  }
  const order = categories(used, labels);
  const place = new Map(order.map((label, index) => [label, index]));
  const codes = new Int32Array(rows.length * raters).fill(-1);
  rows.forEach((row, u) => {
    row.forEach((rating, r) => {
      if (rating !== null) codes[u * raters + r] = place.get(rating)!;
    });
  });
  return { units: rows.length, raters, codes, labels: order };
}

/**
 * Throws where an order of categories is needed but only the alphabet gave one ("agree" < "disagree" < "neutral").
 *
 * @throws UsageError for texts without given labels.
 */
export function assertOrdered(labels: readonly Label[], given: readonly Label[] | undefined, what: string): void {
  if (given === undefined && labels.some((label) => typeof label === "string"))
    throw new UsageError(`${what} need the categories in order, and texts have none`, "give the labels in order");
}

/** How often each category was given to each unit: units x categories row-major, with the ratings of each unit. */
export function countsOf(ratings: Ratings): { counts: Float64Array; perUnit: Float64Array } {
  const { units, raters, codes, labels } = ratings;
  const k = labels.length;
  const counts = new Float64Array(units * k);
  const perUnit = new Float64Array(units);
  for (let u = 0; u < units; u++)
    for (let r = 0; r < raters; r++) {
      const code = codes[u * raters + r]!;
      if (code >= 0) {
        counts[u * k + code]! += 1;
        perUnit[u]! += 1;
      }
    }
  return { counts, perUnit };
}

/**
 * Agreement weights of k ordered categories, k x k row-major: 1 on the diagonal, 0 between the ends;
 * "none" 1 or 0, "linear" 1 - |i - j| / (k - 1), "quadratic" 1 - ((i - j) / (k - 1))².
 */
export function agreementWeights(k: number, weighting: Weighting): Float64Array {
  const w = new Float64Array(k * k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) {
      const distance = k > 1 ? Math.abs(i - j) / (k - 1) : 0;
      w[i * k + j] = weighting === "none" ? (i === j ? 1 : 0) : 1 - (weighting === "linear" ? distance : distance ** 2);
    }
  return w;
}

/** The error of a chance-corrected agreement whose chance agreement is already 1. */
export function oneCategoryError(what: string): NotEnoughDataError {
  return new NotEnoughDataError(`${what} is undefined: all ratings are in one category, so chance alone agrees always`);
}
