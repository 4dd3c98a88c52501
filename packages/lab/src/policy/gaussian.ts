import { UsageError } from "laurel";
import { gaussHermite } from "./hermite.ts";
import type { Rollouts, TrainablePolicy } from "./rollouts.ts";

/** A Gaussian with independent coordinates: a_d ~ N(mean_d, exp(2 logSd_d)). */
export interface Gaussian {
  /** dim. */
  mean: Float64Array;
  /** dim. */
  logSd: Float64Array;
}

/** A derivative by mean and by log sd, dim each. */
export interface GaussianGradient {
  mean: Float64Array;
  logSd: Float64Array;
}

/** r(a) = constant + linear·a + ½ aᵀ quadratic a. */
export interface QuadraticReward {
  constant?: number | undefined;
  /** dim. */
  linear: Float64Array;
  /** dim × dim, row-major, symmetric; left out, the reward is linear. */
  quadratic?: Float64Array | undefined;
}

/** log N(a; mean, sd). */
export function gaussianLogprob({ mean, logSd }: Gaussian, action: ArrayLike<number>): number {
  let sum = 0;
  for (let d = 0; d < mean.length; d++) {
    const z = (action[d]! - mean[d]!) * Math.exp(-logSd[d]!);
    sum -= 0.5 * z * z + logSd[d]! + 0.5 * Math.log(2 * Math.PI);
  }
  return sum;
}

/** The exact entropy in nats (of a density: it may be negative): Σ_d logSd_d + ½ log(2πe). Its gradient by logSd is 1. */
export function gaussianEntropy({ logSd }: Gaussian): number {
  return logSd.reduce((sum, one) => sum + one + 0.5 * Math.log(2 * Math.PI * Math.E), 0);
}

/** The exact KL(p ‖ q) in nats and its derivative by p: Σ_d log σ_q/σ_p + (σ_p² + (μ_p − μ_q)²)/(2σ_q²) − ½. */
export function gaussianKl(p: Gaussian, q: Gaussian): { kl: number; gradient: GaussianGradient } {
  const gradient = { mean: new Float64Array(p.mean.length), logSd: new Float64Array(p.mean.length) };
  let kl = 0;
  for (let d = 0; d < p.mean.length; d++) {
    const precision = Math.exp(-2 * q.logSd[d]!);
    const variance = Math.exp(2 * p.logSd[d]!);
    const off = p.mean[d]! - q.mean[d]!;
    kl += q.logSd[d]! - p.logSd[d]! + 0.5 * (variance + off * off) * precision - 0.5;
    gradient.mean[d] = off * precision;
    gradient.logSd[d] = variance * precision - 1;
  }
  return { kl, gradient };
}

/** The exact expectation of a linear or quadratic reward, c + b·μ + ½ (μᵀQμ + Σ_d Q_dd σ_d²), and its derivative. */
export function gaussianQuadratic(
  { mean, logSd }: Gaussian,
  { constant = 0, linear, quadratic }: QuadraticReward,
): { value: number; gradient: GaussianGradient } {
  const dim = mean.length;
  const gradient = { mean: Float64Array.from(linear), logSd: new Float64Array(dim) };
  let value = constant;
  for (let d = 0; d < dim; d++) {
    value += linear[d]! * mean[d]!;
    if (quadratic === undefined) continue;
    const variance = Math.exp(2 * logSd[d]!);
    value += 0.5 * quadratic[d * dim + d]! * variance;
    gradient.logSd[d] = quadratic[d * dim + d]! * variance;
    for (let e = 0; e < dim; e++) {
      const both = 0.5 * (quadratic[d * dim + e]! + quadratic[e * dim + d]!);
      value += 0.5 * both * mean[d]! * mean[e]!;
      gradient.mean[d]! += both * mean[e]!;
    }
  }
  return { value, gradient };
}

/** Most points of a quadrature grid. */
const MOST_POINTS = 200_000;

/**
 * The expectation of any smooth reward by Gauss-Hermite quadrature on a grid, and its derivative by the score function.
 *
 * E r = Σ_i w_i r(μ + σ x_i); ∂/∂μ_d = E r z_d/σ_d, ∂/∂logSd_d = E r (z_d² − 1). Exact for polynomials of degree up to 2 nodes − 1
 * in each coordinate (the derivatives: 2 nodes − 3); for a reward with steps or kinks it is an approximation.
 *
 * @param options `nodes` a coordinate, default 32
 * @throws UsageError where nodes^dim is above 200,000
 * @example gaussianExpected({ mean: Float64Array.of(0), logSd: Float64Array.of(0) }, ([a]) => Math.cos(a!)).value // e^−½
 */
