import { UsageError } from "../core/index.ts";

/**
 * Solves A x = b by elimination with row exchanges.
 *
 * @param a n x n row-major; @param b n. Neither is changed.
 * @throws UsageError for a singular matrix or sizes that do not match.
 */
export function solveLinear(a: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  if (a.length !== n * n) throw new UsageError(`a matrix of ${a.length} entries for ${n} equations`);
  const m = Float64Array.from(a);
  const x = Float64Array.from(b);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++)
      if (Math.abs(m[row * n + column]!) > Math.abs(m[pivot * n + column]!)) pivot = row;
    const top = m[pivot * n + column]!;
    if (!(Math.abs(top) > 1e-300)) throw new UsageError("the equations have no single solution");
    if (pivot !== column) {
      for (let k = column; k < n; k++) [m[pivot * n + k], m[column * n + k]] = [m[column * n + k]!, m[pivot * n + k]!];
      [x[pivot], x[column]] = [x[column]!, x[pivot]!];
    }
    for (let row = column + 1; row < n; row++) {
      const factor = m[row * n + column]! / top;
      if (factor === 0) continue;
      for (let k = column + 1; k < n; k++) m[row * n + k]! -= factor * m[column * n + k]!;
      x[row]! -= factor * x[column]!;
    }
  }
  for (let row = n - 1; row >= 0; row--) {
    for (let k = row + 1; k < n; k++) x[row]! -= m[row * n + k]! * x[k]!;
    x[row]! /= m[row * n + row]!;
  }
  return x;
}
