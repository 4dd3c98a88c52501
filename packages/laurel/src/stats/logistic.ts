import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { cholesky, choleskyInverse, choleskySolve } from "./cholesky.ts";
import { normalQuantile, tQuantile } from "./distributions.ts";
import { newtonStep, softplus } from "./newton.ts";
import { alphaOf, groupsOf } from "./sample.ts";

/** Options of `logisticRegression`. */
export interface LogisticOptions {
  /** "jeffreys" (default, Firth): finite also where the rows are separable; "none": maximum likelihood. */
  penalty?: "jeffreys" | "none" | undefined;
  /** The cluster of each row, such as its prompt; left out where every row is its own. */
  clusters?: readonly (string | number)[] | undefined;
  /** Confidence level; default 0.95. */
  level?: number | undefined;
}

/** A fitted logistic regression. */
export interface Logistic {
  /** One a column, in log-odds a unit. */
  coefficients: Estimate[];
  standardErrors: Float64Array;
  /** P(y = 1) of each row. */
  fitted: Float64Array;
}

/**
 * Logistic regression with cluster-robust intervals.
 *
 *     logit P(y = 1) = Σ_j β_j x_j; score X'(y − π), with Jeffreys' penalty X'(y − π + h(½ − π)), h the leverages
 *     V = c A⁻¹ (Σ_g u_g u_g') A⁻¹, u_g = Σ_(i in g) x_i (y_i − π_i), c = G/(G−1) · (n−1)/(n−k); β ± t_(G−1) √V
 *
 * A robust error below a quarter of the model's own (√A⁻¹) is replaced by that: it is what remains where the rows are separable, or where
 * the rows of every cluster cancel, and says nothing about other clusters.
 *
 * @param columns k columns of n finite values each; give a column of ones for an intercept
 * @param y n outcomes in [0, 1]; a tie may be ½
 * @returns coefficients with intervals, in the order of the columns
 * @throws NotEnoughDataError for fewer than 2 clusters, no more rows than columns, columns that depend on each other, or (without the
 * penalty) separable rows; UsageError for unequal lengths or outcomes outside [0, 1]
 *
 * Source: Firth, Biometrika 80 (1993); Liang and Zeger (1986). Without the penalty estimates and errors agree with statsmodels 0.15
 * `Logit(...).fit(cov_type="cluster")`.
 *
 * @example logisticRegression([ones, better, words], firstWins, { clusters: prompts }).coefficients[0] // position, in log-odds
 */
