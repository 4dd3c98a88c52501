import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { midRanks } from "./correlation.ts";
import type { Numbers } from "./sample.ts";

/** Items in order with the score that the order follows. */
export interface Ranking {
  /** Items (indices), best first; equal scores stand in index order and share a rank. */
  order: number[];
  /** n scores by item, higher is better. */
  score: Float64Array;
  /** n ranks by item: 1 is best, equal scores share the mean of their places. */
  rank: Float64Array;
}

/** How equal scores are ranked: mean of their places, places in index order, or the lowest of their places. */
export type TieRule = "mid" | "position" | "min";

/** Options of the rank aggregations. */
export interface AggregationOptions {
  /** Default "mid". */
  ties?: TieRule | undefined;
  /** A weight for each task, at least 0; default 1 each. */
  weights?: Numbers | undefined;
  /** What a missing score (NaN) is: an error (default), or left out. */
  missing?: "error" | "skip" | undefined;
}

/**
 * Ranks from 0 (worst) up; a higher score has a higher rank.
 *
 * @param scores n finite numbers.
 * @param ties "mid" (default), "position" (as argsort of argsort), or "min".
 * @throws UsageError for NaN.
 *
 * @example
 * ranks([3, 1, 3]); // [1.5, 0, 1.5]
 */
export function ranks(scores: Numbers, ties: TieRule = "mid"): Float64Array {
  for (let i = 0; i < scores.length; i++)
    if (Number.isNaN(scores[i])) throw new UsageError(`score ${i} is NaN`, "leave missing scores out");
  if (ties === "mid") return midRanks(scores).map((rank) => rank - 1);
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a]! - scores[b]! || a - b);
  const result = new Float64Array(scores.length);
  order.forEach((item, place) => {
    const before = place > 0 ? order[place - 1]! : undefined;
    result[item] = ties === "min" && before !== undefined && scores[before] === scores[item] ? result[before]! : place;
  });
  return result;
}

/** A ranking by descending score. */
export function rankingOf(score: Float64Array): Ranking {
  return {
    order: Array.from(score, (_, i) => i).sort((a, b) => score[b]! - score[a]! || a - b),
    score,
    rank: midRanks(score.map((x) => -x)),
  };
}

/**
 * Borda's count: each task ranks the systems, and ranks are added.
 *
 * B(i) = Σ_t v_t r_t(i), r_t from 0 (worst) to n - 1; with missing "skip": Σ v_t r_t(i) / (present - 1) / Σ v_t over the tasks in
 * which i and at least one other system have a score.
 *
 * @param table systems x tasks row-major; higher is better (negate error rates).
 * @param systems n, at least 1.
 * @param options ties "mid"; weights; missing "error".
 * @returns the ranking by B.
 * @throws NotEnoughDataError for no system or task, or a system without a usable task; UsageError naming the cell of a missing score.
 *
 * Source: Borda (1784); Colombo et al., What are the best systems?, NeurIPS 2022 (one-level).
 *
 * @example
 * borda(Float64Array.of(1, 2, 0, 3), 2).score; // system 0 wins task 0, system 1 task 1: [1, 1]
 */
export function borda(table: Float64Array, systems: number, options: AggregationOptions = {}): Ranking {
  const { ties = "mid", missing = "error" } = options;
  const tasks = taskCount(table, systems);
  const weights = weightsOf(options.weights, tasks);
  const score = new Float64Array(systems);
  const weight = new Float64Array(systems);
  for (let t = 0; t < tasks; t++) {
    const present: number[] = [];
    for (let i = 0; i < systems; i++) if (isPresent(table[i * tasks + t]!, i, t, missing)) present.push(i);
    const place = ranks(
      present.map((i) => table[i * tasks + t]!),
      ties,
    );
    if (missing === "skip" && present.length < 2) continue;
    present.forEach((i, at) => {
      score[i]! += weights[t]! * (missing === "skip" ? place[at]! / (present.length - 1) : place[at]!);
      weight[i]! += weights[t]!;
    });
  }
  if (missing === "skip")
    for (let i = 0; i < systems; i++) {
      if (weight[i] === 0) throw new NotEnoughDataError(`system ${i} has no task that it can be ranked in`);
      score[i]! /= weight[i]!;
    }
  return rankingOf(score);
}

/**
 * Borda's count in two levels: the instances of each task rank the systems, then the tasks' rankings are added.
 *
 * A task with many instances weighs as much as one with few, unlike in `borda` over all instances at once.
 *
 * @param tables one systems x instances table (row-major) a task.
 * @param systems n.
 * @param options as `borda`; `weights` are the tasks'.
 * @throws as `borda`.
 *
 * Source: Colombo et al., What are the best systems?, NeurIPS 2022 (two-level).
 */
export function bordaTwoLevel(
  tables: readonly Float64Array[],
  systems: number,
  options: AggregationOptions = {},
): Ranking {
  const levels = tables.map((table) => borda(table, systems, { ...options, weights: undefined }).score);
  const table = new Float64Array(systems * levels.length);
  levels.forEach((score, t) => {
    score.forEach((x, i) => {
      table[i * levels.length + t] = x;
    });
  });
  return borda(table, systems, { ...options, missing: "error" });
}

