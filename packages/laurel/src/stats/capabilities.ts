import { type Estimate, NotEnoughDataError, type Random, random, type Seed, split, UsageError } from "../core/index.ts";
import { cellMean } from "./cells.ts";
import { normalQuantile } from "./distributions.ts";
import { countEstimate } from "./estimate.ts";
import { drawBelow } from "./resample.ts";
import { alphaOf, meanOf, varianceOf } from "./sample.ts";

/** One result of a model on an item of a capability; null where it could not be scored. */
export interface CapabilityRow {
  model: string;
  capability: string;
  item: string;
  value: number | null;
}

/** Models by capabilities. */
export interface CapabilityMatrix {
  models: readonly string[];
  capabilities: readonly string[];
  /** cells[model][capability]: mean over the items that every model has. */
  cells: readonly (readonly Estimate[])[];
  /** The best models of each capability (several where equal). */
  winners: readonly (readonly string[])[];
  /** models x capabilities row-major: share of bootstrap resamples of the items in which the model is best; equals share. */
  probabilityBest: Float64Array;
  singleBestRegret: Estimate;
  separablePairs: Estimate;
  /** Items of each capability left out since some model has no value for them. */
  unpaired: Int32Array;
}

/** Options of `capabilityMatrix` and `singleBestRegret`. */
export interface CapabilityOptions {
  seed: Seed;
  /** Resamples for probabilityBest; default 1,000. */
  reps?: number | undefined;
  /** Confidence level; default 0.95. */
  level?: number | undefined;
  /** Least and greatest value; default [0, 1]. */
  range?: readonly [number, number] | undefined;
}

/**
 * A model by capability table, and whether there is a single best model.
 *
 * @param rows every model's result on every item; items that some model lacks are left out for all and counted.
 * @param options seed; reps 1,000; level 0.95; range [0, 1].
 * @returns cells, winners, probability of being best, the regret of one model for all (`singleBestRegret`), and the share of
 * (pair of models, capability) whose paired normal interval excludes 0 (zero variance: not separable), with Wilson's interval as if
 * pairs were independent.
 * @throws NotEnoughDataError for fewer than 2 models or a capability with fewer than 4 paired items; UsageError for a repeated row.
 *
 * Source: Eureka (2024); the regret as in its specification, to avoid the winner's curse.
 */
export function capabilityMatrix(rows: Iterable<CapabilityRow>, options: CapabilityOptions): CapabilityMatrix {
  const { seed, reps = 1000, level = 0.95, range = [0, 1] } = options;
  const { models, capabilities, scores, unpaired } = paired(rows, range);
  const m = models.length;
  scores.forEach((table, c) => {
    if (table.length / m < 4)
      throw new NotEnoughDataError(
        `the capability ${capabilities[c]} has ${table.length / m} items with a value from every model; halves need 4`,
        4,
      );
  });
  const cells = models.map((_, i) =>
    scores.map((table, c) => {
      const n = table.length / m;
      return cellMean(table.subarray(i * n, (i + 1) * n), range, unpaired[c]!, level)!;
    }),
  );
  const winners = capabilities.map((_, c) => {
    const top = Math.max(...cells.map((row) => row[c]!.value));
    return models.filter((_, i) => cells[i]![c]!.value === top);
  });
  return {
    models,
    capabilities,
    cells,
    winners,
    probabilityBest: probabilityBest(scores, m, reps, random(split(seed, "best"))),
    singleBestRegret: singleBestRegret(scores, m, options),
    separablePairs: separablePairs(scores, m, { level }),
    unpaired,
  };
}

/**
 * What choosing a model for each capability gains over one model for all, without the winner's curse.
 *
 * Items are split at random into halves; on the first the best model of each capability and the best on average (of capability
 * means) are chosen, on the second their scores are compared. Regret = mean over capabilities of the mean over items of
 * (score of that capability's choice - score of the single choice). It is about 0, or below, where there is a single best model.
 * One direction only: the two directions share their noise, and an interval that took them as independent would be too narrow.
 *
 * @param scores one models x items table (row-major) a capability, items paired across models.
 * @param models m, at least 2.
 * @param options seed of the split; level 0.95.
 * @returns the regret with a normal interval over the second half's items within capabilities, given the choices; `n` counts
 * those items.
 * @throws NotEnoughDataError for fewer than 2 models, no capability, or one with fewer than 4 items.
 *
 * Source: Eureka (2024) and AgentRewardBench (2025) specifications; choices at a tie are the first model's.
 */