export function gaussianExpected(
  { mean, logSd }: Gaussian,
  reward: (action: Float64Array) => number,
  options: { nodes?: number | undefined } = {},
): { value: number; gradient: GaussianGradient } {
  const count = options.nodes ?? 32;
  const dim = mean.length;
  const points = count ** dim;
  if (points > MOST_POINTS)
    throw new UsageError(`${count} nodes in ${dim} coordinates are ${points} points`, "use fewer nodes, or draws");
  const { nodes, weights } = gaussHermite(count);
  const sd = logSd.map(Math.exp);
  const gradient = { mean: new Float64Array(dim), logSd: new Float64Array(dim) };
  const z = new Float64Array(dim);
  const action = new Float64Array(dim);
  let value = 0;
  for (let point = 0; point < points; point++) {
    let weight = 1;
    for (let d = 0, rest = point; d < dim; d++, rest = Math.floor(rest / count)) {
      z[d] = nodes[rest % count]!;
      weight *= weights[rest % count]!;
      action[d] = mean[d]! + sd[d]! * z[d]!;
    }
    const part = weight * reward(action);
    value += part;
    for (let d = 0; d < dim; d++) {
      gradient.mean[d]! += (part * z[d]!) / sd[d]!;
      gradient.logSd[d]! += part * (z[d]! * z[d]! - 1);
    }
  }
  return { value, gradient };
}

/** What a linear Gaussian policy sees: prompts × inputs features, and the dimension of its actions. */
export interface GaussianContexts {
  features: Float64Array;
  inputs: number;
  dim: number;
}

/**
 * A linear Gaussian policy for the algorithms: a ~ N(W x_p, diag exp(2 logSd)), draws are rows of `points`.
 *
 * @param theta W (dim × inputs, row-major), then logSd (dim); moved in place
 * @throws UsageError for parameters of another number
 * @example gaussianPolicy({ features: Float64Array.of(1), inputs: 1, dim: 2 }, new Float64Array(4)) // a plain N(0, I)
 */
export function gaussianPolicy(contexts: GaussianContexts, theta: Float64Array): TrainablePolicy {
  const { features, inputs, dim } = contexts;
  if (theta.length !== dim * inputs + dim)
    throw new UsageError(`${theta.length} parameters for ${dim} × ${inputs} weights and ${dim} spreads`);
  const promptOf = ({ prompts, group }: Rollouts, i: number): number => prompts[Math.floor(i / group)]!;
  const pointsOf = ({ points }: Rollouts): Float64Array => {
    if (points === undefined) throw new UsageError("a Gaussian policy needs the batch's points");
    return points;
  };
  return {
    theta,
    sample(prompts, group, rng) {
      const draws = Int32Array.from({ length: prompts.length * group }, (_, i) => i);
      const points = new Float64Array(draws.length * dim);
      for (const i of draws) {
        const { mean, logSd } = gaussianAt(contexts, theta, prompts[Math.floor(i / group)]!);
        for (let d = 0; d < dim; d++) points[i * dim + d] = mean[d]! + Math.exp(logSd[d]!) * rng.normal();
      }
      return { prompts, group, draws, points };
    },
    logprobs(rollouts) {
      const points = pointsOf(rollouts);
      return Float64Array.from(rollouts.draws, (row, i) =>
        gaussianLogprob(
          gaussianAt(contexts, theta, promptOf(rollouts, i)),
          points.subarray(row * dim, (row + 1) * dim),
        ),
      );
    },
    scoreGradient(rollouts, weights) {
      const points = pointsOf(rollouts);
      const gradient = new Float64Array(theta.length);
      for (let i = 0; i < weights.length; i++) {
        const prompt = promptOf(rollouts, i);
        const { mean, logSd } = gaussianAt(contexts, theta, prompt);
        for (let d = 0; d < dim; d++) {
          const sd = Math.exp(logSd[d]!);
          const z = (points[rollouts.draws[i]! * dim + d]! - mean[d]!) / sd;
          for (let j = 0; j < inputs; j++)
            gradient[d * inputs + j]! += (weights[i]! * z * features[prompt * inputs + j]!) / sd;
          gradient[dim * inputs + d]! += weights[i]! * (z * z - 1);
        }
      }
      return gradient;
    },
    at: (other) => gaussianPolicy(contexts, other),
  };
}

/** The Gaussian of one prompt. */
export function gaussianAt({ features, inputs, dim }: GaussianContexts, theta: Float64Array, prompt: number): Gaussian {
  const mean = new Float64Array(dim);
  for (let d = 0; d < dim; d++)
    for (let j = 0; j < inputs; j++) mean[d]! += theta[d * inputs + j]! * features[prompt * inputs + j]!;
  return { mean, logSd: theta.subarray(dim * inputs, dim * inputs + dim) };
}
