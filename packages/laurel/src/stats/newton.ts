import { cholesky, choleskySolve } from "./cholesky.ts";

/** A concave function at a point: its value, its gradient (n) and its information, the negative Hessian (n x n row-major). */
export interface Curvature {
  value: number;
  gradient: Float64Array;
  information: Float64Array;
}

/**
 * One Newton step uphill on a concave function, halved until the function does not fall; moves `x` in place.
 *
 * @param x point, m coordinates.
 * @param at the function with its derivatives.
 * @param value the function alone.
 * @param shiftable the first so many coordinates may be shifted together without changing the function (0: none); the
 * step is then the one with mean 0 over them.
 * @returns the largest change of a coordinate; infinite where the information is singular and no step was made.
 */
export function newtonStep(
  x: Float64Array,
  at: (x: Float64Array) => Curvature,
  value: (x: Float64Array) => number,
  shiftable: number,
): number {
  const m = x.length;
  const { value: from, gradient, information } = at(x);
  if (shiftable > 0) {
    let trace = 0;
    for (let i = 0; i < shiftable; i++) trace += information[i * m + i]!;
    const lift = trace / (shiftable * shiftable);
    for (let i = 0; i < shiftable; i++) for (let j = 0; j < shiftable; j++) information[i * m + j]! += lift;
  }
  const factor = cholesky(information, m);
  if (factor === undefined) return Number.POSITIVE_INFINITY;
  const step = choleskySolve(factor, m, gradient);
  const start = Float64Array.from(x);
  for (let scale = 1; ; scale /= 2) {
    let moved = 0;
    for (let i = 0; i < m; i++) {
      x[i] = start[i]! + scale * step[i]!;
      moved = Math.max(moved, Math.abs(scale * step[i]!));
    }
    // Below 1e-6 the function's rounding error hides the gain, and a full step is safe.
    if (moved < 1e-6 || value(x) >= from) return moved;
  }
}

/** log(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
