import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { clusteredMean, groupsOf, holm, pairedTDetectable, pairedTNeeded, signFlip, tCdf } from "../stats/index.ts";
import type { Benchmark, Credited, Figure } from "./benchmark.ts";
import { figureEstimate, type Influence, influence, subsetFigure } from "./figures.ts";
import { pairedDifference } from "./judge-audit/paired-difference.ts";

/** One system's items on a benchmark. */
export interface Entrant {
  system: string;
  items: readonly Credited[];
}

/** A system's line. */
export interface Standing {
  system: string;
  estimate: Estimate | undefined;
  value: number;
  /** By value; equal values share the lowest. */
  rank: number;
  /** The ranks that the tests leave open, all of them together at the level. */
  ranks: readonly [best: number, worst: number];
  /** Systems that share a letter are not shown to differ. */
  groups: string;
  unscored: number;
  /** By subset value, what `subsetFigure` says. */
  subsets: Readonly<Record<string, Estimate | undefined>>;
}

/** Two systems on the items of both. */
export interface Duel {
  a: string;
  b: string;
  /** Figure of a less figure of b, on the same items. */
  difference: Estimate;
  p: number;
  /** Corrected for all pairs of systems (Holm). */
  pHolm: number;
  better: "a" | "b" | "not shown";
  /** The smallest difference that as many prompts find with 80 % power at 5 % (uncorrected); undefined where nothing varies. */
  detectable: number | undefined;
  /** Prompts needed to find the observed difference with 80 % power; undefined where nothing varies or the difference is 0. */
  needed: number | undefined;
}

/** Systems in order, with what the order is worth. */
export interface Leaderboard {
  benchmark: string;
  title: string;
  tier: Benchmark["tier"];
  figure: string;
  about: string;
  chance: number;
  /** Is the headline's chance that of this figure? */
  headline: boolean;
  level: number;
  lower: boolean;
  items: number;
  by: string | undefined;
  /** The figure that is shown by subset. */
  shown: string;
  standings: readonly Standing[];
  duels: readonly Duel[];
  /** Median over pairs of systems of `Duel.detectable`. */
  detectable: number | undefined;
  notes: readonly string[];
}

/** Options of `leaderboard`. */
export interface LeaderboardOptions {
  /** A figure by name; default the headline. */
  figure?: string | undefined;
  /** The subset key of the forest plots; default the benchmark's own. */
  by?: string | undefined;
  level?: number | undefined;
}

/**
 * Ranks systems on the same items, and says which differences are shown.
 *
 * Every pair of systems is compared item by item (sums by prompt), p-values are corrected for the number of pairs (Holm). A rank interval
 * runs from one more than the number of systems shown to be better to K less the number shown to be worse, so that at the level all
 * intervals hold together. Systems share a letter where no difference between any two of them is shown.
 *
 * Means are compared by their items; means of sections, and ratios such as precision, by linearised items; other figures by the jackknife's pseudo-values of the prompts.
 *
 * @param runs two systems or more, with the benchmark's credits
 * @throws UsageError for fewer than two systems, a name that stands twice, systems on other items, or an unknown figure
 * Source: Holm (1979); rank intervals as Mogstad et al. (2024) from tests of all pairs; letters by Piepho (2004).
 * @example leaderboard(benchmark, [{ system: "a", items: a }, { system: "b", items: b }]).standings[0].ranks // [1, 2]
 */
