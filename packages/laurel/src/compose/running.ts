import { type JsonObject, UsageError } from "../core/index.ts";
import type { Transform } from "./transforms.ts";

/** What running moments have seen, as data for a checkpoint. `min` and `max` are null before the first value. */
export type MomentsState = {
  readonly count: number;
  readonly mean: number;
  readonly m2: number;
  readonly min: number | null;
  readonly max: number | null;
};

/**
 * Count, mean, sum of squared deviations, least and greatest of all values so far (Welford's update; merging by Chan).
 *
 * @example const moments = new RunningMoments(); moments.push(2); moments.push(4); moments.sd; // 1
 */
export class RunningMoments {
  #count = 0;
  #mean = 0;
  #m2 = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(state?: MomentsState) {
    if (state === undefined) return;
    const { count, mean, m2, min, max } = state;
    if (!(Number.isInteger(count) && count >= 0 && Number.isFinite(mean) && m2 >= 0))
      throw new UsageError(`running moments cannot start from ${JSON.stringify(state)}`);
    this.#count = count;
    this.#mean = mean;
    this.#m2 = m2;
    this.#min = min ?? Number.POSITIVE_INFINITY;
    this.#max = max ?? Number.NEGATIVE_INFINITY;
  }

  get count(): number {
    return this.#count;
  }
  get mean(): number {
    return this.#mean;
  }
  get min(): number {
    return this.#min;
  }
  get max(): number {
    return this.#max;
  }

  /** Population standard deviation: n in the denominator. */
  get sd(): number {
    return this.#min === this.#max || this.#count === 0 ? 0 : Math.sqrt(this.#m2 / this.#count);
  }

  push(value: number): void {
    this.#count++;
    const step = value - this.#mean;
    this.#mean += step / this.#count;
    this.#m2 += step * (value - this.#mean);
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  /** Takes in all that another has seen. */
  merge(other: RunningMoments): void {
    if (other.#count === 0) return;
    const count = this.#count + other.#count;
    const step = other.#mean - this.#mean;
    this.#m2 += other.#m2 + (step * step * this.#count * other.#count) / count;
    this.#mean += (step * other.#count) / count;
    this.#count = count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  state(): MomentsState {
    return {
      count: this.#count,
      mean: this.#mean,
      m2: this.#m2,
      min: this.#count === 0 ? null : this.#min,
      max: this.#count === 0 ? null : this.#max,
    };
  }
}

/** A transform over all rewards so far, with the moments that it keeps. */
export interface RunningTransform extends Transform {
  readonly order: true;
  readonly moments: RunningMoments;
}

/** Options of the running transforms. */
export interface RunningOptions {
  /** Go on from a checkpoint's `moments.state()`. */
  from?: MomentsState | undefined;
}

/**
 * (r − μ)/σ with the mean and population sd of all rewards so far, this task's included; a σ of 0 counts as 1.
 *
 * Running transforms take in a task's values before they transform any of them, so that they are monotone within a task and
 * do not depend on its candidates' order; from one task to the next they are **not monotone**, because μ and σ move. Make
 * one a run: it keeps its state.
 *
 * @source the mean-std baseline of PAR (2025)
 */
export function meanSd(options: RunningOptions = {}): RunningTransform {
  return running("mean-sd", options, (value, { mean, sd }) => (value - mean) / (sd === 0 ? 1 : sd));
}

/** r clipped to [μ − σ, μ + σ] of all rewards so far; running as `meanSd`, so **not monotone** from task to task. */
export function clipMoments(options: RunningOptions = {}): RunningTransform {
  return {
    ...running("clip-moments", options, (value, { mean, sd }) => Math.min(Math.max(value, mean - sd), mean + sd)),
    // a value moves towards the mean and stops there at the latest, so it stays among the values seen
    image: ([min, max]) => [min, max],
  };
}

/** (r − min)/(max − min) over all rewards so far, 0 where they are all equal; running as `meanSd`, so **not monotone** from task to task. */
export function minMax(options: RunningOptions = {}): RunningTransform {
  return {
    ...running("min-max", options, (value, { min, max }) => (max > min ? (value - min) / (max - min) : 0)),
    image: () => [0, 1],
  };
}

function running(
  kind: string,
  options: RunningOptions,
  f: (value: number, moments: RunningMoments) => number,
): RunningTransform {
  const moments = new RunningMoments(options.from);
  const data: JsonObject = { stateful: true, ...(options.from === undefined ? {} : { from: { ...options.from } }) };
  return {
    kind,
    options: data,
    order: true,
    moments,
    observe: (values) => {
      for (const value of values) moments.push(value);
    },
    apply: (value) => f(value, moments),
  };
}
