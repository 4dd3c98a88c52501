import type { Seed } from "../../core/index.ts";
import { type Estimate, NotEnoughDataError, UsageError } from "../../core/index.ts";
import { kendall, meanEstimate, pearson, spearman } from "../../stats/index.ts";
import { bootstrapValues, percentileEstimate } from "../../stats/percentile.ts";
import type { WbGroup } from "./groups.ts";
import type { WbCounts, WbRewards } from "./reward.ts";

/** A model on a table of WildBench. */
export interface WbRow {
  model: string;
  value: Estimate;
  /** The weighted mean over the five groups; of WB-Elo there is none. */
  macro?: number | undefined;
  groups?: Partial<Record<WbGroup, number>> | undefined;
  /** Of WB-Reward: tallies and rewards against each baseline. */
  baselines?: Readonly<Record<string, { counts: WbCounts; rewards: WbRewards }>> | undefined;
  /** What each of the table's tasks adds to the value, which is their mean; NaN where the model has none of it. */
  perTask?: Float64Array | undefined;
}

/** Models by value, best first. */
export interface WbTable {
  figure: "WB-Reward" | "WB-Score" | "WB-Elo";
  rows: readonly WbRow[];
  /** The tasks of `perTask`. */
  tasks?: readonly string[] | undefined;
}

/** A value with Student's interval over tasks; the value itself is exact. */
export function overTasks(
  value: number,
  perTask: Float64Array,
  options: { method: string; unscored: number; level: number },
): Estimate {
  const own = perTask.filter((one) => !Number.isNaN(one));
  const { method, unscored, level } = options;
  if (own.length < 2) throw new NotEnoughDataError(`${method} needs at least 2 tasks`, 2);
  const found = meanEstimate(own, { level, unscored });
  const shift = value - found.value;
  return {
    ...found,
    value,
    low: found.low + shift,
    high: found.high + shift,
    method: `${method}, Student t over tasks`,
  };
}

/** Options of `correlate`. */
export interface CorrelateOptions {
  /** With a seed, and tasks in the table, intervals are by resampling tasks; else over models, which takes them for a sample. */
  seed?: Seed | undefined;
  /** Default 1,000. */
  reps?: number | undefined;
  level?: number | undefined;
}

/** How a table's order agrees with another measure of the same models. */
export interface WbCorrelation {
  pearson: Estimate;
  spearman: Estimate;
  kendall: Estimate;
  /** The models that both have. */
  models: string[];
}

/**
 * The correlation of a table's values with another measure of the same models, such as Chatbot Arena's ratings.
 *
 * Pearson's correlation of six models moves by hundredths with a handful of tasks: give a seed, and read the interval.
 *
 * @param external a value a model; models that only one side has are left out
 * @throws NotEnoughDataError for fewer than three models in common
 * @source WildBench (2024), table 4
 * @example correlate(wbReward(judgements, { baselines }), arenaElo, { seed }).pearson
 */
export function correlate(
  table: WbTable,
  external: Readonly<Record<string, number>>,
  options: CorrelateOptions = {},
): WbCorrelation {
  const { seed, level = 0.95, reps } = options;
  const rows = table.rows.filter(({ model }) => Object.hasOwn(external, model));
  if (rows.length < 3)
    throw new NotEnoughDataError(`only ${rows.length} models have both ${table.figure} and the other value`, 3);
  const theirs = rows.map(({ model }) => external[model]!);
  if (!theirs.every(Number.isFinite)) throw new UsageError("the other measure holds a value that is no number");
  const own = rows.map(({ value }) => value.value);
  const tasks = table.tasks?.length ?? 0;
  const estimate = (name: string, of: typeof pearson): Estimate => {
    const { p: _, ...plain } = of(own, theirs, level);
    if (seed === undefined || tasks < 2 || rows.some(({ perTask }) => perTask === undefined)) return plain;
    const boot = bootstrapValues(
      tasks,
      (drawn) => {
        const means = rows.map(({ perTask }) => meanAt(perTask!, drawn));
        return means.some(Number.isNaN) || means.every((one) => one === means[0]) ? undefined : of(means, theirs).value;
      },
      { seed, ...(reps === undefined ? {} : { reps }) },
    );
    return percentileEstimate(plain.value, boot, { n: rows.length, method: `${name} over tasks`, level });
  };
  return {
    pearson: estimate("Pearson", pearson),
    spearman: estimate("Spearman", spearman),
    kendall: estimate("Kendall tau-b", kendall),
    models: rows.map(({ model }) => model),
  };
}

function meanAt(values: Float64Array, drawn: Int32Array): number {
  let [sum, n] = [0, 0];
  for (const at of drawn) {
    const value = values[at]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    n++;
  }
  return sum / n;
}
