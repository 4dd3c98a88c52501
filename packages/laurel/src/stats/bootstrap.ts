import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { random } from "../core/seed.ts";
import type { Seed } from "../core/types.ts";
import { normalCdf, normalQuantile } from "./distributions.ts";
import { clusterResampler, membersOf, plainResampler, type Resampler, stratifiedResampler } from "./resample.ts";
import { alphaOf, checkSample, type Interval, meanOf, type Numbers, quantileOfSorted, varianceOf } from "./sample.ts";

/** How replicates become an interval: percentile, basic (reflected), bias-corrected, bias-corrected and accelerated. */
export type BootstrapMethod = "percentile" | "basic" | "bc" | "bca";

export interface BootstrapOptions {
  seed: Seed;
  /** Resamples, default 10,000. */
  reps?: number | undefined;
  /** Confidence, default 0.95. */
  level?: number | undefined;
  /** Default "percentile". */
  method?: BootstrapMethod | undefined;
  /** A label for each item; every stratum is resampled within itself. */
  strata?: readonly (string | number)[] | undefined;
  /** A label for each item; whole clusters are resampled. Not together with `strata`. */
  clusters?: readonly (string | number)[] | undefined;
  /** reps × n given indices in place of drawn ones, to repeat another program's resamples. */
  indices?: Int32Array | undefined;
}

export interface Bootstrap extends Interval {
  /** The statistic of the data themselves. */
  value: number;
  standardError: number;
  /** The statistic of each resample, ascending. */
  replicates: Float64Array;
}

/**
 * A bootstrap interval of any statistic of n items, where the statistic is a function of a list of item indices.
 *
 * @param n items, at least 2 (and at least 2 clusters)
 * @param statistic of the items at the given indices; the array is reused, so it must not be kept; must give a finite number
 * @param options `seed` is needed; see `BootstrapOptions`
 * @returns the interval and the sorted replicates; if all replicates are equal the interval has width 0
 * @throws NotEnoughDataError for fewer than 2 items or clusters, or where BCa is undefined since the value lies outside all
 * replicates; UsageError for wrong options or a statistic that is not finite
 * Source: Efron and Tibshirani (1993), chapters 13 and 14; ends agree with SciPy 1.17 `bootstrap` on the same indices
 * (percentile, basic, BCa; quantiles by linear interpolation).
 * @example bootstrap(x.length, (indices) => correlationAt(x, y, indices), { seed, method: "bca" })
 */
export function bootstrap(n: number, statistic: (indices: Int32Array) => number, options: BootstrapOptions): Bootstrap {
  const reps = options.indices === undefined ? (options.reps ?? 10_000) : options.indices.length / n;
  checkOptions(n, reps, options);
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const value = finite(statistic(all));
  const next = resamplerOf(n, options);
  const replicates = new Float64Array(reps);
  for (let r = 0; r < reps; r++) replicates[r] = finite(statistic(next()));
  replicates.sort();
  const method = options.method ?? "percentile";
  const interval = bootstrapInterval(replicates, value, {
    level: options.level,
    method,
    jackknife: method === "bca" ? jackknife(n, statistic, options) : undefined,
  });
  return { value, ...interval, standardError: reps > 1 ? Math.sqrt(varianceOf(replicates)) : 0, replicates };
}

/**
 * `bootstrap` for a statistic of values.
 *
 * @param values n finite numbers, n >= 2
 * @param statistic of a resample, which is given as a reused array in no particular order
 * @example bootstrapOf(scores, meanOf, { seed: seedFrom(7), clusters: prompts })
 */
export function bootstrapOf(
  values: Numbers,
  statistic: (resample: Float64Array) => number,
  options: BootstrapOptions,
): Bootstrap {
  checkSample(values, 2);
  let buffer = new Float64Array(values.length);
  const at = (indices: Int32Array): number => {
    if (indices.length > buffer.length) buffer = new Float64Array(2 * indices.length);
    for (let i = 0; i < indices.length; i++) buffer[i] = values[indices[i]!]!;
    return statistic(indices.length === buffer.length ? buffer : buffer.subarray(0, indices.length));
  };
  return bootstrap(values.length, at, options);
}

/**
 * The interval from replicates that were made elsewhere.
 *
 * percentile: (q(α/2), q(1-α/2)); basic: (2θ - q(1-α/2), 2θ - q(α/2));
 * bca: q(Φ(z₀ + (z₀+z)/(1 - a(z₀+z)))) with z₀ = Φ⁻¹(share of replicates below θ, equal ones half); bc: a = 0
 *
 * @param sorted replicates, ascending
 * @param value the statistic of the data, θ
 * @param options `jackknife`: by stratum, the statistic with each unit left out; needed for "bca"
 * Source: Efron (1987).
 */
