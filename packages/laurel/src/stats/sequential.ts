import { UsageError } from "../core/errors.ts";
import { alphaOf, checkSample, type Interval, type Numbers } from "./sample.ts";

/** Intervals after each observation, valid at all times together. */
export interface ConfidenceSequence {
  /** The running estimate of the mean. */
  value: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

/**
 * The half-width of the normal-mixture confidence sequence for a mean after t observations.
 *
 * σ √( 2 (tρ² + 1) / (t²ρ²) · log(√(tρ² + 1) / α) )
 *
 * @param t observations, at least 1
 * @param sigma σ: known standard deviation, or the sub-Gaussian scale ((b - a) / 2 for values in [a, b])
 * @param alpha 1 - level
 * @param rho ρ, above 0: see `mixtureRho`
 * Source: Robbins (1970); Howard, Ramdas, McAuliffe and Sekhon (2021), section 3.2; in this form Waudby-Smith et al. (2024), Theorem 2.2.
 */
export function mixtureHalfWidth(t: number, sigma: number, alpha: number, rho: number): number {
  if (!(t >= 1 && sigma >= 0 && rho > 0))
    throw new UsageError(`mixtureHalfWidth(${t}, ${sigma}, ${alpha}, ${rho}) is not defined`);
  const spread = t * rho * rho + 1;
  return sigma * Math.sqrt(((2 * spread) / (t * t * rho * rho)) * Math.log(Math.sqrt(spread) / alpha));
}

/**
 * The ρ that makes the normal mixture about as narrow as possible after t observations.
 *
 * √( (-2 log α + log(-2 log α) + 1) / t )
 *
 * @param t the number of observations at which a decision is expected
 * Source: Waudby-Smith et al. (2024), appendix B.2.
 */
export function mixtureRho(t: number, alpha: number): number {
  if (!(t >= 1)) throw new UsageError(`mixtureRho needs t >= 1, got ${t}`);
  const l = -2 * Math.log(alpha);
  return Math.sqrt((l + Math.log(l) + 1) / t);
}

/**
 * The normal-mixture confidence sequence of a mean: one may look after every observation and stop whenever one likes.
 *
 * @param values observations in the order of their arrival
 * @param options `sigma`: known or sub-Gaussian scale, which gives the guarantee at every n. Without it the running standard deviation
 * stands in; the guarantee is then asymptotic only, so look first after some dozens. `target`: the n to be narrow at, default 500;
 * `level`, default 0.95
 * @returns an interval a time; without `sigma` the ends are infinite until two values differ
 * @throws NotEnoughDataError for no values
 * Source: as `mixtureHalfWidth`.
 */
export function normalMixtureSequence(
  values: Numbers,
  options: { sigma?: number | undefined; target?: number | undefined; level?: number | undefined } = {},
): ConfidenceSequence {
  const alpha = alphaOf(options.level ?? 0.95);
  checkSample(values, 1);
  const rho = mixtureRho(options.target ?? 500, alpha);
  const sequence = empty(values.length);
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const t = i + 1;
    const step = values[i]! - mean;
    mean += step / t;
    squares += step * (values[i]! - mean);
    const sigma = options.sigma ?? Math.sqrt(squares / t);
    const half =
      options.sigma === undefined && squares === 0 ? Number.POSITIVE_INFINITY : mixtureHalfWidth(t, sigma, alpha, rho);
    sequence.value[i] = mean;
    sequence.low[i] = mean - half;
    sequence.high[i] = mean + half;
  }
  return sequence;
}

/**
 * The predictable plug-in empirical-Bernstein confidence sequence of a mean of bounded values.
 *
 * centre Σλ_i x_i / Σλ_i, half-width (log(2/α) + Σ v_i ψ(λ_i)) / Σλ_i,
 * v_i = 4 (x_i - μ̂_{i-1})², ψ(λ) = (-log(1-λ) - λ) / 4, λ_i = min(√(2 log(2/α) / (σ̂²_{i-1} i log(1+i))), ½),
 * μ̂_i = (½ + Σ x) / (i+1), σ̂²_i = (¼ + Σ (x_j - μ̂_j)²) / (i+1)
 *
 * @param values observations in [0, 1] (or `range`) in the order of their arrival
 * @param options `range`, default [0, 1]; `level`, default 0.95
 * @returns an interval a time, inside the range and running (an interval never grows again, which keeps the guarantee); `value` is the
 * plug-in centre, brought inside the interval
 * @throws UsageError for a value outside the range, NotEnoughDataError for no values
 * Source: Waudby-Smith and Ramdas (2024), Theorem 2.
 */
export function empiricalBernsteinSequence(
  values: Numbers,
  options: { range?: readonly [number, number] | undefined; level?: number | undefined } = {},
): ConfidenceSequence {
  const alpha = alphaOf(options.level ?? 0.95);
  checkSample(values, 1);
  const [from, to] = options.range ?? [0, 1];
  if (!(to > from)) throw new UsageError(`the range must grow, got [${from}, ${to}]`);
  const logTerm = Math.log(2 / alpha);
  const sequence = empty(values.length);
  let [sum, squares, mean, variance] = [0, 0, 0.5, 0.25];
  let [weights, weighted, penalty] = [0, 0, 0];
  let running: Interval = { low: 0, high: 1 };
  for (let i = 0; i < values.length; i++) {
    const t = i + 1;
    const x = (values[i]! - from) / (to - from);
    if (!(x >= 0 && x <= 1)) throw new UsageError(`values[${i}] is ${values[i]}, outside [${from}, ${to}]`);
    const lambda = Math.min(Math.sqrt((2 * logTerm) / (variance * t * Math.log(1 + t))), 0.5);
    weights += lambda;
    weighted += lambda * x;
    // v ψ(λ): the factors 4 and 1/4 cancel
    penalty += (x - mean) ** 2 * (-Math.log1p(-lambda) - lambda);
    sum += x;
    mean = (0.5 + sum) / (t + 1);
    squares += (x - mean) ** 2;
    variance = (0.25 + squares) / (t + 1);
    const centre = weighted / weights;
    const half = (logTerm + penalty) / weights;
    const low = Math.max(running.low, centre - half);
    const high = Math.min(running.high, centre + half);
    // an empty intersection has probability below alpha; the last interval that was not empty stands
    if (low <= high) running = { low, high };
    sequence.value[i] = from + (to - from) * Math.min(running.high, Math.max(running.low, centre));
    sequence.low[i] = from + (to - from) * running.low;
    sequence.high[i] = from + (to - from) * running.high;
  }
  return sequence;
}

function empty(n: number): ConfidenceSequence {
  return { value: new Float64Array(n), low: new Float64Array(n), high: new Float64Array(n) };
}
