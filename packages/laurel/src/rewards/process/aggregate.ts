import { UsageError } from "../../core/index.ts";

/** The names of the aggregates that need no number. */
export const AGGREGATES = [
  "min",
  "max",
  "last",
  "mean",
  "sum",
  "prod",
  "geomean",
  "sum-log",
  "mean-logit",
  "sum-logit",
  "mean-odds",
] as const;

/** How the scores of a solution's steps become one number. */
export type Aggregate = (typeof AGGREGATES)[number] | { readonly softmin: number } | { readonly lastFraction: number };

/** What a step without a score does: "fail" gives null, "skip" leaves it out. */
export type MissingSteps = "fail" | "skip";

/** Where logarithms and odds would be infinite, probabilities are clamped to [CLAMP, 1 − CLAMP]. */
const CLAMP = 1e-6;

/**
 * One number from the scores of steps.
 *
 *     min, max, last, mean, sum, prod    as they say
 *     geomean      (Π p)^(1/T)
 *     sum-log      Σ log p
 *     mean-logit   σ(mean log(p / (1 − p)))
 *     sum-logit    Σ log(p / (1 − p))
 *     mean-odds    max(0, mean p / (1 − p))
 *     { softmin: τ }        Σ_t w_t·r_t, w = softmax(−r / τ); τ = 0 is min
 *     { lastFraction: f }   the mean over the last ⌈f·T⌉ steps
 *
 * The forms with logarithms or odds take probabilities, clamped to [1e-6, 1 − 1e-6] (a geomean's zero stays 0); products are
 * taken as sums of logarithms, so that long solutions do not underflow before the end.
 *
 * @param values one for each step, null where it has no score
 * @param aggregate which of these
 * @param missing "fail" (default): null if a step that the aggregate reads has no score; "skip": they are left out
 * @returns null if there is nothing to aggregate
 * @throws UsageError on a value that is no number, or no probability where one is needed, and on an unknown aggregate
 * @source RewardMATH (2024) for mean-logit and mean-odds; PURE (2025) for softmin; ViLBench (2025) for the last fraction
 * @example aggregateSteps([0.9, 0.2, 0.8], "min") // 0.2
 */
export function aggregateSteps(
  values: readonly (number | null)[],
  aggregate: Aggregate,
  missing: MissingSteps = "fail",
): number | null {
  checkAggregate(aggregate);
  const read = readBy(values, aggregate, missing);
  const steps: number[] = [];
  for (const value of read) {
    if (value === null) {
      if (missing === "fail") return null;
      continue;
    }
    if (!Number.isFinite(value)) throw new UsageError(`aggregateSteps: ${value} is no step score`);
    if (needsProbabilities(aggregate) && !(value >= 0 && value <= 1))
      throw new UsageError(`aggregateSteps: ${String(aggregate)} needs probabilities, not ${value}`);
    steps.push(value);
  }
  if (steps.length === 0) return null;
  return aggregated(steps, aggregate);
}

/**
 * The values that an aggregate can give for any number of steps in a range, undefined if they have no bound.
 *
 * @throws UsageError if the range is not within [0, 1] where probabilities are needed
 */
export function aggregateRange(
  aggregate: Aggregate,
  [min, max]: readonly [min: number, max: number],
): readonly [min: number, max: number] | undefined {
  checkAggregate(aggregate);
  if (needsProbabilities(aggregate) && !(min >= 0 && max <= 1))
    throw new UsageError(`${String(aggregate)} needs step scores within [0, 1], not [${min}, ${max}]`);
  switch (aggregate) {
    case "sum":
    case "sum-log":
    case "sum-logit":
      return undefined;
    case "prod":
      // a product of values beyond 1 in size has no bound
      if (min < -1 || max > 1) return undefined;
      return min < 0 ? [min, Math.max(max, min * min)] : [0, max];
    case "mean-logit":
      return [Math.max(min, CLAMP), Math.max(CLAMP, Math.min(max, 1 - CLAMP))];
    case "mean-odds":
      return [odds(min), odds(max)];
    default:
      return [min, max];
  }
}

/** Those values that the aggregate looks at. */
function readBy(
  values: readonly (number | null)[],
  aggregate: Aggregate,
  missing: MissingSteps,
): readonly (number | null)[] {
  const known = missing === "skip" ? values.filter((value) => value !== null) : values;
  if (aggregate === "last") return known.slice(-1);
  if (typeof aggregate === "object" && "lastFraction" in aggregate)
    return known.slice(known.length - Math.ceil(aggregate.lastFraction * known.length));
  return known;
}

function aggregated(steps: readonly number[], aggregate: Aggregate): number {
  const n = steps.length;
  const sumOf = (f: (value: number) => number): number => steps.reduce((sum, value) => sum + f(value), 0);
  if (typeof aggregate === "object")
    return "softmin" in aggregate ? softmin(steps, aggregate.softmin) : within(sumOf((value) => value) / n, steps);
  switch (aggregate) {
    case "min":
      return Math.min(...steps);
    case "max":
      return Math.max(...steps);
    case "last":
      return steps[n - 1]!;
    case "mean":
      return within(sumOf((value) => value) / n, steps);
    case "sum":
      return sumOf((value) => value);
    case "prod":
      return steps.reduce((product, value) => product * value, 1);
    case "geomean":
      return within(Math.exp(sumOf(Math.log) / n), steps);
    case "sum-log":
      return sumOf((value) => Math.log(clamped(value)));
    case "mean-logit":
      return sigmoid(sumOf(logit) / n);
    case "sum-logit":
      return sumOf(logit);
    case "mean-odds":
      return Math.max(0, sumOf(odds) / n);
  }
}

function softmin(steps: readonly number[], temperature: number): number {
  const least = Math.min(...steps);
  if (temperature === 0) return least;
  let weights = 0;
  let sum = 0;
  for (const value of steps) {
    // shifted by the least value, so that small temperatures do not overflow
    const weight = Math.exp(-(value - least) / temperature);
    weights += weight;
    sum += weight * value;
  }
  return within(sum / weights, steps);
}

/** A mean, kept between the least and the greatest value, which roundings could leave. */
function within(value: number, steps: readonly number[]): number {
  return Math.min(Math.max(value, Math.min(...steps)), Math.max(...steps));
}

function clamped(p: number): number {
  return Math.min(Math.max(p, CLAMP), 1 - CLAMP);
}

function logit(p: number): number {
  const q = clamped(p);
  return Math.log(q) - Math.log1p(-q);
}

function odds(p: number): number {
  const q = clamped(p);
  return q / (1 - q);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function needsProbabilities(aggregate: Aggregate): boolean {
  return (
    typeof aggregate === "string" && ["geomean", "sum-log", "mean-logit", "sum-logit", "mean-odds"].includes(aggregate)
  );
}

function checkAggregate(aggregate: Aggregate): void {
  if (typeof aggregate === "string") {
    if (!(AGGREGATES as readonly string[]).includes(aggregate))
      throw new UsageError(
        `unknown aggregate '${aggregate}'`,
        `there are ${AGGREGATES.join(", ")}, softmin and lastFraction`,
      );
    return;
  }
  const { softmin: temperature, lastFraction } = aggregate as { softmin?: number; lastFraction?: number };
  if (temperature !== undefined) {
    if (!(temperature >= 0 && Number.isFinite(temperature)))
      throw new UsageError(`softmin needs a temperature of at least 0, not ${temperature}`);
  } else if (!(lastFraction !== undefined && lastFraction > 0 && lastFraction <= 1))
    throw new UsageError(`lastFraction must lie in (0, 1], not ${String(lastFraction)}`);
}
