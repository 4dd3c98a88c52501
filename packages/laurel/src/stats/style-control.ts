import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { cholesky, choleskyInverse } from "./cholesky.ts";
import { normalQuantile, tQuantile } from "./distributions.ts";
import { checkGames, type Games } from "./games.ts";
import { newtonStep, softplus } from "./newton.ts";
import { alphaOf, groupsOf, meanOf, varianceOf } from "./sample.ts";

/** A style of both texts of each battle: a count, such as of characters, headers, list items or bold spans. */
export interface StyleColumn {
  name: string;
  first: ArrayLike<number>;
  second: ArrayLike<number>;
}

/** Options of `styleControl`. */
export interface StyleControlOptions {
  /** Strength of the penalty ½ · penalty · (|r|² + |β|²); default 0.5 (FastChat's). */
  penalty?: number | undefined;
  /**
   * Take off the styles' means (default true, as the Arena)? Right where sides are drawn at random. Where one side is always the same model,
   * its mean difference in style would stay with its rating: then say false.
   */
  centre?: boolean | undefined;
  /** The prompt of each battle; default each its own. */
  clusters?: readonly (string | number)[] | undefined;
  level?: number | undefined;
}

/** Ratings with the style's part taken out. */
export interface StyleControlled {
  /** n ratings on the Arena's scale: 1000 + 400 r, where 400 points are odds of ten to one. */
  ratings: Estimate[];
  /** One a style: the change in log-odds of winning for one standard deviation of the style's difference. */
  styles: { name: string; effect: Estimate }[];
}

/**
 * Arena's style control: Bradley-Terry with the styles' differences as further columns.
 *
 *     x_k = (a_k − b_k) / (a_k + b_k + 1);  f_k = (x_k − mean) / sd over all battles (population sd)
 *     logit P(first wins) = ln 10 · (r_first − r_second) + Σ_k β_k f_k
 *     maximises Σ y ln p + (1 − y) ln(1 − p) − ¼ (|r|² + |β|²);  rating = 1000 + 400 r
 *
 * Without styles it is the same model with the same penalty, so that the two tables compare. Intervals are by the sandwich, by cluster; FastChat
 * resamples battles. A style that never differs has effect 0. What a style does here is what the judge does on average: where better models
 * also write longer, length and skill are told apart only by the battles in which they part.
 *
 * @param games results of the first: 1, ½ (also "both bad") or 0
 * @param n models
 * @throws UsageError for negative counts or unequal lengths; NotEnoughDataError for fewer than 2 clusters
 * @source Chiang et al., Does style matter? (2024); FastChat 0e6d3e4, serve/monitor/rating_systems.py
 * @example styleControl(games, 5, [{ name: "length", first: lengthsA, second: lengthsB }]).ratings
 */
