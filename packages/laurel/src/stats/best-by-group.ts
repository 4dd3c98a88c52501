import { type Estimate, NotEnoughDataError, random, type Seed, split, UsageError } from "../core/index.ts";
import { type BinaryReport, binaryReport } from "./classification.ts";
import { bootstrapValues, percentileEstimate, type ResampleOptions } from "./percentile.ts";
import { drawBelow } from "./resample.ts";

/** A system's yes/no call on an item of a group, with what is true. */
export interface CalledRow {
  system: string;
  group: string;
  /** What is resampled together, such as the task; default: every row of a group is its own. */
  cluster?: string | undefined;
  /** Null where there is none; it counts in no rate. */
  predicted: 0 | 1 | boolean | null;
  gold: 0 | 1 | boolean;
}

/** A rate of calls that systems are compared by. */
export type CallRate = "precision" | "recall" | "npv" | "tnr" | "accuracy";

/** Which system is best in which group, and whether one is best in all. */
export interface BestByGroup {
  systems: readonly string[];
  groups: readonly string[];
  /** rates[system][group]; null where the system has no case in the group, or cases of a single cluster. */
  rates: readonly (readonly (Estimate | null)[])[];
  /** The best systems of each group (several where equal); none where no system has a rate. */
  winners: readonly (readonly string[])[];
  /** systems x groups row-major: share of the resamples of a group's clusters in which the system is best; equals share. */
  probabilityBest: Float64Array;
  /** The system that is among the best in every group; null where there is none. */
  singleBest: string | null;
  /** What choosing a system for each group gains over one system for all; null where halves are too small to tell. */
  regret: Estimate | null;
}

/** Options of `bestByGroup`. */
export interface BestByGroupOptions extends ResampleOptions {
  /** Default "precision". */
  rate?: CallRate | undefined;
}

/** Hits and cases of a rate: counts[(cluster * systems + system) * 2], hits first. */
interface Table {
  systems: number;
  clusters: number;
  counts: Float64Array;
}

/**
 * Compares systems that call successes by a rate such as precision in each group of items: is one of them best everywhere?
 *
 * Being best on the sample proves little: with as many systems as judges, noise alone makes a different one win each group. So beside the
 * winners stand the chance of being best (bootstrap of clusters) and the split-half `rateRegret`.
 *
 * @param rows every system's call on every item
 * @param options seed; rate, default "precision"; reps 1,000; level 0.95
 * @throws NotEnoughDataError for fewer than 2 systems or no row; UsageError for a call that is neither 0 nor 1
 * Source: AgentRewardBench (2025), precision by benchmark; the regret as in its specification.
 * @example bestByGroup(rows, { seed }).singleBest // null: no judge is best on all benchmarks
 */
export function bestByGroup(rows: Iterable<CalledRow>, options: BestByGroupOptions): BestByGroup {
  const { seed, rate = "precision", reps = 1000, level = 0.95 } = options;
  const all = [...rows];
  const systems = [...new Set(all.map(({ system }) => system))];
  const groups = [...new Set(all.map(({ group }) => group))];
  if (systems.length < 2) throw new NotEnoughDataError("a comparison needs at least 2 systems", 2);
  const cellOf = (system: string, group: string): Estimate | null => {
    const own = all.filter((row) => row.system === system && row.group === group);
    return reportOf(own, level)?.[rate] ?? null;
  };
  const rates = systems.map((system) => groups.map((group) => cellOf(system, group)));
  const winners = groups.map((_, g) => {
    const top = Math.max(...rates.map((row) => row[g]?.value ?? Number.NEGATIVE_INFINITY));
    return systems.filter((_, s) => rates[s]![g]?.value === top);
  });
  const tables = groups.map((group) => tableOf(all, systems, group, rate));
  const single = systems.find((system) => winners.every((best) => best.includes(system)));
  return {
    systems,
    groups,
    rates,
    winners,
    probabilityBest: chances(tables, systems.length, reps, split(seed, "best")),
    singleBest: single ?? null,
    regret: regretEstimate(tables, { seed, reps, level }),
  };
}

