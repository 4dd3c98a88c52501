import { UsageError } from "laurel";
import { sigmoid } from "../policy/numbers.ts";
import type { PairLabels } from "./losses/pair.ts";
import { softLogistic } from "./losses/pair-batch.ts";

/** Options of `fitPairs`. */
export interface FitPairsOptions {
  /** At least 0, default 1. */
  l2?: number | undefined;
  /** What the penalty draws to, such as the weights of an earlier stage: dim numbers, default 0. The fit starts there. */
  prior?: Float64Array | undefined;
  /** p_n, μ_n and v_n of each pair, with the meaning that `bradleyTerry` gives them. */
  labels?: Pick<PairLabels, "target" | "margin" | "weights"> | undefined;
  /** On the largest step, default 1e-10. */
  tolerance?: number | undefined;
}

/**
 * A linear Bradley-Terry reward by Newton's method, with steps halved while they raise what is minimised:
 *
 *     Σ_n v_n [ −p_n log σ(w·x_n − μ_n) − (1 − p_n) log σ(μ_n − w·x_n) ] + (l2/2) ‖w − prior‖², x_n = φ_chosen − φ_rejected
 *
 * @param differences n × dim, row-major
 * @returns w; rewards are w·φ in logits
 * @throws UsageError where the data do not determine w (l2 = 0 and separable or collinear)
 * @example fitPairs(differences, 9) // a reward model of 9 features
 */
export function fitPairs(differences: Float64Array, dim: number, options: FitPairsOptions = {}): Float64Array {
  const { l2 = 1, prior, labels: { target, margin, weights } = {}, tolerance = 1e-10 } = options;
  const n = differences.length / dim;
  if (prior !== undefined && prior.length !== dim)
    throw new UsageError(`a prior of ${prior.length} weights for ${dim} features`);
  for (const list of [target, margin, weights])
    if (list !== undefined && list.length !== n) throw new UsageError(`${list.length} labels for ${n} pairs`);
  const w = prior === undefined ? new Float64Array(dim) : Float64Array.from(prior);
  const gap = (at: Float64Array, i: number): number => {
    let sum = -(margin?.[i] ?? 0);
    for (let d = 0; d < dim; d++) sum += at[d]! * differences[i * dim + d]!;
    return sum;
  };
  const objective = (at: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (weights?.[i] ?? 1) * softLogistic(gap(at, i), target?.[i] ?? 1).loss;
    for (let d = 0; d < dim; d++) sum += (l2 / 2) * (at[d]! - (prior?.[d] ?? 0)) ** 2;
    return sum;
  };
  const curvature = new Float64Array(n);
  let before = objective(w);
  for (let iteration = 0; iteration < 100; iteration++) {
    const gradient = w.map((x, d) => l2 * (x - (prior?.[d] ?? 0)));
    const hessian = new Float64Array(dim * dim);
    for (let d = 0; d < dim; d++) hessian[d * dim + d] = l2;
    for (let i = 0; i < n; i++) {
      const weight = weights?.[i] ?? 1;
      const lost = sigmoid(-gap(w, i));
      curvature[i] = weight * lost * (1 - lost);
      // σ(x) − p as (1 − p) − σ(−x): exact where x is large
      const slope = weight * (1 - (target?.[i] ?? 1) - lost);
      for (let d = 0; d < dim; d++) gradient[d]! += slope * differences[i * dim + d]!;
    }
    addCurvature(hessian, differences, curvature, dim);
    const step = solveSymmetric(hessian, gradient);
    let largest = 0;
    for (let d = 0; d < dim; d++) {
      w[d]! -= step[d]!;
      largest = Math.max(largest, Math.abs(step[d]!));
    }
    if (largest < tolerance) return w;
    let after = objective(w);
    // a whole step can lie beyond the optimum; roundings near it are no reason to go back
    for (let halving = 0; after > before + 1e-10 * (1 + Math.abs(before)) && halving < 30; halving++) {
      for (let d = 0; d < dim; d++) w[d]! += step[d]! * 0.5 ** (halving + 1);
      after = objective(w);
    }
    before = after;
  }
  throw new UsageError("the pairs do not determine a finite reward", "raise l2");
}

/** Adds Σ_n c_n x_n x_nᵀ to the lower triangle, four rows at a time, in the order of the rows. */
function addCurvature(hessian: Float64Array, x: Float64Array, c: Float64Array, dim: number): void {
  const n = c.length;
  for (let i = 0; i < n; i += 4) {
    const [a0, a1, a2, a3] = [i, i + 1, i + 2, i + 3].map((row) => (row < n ? row * dim : 0)) as [
      number,
      number,
      number,
      number,
    ];
    const [c0, c1, c2, c3] = [c[i]!, c[i + 1] ?? 0, c[i + 2] ?? 0, c[i + 3] ?? 0];
    for (let d = 0; d < dim; d++) {
      const [x0, x1, x2, x3] = [c0 * x[a0 + d]!, c1 * x[a1 + d]!, c2 * x[a2 + d]!, c3 * x[a3 + d]!];
      const row = d * dim;
      for (let e = 0; e <= d; e++)
        hessian[row + e] = hessian[row + e]! + x0 * x[a0 + e]! + x1 * x[a1 + e]! + x2 * x[a2 + e]! + x3 * x[a3 + e]!;
    }
  }
}

/**
 * Solves A x = b for a symmetric positive definite A by Cholesky's factorisation.
 *
 * @param a dim × dim, row-major; only the lower triangle is read
 * @throws UsageError where A is not positive definite
 */
export function solveSymmetric(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i === j) {
        if (!(sum > 0)) throw new UsageError("the system is not positive definite", "raise l2");
        l[i * n + i] = Math.sqrt(sum);
      } else l[i * n + j] = sum / l[j * n + j]!;
    }
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= l[i * n + k]! * x[k]!;
    x[i]! /= l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= l[k * n + i]! * x[k]!;
    x[i]! /= l[i * n + i]!;
  }
  return x;
}
