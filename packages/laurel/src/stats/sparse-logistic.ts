import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { softplus } from "./newton.ts";

/** Options of `sparseLogistic`. */
export interface SparseLogisticOptions {
  /** Weight of the loss against Σ|w|, above 0; infinite is no penalty. */
  c: number;
  /** Of each row; default 1. */
  weights?: ArrayLike<number> | undefined;
  /** Where to begin; default 0. */
  start?: Float64Array | undefined;
}

/**
 * Logistic regression with an L1 penalty, by coordinate descent on Newton's quadratic model.
 *
 *     minimises Σ_k |w_k| + C Σ_i s_i [log(1 + e^η_i) − y_i η_i],  η = Xw
 *
 * @param columns k columns of n values; no intercept is added
 * @param y n outcomes in [0, 1]
 * @returns k weights, to about 1e-9
 * @throws UsageError for C not above 0; NotEnoughDataError where the weights run away (separable rows without a penalty)
 * @source Yuan, Ho and Lin (2012), newGLMNET, the method of liblinear's L1-regularised logistic regression
 */
export function sparseLogistic(
  columns: readonly Float64Array[],
  y: ArrayLike<number>,
  options: SparseLogisticOptions,
): Float64Array {
  const { c } = options;
  if (!(c > 0)) throw new UsageError(`C must be above 0, not ${c}`);
  const k = columns.length;
  const n = y.length;
  // an infinite C would drown the penalty in any case: the loss is then taken with weight 1, the penalty with 0
  const penalty = Number.isFinite(c) ? 1 : 0;
  const scale = Number.isFinite(c) ? c : 1;
  const s = Float64Array.from({ length: n }, (_, i) => scale * (options.weights?.[i] ?? 1));
  const w = options.start === undefined ? new Float64Array(k) : Float64Array.from(options.start);
  const eta = new Float64Array(n);
  const refresh = (): void => {
    eta.fill(0);
    for (let j = 0; j < k; j++) for (let i = 0; i < n; i++) eta[i]! += w[j]! * columns[j]![i]!;
  };
  const value = (): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += s[i]! * (softplus(eta[i]!) - y[i]! * eta[i]!);
    for (let j = 0; j < k; j++) sum += penalty * Math.abs(w[j]!);
    return sum;
  };
  refresh();
  let now = value();
  for (let round = 0; round < 200; round++) {
    const gradient = new Float64Array(k);
    const hessian = new Float64Array(k * k);
    for (let i = 0; i < n; i++) {
      const p = 1 / (1 + Math.exp(-eta[i]!));
      const residual = s[i]! * (p - y[i]!);
      const curve = s[i]! * p * (1 - p);
      for (let a = 0; a < k; a++) {
        const x = columns[a]![i]!;
        gradient[a]! += residual * x;
        for (let b = 0; b <= a; b++) hessian[a * k + b]! += curve * x * columns[b]![i]!;
      }
    }
    for (let a = 0; a < k; a++) {
      hessian[a * k + a]! += 1e-12;
      for (let b = 0; b < a; b++) hessian[b * k + a] = hessian[a * k + b]!;
    }
    const step = descend(w, gradient, hessian, k, penalty);
    const from = Float64Array.from(w);
    let moved = 0;
    for (let share = 1; share > 1e-10; share /= 2) {
      for (let j = 0; j < k; j++) w[j] = from[j]! + share * step[j]!;
      refresh();
      const next = value();
      if (next <= now + 1e-12 * Math.abs(now)) {
        now = next;
        moved = share * step.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
        break;
      }
    }
    if (moved === 0) {
      w.set(from);
      refresh();
    }
    // a probability of 1 − 1e-13 is no estimate but a flight
    if (penalty === 0 && eta.some((one) => !(Math.abs(one) < 30)))
      throw new NotEnoughDataError("the rows are separable, so that a weight has no finite estimate");
    if (moved < 1e-10) break;
  }
  return w;
}

/** The step that minimises g'd + ½ d'Hd + penalty · Σ|w + d|, one coordinate after another. */
function descend(w: Float64Array, g: Float64Array, h: Float64Array, k: number, penalty: number): Float64Array {
  const d = new Float64Array(k);
  for (let sweep = 0; sweep < 1000; sweep++) {
    let moved = 0;
    for (let j = 0; j < k; j++) {
      let slope = g[j]!;
      for (let b = 0; b < k; b++) slope += h[j * k + b]! * d[b]!;
      const curve = h[j * k + j]!;
      const at = w[j]! + d[j]! - slope / curve;
      const shrunk = Math.sign(at) * Math.max(0, Math.abs(at) - penalty / curve);
      const next = shrunk - w[j]!;
      moved = Math.max(moved, Math.abs(next - d[j]!));
      d[j] = next;
    }
    if (moved < 1e-13) break;
  }
  return d;
}