function reportOf(rows: readonly CalledRow[], level: number): BinaryReport | null {
  if (rows.every(({ predicted }) => predicted === null)) return null;
  const clusters = rows.every(({ cluster }) => cluster === undefined)
    ? undefined
    : rows.map(({ cluster }, i) => cluster ?? `#${i}`);
  if (clusters !== undefined && new Set(clusters).size < 2) return null;
  return binaryReport(
    rows.map(({ predicted }) => predicted),
    rows.map(({ gold }) => gold),
    { level, clusters },
  );
}

/** Is the call a case of the rate, and a hit? */
function caseOf(rate: CallRate, called: boolean, gold: boolean): { counts: boolean; hit: boolean } {
  switch (rate) {
    case "precision":
      return { counts: called, hit: gold };
    case "recall":
      return { counts: gold, hit: called };
    case "npv":
      return { counts: !called, hit: !gold };
    case "tnr":
      return { counts: !gold, hit: !called };
    case "accuracy":
      return { counts: true, hit: called === gold };
  }
}

function tableOf(rows: readonly CalledRow[], systems: readonly string[], group: string, rate: CallRate): Table {
  const own = rows.filter((row) => row.group === group);
  const place = new Map<string, number>();
  const seen = new Map<string, number>();
  const clusters = own.map(({ cluster, system }) => {
    const at = seen.get(system) ?? 0;
    seen.set(system, at + 1);
    // without clusters the systems' rows stand in the same order of items
    const name = cluster ?? `#${at}`;
    if (!place.has(name)) place.set(name, place.size);
    return place.get(name)!;
  });
  const m = systems.length;
  const counts = new Float64Array(place.size * m * 2);
  for (const [i, { system, predicted, gold }] of own.entries()) {
    if (predicted === null) continue;
    const { counts: isCase, hit } = caseOf(rate, Boolean(predicted), Boolean(gold));
    if (!isCase) continue;
    const at = (clusters[i]! * m + systems.indexOf(system)) * 2;
    counts[at + 1]! += 1;
    if (hit) counts[at]! += 1;
  }
  return { systems: m, clusters: place.size, counts };
}

/** Each system's hits and cases over some clusters, 2 numbers a system. */
function sumsOver({ systems, counts }: Table, clusters: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(systems * 2);
  for (let k = 0; k < clusters.length; k++) {
    const from = clusters[k]! * systems * 2;
    for (let j = 0; j < systems * 2; j++) sums[j]! += counts[from + j]!;
  }
  return sums;
}

const ratio = (sums: Float64Array, s: number): number =>
  sums[2 * s + 1] === 0 ? Number.NEGATIVE_INFINITY : sums[2 * s]! / sums[2 * s + 1]!;

function chances(tables: readonly Table[], m: number, reps: number, seed: Seed): Float64Array {
  if (!(Number.isInteger(reps) && reps >= 2)) throw new UsageError(`reps must be at least 2, not ${reps}`);
  const share = new Float64Array(m * tables.length);
  const stream = random(seed);
  for (const [g, table] of tables.entries()) {
    const drawn = new Int32Array(table.clusters);
    for (let r = 0; r < reps; r++) {
      drawBelow(stream, table.clusters, drawn);
      const sums = sumsOver(table, drawn);
      const values = Array.from({ length: m }, (_, s) => ratio(sums, s));
      const top = Math.max(...values);
      if (top === Number.NEGATIVE_INFINITY) continue;
      const equals = values.filter((value) => value === top).length;
      for (let s = 0; s < m; s++) if (values[s] === top) share[s * tables.length + g]! += 1 / (equals * reps);
    }
  }
  return share;
}

/** What two halves of each group's clusters choose and have left to be judged by. */
interface Choice {
  table: Table;
  second: readonly number[];
  own: number;
  single: number;
}

/**
 * On the first halves the best system of each group and the best over all groups together are chosen. A system that has no case in
 * either half of a group is not eligible there.
 */
