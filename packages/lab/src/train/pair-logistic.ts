import { UsageError } from "laurel";
import { sigmoid } from "../policy/numbers.ts";

/**
 * A linear Bradley-Terry reward by Newton's method: minimises −Σ_n log σ(w·x_n) + (l2/2) ‖w‖², x_n = φ_chosen − φ_rejected.
 *
 * @param differences n × dim, row-major
 * @param options `l2`, at least 0, default 1; `tolerance` on the largest step, default 1e-10
 * @returns w; rewards are w·φ in logits
 * @throws UsageError where the data do not determine w (l2 = 0 and separable or collinear)
 * @example fitPairs(differences, 9) // a reward model of 9 features
 */
export function fitPairs(
  differences: Float64Array,
  dim: number,
  options: { l2?: number | undefined; tolerance?: number | undefined } = {},
): Float64Array {
  const { l2 = 1, tolerance = 1e-10 } = options;
  const n = differences.length / dim;
  const w = new Float64Array(dim);
  for (let iteration = 0; iteration < 100; iteration++) {
    const gradient = w.map((x) => l2 * x);
    const hessian = new Float64Array(dim * dim);
    for (let d = 0; d < dim; d++) hessian[d * dim + d] = l2;
    for (let i = 0; i < n; i++) {
      let margin = 0;
      for (let d = 0; d < dim; d++) margin += w[d]! * differences[i * dim + d]!;
      const p = sigmoid(-margin);
      const curvature = p * (1 - p);
      for (let d = 0; d < dim; d++) {
        const x = differences[i * dim + d]!;
        gradient[d]! -= p * x;
        for (let e = 0; e <= d; e++) hessian[d * dim + e]! += curvature * x * differences[i * dim + e]!;
      }
    }
    const step = solveSymmetric(hessian, gradient);
    let largest = 0;
    for (let d = 0; d < dim; d++) {
      w[d]! -= step[d]!;
      largest = Math.max(largest, Math.abs(step[d]!));
    }
    if (largest < tolerance) return w;
  }
  throw new UsageError("the pairs do not determine a finite reward", "raise l2");
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