export function logisticRegression(
  columns: readonly ArrayLike<number>[],
  y: ArrayLike<number>,
  options: LogisticOptions = {},
): Logistic {
  const { penalty = "jeffreys", level = 0.95 } = options;
  const alpha = alphaOf(level);
  const k = columns.length;
  const n = y.length;
  for (const column of columns)
    if (column.length !== n) throw new UsageError(`a column has ${column.length} values for ${n} outcomes`);
  for (let i = 0; i < n; i++) {
    if (!(y[i]! >= 0 && y[i]! <= 1)) throw new UsageError(`outcome ${i} is ${y[i]}, outside [0, 1]`);
    for (const column of columns) if (!Number.isFinite(column[i])) throw new UsageError(`row ${i} holds ${column[i]}`);
  }
  if (n <= k) throw new NotEnoughDataError(`${k} coefficients need more than ${n} rows`, k + 1);
  const groups = options.clusters === undefined ? undefined : groupsOf(options.clusters);
  const count = groups?.count ?? n;
  if (count < 2) throw new NotEnoughDataError("a clustered error needs at least 2 clusters", 2);

  const at = (beta: Float64Array) => {
    const fitted = new Float64Array(n);
    const information = new Float64Array(k * k);
    let value = 0;
    for (let i = 0; i < n; i++) {
      let eta = 0;
      for (let j = 0; j < k; j++) eta += beta[j]! * columns[j]![i]!;
      fitted[i] = 1 / (1 + Math.exp(-eta));
      value += y[i]! * eta - softplus(eta);
      const w = fitted[i]! * (1 - fitted[i]!);
      for (let a = 0; a < k; a++)
        for (let b = 0; b < k; b++) information[a * k + b]! += w * columns[a]![i]! * columns[b]![i]!;
    }
    return { fitted, information, value };
  };
  const penalised = (value: number, factor: Float64Array): number => {
    if (penalty === "none") return value;
    let logDeterminant = 0;
    for (let a = 0; a < k; a++) logDeterminant += Math.log(factor[a * k + a]!);
    return value + logDeterminant;
  };
  const valueAt = (beta: Float64Array): number => {
    const { information, value } = at(beta);
    const factor = cholesky(information, k);
    return factor === undefined ? Number.NEGATIVE_INFINITY : penalised(value, factor);
  };
  const curvature = (beta: Float64Array) => {
    const { fitted, information, value } = at(beta);
    const factor = cholesky(information, k);
    if (factor === undefined) throw dependent();
    const gradient = new Float64Array(k);
    // of the rows and the penalty, which acts as h/2 of a row of either outcome
    const steep = Float64Array.from(information);
    const row = new Float64Array(k);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < k; j++) row[j] = columns[j]![i]!;
      const p = fitted[i]!;
      let residual = y[i]! - p;
      if (penalty === "jeffreys") {
        const solved = choleskySolve(factor, k, row);
        let leverage = 0;
        for (let j = 0; j < k; j++) leverage += row[j]! * solved[j]!;
        const h = p * (1 - p) * leverage;
        residual += h * (0.5 - p);
        for (let a = 0; a < k; a++)
          for (let b = 0; b < k; b++) steep[a * k + b]! += h * p * (1 - p) * row[a]! * row[b]!;
      }
      for (let j = 0; j < k; j++) gradient[j]! += row[j]! * residual;
    }
    return { value: penalised(value, factor), gradient, information: steep };
  };
  const beta = new Float64Array(k);
  let moved = Number.POSITIVE_INFINITY;
  for (let step = 0; step < 200 && moved > 1e-9; step++) {
    moved = newtonStep(beta, curvature, valueAt, 0);
    if (!Number.isFinite(moved)) throw dependent();
    if (penalty === "none" && beta.some((one) => Math.abs(one) > 1e3)) break;
  }
  if (!(moved <= 1e-6))
    throw new NotEnoughDataError("the rows are separable, so that a coefficient has no finite estimate");
  const { fitted, information } = at(beta);
  const factor = cholesky(information, k);
  if (factor === undefined) throw dependent();
  const inverse = choleskyInverse(factor, k);
  const sums = new Float64Array(count * k);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < k; j++) sums[(groups?.of[i] ?? i) * k + j]! += columns[j]![i]! * (y[i]! - fitted[i]!);
  const correction = (count / (count - 1)) * ((n - 1) / (n - k));
  const quantile = groups === undefined ? normalQuantile(1 - alpha / 2) : tQuantile(1 - alpha / 2, count - 1);
  const standardErrors = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    let robust = 0;
    for (let g = 0; g < count; g++) {
      let along = 0;
      for (let a = 0; a < k; a++) along += inverse[j * k + a]! * sums[g * k + a]!;
      robust += along * along;
    }
    const own = Math.sqrt(Math.max(0, inverse[j * k + j]!));
    const error = Math.sqrt(correction * robust);
    standardErrors[j] = error < own / 4 ? own : error;
  }
  return {
    coefficients: Array.from(beta, (value, j): Estimate => {
      const half = quantile * standardErrors[j]!;
      return {
        value,
        low: value - half,
        high: value + half,
        level,
        n,
        ...(groups === undefined ? {} : { clusters: count }),
        unscored: 0,
        method: `logistic regression${penalty === "jeffreys" ? " (Firth)" : ""}, ${groups === undefined ? "robust normal" : "cluster-robust t"}`,
      };
    }),
    standardErrors,
    fitted,
  };
}

function dependent(): NotEnoughDataError {
  return new NotEnoughDataError("the columns depend on each other, or the rows are separable");
}