export function leaderboard(
  benchmark: Benchmark,
  runs: readonly Entrant[],
  options: LeaderboardOptions = {},
): Leaderboard {
  const { level = 0.95, by = benchmark.by } = options;
  const figure = figureNamed(benchmark, options.figure);
  check(runs);
  const taken = runs.map(({ system, items }) => ({
    system,
    items,
    influence: influence(figure, items, { paired: true }),
  }));
  const sign = figure.lower === true ? -1 : 1;
  const order = [...taken].sort(
    (x, y) => sign * (y.influence.value - x.influence.value) || (x.system < y.system ? -1 : 1),
  );
  const duels = duelsOf(order, level);
  const shown = (x: string, y: string): "better" | "worse" | undefined => {
    const duel = duels.find(({ a, b }) => (a === x && b === y) || (a === y && b === x));
    if (duel === undefined || duel.better === "not shown") return undefined;
    const higher = duel.better === "a" ? duel.a : duel.b;
    return (higher === x) === sign > 0 ? "better" : "worse";
  };
  const letters = lettersOf(
    order.map(({ system }) => system),
    (x, y) => shown(x, y) === undefined,
  );
  const count = order.length;
  const standings = order.map(({ system, items, influence: { value, unscored } }): Standing => {
    const others = order.filter((other) => other.system !== system);
    const better = others.filter((other) => shown(other.system, system) === "better").length;
    const worse = others.filter((other) => shown(other.system, system) === "worse").length;
    return {
      system,
      value,
      estimate: figureEstimate(figure, items, level),
      rank: 1 + others.filter((other) => sign * (other.influence.value - value) > 0).length,
      ranks: [1 + better, count - worse],
      groups: letters.get(system)!,
      unscored,
      subsets: by === undefined ? {} : bySubset(benchmark, items, by, level),
    };
  });
  const detectables = duels.flatMap(({ detectable }) => detectable ?? []).sort((x, y) => x - y);
  return {
    benchmark: benchmark.id,
    title: benchmark.title,
    tier: benchmark.tier,
    figure: figure.name,
    about: figure.about,
    chance: benchmark.chance.value,
    headline: figure === benchmark.rule.figures[0],
    level,
    lower: sign < 0,
    shown: subsetFigure(benchmark).name,
    items: runs[0]!.items.length,
    by,
    standings,
    duels,
    detectable: detectables.length === 0 ? undefined : detectables[Math.floor((detectables.length - 1) / 2)],
    notes: notesOf(taken),
  };
}

function figureNamed(benchmark: Benchmark, name: string | undefined): Figure {
  const { figures } = benchmark.rule;
  const found = name === undefined ? figures[0] : figures.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `${benchmark.title} has no figure '${name}'`,
    `it has ${figures.map((one) => one.name).join(", ")}`,
  );
}

function check(runs: readonly Entrant[]): void {
  if (runs.length < 2) throw new UsageError("a leaderboard needs two systems or more");
  const names = new Set<string>();
  for (const { system } of runs) {
    if (names.has(system)) throw new UsageError(`the system '${system}' stands twice`, "name runs with --name");
    names.add(system);
  }
  const ids = new Set(runs[0]!.items.map(({ id }) => id));
  for (const { system, items } of runs)
    if (items.length !== ids.size || !items.every(({ id }) => ids.has(id)))
      throw new UsageError(
        `${system} was run on other items than ${runs[0]!.system} (${items.length} and ${ids.size})`,
        "compare runs of the same items, and finish runs that were interrupted",
      );
}

function duelsOf(order: readonly { system: string; influence: Influence }[], level: number): Duel[] {
  const found: Omit<Duel, "pHolm" | "better">[] = [];
  for (const [i, a] of order.entries())
    for (const b of order.slice(i + 1)) {
      try {
        found.push({ a: a.system, b: b.system, ...gap(a.influence, b.influence, level) });
      } catch (thrown) {
        if (!(thrown instanceof NotEnoughDataError)) throw thrown;
      }
    }
  const corrected = holm(found.map(({ p }) => p));
  return found.map((one, i) => ({
    ...one,
    pHolm: corrected[i]!,
    better: corrected[i]! >= 1 - level ? "not shown" : one.difference.value > 0 ? "a" : "b",
  }));
}