function choose(tables: readonly Table[], seed: Seed): Choice[] {
  const stream = random(split(seed, "halves"));
  const m = tables[0]?.systems ?? 0;
  const pooled = new Float64Array(2 * m);
  const halves = tables.map((table) => {
    const order = stream.shuffled(Array.from({ length: table.clusters }, (_, i) => i));
    const second = order.slice(table.clusters >> 1);
    const [one, two] = [sumsOver(table, order.slice(0, table.clusters >> 1)), sumsOver(table, second)];
    for (let j = 0; j < 2 * m; j++) pooled[j]! += one[j]!;
    return { table, second, one, two };
  });
  const best = (sums: Float64Array, open: (s: number) => boolean): number | undefined => {
    let top: number | undefined;
    for (let s = 0; s < m; s++)
      if (open(s) && sums[2 * s + 1]! > 0 && (top === undefined || ratio(sums, s) > ratio(sums, top))) top = s;
    return top;
  };
  const single = best(pooled, () => true);
  if (single === undefined) return [];
  return halves.flatMap(({ table, second, one, two }) => {
    const eligible = (s: number): boolean => one[2 * s + 1]! > 0 && two[2 * s + 1]! > 0;
    const own = best(one, eligible);
    return own === undefined || !eligible(single) ? [] : [{ table, second, own, single }];
  });
}

function gain({ table, own, single }: Choice, clusters: ArrayLike<number>): number | undefined {
  const sums = sumsOver(table, clusters);
  if (sums[2 * own + 1] === 0 || sums[2 * single + 1] === 0) return undefined;
  return ratio(sums, own) - ratio(sums, single);
}

/** The mean of the gains over groups, or undefined where a group has no cases. */
function meanGain(choices: readonly Choice[], drawn: readonly ArrayLike<number>[]): number | undefined {
  let sum = 0;
  for (const [k, choice] of choices.entries()) {
    const one = gain(choice, drawn[k]!);
    if (one === undefined) return undefined;
    sum += one;
  }
  return choices.length === 0 ? undefined : sum / choices.length;
}

/**
 * What choosing a system for each group gains over one for all, by split halves, so that noise alone gives about 0 or less.
 *
 *     regret = mean over groups of (rate of the group's choice − rate of the single choice) on the half that did not choose
 *
 * @param rows as for `bestByGroup`
 * @param options seed of the halves; rate, default "precision"
 * @returns the number; null where no group has cases in both halves
 * Source: the AgentRewardBench specification: choosing and scoring on the same data finds a winner a group in pure noise.
 */
export function rateRegret(
  rows: Iterable<CalledRow>,
  options: { seed: Seed; rate?: CallRate | undefined },
): number | null {
  const all = [...rows];
  const systems = [...new Set(all.map(({ system }) => system))];
  const groups = [...new Set(all.map(({ group }) => group))];
  const tables = groups.map((group) => tableOf(all, systems, group, options.rate ?? "precision"));
  const choices = choose(tables, options.seed);
  return (
    meanGain(
      choices,
      choices.map(({ second }) => second),
    ) ?? null
  );
}

function regretEstimate(
  tables: readonly Table[],
  { seed, reps, level }: { seed: Seed; reps: number; level: number },
): Estimate | null {
  const choices = choose(tables, seed);
  const value = meanGain(
    choices,
    choices.map(({ second }) => second),
  );
  if (value === undefined) return null;
  const strata = choices.flatMap(({ second }, k) => second.map(() => k));
  const flat = choices.flatMap(({ second }) => second);
  const starts = choices.map((_, k) => choices.slice(0, k).reduce((sum, { second }) => sum + second.length, 0));
  const boot = bootstrapValues(
    flat.length,
    (drawn) =>
      meanGain(
        choices,
        choices.map(({ second }, k) => Array.from(second, (_, i) => flat[drawn[starts[k]! + i]!]!)),
      ),
    { seed: split(seed, "regret"), reps, strata },
  );
  if (boot.values.length < boot.undetermined) return null;
  return percentileEstimate(value, boot, {
    n: flat.length,
    level,
    method: "split-half regret of a single best system, given the choices",
  });
}