/**
 * The mean rank of each system over tasks, 1 is best; `score` is the negated mean rank.
 *
 * @param table, systems, options as `borda`; a missing score skips that task for that system (with "skip").
 * @throws as `borda`.
 *
 * Source: Friedman, JASA 32 (1937).
 */
export function meanRank(table: Float64Array, systems: number, options: AggregationOptions = {}): Ranking {
  const { ties = "mid", missing = "error" } = options;
  const tasks = taskCount(table, systems);
  const weights = weightsOf(options.weights, tasks);
  const score = new Float64Array(systems);
  const weight = new Float64Array(systems);
  for (let t = 0; t < tasks; t++) {
    const present: number[] = [];
    for (let i = 0; i < systems; i++) if (isPresent(table[i * tasks + t]!, i, t, missing)) present.push(i);
    const place = ranks(
      present.map((i) => -table[i * tasks + t]!),
      ties,
    );
    present.forEach((i, at) => {
      score[i]! -= weights[t]! * (place[at]! + 1);
      weight[i]! += weights[t]!;
    });
  }
  for (let i = 0; i < systems; i++) {
    if (weight[i] === 0) throw new NotEnoughDataError(`system ${i} has no task that it can be ranked in`);
    score[i]! /= weight[i]!;
  }
  return rankingOf(score);
}

/** Copeland's scores, with the pairs that decide them. */
export interface Copeland extends Ranking {
  /** n each: opponents beaten, tied with, and lost to. */
  wins: Int32Array;
  tied: Int32Array;
  losses: Int32Array;
  /** The system that beats every other one, if there is one. */
  condorcet: number | undefined;
}

/**
 * Copeland's method: a point for each opponent that a system beats in more than half of their (weighted) comparisons.
 *
 * score = wins + ties / 2 over opponents; a pair that was never compared gives neither.
 *
 * @param wins n x n row-major as in `zermelo`: wins[i * n + j] of i over j, a tied comparison half to each.
 * @param n number of systems, at least 1.
 * @param options tie: points for a tied pair, in [0, 1]; default 0.5.
 * @returns ranking, wins, ties and losses a system, and the Condorcet winner if there is one.
 * @throws NotEnoughDataError for n = 0; UsageError for wrong sizes or negative entries.
 *
 * Source: Copeland (1951); Saari and Merlin, Economic Theory 8 (1996).
 */
export function copeland(wins: Float64Array, n: number, options: { tie?: number | undefined } = {}): Copeland {
  const { tie = 0.5 } = options;
  if (!(tie >= 0 && tie <= 1)) throw new UsageError(`tie must lie in [0, 1], not ${tie}`);
  const w = checkedWins(wins, n);
  const count = { wins: new Int32Array(n), tied: new Int32Array(n), losses: new Int32Array(n) };
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const won = w[i * n + j]!;
      const lost = w[j * n + i]!;
      if (won > lost) count.wins[i]! += 1;
      else if (won < lost) count.losses[i]! += 1;
      else if (won > 0) count.tied[i]! += 1;
    }
  const score = Float64Array.from(count.wins, (x, i) => x + tie * count.tied[i]!);
  const first = count.wins.indexOf(n - 1);
  return { ...rankingOf(score), ...count, condorcet: first >= 0 ? first : undefined };
}

function checkedWins(wins: Float64Array, n: number): Float64Array {
  if (n === 0) throw new NotEnoughDataError("there are no systems to rank", 1);
  if (wins.length !== n * n) throw new UsageError(`wins must have n x n = ${n * n} entries, not ${wins.length}`);
  for (const x of wins) if (!(x >= 0 && Number.isFinite(x))) throw new UsageError(`wins contain ${x}`);
  return wins;
}

function taskCount(table: Float64Array, systems: number): number {
  if (!Number.isInteger(systems) || systems < 1) throw new NotEnoughDataError("there are no systems to rank", 1);
  const tasks = table.length / systems;
  if (!Number.isInteger(tasks)) throw new UsageError(`${table.length} scores do not make rows of ${systems} systems`);
  if (tasks === 0) throw new NotEnoughDataError("there are no tasks to rank by", 1);
  return tasks;
}

function weightsOf(weights: Numbers | undefined, tasks: number): Numbers {
  if (weights === undefined) return new Float64Array(tasks).fill(1);
  if (weights.length !== tasks) throw new UsageError(`${weights.length} weights for ${tasks} tasks`);
  for (let t = 0; t < tasks; t++)
    if (!(weights[t]! >= 0 && Number.isFinite(weights[t]!))) throw new UsageError(`weight ${t} is ${weights[t]}`);
  return weights;
}

function isPresent(score: number, system: number, task: number, missing: "error" | "skip"): boolean {
  if (!Number.isNaN(score)) return true;
  if (missing === "skip") return false;
  throw new UsageError(
    `the score of system ${system} in task ${task} is missing`,
    'say missing: "skip" to leave it out',
  );
}
