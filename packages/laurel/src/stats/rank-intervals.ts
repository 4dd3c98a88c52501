import { NotEnoughDataError, random, type Seed, split, UsageError } from "../core/index.ts";
import { kemeny, meanRanking } from "./kemeny.ts";
import { borda, bordaTwoLevel, type Ranking } from "./rank-aggregation.ts";
import { drawBelow } from "./resample.ts";
import { alphaOf, quantileOfSorted } from "./sample.ts";

/** How tables of scores, one a task (systems x items row-major), become an order. */
export type RankRule = (tables: readonly Float64Array[], systems: number) => Ranking;

/** An order with what of it is certain. */
export interface RankIntervals extends Ranking {
  /** n: ends of each system's rank (1 is best). */
  low: Float64Array;
  high: Float64Array;
  /** n x n row-major: share of resamples in which i stands above j; a tie is half. */
  pairWin: Float64Array;
  /** n: share of resamples in which the system is first; a tie shares. */
  topProbability: Float64Array;
  resamples: number;
  level: number;
}

/** Options of `rankIntervals`. */
export interface RankIntervalOptions {
  /** What another benchmark of the kind would draw anew: tasks, the items of each task, or both. */
  resample: "tasks" | "items" | "both";
  seed: Seed;
  /** Default 1,000. */
  reps?: number | undefined;
  /** Default 0.95. */
  level?: number | undefined;
}

/** The usual rules by name; `borda` is in task form: it ranks each task by its items' mean. `borda-items` is in two levels. */
export const rankRules: Readonly<Record<"mean" | "borda" | "borda-items" | "kemeny", RankRule>> = {
  mean: (tables, systems) => meanRanking(taskTable(tables, systems), systems),
  borda: (tables, systems) => borda(taskTable(tables, systems), systems),
  "borda-items": bordaTwoLevel,
  kemeny: (tables, systems) => kemeny(taskTable(tables, systems), systems),
};

/**
 * Systems x tasks: the mean over each task's items.
 *
 * @param tables one systems x items table a task.
 * @throws UsageError for a table that has no whole rows or a value that is not finite.
 */
export function taskTable(tables: readonly Float64Array[], systems: number): Float64Array {
  const table = new Float64Array(systems * tables.length);
  for (const [t, one] of tables.entries()) {
    const items = itemsOf(one, systems, t);
    for (let i = 0; i < systems; i++) {
      let sum = 0;
      for (let k = 0; k < items; k++) sum += one[i * items + k]!;
      if (!Number.isFinite(sum)) throw new UsageError(`task ${t}: a score of system ${i} is missing or not finite`);
      table[i * tables.length + t] = sum / items;
    }
  }
  return table;
}

/**
 * An order of systems with the interval of each rank, when tasks, items or both are drawn anew.
 *
 * Percentile bootstrap of the ranks: all systems share a resample. Tasks are drawn with replacement, items within their task.
 * A rank's interval is wide where systems are alike; where two systems are equal their order is a coin's.
 *
 * @param tables one systems x items table (row-major) a task; every score is needed.
 * @param systems n.
 * @param rule one of `rankRules`, or a function.
 * @param options resample; seed; reps 1,000; level 0.95.
 * @returns the order of the data, and for each system the ends of its rank (quantiles that are ranks, not between two), the share of
 * resamples in which it is first, and in which it is above each other one.
 * @throws NotEnoughDataError for fewer than 2 tasks ("tasks", "both") or a task with fewer than 2 items ("items", "both").
 *
 * Source: Colombo et al., What are the best systems?, NeurIPS 2022, for the question; Hall and Miller, Annals of Statistics 37 (2009),
 * for the bootstrap of ranks.
 *
 * @example
 * rankIntervals(tables, 4, rankRules.borda, { resample: "tasks", seed: seedFrom(1) }).high; // the worst rank each may have
 */
export function rankIntervals(
  tables: readonly Float64Array[],
  systems: number,
  rule: RankRule,
  options: RankIntervalOptions,
): RankIntervals {
  const { resample, seed, reps = 1000, level = 0.95 } = options;
  const alpha = alphaOf(level);
  if (!(Number.isInteger(reps) && reps >= 2))
    throw new UsageError(`reps must be a whole number of at least 2, not ${reps}`);
  const sizes = tables.map((table, t) => itemsOf(table, systems, t));
  if (resample !== "items" && tables.length < 2)
    throw new NotEnoughDataError("intervals over tasks need at least 2 tasks", 2);
  if (resample !== "tasks")
    for (const [t, size] of sizes.entries())
      if (size < 2) throw new NotEnoughDataError(`task ${t} has ${size} item; intervals over items need at least 2`, 2);
  const rng = random(split(seed, "ranks"));
  const drawn = new Int32Array(tables.length);
  const places = Array.from({ length: systems }, () => new Float64Array(reps));
  const pairWin = new Float64Array(systems * systems);
  const top = new Float64Array(systems);
  for (let r = 0; r < reps; r++) {
    if (resample === "items") for (let t = 0; t < drawn.length; t++) drawn[t] = t;
    else drawBelow(rng, tables.length, drawn);
    const sample = Array.from(drawn, (t) => {
      if (resample === "tasks") return tables[t]!;
      const items = new Int32Array(sizes[t]!);
      drawBelow(rng, sizes[t]!, items);
      return picked(tables[t]!, systems, items);
    });
    const { rank } = rule(sample, systems);
    let first = 0;
    const best = rank.reduce((a, b) => Math.min(a, b));
    for (let i = 0; i < systems; i++) {
      places[i]![r] = rank[i]!;
      if (rank[i] === best) first++;
      for (let j = 0; j < systems; j++)
        if (i !== j) pairWin[i * systems + j]! += rank[i]! < rank[j]! ? 1 : rank[i] === rank[j] ? 0.5 : 0;
    }
    for (let i = 0; i < systems; i++) if (rank[i] === best) top[i]! += 1 / first;
  }
  const whole = rule(tables, systems);
  for (const one of places) one.sort();
  return {
    ...whole,
    low: Float64Array.from(places, (one) => Math.floor(quantileOfSorted(one, alpha / 2) * 2) / 2),
    high: Float64Array.from(places, (one) => Math.ceil(quantileOfSorted(one, 1 - alpha / 2) * 2) / 2),
    pairWin: pairWin.map((x) => x / reps),
    topProbability: top.map((x) => x / reps),
    resamples: reps,
    level,
  };
}

function itemsOf(table: Float64Array, systems: number, task: number): number {
  const items = table.length / systems;
  if (!(Number.isInteger(items) && items > 0))
    throw new UsageError(`task ${task}: ${table.length} scores do not make rows of ${systems} systems`);
  return items;
}

function picked(table: Float64Array, systems: number, items: Int32Array): Float64Array {
  const all = table.length / systems;
  const out = new Float64Array(systems * items.length);
  for (let i = 0; i < systems; i++)
    for (let k = 0; k < items.length; k++) out[i * items.length + k] = table[i * all + items[k]!]!;
  return out;
}
