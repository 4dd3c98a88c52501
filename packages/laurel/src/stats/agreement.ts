import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { normalQuantile, tQuantile } from "./distributions.ts";
import {
  agreementWeights,
  assertOrdered,
  categories,
  countsOf,
  type Label,
  oneCategoryError,
  type Ratings,
  ratingsOf,
  type Weighting,
} from "./ratings.ts";
import { alphaOf } from "./sample.ts";

/** Options of the kappas. */
export interface KappaOptions {
  /** The categories in order; default: those used, sorted. */
  labels?: readonly Label[] | undefined;
  /** How far-apart categories count; default "none". */
  weights?: Weighting | undefined;
  /** Confidence level; default 0.95. */
  level?: number | undefined;
}

/**
 * Cohen's kappa of two raters.
 *
 * κ = (p_o - p_e) / (1 - p_e), p_o = Σ w_ij p_ij, p_e = Σ w_ij p_i. p_.j.
 *
 * @param a ratings of the first rater, one a unit; null where there is none (that unit is counted as unscored).
 * @param b ratings of the second, in the same order.
 * @param options labels; weights "none" (default), "linear" or "quadratic" by the place among the labels; level 0.95.
 * @returns κ with its large-sample normal interval, cut to [-1, 1].
 * @throws NotEnoughDataError without a unit rated by both, or where chance agreement is 1 (both always the same category):
 * κ is undefined there, neither 0 nor 1; UsageError for unequal lengths, or weights on texts without `labels`.
 *
 * Source: Cohen (1960, 1968); Fleiss, Cohen and Everitt, Psychological Bulletin 72 (1969); as statsmodels `cohens_kappa`.
 *
 * @example
 * cohenKappa(["a", "a", "b"], ["a", "b", "b"]).value; // 0.4
 */
export function cohenKappa(
  a: readonly (Label | null)[],
  b: readonly (Label | null)[],
  options: KappaOptions = {},
): Estimate {
  const { weights = "none", level = 0.95 } = options;
  if (a.length !== b.length) throw new UsageError(`the raters gave ${a.length} and ${b.length} ratings`);
  const pairs: [Label, Label][] = [];
  a.forEach((x, i) => {
    const y = b[i]!;
    if (x !== null && y !== null) pairs.push([x, y]);
  });
  const n = pairs.length;
  if (n === 0) throw new NotEnoughDataError("kappa needs a unit that both raters rated", 1);
  const labels = categories(pairs.flat(), options.labels);
  if (weights !== "none") assertOrdered(labels, options.labels, `${weights} weights`);
  const k = labels.length;
  const place = new Map(labels.map((label, index) => [label, index]));
  const p = new Float64Array(k * k);
  for (const [x, y] of pairs) p[place.get(x)! * k + place.get(y)!]! += 1 / n;
  const w = agreementWeights(k, weights);
  const row = new Float64Array(k);
  const column = new Float64Array(k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) {
      row[i]! += p[i * k + j]!;
      column[j]! += p[i * k + j]!;
    }
  let observed = 0;
  let chance = 0;
  const rowWeight = new Float64Array(k);
  const columnWeight = new Float64Array(k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) {
      const weight = w[i * k + j]!;
      observed += weight * p[i * k + j]!;
      chance += weight * row[i]! * column[j]!;
      rowWeight[i]! += weight * column[j]!;
      columnWeight[j]! += weight * row[i]!;
    }
  if (pairs.every(([x, y]) => x === pairs[0]![0] && y === pairs[0]![0])) throw oneCategoryError("kappa");
  const value = (observed - chance) / (1 - chance);
  let spread = 0;
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++)
      spread +=
        p[i * k + j]! * (w[i * k + j]! * (1 - chance) - (rowWeight[i]! + columnWeight[j]!) * (1 - observed)) ** 2;
  const variance = (spread - (observed * chance - 2 * chance + observed) ** 2) / (n * (1 - chance) ** 4);
  const half = normalQuantile(1 - alphaOf(level) / 2) * Math.sqrt(Math.max(0, variance));
  return {
    value,
    low: Math.max(-1, value - half),
    high: Math.min(1, value + half),
    level,
    n,
    unscored: a.length - n,
    method: `Cohen's kappa${weights === "none" ? "" : `, ${weights} weights`}, normal interval (Fleiss, Cohen, Everitt)`,
  };
}

/**
 * Fleiss' kappa of many raters; units may have different numbers of ratings.
 *
 * κ = (p_a - p_e) / (1 - p_e); p_a = mean over units with 2 or more ratings of Σ_k r_k (r_k+ - 1) / (r (r - 1)),
 * r_k+ = Σ_l w_kl r_l; p_e = Σ w_kl π_k π_l, π = mean over units of the shares.
 *
 * @param ratings a table, or rows of ratings (a unit each, null where there is none).
 * @param options as `cohenKappa`.
 * @returns κ with Gwet's interval (linearised variance over units, Student t); `unscored` counts units without a rating.
 * @throws NotEnoughDataError for fewer than 2 units, no unit with 2 ratings, or one category only.
 *
 * Source: Fleiss, Psychological Bulletin 76 (1971); Gwet, Handbook of Inter-Rater Reliability (2014), as irrCAC 0.4.4.
 */
