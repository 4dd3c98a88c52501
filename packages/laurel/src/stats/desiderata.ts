import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { cholesky, choleskySolve } from "./cholesky.ts";
import { spearman } from "./correlation.ts";
import { checkSample, meanOf, type Numbers } from "./sample.ts";

/**
 * How much room a set of questions leaves: 1 less the best taker's accuracy.
 *
 *     1 − max_m v(m)
 *
 * It depends on who takes part: compare figures only of the same takers.
 *
 * @param accuracy v, one a taker, in [0, 1]
 * @throws NotEnoughDataError for no takers
 * @source AutoBencher (2024)
 * @example difficulty([0.2, 0.5, 0.8]) // 0.2
 */
export function difficulty(accuracy: Numbers): number {
  checkSample(accuracy, 1, "accuracy");
  return 1 - Math.max(...Array.from(accuracy));
}

/**
 * How far a set of questions parts its takers: the mean absolute deviation of their accuracies.
 *
 *     mean_m |v(m) − mean(v)|
 *
 * (`separability` of `laurel/bench` is another thing: the share of pairs whose intervals do not overlap.)
 *
 * @param accuracy one a taker, in [0, 1]
 * @throws NotEnoughDataError for no takers
 * @source AutoBencher (2024)
 * @example separability([0.2, 0.5, 0.8]) // 0.2
 */
export function separability(accuracy: Numbers): number {
  checkSample(accuracy, 1, "accuracy");
  const mean = meanOf(accuracy);
  return meanOf(Array.from(accuracy, (one) => Math.abs(one - mean)));
}

/** Options of `novelty`. */
export interface NoveltyOptions {
  /** λ, the penalty on the squared slopes of standardised accuracies; default 0.05. */
  ridge?: number | undefined;
  /** "loo" (default) predicts each taker from the others; "none" fits and predicts on all of them, which over-fits with many previous sets. */
  folds?: "loo" | "none" | undefined;
  level?: number | undefined;
}

/**
 * How little a set's ranking of takers could be told from existing sets.
 *
 *     1 − ρ(v, v̂),   v̂ = w₀ + Σ_k w_k u_k,   w = argmin Σ_m (v(m) − v̂(m))² + λ Σ_k (w_k sd(u_k))²
 *
 * 0: the existing sets say it all (a reversed ranking too, since a slope may be negative); 1: they say nothing; above 1: predictions run
 * against the truth. Under leave-one-out a set of pure chance comes out *above* 1 (about 1.37 with one previous set of 17 takers, 1.09 with six),
 * because the mean of the others always runs against the one that was left out; without folds far below (0.43 with six). Read both.
 *
 * @param accuracy v, one a taker
 * @param previous u_k, accuracies of the same takers, in the same order, on the sets that exist
 * @returns 1 − Spearman's ρ with its interval turned round; null where v or all of the u_k are equal for all takers, so that there is no ranking
 * @throws UsageError where a previous set has other takers; NotEnoughDataError for no previous set or fewer than 3 takers
 * @source AutoBencher (2024); leave-one-out, ridge and mid-ranks are this library's
 * @example novelty([0.2, 0.5, 0.8, 0.9], [[0.8, 0.5, 0.2, 0.1]], { folds: "none" })!.value // 0
 */
export function novelty(
  accuracy: Numbers,
  previous: readonly Numbers[],
  options: NoveltyOptions = {},
): Estimate | null {
  const { ridge = 0.05, folds = "loo" } = options;
  if (previous.length === 0) throw new NotEnoughDataError("novelty needs a set to compare with", 1);
  checkSample(accuracy, 3, "accuracy");
  if (!(ridge >= 0)) throw new UsageError(`ridge must be at least 0, not ${ridge}`);
  const n = accuracy.length;
  for (const [k, one] of previous.entries()) {
    checkSample(one, 1, `previous set ${k}`);
    if (one.length !== n) throw new UsageError(`previous set ${k} has ${one.length} takers, not ${n}`);
  }
  const told = previous.filter((one) => !isConstant(one));
  if (isConstant(accuracy) || told.length === 0) return null;
  const all = Array.from({ length: n }, (_, m) => m);
  const predicted = new Float64Array(n);
  if (folds === "none") {
    const predict = fitRidge(accuracy, told, all, ridge);
    for (const m of all) predicted[m] = predict(m);
  } else
    for (const m of all)
      predicted[m] = fitRidge(
        accuracy,
        told,
        all.filter((other) => other !== m),
        ridge,
      )(m);
  if (isConstant(predicted)) return null;
  const rho = spearman(accuracy, predicted, options.level);
  return {
    value: Math.max(0, 1 - rho.value),
    low: 1 - rho.high,
    high: 1 - rho.low,
    level: rho.level,
    n,
    unscored: 0,
    method: `1 − ${rho.method}, ${folds === "loo" ? "left-one-out" : "in-sample"} ridge of ${ridge} on ${told.length} sets`,
  };
}

function isConstant(values: Numbers): boolean {
  return Array.from(values).every((one) => Math.abs(one - values[0]!) < 1e-12);
}

/** Least squares with a penalty on standardised slopes, on some takers; returns the prediction for any. */
function fitRidge(
  v: Numbers,
  previous: readonly Numbers[],
  takers: readonly number[],
  ridge: number,
): (taker: number) => number {
  const n = takers.length;
  const mean = meanOf(takers.map((m) => v[m]!));
  const columns = previous.flatMap((one) => {
    const centre = meanOf(takers.map((m) => one[m]!));
    const sd = Math.sqrt(meanOf(takers.map((m) => (one[m]! - centre) ** 2)));
    return sd > 1e-12 ? [(m: number): number => (one[m]! - centre) / sd] : [];
  });
  const k = columns.length;
  if (k === 0) return () => mean;
  const gram = new Float64Array(k * k);
  const right = new Float64Array(k);
  for (let i = 0; i < k; i++) {
    for (const m of takers) right[i]! += (columns[i]!(m) * (v[m]! - mean)) / n;
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (const m of takers) sum += columns[i]!(m) * columns[j]!(m);
      gram[i * k + j] = gram[j * k + i] = sum / n;
    }
    // a whisper of a penalty keeps equal or too many sets solvable
    gram[i * k + i]! += Math.max(ridge / n, 1e-9);
  }
  const factor = cholesky(gram, k);
  if (factor === undefined) throw new UsageError("the previous sets cannot be told apart; use a larger ridge");
  const slopes = choleskySolve(factor, k, right);
  return (m) => columns.reduce((sum, column, i) => sum + slopes[i]! * column(m), mean);
}
