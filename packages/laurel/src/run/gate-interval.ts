import { type Estimate, type Seed, UsageError } from "../core/index.ts";
import { clusteredMean, discordantDifference, normalQuantile, pairedTNeeded, wilson } from "../stats/index.ts";
import { type Clustered, creditEstimate, shares, valueEstimate } from "./credit.ts";
import { differenceOf, type Paired } from "./difference.ts";

/** Least and greatest value of a reward. */
export type Range = readonly [low: number, high: number];

/** An interval that a gate decides on, with what else it needs to know about the sample. */
export interface Held {
  estimate: Estimate;
  /** No variation and no range: an interval of width 0 that says nothing about what other prompts would give. */
  flat: boolean;
  /** About how many prompts clear a bar on the side where the mean stands; undefined where no number would. */
  needed(bar: number): number | undefined;
}

const credits: Range = [0, 1];

/**
 * The mean of tasks' values with the interval that suits them: Wilson's where all are at the ends of the range or do not vary
 * inside it (at the effective size where tasks share a prompt), else Student's t by prompt.
 *
 * @param sample a value a task and its prompt
 * @param range the reward's, if it states one; 0 and 1 are taken for the ends otherwise
 * @throws NotEnoughDataError for no values, or fewer than 2 prompts where a t interval is needed
 */
export function meanHeld(
  sample: Clustered,
  range: Range | undefined,
  options: { level: number; unscored: number },
): Held {
  const { values, clusters } = sample;
  const [low, high] = range ?? credits;
  const width = high - low;
  const binary = values.every((value) => value === low || value === high);
  const constant = values.every((value) => value === values[0]);
  const bounded = binary || (constant && range !== undefined);
  if (!bounded) {
    const estimate = valueEstimate(sample, options.unscored, options.level);
    return { estimate, flat: constant, needed: neededBy(estimate.value, spreadOf(sample), options.level) };
  }
  const scaled = values.map((value) => (value - low) / width);
  const share = creditEstimate({ values: scaled, clusters }, options.unscored, options.level);
  const back = (value: number): number => low + value * width;
  const estimate: Estimate = { ...share, value: back(share.value), low: back(share.low), high: back(share.high) };
  if (!constant) {
    const spread = spreadOf({ values: scaled, clusters });
    return {
      estimate,
      flat: false,
      needed: (bar) => neededByScore(share.value, spread, (bar - low) / width, options.level),
    };
  }
  return {
    estimate,
    flat: false,
    needed: (bar) =>
      smallest((n) => {
        const ends = wilson(share.value * n, n, options.level);
        return estimate.value > bar ? back(ends.low) >= bar : back(ends.high) < bar;
      }),
  };
}

/**
 * The mean paired difference with the interval of `differenceOf`, on the reward's own scale.
 *
 * @param pairs values of both on the same tasks
 * @param range of both
 * @throws NotEnoughDataError for fewer than 2 prompts
 */
export function differenceHeld(
  pairs: Paired,
  range: Range | undefined,
  options: { level: number; unscored: number; seed: Seed },
): Held {
  const [low, high] = range ?? credits;
  const width = high - low;
  const scale = (values: readonly number[]): number[] => values.map((value) => (value - low) / width);
  const scaled = { a: scale(pairs.a), b: scale(pairs.b), clusters: pairs.clusters };
  const { difference } = differenceOf(scaled, options);
  const estimate = {
    ...difference,
    value: difference.value * width,
    low: difference.low * width,
    high: difference.high * width,
  };
  const values = pairs.a.map((value, i) => value - pairs.b[i]!);
  const spread = spreadOf({ values, clusters: pairs.clusters });
  if (spread > 0) return { estimate, flat: false, needed: neededBy(estimate.value, spread, options.level) };
  return {
    estimate,
    flat: estimate.low === estimate.high,
    needed: (bar) =>
      smallest((n) => {
        const count = Math.round(Math.abs(difference.value) * n);
        const [more, less] = difference.value > 0 ? [count, 0] : [0, count];
        const ends = discordantDifference(more, less, n, options.level);
        return estimate.value > bar ? ends.low * width > bar : ends.high * width < bar;
      }),
  };
}

/** The standard deviation of a prompt's share in the mean: standard error times √prompts; 0 for a single prompt. */
function spreadOf({ values, clusters }: Clustered): number {
  const count = new Set(clusters).size;
  if (count < 2) return 0;
  return clusteredMean(values, shares(clusters) ? clusters : values.map((_, i) => i)).standardError * Math.sqrt(count);
}

const mostNeeded = 1e9;
const power = 0.8;

/** Prompts that a t test needs to tell the mean from a bar with 80 % power. */
function neededBy(value: number, spread: number, level: number): Held["needed"] {
  return (bar) => {
    const gap = Math.abs(value - bar);
    if (spread === 0 || gap === 0 || (3 * spread) / gap > Math.sqrt(mostNeeded)) return undefined;
    return pairedTNeeded(gap, spread, { alpha: 1 - level, power });
  };
}

/**
 * Prompts for which Wilson's interval clears a bar with 80 % power: the score test has the bar's variance under the bar.
 *
 * n = d · ((z₁ √(t(1−t)) + z₂ √(p(1−p))) / (p − t))², d the design effect of prompts with several tasks
 */
function neededByScore(p: number, spread: number, bar: number, level: number): number | undefined {
  if (p === bar || spread === 0) return undefined;
  const variance = p * (1 - p);
  const under = Math.max(0, bar * (1 - bar));
  const effect = spread ** 2 / variance;
  const reach = normalQuantile((1 + level) / 2) * Math.sqrt(under) + normalQuantile(power) * Math.sqrt(variance);
  const needed = effect * (reach / (p - bar)) ** 2;
  return needed > mostNeeded ? undefined : Math.max(2, Math.ceil(needed));
}

/** The smallest number of prompts for which an interval clears a bar; it is taken to clear it from there on. */
function smallest(clears: (n: number) => boolean): number | undefined {
  let high = 2;
  while (!clears(high)) {
    high *= 2;
    if (high > mostNeeded) return undefined;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (clears(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Refuses a bar that the reward's range decides by itself. */
export function checkBar(min: number, range: Range | undefined, level: number): void {
  if (!(level > 0.5 && level < 1)) throw new UsageError(`the confidence must lie between 0.5 and 1, not ${level}`);
  if (!Number.isFinite(min)) throw new UsageError(`the least mean must be a number, not ${min}`);
  if (range === undefined) return;
  const [low, high] = range;
  if (min >= high)
    throw new UsageError(
      `a least mean of ${min} cannot be shown: the reward ends at ${high}, and the low end of an interval always lies below that`,
      `ask for less, such as ${low + 0.95 * (high - low)}`,
    );
  if (min <= low)
    throw new UsageError(`a least mean of ${min} can never fail: the reward's range begins at ${low}`, "ask for more");
}