export function styleControl(
  games: Games,
  n: number,
  styles: readonly StyleColumn[],
  options: StyleControlOptions = {},
): StyleControlled {
  checkGames(games, n);
  const { penalty = 0.5, centre = true, clusters, level = 0.95 } = options;
  if (!(penalty > 0 && Number.isFinite(penalty))) throw new UsageError(`penalty must be above 0, not ${penalty}`);
  const m = games.first.length;
  const columns = styles.map((style) => standardised(style, m, centre));
  const groups = clusters === undefined ? undefined : groupsOf(clusters);
  if (clusters !== undefined && clusters.length !== m)
    throw new UsageError(`${clusters.length} clusters for ${m} battles`);
  const count = groups?.count ?? m;
  if (count < 2) throw new NotEnoughDataError("ratings with intervals need battles on 2 prompts at least", 2);
  const size = n + columns.length;
  // the coordinates in which a battle is not 0, and its values there
  const row = (g: number): { at: number[]; x: number[] } => ({
    at: [games.first[g]!, games.second[g]!, ...columns.map((_, k) => n + k)],
    x: [Math.LN10, -Math.LN10, ...columns.map((column) => column[g]!)],
  });
  const rows = Array.from({ length: m }, (_, g) => row(g));
  const etaOf = (w: Float64Array, { at, x }: { at: number[]; x: number[] }): number =>
    at.reduce((sum, j, i) => sum + w[j]! * x[i]!, 0);
  const value = (w: Float64Array): number => {
    let sum = 0;
    for (const [g, one] of rows.entries()) {
      const eta = etaOf(w, one);
      sum += games.result[g]! * eta - softplus(eta);
    }
    for (const one of w) sum -= (penalty / 2) * one * one;
    return sum;
  };
  const curvature = (w: Float64Array) => {
    const gradient = w.map((one) => -penalty * one);
    const information = new Float64Array(size * size);
    for (let j = 0; j < size; j++) information[j * size + j] = penalty;
    for (const [g, one] of rows.entries()) {
      const p = 1 / (1 + Math.exp(-etaOf(w, one)));
      const residual = games.result[g]! - p;
      const curve = p * (1 - p);
      for (const [i, a] of one.at.entries()) {
        gradient[a]! += residual * one.x[i]!;
        for (const [j, b] of one.at.entries()) information[a * size + b]! += curve * one.x[i]! * one.x[j]!;
      }
    }
    return { value: value(w), gradient, information };
  };
  const w = new Float64Array(size);
  for (let step = 0; step < 100; step++) if (newtonStep(w, curvature, value, 0) < 1e-10) break;
  const factor = cholesky(curvature(w).information, size);
  if (factor === undefined) throw new NotEnoughDataError("the styles depend on each other");
  const inverse = choleskyInverse(factor, size);
  const scores = new Float64Array(count * size);
  for (const [g, one] of rows.entries()) {
    const residual = games.result[g]! - 1 / (1 + Math.exp(-etaOf(w, one)));
    const at = (groups?.of[g] ?? g) * size;
    for (const [i, j] of one.at.entries()) scores[at + j]! += residual * one.x[i]!;
  }
  const quantile =
    groups === undefined ? normalQuantile(1 - alphaOf(level) / 2) : tQuantile(1 - alphaOf(level) / 2, count - 1);
  const errorOf = (j: number): number => {
    let sum = 0;
    for (let g = 0; g < count; g++) {
      let along = 0;
      for (let a = 0; a < size; a++) along += inverse[j * size + a]! * scores[g * size + a]!;
      sum += along * along;
    }
    return Math.sqrt((sum * count) / (count - 1));
  };
  const estimate = (j: number, shift: number, scale: number, own: number, method: string): Estimate => {
    const half = quantile * scale * errorOf(j);
    const at = shift + scale * w[j]!;
    return {
      value: at,
      low: at - half,
      high: at + half,
      level,
      n: own,
      ...(groups === undefined ? {} : { clusters: count }),
      unscored: 0,
      method: `${method}, ${groups === undefined ? "sandwich" : "cluster sandwich"}`,
    };
  };
  const played = new Float64Array(n);
  for (let g = 0; g < m; g++) {
    played[games.first[g]!]!++;
    played[games.second[g]!]!++;
  }
  const how = columns.length === 0 ? "Bradley-Terry rating" : "style-controlled rating";
  return {
    ratings: Array.from({ length: n }, (_, i) => estimate(i, 1000, 400, played[i]!, how)),
    styles: styles.map(({ name }, k) => ({ name, effect: estimate(n + k, 0, 1, m, "log-odds a standard deviation") })),
  };
}

/** (a − b) / (a + b + 1), to population sd 1 and, where it is centred, mean 0. */
function standardised({ name, first, second }: StyleColumn, m: number, centre: boolean): Float64Array {
  if (first.length !== m || second.length !== m)
    throw new UsageError(`the style ${name} has ${first.length} and ${second.length} values for ${m} battles`);
  const x = Float64Array.from({ length: m }, (_, g) => {
    const [a, b] = [first[g]!, second[g]!];
    if (!(a >= 0 && b >= 0 && Number.isFinite(a + b)))
      throw new UsageError(`the style ${name} of battle ${g} is ${a} and ${b}; counts are at least 0`);
    return (a - b) / (a + b + 1);
  });
  const mean = centre ? meanOf(x) : 0;
  const sd = Math.sqrt(varianceOf(x, 0));
  return x.map((one) => (sd > 0 ? (one - mean) / sd : 0));
}