/** The paired difference of two figures by their shares. */
function gap(a: Influence, b: Influence, level: number): Pick<Duel, "difference" | "p" | "detectable" | "needed"> {
  const other = new Map(b.units.map((unit, i) => [unit, b.shares[i]!]));
  const rows = a.units.flatMap((unit, i) => {
    const share = other.get(unit);
    return share === undefined ? [] : [{ a: a.shares[i]!, b: share, cluster: a.clusters[i]! }];
  });
  if (!rows.every((row) => Number.isFinite(row.a) && Number.isFinite(row.b)))
    throw new NotEnoughDataError("the figure is not defined without some of the items");
  const clusters = rows.map(({ cluster }) => cluster);
  const groups = groupsOf(clusters);
  if (groups.count < 2) throw new NotEnoughDataError("a comparison needs two prompts that both have", 2);
  const gaps = rows.map((row) => row.a - row.b);
  const { mean, low, high, standardError } = clusteredMean(gaps, clusters, { level });
  const spread = standardError * Math.sqrt(groups.count);
  const power = {
    detectable: spread === 0 ? undefined : pairedTDetectable(spread, groups.count),
    needed: spread === 0 || Math.abs(mean) < spread * 1e-4 ? undefined : pairedTNeeded(mean, spread),
  };
  const unscored = a.units.length - rows.length;
  const credits = rows.every((row) => row.a >= 0 && row.a <= 1 && row.b >= 0 && row.b <= 1);
  if (a.method === "mean" && credits) return { ...pairedDifference(rows, unscored, level), ...power };
  const value = a.method === "mean" ? mean : a.value - b.value;
  const difference: Estimate = {
    value,
    low: value + low - mean,
    high: value + high - mean,
    level,
    n: rows.length,
    clusters: groups.count,
    unscored,
    method: `paired difference, ${a.method === "jackknife" ? "jackknife" : "cluster-robust"} t`,
  };
  const sums = new Float64Array(groups.count);
  for (const [i, one] of gaps.entries()) sums[groups.of[i]!]! += one;
  const moved = sums.filter((sum) => sum !== 0);
  let p = 1;
  if (moved.length > 0)
    p =
      a.method === "mean" && moved.length <= 14
        ? signFlip(moved).p
        : 2 * tCdf(-Math.abs(value / standardError), groups.count - 1);
  return { difference, p: Math.min(1, p), ...power };
}

/** Letters such that two systems share one exactly where they are alike: a letter a maximal set of systems that are alike. */
function lettersOf(order: readonly string[], alike: (a: string, b: string) => boolean): Map<string, string> {
  let columns: Set<string>[] = [new Set(order)];
  for (const [i, a] of order.entries())
    for (const b of order.slice(i + 1)) {
      if (alike(a, b)) continue;
      columns = columns.flatMap((column) =>
        column.has(a) && column.has(b) ? [without(column, a), without(column, b)] : [column],
      );
      // a set inside another says nothing of its own
      columns = columns.filter(
        (column, k) =>
          !columns.some((other, l) => l !== k && isSubset(column, other) && (column.size < other.size || l < k)),
      );
    }
  const first = (column: ReadonlySet<string>): number => order.findIndex((name) => column.has(name));
  columns.sort((x, y) => first(x) - first(y));
  return new Map(order.map((name) => [name, columns.map((column, k) => (column.has(name) ? letter(k) : "")).join("")]));
}

function without(column: ReadonlySet<string>, name: string): Set<string> {
  const left = new Set(column);
  left.delete(name);
  return left;
}

function isSubset(inner: ReadonlySet<string>, outer: ReadonlySet<string>): boolean {
  for (const one of inner) if (!outer.has(one)) return false;
  return true;
}

/** a … z, then a1, b1, … */
function letter(k: number): string {
  return String.fromCharCode(97 + (k % 26)) + (k < 26 ? "" : Math.floor(k / 26));
}

function bySubset(
  benchmark: Benchmark,
  items: readonly Credited[],
  key: string,
  level: number,
): Record<string, Estimate | undefined> {
  const groups = Map.groupBy(items, (item) => item.subsets[key] ?? "");
  groups.delete("");
  const shown = subsetFigure(benchmark);
  return Object.fromEntries(
    [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, members]) => [name, figureEstimate(shown, members, level)]),
  );
}

function notesOf(taken: readonly { system: string; items: readonly Credited[]; influence: Influence }[]): string[] {
  const notes: string[] = [];
  const unscored = taken.filter(({ influence: { unscored: n } }) => n > 0);
  if (unscored.length > 0)
    notes.push(
      `unscored items are left out of a system's value and of its pairs: ${unscored.map(({ system, influence: { unscored: n } }) => `${system} ${n}`).join(", ")}`,
    );
  const games = taken.filter(({ items }) => items.some(({ votes }) => votes !== undefined)).length;
  if (games > 0 && games < taken.length)
    notes.push("some systems scored single answers and others compared pairs: the two are not asked the same");
  return notes;
}
