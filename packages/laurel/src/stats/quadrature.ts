import { UsageError } from "../core/index.ts";

/** Points and the logarithms of their weights, for sums that stand for E f(θ), θ ~ N(0, 1). */
export interface Quadrature {
  points: Float64Array;
  logWeights: Float64Array;
}

/**
 * Gauss-Hermite quadrature for the standard normal: Σ w_q f(x_q) is exact for polynomials of degree up to 2n - 1.
 *
 * Roots of the probabilists' Hermite polynomial by Newton's method on the orthonormal recurrence, from the largest down.
 *
 * @param n points, 1 to 200.
 * @returns points in ascending order.
 * @throws UsageError for other n.
 *
 * Source: Golub and Welsch (1969) for the rule; Press et al., Numerical Recipes, section 4.6, for the iteration.
 */
export function gaussHermite(n: number): Quadrature {
  if (!(Number.isInteger(n) && n >= 1 && n <= 200)) throw new UsageError(`quadrature takes 1 to 200 points, not ${n}`);
  const points = new Float64Array(n);
  const logWeights = new Float64Array(n);
  // physicists' form first: x_q = √2 z_q, w_q = weight / √π
  const half = (n + 1) >> 1;
  const roots: number[] = [];
  for (let i = 0; i < half; i++) {
    let z = startOf(i, n, roots);
    let slope = 1;
    for (let k = 0; k < 200; k++) {
      const [value, before] = hermite(n, z);
      slope = Math.sqrt(2 * n) * before;
      const step = value / slope;
      z -= step;
      if (Math.abs(step) <= 1e-15 * Math.max(1, Math.abs(z))) break;
    }
    if (n % 2 === 1 && i === half - 1) z = 0;
    slope = Math.sqrt(2 * n) * hermite(n, z)[1];
    roots.push(z);
    const logWeight = Math.log(2) - 2 * Math.log(Math.abs(slope)) - 0.5 * Math.log(Math.PI);
    points[n - 1 - i] = Math.SQRT2 * z;
    points[i] = -Math.SQRT2 * z;
    logWeights[i] = logWeights[n - 1 - i] = logWeight;
  }
  return { points, logWeights };
}

/** Where to look for the i-th root from above. */
function startOf(i: number, n: number, roots: readonly number[]): number {
  if (i === 0) return Math.sqrt(2 * n + 1) - 1.85575 * (2 * n + 1) ** -0.16667;
  if (i === 1) return roots[0]! - (1.14 * n ** 0.426) / roots[0]!;
  if (i === 2) return 1.86 * roots[1]! - 0.86 * roots[0]!;
  if (i === 3) return 1.91 * roots[2]! - 0.91 * roots[1]!;
  return 2 * roots[i - 1]! - roots[i - 2]!;
}

/** The orthonormal Hermite polynomials of degrees n and n - 1 at z. */
function hermite(n: number, z: number): [number, number] {
  let value = Math.PI ** -0.25;
  let before = 0;
  for (let j = 0; j < n; j++) {
    const next = z * Math.sqrt(2 / (j + 1)) * value - Math.sqrt(j / (j + 1)) * before;
    before = value;
    value = next;
  }
  return [value, before];
}

/**
 * Equally spaced points on [-span, span] with normal weights that sum to 1: for narrow posteriors, where Gauss-Hermite's points lie
 * too far apart.
 *
 * @param spacing above 0; the rule is exact to about exp(-2π² (s / spacing)²) for a bell of standard deviation s.
 * @param span default 6.
 */
export function evenQuadrature(spacing: number, span = 6): Quadrature {
  if (!(spacing > 0 && span > 0)) throw new UsageError("spacing and span must be above 0");
  const each = Math.ceil(span / spacing);
  const points = Float64Array.from({ length: 2 * each + 1 }, (_, q) => ((q - each) * span) / each);
  const logs = points.map((x) => -(x * x) / 2);
  const total = Math.log(logs.reduce((sum, x) => sum + Math.exp(x), 0));
  return { points, logWeights: logs.map((x) => x - total) };
}