export function bootstrapInterval(
  sorted: Float64Array,
  value: number,
  options: {
    level?: number | undefined;
    method?: BootstrapMethod | undefined;
    jackknife?: readonly Float64Array[] | undefined;
  } = {},
): Interval {
  const alpha = alphaOf(options.level ?? 0.95);
  const method = options.method ?? "percentile";
  const first = sorted[0];
  if (first === undefined) throw new UsageError("an interval needs at least 1 replicate");
  if (first === sorted[sorted.length - 1] && (method === "percentile" || first === value))
    return { low: first, high: first };
  let lowShare = alpha / 2;
  let highShare = 1 - alpha / 2;
  if (method === "bc" || method === "bca") {
    const share = shareBelow(sorted, value);
    if (share === 0 || share === 1)
      throw new NotEnoughDataError(
        `${method} is not defined: the value ${value} lies outside all ${sorted.length} replicates`,
      );
    const bias = normalQuantile(share);
    const a = method === "bca" ? acceleration(options.jackknife) : 0;
    const shifted = (z: number): number => normalCdf(bias + (bias + z) / (1 - a * (bias + z)));
    const z = normalQuantile(alpha / 2);
    lowShare = shifted(z);
    highShare = shifted(-z);
  }
  const low = quantileOfSorted(sorted, lowShare);
  const high = quantileOfSorted(sorted, highShare);
  return method === "basic" ? { low: 2 * value - high, high: 2 * value - low } : { low, high };
}

/** Efron's acceleration from delete-one values by stratum; 0 where all are equal. */
function acceleration(jackknife: readonly Float64Array[] | undefined): number {
  if (jackknife === undefined) throw new UsageError("bca needs the jackknife's values");
  let cubes = 0;
  let squares = 0;
  for (const stratum of jackknife) {
    const n = stratum.length;
    if (n < 2) continue;
    const mean = meanOf(stratum);
    for (const one of stratum) {
      const u = ((n - 1) * (mean - one)) / n;
      cubes += u * u * u;
      squares += u * u;
    }
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** The share of ascending values below x, equal ones counted half. */
function shareBelow(sorted: Float64Array, x: number): number {
  const first = (inside: (value: number) => boolean): number => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (inside(sorted[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return (first((value) => value >= x) + first((value) => value > x)) / (2 * sorted.length);
}

/** The statistic with each item (or cluster) left out, by stratum. */
function jackknife(n: number, statistic: (indices: Int32Array) => number, options: BootstrapOptions): Float64Array[] {
  const units =
    options.clusters === undefined
      ? Array.from({ length: n }, (_, i) => Int32Array.of(i))
      : membersOf(options.clusters);
  const without = (unit: Int32Array): number => {
    const left = new Set(unit);
    const kept = new Int32Array(n - unit.length);
    for (let i = 0, at = 0; i < n; i++) if (!left.has(i)) kept[at++] = i;
    return finite(statistic(kept));
  };
  const byUnit = units.map(without);
  if (options.strata === undefined) return [Float64Array.from(byUnit)];
  return membersOf(options.strata).map((members) => Float64Array.from(members, (i) => byUnit[i]!));
}

function resamplerOf(n: number, options: BootstrapOptions): Resampler {
  const given = options.indices;
  if (given !== undefined) {
    let at = 0;
    return () => given.subarray(at, (at += n));
  }
  const rng = random(options.seed);
  if (options.strata !== undefined) return stratifiedResampler(options.strata, rng);
  if (options.clusters !== undefined) return clusterResampler(options.clusters, rng);
  return plainResampler(n, rng);
}

function checkOptions(n: number, reps: number, options: BootstrapOptions): void {
  if (!(n >= 2)) throw new NotEnoughDataError(`a bootstrap needs at least 2 items, got ${n}`, 2);
  if (!(Number.isInteger(reps) && reps >= 1)) throw new UsageError(`reps must be a whole number above 0, got ${reps}`);
  if (options.strata !== undefined && options.clusters !== undefined)
    throw new UsageError("a bootstrap takes strata or clusters, not both");
  const labels = options.strata ?? options.clusters;
  if (labels !== undefined && labels.length !== n) throw new UsageError(`${n} items but ${labels.length} labels`);
  if (options.clusters !== undefined && new Set(options.clusters).size < 2)
    throw new NotEnoughDataError("a cluster bootstrap needs at least 2 clusters", 2);
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new UsageError(`the statistic gave ${value} on a resample; it must be finite`);
  return value;
}
