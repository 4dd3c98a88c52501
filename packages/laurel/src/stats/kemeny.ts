import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { kendallCounts } from "./kendall.ts";
import { type AggregationOptions, borda, type Ranking, rankingOf } from "./rank-aggregation.ts";

/** A consensus order with what it costs. */
export interface KemenyRanking extends Ranking {
  /** Weighted pairs, over all tasks, in which a task prefers the lower system; a tie costs half either way. */
  cost: number;
  /** True where the order is proven to cost least: by dynamic programming, or since its cost meets the bound Σ min(w_ij, w_ji). */
  optimal: boolean;
  /** Is it the only order of least cost? Known by dynamic programming, else undefined. */
  unique: boolean | undefined;
}

/** Options of `kemeny`. */
export interface KemenyOptions extends AggregationOptions {
  /** "exact" throws above `exactUpTo`; "local" searches; default: exact up to `exactUpTo` systems, else local. */
  method?: "exact" | "local" | undefined;
  /** Default 16; at most 20, where the tables take 20 MB and some seconds. */
  exactUpTo?: number | undefined;
}

/**
 * How many tasks prefer each system to each other one.
 *
 * w[i * n + j] = Σ_t v_t (1 where task t scores i above j, ½ where equal)
 *
 * @param table systems x tasks row-major; higher is better.
 * @param systems n.
 * @param options weights; missing "error" (default) or "skip": a task counts for the pairs of which it has both scores. `ties` is not used.
 * @throws UsageError for wrong sizes or a missing score.
 */
export function preferences(table: Float64Array, systems: number, options: AggregationOptions = {}): Float64Array {
  const { missing = "error", weights } = options;
  const n = systems;
  const tasks = table.length / n;
  if (!(Number.isInteger(tasks) && tasks > 0 && n > 0))
    throw new UsageError(`${table.length} scores do not make rows of ${systems} systems`);
  if (weights !== undefined && weights.length !== tasks)
    throw new UsageError(`${weights.length} weights for ${tasks} tasks`);
  const w = new Float64Array(n * n);
  for (let t = 0; t < tasks; t++) {
    const v = weights?.[t] ?? 1;
    if (!(v >= 0 && Number.isFinite(v))) throw new UsageError(`weight ${t} is ${v}`);
    for (let i = 0; i < n; i++) {
      const a = table[i * tasks + t]!;
      if (Number.isNaN(a) && missing === "error")
        throw new UsageError(`the score of system ${i} in task ${t} is missing`, 'say missing: "skip" to leave it out');
      for (let j = i + 1; j < n; j++) {
        const b = table[j * tasks + t]!;
        if (Number.isNaN(a) || Number.isNaN(b)) continue;
        const share = a > b ? 1 : a < b ? 0 : 0.5;
        w[i * n + j]! += v * share;
        w[j * n + i]! += v * (1 - share);
      }
    }
  }
  return w;
}

/**
 * Kemeny's consensus: the order that disagrees least with the tasks' orders, over all pairs of systems.
 *
 * σ* = argmin Σ_t d(σ, r_t), d Kendall's distance. Up to `exactUpTo` systems by dynamic programming over the sets that stand
 * highest, f(S) = min_{i ∈ S} f(S \ i) + Σ_{j ∉ S} w_ji with i the lowest of S, in 2^n n steps; the lowest index stands lowest at
 * a tie of costs. Above, from Borda's order by insertions until none gains: a heuristic, and `optimal` says so.
 *
 * @param table systems x tasks row-major; higher is better.
 * @param systems n, at least 1.
 * @param options method, exactUpTo 16, weights, missing.
 * @returns the order, its cost, whether it is proven to be the best and the only one; `score` is n - place.
 * @throws UsageError for "exact" with too many systems; NotEnoughDataError for none; as `borda` for a bad table.
 *
 * Source: Kemeny (1959); Colombo et al., What are the best systems?, NeurIPS 2022; the recurrence: Betzler et al. (2009).
 *
 * @example
 * kemeny(Float64Array.of(3, 3, 1, 2, 2, 3, 1, 1, 2), 3).order; // [0, 1, 2]
 */
export function kemeny(table: Float64Array, systems: number, options: KemenyOptions = {}): KemenyRanking {
  if (!Number.isInteger(systems) || systems < 1) throw new NotEnoughDataError("there are no systems to rank", 1);
  const { exactUpTo = 16, method = systems <= exactUpTo ? "exact" : "local" } = options;
  if (!(Number.isInteger(exactUpTo) && exactUpTo >= 1 && exactUpTo <= 20))
    throw new UsageError(`exactUpTo is a whole number from 1 to 20, not ${exactUpTo}`);
  if (method === "exact" && systems > exactUpTo)
    throw new UsageError(
      `${systems} systems are too many for the exact order`,
      `raise exactUpTo (to 20 at most) or say method: "local"`,
    );
  const w = preferences(table, systems, options);
  if (method === "exact") {
    const { order, unique } = exactOrder(w, systems);
    return { ...ofOrder(order), cost: costOf(order, w, systems), optimal: true, unique };
  }
  const start = borda(table, systems, { ...options, ties: "mid" }).order;
  const order = insertions(start, w, systems);
  const cost = costOf(order, w, systems);
  return { ...ofOrder(order), cost, optimal: cost <= bound(w, systems) + 1e-9, unique: undefined };
}

