import { UsageError } from "laurel";

/** Nodes x_i and weights w_i with Σ_i w_i f(x_i) = E f(Z), Z ~ N(0, 1). */
export interface Quadrature {
  nodes: Float64Array;
  weights: Float64Array;
}

/**
 * Gauss-Hermite quadrature for the standard normal: exact for polynomials of degree up to 2n − 1.
 *
 * Nodes are the roots of He_n, by bisection; weights are 1 / Σ_{k<n} h_k(x)², h_k = He_k/√k!.
 *
 * @param n nodes, 1 to 100
 * @throws UsageError for another n
 * Source: Golub and Welsch (1969) for the weights' form.
 * @example gaussHermite(2) // nodes ±1, weights ½
 */
export function gaussHermite(n: number): Quadrature {
  if (!(Number.isInteger(n) && n >= 1 && n <= 100)) throw new UsageError(`between 1 and 100 nodes, not ${n}`);
  // roots lie within ±2√n and stand about π/√n apart at the closest, so a step of 1/√n meets them one at a time
  const roots: number[] = [];
  const step = 1 / Math.sqrt(n);
  const cells = Math.ceil(2 * n + 2);
  for (let cell = -cells; cell < cells; cell++) {
    // off the grid by half a step, so that the root at 0 falls inside a cell
    const [low, high] = [(cell - 0.5) * step, (cell + 0.5) * step];
    if (hermite(n, low) > 0 !== hermite(n, high) > 0) roots.push(rootBetween(n, low, high));
  }
  const nodes = Float64Array.from(roots, (x, i) => (x - roots[n - 1 - i]!) / 2);
  return { nodes, weights: nodes.map((x) => 1 / sumOfSquares(n, x)) };
}

/** h_degree(x), by h_{k+1} = (x h_k − √k h_{k−1})/√(k + 1). */
function hermite(degree: number, x: number): number {
  let [before, here] = [0, 1];
  for (let k = 0; k < degree; k++) [before, here] = [here, (x * here - Math.sqrt(k) * before) / Math.sqrt(k + 1)];
  return here;
}

function sumOfSquares(n: number, x: number): number {
  let [before, here, sum] = [0, 1, 0];
  for (let k = 0; k < n; k++) {
    sum += here * here;
    [before, here] = [here, (x * here - Math.sqrt(k) * before) / Math.sqrt(k + 1)];
  }
  return sum;
}

/** The one root of h_degree in an interval, by bisection to the last digit. */
function rootBetween(degree: number, low: number, high: number): number {
  const rising = hermite(degree, high) > 0;
  let [a, b] = [low, high];
  for (let step = 0; step < 60; step++) {
    const middle = (a + b) / 2;
    if (hermite(degree, middle) > 0 === rising) b = middle;
    else a = middle;
  }
  return (a + b) / 2;
}