export function singleBestRegret(
  scores: readonly Float64Array[],
  models: number,
  options: { seed: Seed; level?: number | undefined },
): Estimate {
  const { seed, level = 0.95 } = options;
  if (models < 2) throw new NotEnoughDataError("a choice needs at least 2 models", 2);
  if (scores.length === 0) throw new NotEnoughDataError("there is no capability", 1);
  const stream = random(split(seed, "halves"));
  const halves = scores.map((table) => {
    const n = table.length / models;
    if (!(Number.isInteger(n) && n >= 4)) throw new NotEnoughDataError(`a capability has ${n} items for two halves`, 4);
    const order = stream.shuffled(Array.from({ length: n }, (_, i) => i));
    return { first: order.slice(0, n >> 1), second: order.slice(n >> 1) };
  });
  const means = scores.map((table, c) => meansOver(table, models, halves[c]!.first));
  const overall = new Float64Array(models);
  for (const mean of means) for (let i = 0; i < models; i++) overall[i]! += mean[i]!;
  const single = best(overall);
  const gains = scores.map((table, c) => {
    const n = table.length / models;
    const chosen = best(means[c]!);
    return Float64Array.from(halves[c]!.second, (at) => table[chosen * n + at]! - table[single * n + at]!);
  });
  const value = meanOf(gains.map((gain) => meanOf(gain)));
  const variance = gains.reduce((sum, gain) => sum + varianceOf(gain) / gain.length, 0) / gains.length ** 2;
  const half = normalQuantile(1 - alphaOf(level) / 2) * Math.sqrt(variance);
  return {
    value,
    low: value - half,
    high: value + half,
    level,
    n: gains.reduce((sum, gain) => sum + gain.length, 0),
    unscored: 0,
    method: "split-half regret of a single best model, normal over items",
  };
}

function paired(rows: Iterable<CapabilityRow>, range: readonly [number, number]) {
  const models = new Map<string, number>();
  const capabilities = new Map<string, Map<string, Map<number, number | null>>>();
  for (const { model, capability, item, value } of rows) {
    if (value !== null && !(value >= range[0] && value <= range[1]))
      throw new UsageError(`${model}, ${capability}, ${item}: ${value} lies outside [${range[0]}, ${range[1]}]`);
    if (!models.has(model)) models.set(model, models.size);
    let items = capabilities.get(capability);
    if (items === undefined) capabilities.set(capability, (items = new Map()));
    let results = items.get(item);
    if (results === undefined) items.set(item, (results = new Map()));
    const i = models.get(model)!;
    if (results.has(i)) throw new UsageError(`${model}, ${capability}, ${item} occurs twice`);
    results.set(i, value);
  }
  const m = models.size;
  if (m < 2) throw new NotEnoughDataError("a comparison needs at least 2 models", 2);
  const unpaired = new Int32Array(capabilities.size);
  const scores = [...capabilities.values()].map((items, c) => {
    const complete = [...items.values()].filter(
      (results) => results.size === m && [...results.values()].every((value) => value !== null),
    );
    unpaired[c] = items.size - complete.length;
    const table = new Float64Array(m * complete.length);
    complete.forEach((results, at) => {
      for (const [i, value] of results) table[i * complete.length + at] = value!;
    });
    return table;
  });
  return { models: [...models.keys()], capabilities: [...capabilities.keys()], scores, unpaired };
}

function meansOver(table: Float64Array, models: number, items: readonly number[]): Float64Array {
  const n = table.length / models;
  return Float64Array.from(
    { length: models },
    (_, i) => items.reduce((sum, at) => sum + table[i * n + at]!, 0) / items.length,
  );
}

function best(values: Float64Array): number {
  let top = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[top]!) top = i;
  return top;
}

function probabilityBest(scores: readonly Float64Array[], m: number, reps: number, stream: Random): Float64Array {
  if (!(Number.isInteger(reps) && reps >= 1)) throw new UsageError(`reps must be at least 1, not ${reps}`);
  const share = new Float64Array(m * scores.length);
  scores.forEach((table, c) => {
    const n = table.length / m;
    const drawn = new Int32Array(n);
    const sums = new Float64Array(m);
    for (let r = 0; r < reps; r++) {
      drawBelow(stream, n, drawn);
      for (let i = 0; i < m; i++) {
        let sum = 0;
        for (let at = 0; at < n; at++) sum += table[i * n + drawn[at]!]!;
        sums[i] = sum;
      }
      const top = sums.reduce((a, b) => Math.max(a, b));
      const equals = sums.reduce((count, x) => count + (x === top ? 1 : 0), 0);
      for (let i = 0; i < m; i++) if (sums[i] === top) share[i * scores.length + c]! += 1 / (equals * reps);
    }
  });
  return share;
}

/**
 * The share of (pair of models, capability) that a benchmark tells apart.
 *
 * A pair is told apart where the normal interval of its paired difference excludes 0; a difference without variance is not.
 *
 * @param scores one models x items table (row-major) a capability.
 * @param models m, at least 2.
 * @returns with Wilson's interval as if pairs were independent, which they are not.
 *
 * Source: Eureka (2024), on benchmarks that are not saturated.
 */
export function separablePairs(
  scores: readonly Float64Array[],
  models: number,
  options: { level?: number | undefined } = {},
): Estimate {
  const { level = 0.95 } = options;
  const m = models;
  if (m < 2) throw new NotEnoughDataError("a pair needs 2 models", 2);
  const z = normalQuantile(1 - alphaOf(level) / 2);
  let separable = 0;
  let pairs = 0;
  for (const table of scores) {
    const n = table.length / m;
    for (let i = 0; i < m; i++)
      for (let j = 0; j < i; j++) {
        const differences = Float64Array.from({ length: n }, (_, at) => table[i * n + at]! - table[j * n + at]!);
        const se = Math.sqrt(varianceOf(differences) / n);
        pairs++;
        if (se > 0 && Math.abs(meanOf(differences)) > z * se) separable++;
      }
  }
  return {
    ...countEstimate(separable, pairs, { level }),
    method: "share of model pairs told apart, Wilson as if pairs were independent",
  };
}