/**
 * What an order costs: the weighted preferences of the tasks that it turns round.
 *
 * @param order systems, best first.
 * @param wins n x n as from `preferences`.
 */
export function kemenyCost(order: readonly number[], wins: Float64Array): number {
  const n = order.length;
  if (wins.length !== n * n) throw new UsageError(`${wins.length} preferences for ${n} systems`);
  return costOf(order, wins, n);
}

/**
 * Kendall's distance of two rankings: pairs that they order oppositely, a pair tied in one alone half.
 *
 * @param a, b rankings of the same n systems.
 * @param options normalised: divided by n (n - 1) / 2; default false.
 * @throws UsageError for rankings of different systems; NotEnoughDataError for a normalised distance of one system.
 *
 * Source: Kendall (1938); ties: Fagin et al. (2006) with penalty ½.
 */
export function kendallDistance(
  a: Pick<Ranking, "rank">,
  b: Pick<Ranking, "rank">,
  options: { normalised?: boolean | undefined } = {},
): number {
  const n = a.rank.length;
  if (b.rank.length !== n) throw new UsageError(`rankings of ${n} and of ${b.rank.length} systems`);
  const counts = kendallCounts(a.rank, b.rank);
  const distance = counts.discordant + (counts.tiedX + counts.tiedY - 2 * counts.tiedBoth) / 2;
  if (options.normalised !== true) return distance;
  if (n < 2) throw new NotEnoughDataError("a normalised distance needs two systems", 2);
  return distance / ((n * (n - 1)) / 2);
}

/**
 * Systems by the mean of their scores over tasks: the usual leaderboard, which mixes the tasks' scales.
 *
 * @param table systems x tasks row-major; every score is needed.
 * @param options weights of the tasks, default 1 each.
 * @throws UsageError for a missing score or wrong sizes.
 */
export function meanRanking(
  table: Float64Array,
  systems: number,
  options: Pick<AggregationOptions, "weights"> = {},
): Ranking {
  const tasks = table.length / systems;
  if (!(Number.isInteger(tasks) && tasks > 0))
    throw new UsageError(`${table.length} scores do not make rows of ${systems} systems`);
  const { weights } = options;
  if (weights !== undefined && weights.length !== tasks)
    throw new UsageError(`${weights.length} weights for ${tasks} tasks`);
  const score = new Float64Array(systems);
  for (let i = 0; i < systems; i++) {
    let [sum, total] = [0, 0];
    for (let t = 0; t < tasks; t++) {
      const x = table[i * tasks + t]!;
      if (!Number.isFinite(x)) throw new UsageError(`the score of system ${i} in task ${t} is ${x}`);
      const v = weights?.[t] ?? 1;
      sum += v * x;
      total += v;
    }
    score[i] = sum / total;
  }
  return rankingOf(score);
}

function ofOrder(order: number[]): Ranking {
  const score = new Float64Array(order.length);
  order.forEach((system, place) => {
    score[system] = order.length - 1 - place;
  });
  return rankingOf(score);
}

function costOf(order: readonly number[], w: Float64Array, n: number): number {
  let cost = 0;
  for (let a = 0; a < n; a++) for (let b = a + 1; b < n; b++) cost += w[order[b]! * n + order[a]!]!;
  return cost;
}

function bound(w: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) sum += Math.min(w[i * n + j]!, w[j * n + i]!);
  return sum;
}

function exactOrder(w: Float64Array, n: number): { order: number[]; unique: boolean } {
  const sets = 2 ** n;
  const cost = new Float64Array(sets).fill(Number.POSITIVE_INFINITY);
  const lowest = new Int8Array(sets);
  const ways = new Float64Array(sets);
  cost[0] = 0;
  ways[0] = 1;
  for (let set = 1; set < sets; set++) {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      if ((set & (1 << i)) === 0) continue;
      let value = cost[set ^ (1 << i)]!;
      for (let j = 0; j < n; j++) if ((set & (1 << j)) === 0) value += w[j * n + i]!;
      const slack = 1e-9 * Math.max(1, value);
      if (value < best - slack) {
        best = value;
        lowest[set] = i;
        ways[set] = ways[set ^ (1 << i)]!;
      } else if (value <= best + slack) ways[set]! += ways[set ^ (1 << i)]!;
    }
    cost[set] = best;
  }
  const order: number[] = [];
  for (let set = sets - 1; set > 0; ) {
    const i = lowest[set]!;
    order.push(i);
    set ^= 1 << i;
  }
  return { order: order.reverse(), unique: ways[sets - 1] === 1 };
}

/** Moves systems to better places, one at a time, until no move gains. */
function insertions(start: readonly number[], w: Float64Array, n: number): number[] {
  const order = [...start];
  for (let moved = true; moved; ) {
    moved = false;
    for (let from = 0; from < n; from++) {
      const system = order[from]!;
      let [best, to] = [-1e-9, from];
      for (const step of [-1, 1]) {
        let change = 0;
        for (let at = from + step; at >= 0 && at < n; at += step) {
          const other = order[at]!;
          // up: the system comes to stand above `other`
          change += step * (w[system * n + other]! - w[other * n + system]!);
          if (change < best) [best, to] = [change, at];
        }
      }
      if (to === from) continue;
      order.splice(from, 1);
      order.splice(to, 0, system);
      moved = true;
    }
  }
  return order;
}