export function fleissKappa(
  ratings: Ratings | readonly (readonly (Label | null)[])[],
  options: KappaOptions = {},
): Estimate {
  return chanceCorrected(ratings, options, "Fleiss' kappa", (pi, w, k) => {
    let chance = 0;
    const perLabel = new Float64Array(k);
    for (let i = 0; i < k; i++)
      for (let j = 0; j < k; j++) {
        chance += w[i * k + j]! * pi[i]! * pi[j]!;
        perLabel[i]! += w[i * k + j]! * pi[j]!;
      }
    return { chance, perLabel };
  });
}

/**
 * Gwet's agreement coefficient: AC1 without weights, AC2 with linear or quadratic ones.
 *
 * AC = (p_a - p_e) / (1 - p_e), p_a as in `fleissKappa`, p_e = T_w / (q (q - 1)) · Σ π_k (1 - π_k), T_w = Σ w_kl, q categories.
 * It stays near the raw agreement where one category is rare, where kappa falls. q is the number of labels: list those
 * that raters could have used.
 *
 * @param ratings a table, or rows of ratings.
 * @param options as `cohenKappa`.
 * @returns AC with Gwet's interval (linearised variance over units, Student t).
 * @throws as `fleissKappa`; one category is an error unless more labels are listed.
 *
 * Source: Gwet, British Journal of Mathematical and Statistical Psychology 61 (2008); Handbook (2014), as irrCAC 0.4.4.
 */
export function gwetAC(
  ratings: Ratings | readonly (readonly (Label | null)[])[],
  options: KappaOptions = {},
): Estimate {
  const { weights = "none" } = options;
  return chanceCorrected(ratings, options, weights === "none" ? "Gwet's AC1" : "Gwet's AC2", (pi, w, k) => {
    let total = 0;
    for (const x of w) total += x;
    const scale = total / (k * (k - 1));
    const perLabel = pi.map((x) => scale * (1 - x));
    return { chance: perLabel.reduce((sum, x, i) => sum + x * pi[i]!, 0), perLabel };
  });
}

function isTable(ratings: Ratings | readonly (readonly (Label | null)[])[]): ratings is Ratings {
  return "codes" in ratings;
}

/** Gwet's frame for many raters: the same observed agreement and variance for every definition of chance. */
function chanceCorrected(
  given: Ratings | readonly (readonly (Label | null)[])[],
  options: KappaOptions,
  name: string,
  chanceOf: (pi: Float64Array, w: Float64Array, k: number) => { chance: number; perLabel: Float64Array },
): Estimate {
  const { weights = "none", level = 0.95 } = options;
  const ratings = isTable(given) ? given : ratingsOf(given, options.labels);
  if (weights !== "none" && !isTable(given)) assertOrdered(ratings.labels, options.labels, `${weights} weights`);
  const k = ratings.labels.length;
  const { counts, perUnit } = countsOf(ratings);
  const rated = [...perUnit.keys()].filter((u) => perUnit[u]! > 0);
  const n = rated.length;
  const several = rated.filter((u) => perUnit[u]! >= 2).length;
  if (n < 2) throw new NotEnoughDataError(`${name} needs at least 2 rated units, not ${n}`, 2);
  if (several === 0) throw new NotEnoughDataError(`${name} needs a unit with 2 or more ratings`);
  if (k < 2) throw oneCategoryError(name);
  const w = agreementWeights(k, weights);
  const pi = new Float64Array(k);
  for (const u of rated) for (let c = 0; c < k; c++) pi[c]! += counts[u * k + c]! / perUnit[u]! / n;
  const agree = new Float64Array(n);
  let observed = 0;
  rated.forEach((u, at) => {
    const r = perUnit[u]!;
    if (r < 2) return;
    let sum = 0;
    for (let c = 0; c < k; c++) {
      const count = counts[u * k + c]!;
      if (count === 0) continue;
      let weighted = 0;
      for (let d = 0; d < k; d++) weighted += w[c * k + d]! * counts[u * k + d]!;
      sum += count * (weighted - 1);
    }
    agree[at] = sum / (r * (r - 1));
    observed += agree[at]! / several;
  });
  const { chance, perLabel } = chanceOf(pi, w, k);
  if (!(1 - chance > 1e-12)) throw oneCategoryError(name);
  const value = (observed - chance) / (1 - chance);
  let squares = 0;
  rated.forEach((u, at) => {
    let own = 0;
    for (let c = 0; c < k; c++) own += (counts[u * k + c]! / perUnit[u]!) * perLabel[c]!;
    const base = perUnit[u]! >= 2 ? ((n / several) * (agree[at]! - chance)) / (1 - chance) : 0;
    squares += (base - (2 * (1 - value) * (own - chance)) / (1 - chance) - value) ** 2;
  });
  const half = tQuantile(1 - alphaOf(level) / 2, n - 1) * Math.sqrt(squares / (n * (n - 1)));
  return {
    value,
    low: Math.max(-1, value - half),
    high: Math.min(1, value + half),
    level,
    n,
    unscored: ratings.units - n,
    method: `${name}${weights === "none" ? "" : `, ${weights} weights`}, linearised variance over units, Student t (Gwet)`,
  };
}
