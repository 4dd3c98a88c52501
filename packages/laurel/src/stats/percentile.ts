import { type Estimate, NotEnoughDataError, random, type Seed, UsageError } from "../core/index.ts";
import { clusterResampler, plainResampler, stratifiedResampler } from "./resample.ts";
import { alphaOf, quantileOfSorted } from "./sample.ts";

/** How an interval is bootstrapped. */
export interface ResampleOptions {
  seed: Seed;
  /** Resamples, at least 2; default 1,000. */
  reps?: number | undefined;
  /** Confidence level in (0, 1); default 0.95. */
  level?: number | undefined;
}

/**
 * Values of a statistic on resamples of n units with replacement.
 *
 * @param n units, at least 1.
 * @param statistic of the drawn units (n indices, each 0 to n - 1); undefined where this draw does not determine it.
 * @param options seed; reps 1,000; strata: a label for each unit, every stratum is resampled within itself; clusters: a label for each unit,
 * whole clusters are drawn, so that the number of drawn units varies. Not both.
 * @returns the determined values, ascending, and the number of draws that were not.
 */
export function bootstrapValues(
  n: number,
  statistic: (drawn: Int32Array) => number | undefined,
  options: ResampleOptions & {
    strata?: readonly number[] | undefined;
    clusters?: readonly (string | number)[] | undefined;
  },
): { values: Float64Array; undetermined: number } {
  const { seed, reps = 1000 } = options;
  if (!(Number.isInteger(reps) && reps >= 2))
    throw new UsageError(`reps must be a whole number of at least 2, not ${reps}`);
  const values = new Float64Array(reps);
  const rng = random(seed);
  const next =
    options.clusters !== undefined
      ? clusterResampler(options.clusters, rng)
      : options.strata !== undefined
        ? stratifiedResampler(options.strata, rng)
        : plainResampler(n, rng);
  let found = 0;
  for (let r = 0; r < reps; r++) {
    const value = statistic(next());
    if (value !== undefined) values[found++] = value;
  }
  return { values: values.slice(0, found).sort(), undetermined: reps - found };
}

/**
 * An estimate with the percentile interval of its bootstrap values.
 *
 * @param value the statistic on the data themselves.
 * @param boot from `bootstrapValues`; draws that do not determine the statistic are left out and named in the method.
 * @throws NotEnoughDataError where fewer than half of the draws determine it.
 *
 * Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13; quantiles as NumPy's "linear".
 */
export function percentileEstimate(
  value: number,
  boot: { values: Float64Array; undetermined: number },
  more: { n: number; unscored?: number; method: string; level?: number | undefined; clusters?: number | undefined },
): Estimate {
  const { level = 0.95 } = more;
  const alpha = alphaOf(level);
  if (boot.values.length < boot.undetermined || boot.values.length === 0)
    throw new NotEnoughDataError(
      `${boot.undetermined} of ${boot.values.length + boot.undetermined} resamples do not determine the statistic`,
    );
  const lost = boot.undetermined === 0 ? "" : `, ${boot.undetermined} undetermined resamples left out`;
  return {
    value,
    low: quantileOfSorted(boot.values, alpha / 2),
    high: quantileOfSorted(boot.values, 1 - alpha / 2),
    level,
    n: more.n,
    ...(more.clusters === undefined ? {} : { clusters: more.clusters }),
    unscored: more.unscored ?? 0,
    method: `${more.method}, percentile bootstrap (${boot.values.length + boot.undetermined} resamples${lost})`,
  };
}
