import { type Estimate, NotEnoughDataError } from "../core/index.ts";
import { creditEstimate, valueEstimate } from "../run/credit.ts";
import { varianceOf } from "../stats/index.ts";
import type { Answered, Benchmark, Credited, Figure, Sections } from "./benchmark.ts";

/** What an unscored item counts: the official rule's value, nothing (it is left out), or 0. */
export type UnscoredRule = "official" | "drop" | "wrong";

/** Items with the credit of a benchmark's rule. */
export function credited(
  benchmark: Pick<Benchmark, "rule">,
  items: readonly Answered[],
  unscored: UnscoredRule = "official",
): Credited[] {
  const { rule } = benchmark;
  const instead = unscored === "wrong" ? 0 : unscored === "official" && rule.unscored !== "drop" ? rule.unscored : null;
  return items.map((item) => {
    if (item.repeats === undefined) return { ...item, credit: rule.credit(item) ?? instead };
    const credits = item.repeats.flatMap((one) => rule.credit({ ...item, ...one }) ?? instead ?? []);
    return { ...item, credit: credits.length === 0 ? null : mean(credits), credits };
  });
}

/** How much credits vary between repeats of the same items. */
export interface RepeatSpread {
  /** Items with two scored repeats or more. */
  items: number;
  /** Mean over items of the variance between an item's repeats. */
  variance: number;
  /** √variance: how far one more repeat of an item would lie from its mean. */
  sd: number;
  /** The standard deviation of the mean credit of a run that asks once: √(Σ s_i²) / n. */
  runSd: number;
  /** The share of items whose repeats are not all the same. */
  changed: number;
}

/** The spread between repeats; undefined where nothing was asked twice. */
export function repeatSpread(items: readonly Credited[]): RepeatSpread | undefined {
  const variances = items.flatMap(({ credits = [] }) => (credits.length < 2 ? [] : [varianceOf(credits)]));
  if (variances.length === 0) return undefined;
  const variance = mean(variances);
  return {
    items: variances.length,
    variance,
    sd: Math.sqrt(variance),
    runSd: Math.sqrt(variance / variances.length),
    changed: variances.filter((one) => one > 0).length / variances.length,
  };
}

/** A figure taken apart: its value is the mean of the shares, so that intervals and paired differences are those of means. */
export interface Influence {
  value: number;
  /** One a unit; a unit is an item for means, and a cluster for other figures. */
  shares: readonly number[];
  clusters: readonly string[];
  /** What a unit is called, to pair two systems by. */
  units: readonly string[];
  /** Items that the figure leaves out because they are unscored. */
  unscored: number;
  method: "mean" | "sections" | "ratio" | "jackknife";
}

/**
 * Takes a figure apart into shares whose mean it is.
 *
 *     a mean:            share_i = c_i
 *     means of sections: share_i = θ + (w_s / Σw) · (n / n_s) · (c_i − mean of its section s)
 *     a ratio, paired:   share_i = θ + (n / n_counted) · (c_i − θ), or θ for an item that is not counted (n items in all)
 *     anything else:     share_g = G·θ − (G − 1)·θ without cluster g (the jackknife's pseudo-values, whose mean is the bias-corrected θ)
 *
 * @param options `paired`: for a comparison of two systems, where figures with `ratio` need a share of every item
 * @throws NotEnoughDataError where no item is scored
 * Source: Efron and Tibshirani (1993), chapter 11, for pseudo-values.
 */
export function influence(
  figure: Figure,
  items: readonly Credited[],
  options: { paired?: boolean | undefined } = {},
): Influence {
  if (figure.all !== undefined) return jackknife(figure.all, items);
  const of = figure.of ?? ((item: Credited) => item.credit);
  const counted = items.flatMap((item) => {
    const credit = of(item);
    return credit === null ? [] : [{ item, credit }];
  });
  if (counted.length === 0) throw new NotEnoughDataError(`no item could be scored for ${figure.name}`);
  const unscored = items.filter((item) => item.credit === null).length;
  if (figure.ratio === true && options.paired === true) {
    const value = mean(counted.map(({ credit }) => credit));
    const credits = new Map(counted.map(({ item, credit }) => [item, credit]));
    const weight = items.length / counted.length;
    return {
      value,
      shares: items.map((item) => value + (credits.has(item) ? weight * (credits.get(item)! - value) : 0)),
      clusters: items.map(({ cluster }) => cluster),
      units: items.map(({ id }) => id),
      unscored,
      method: "ratio",
    };
  }
  const common = {
    clusters: counted.map(({ item }) => item.cluster),
    units: counted.map(({ item }) => item.id),
    unscored,
  };
  if (figure.sections === undefined) {
    const shares = counted.map(({ credit }) => credit);
    return { value: mean(shares), shares, ...common, method: "mean" };
  }
  const { key } = figure.sections;
  const sections = Map.groupBy(counted, ({ item }) => item.subsets[key] ?? "");
  const weight = sectionWeights(figure.sections, [...sections.keys()]);
  const byName = new Map(
    [...sections].map(([name, members]) => [
      name,
      {
        weight: weight.get(name) ?? 0,
        n: members.length,
        mean: mean(members.map(({ credit }) => credit)),
      },
    ]),
  );
  if (weight.size === 0) throw new NotEnoughDataError(`no item is in a section that ${figure.name} counts`);
  const value = [...byName.values()].reduce((sum, part) => sum + part.weight * part.mean, 0);
  const shares = counted.map(({ item, credit }) => {
    const part = byName.get(item.subsets[key] ?? "")!;
    return value + part.weight * (counted.length / part.n) * (credit - part.mean);
  });
  return { value, shares, ...common, method: "sections" };
}

/** What each section that has items weighs; the weights sum to 1. */
function sectionWeights({ weights, groups }: Sections, names: readonly string[]): Map<string, number> {
  const weightOf = (name: string): number => (weights === undefined ? 1 : (weights[name] ?? 0));
  const parts = (groups === undefined ? [names] : Object.values(groups))
    .map((group) => names.filter((name) => group.includes(name) && weightOf(name) > 0))
    .filter((group) => group.length > 0);
  const found = new Map<string, number>();
  for (const group of parts) {
    const total = group.reduce((sum, name) => sum + weightOf(name), 0);
    for (const name of group) found.set(name, weightOf(name) / total / parts.length);
  }
  return found;
}

function jackknife(all: (items: readonly Credited[]) => number, items: readonly Credited[]): Influence {
  const value = all(items);
  const members = [...Map.groupBy(items, (item) => item.cluster)];
  const count = members.length;
  const shares: number[] = [];
  const units: string[] = [];
  if (count > 1)
    for (const [cluster] of members) {
      const without = all(items.filter((item) => item.cluster !== cluster));
      shares.push(count * value - (count - 1) * without);
      units.push(cluster);
    }
  return {
    value,
    shares,
    clusters: units,
    units,
    unscored: items.filter((item) => item.credit === null).length,
    method: "jackknife",
  };
}

/** What is asked for, or undefined where there are too few items for it. */
function orUndefined<T>(of: () => T): T | undefined {
  try {
    return of();
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}

/** A figure with its interval; undefined where there are too few items for one. */
export function figureEstimate(figure: Figure, items: readonly Credited[], level = 0.95): Estimate | undefined {
  return orUndefined(() => estimateOf(figure, influence(figure, items), level));
}

function estimateOf(figure: Figure, { value, shares, clusters, unscored, method }: Influence, level: number): Estimate {
  const [lowest, highest] = figure.range ?? [0, 1];
  const credits = method === "mean" && shares.every((one) => one >= 0 && one <= 1);
  if (credits) return creditEstimate({ values: shares, clusters }, unscored, level);
  if (!shares.every(Number.isFinite))
    throw new NotEnoughDataError(`${figure.name} is not defined without some of the items, so it has no interval`);
  const estimate = valueEstimate({ values: shares, clusters }, unscored, level);
  if (estimate.low === estimate.high)
    throw new NotEnoughDataError(`${figure.name} is the same whichever prompt is left out, so it has no interval`);
  const half = (estimate.high - estimate.low) / 2;
  const how = { mean: "mean", sections: "mean of sections", ratio: "ratio", jackknife: "jackknife" }[method];
  return {
    ...estimate,
    value,
    low: Math.max(lowest, value - half),
    high: Math.min(highest, value + half),
    method: `${how}, ${estimate.clusters === undefined ? "Student" : "cluster-robust"} t`,
  };
}

/**
 * What is shown of a subset: the headline where it is a mean of what items count (such as precision, of the items that are called a
 * success), else the mean credit.
 */
export function subsetFigure({ rule }: Pick<Benchmark, "rule">): Figure {
  const head = rule.figures[0]!;
  if (head.of !== undefined && head.sections === undefined) return head;
  return { name: "mean credit", about: "", range: head.range };
}

/** A benchmark's figures of some items, with the headline by each subset. */
export interface Scorecard {
  figures: readonly { name: string; about: string; estimate: Estimate | undefined; value: number | null }[];
  subsets: Readonly<Record<string, Readonly<Record<string, Estimate | undefined>>>>;
  items: number;
  unscored: number;
  /** Where items were asked several times. */
  repeats?: RepeatSpread | undefined;
}

/** All figures of a benchmark with intervals; by subset what `subsetFigure` says. */
export function scorecard(benchmark: Benchmark, items: readonly Credited[], level = 0.95): Scorecard {
  const figures = benchmark.rule.figures.map((figure) => {
    const taken = orUndefined(() => influence(figure, items));
    const value = taken === undefined || !Number.isFinite(taken.value) ? null : taken.value;
    return { name: figure.name, about: figure.about, value, estimate: figureEstimate(figure, items, level) };
  });
  const subset = subsetFigure(benchmark);
  const keys = new Set(items.flatMap(({ subsets }) => Object.keys(subsets)));
  const subsets = Object.fromEntries(
    [...keys].sort().map((key) => [
      key,
      Object.fromEntries(
        [...Map.groupBy(items, (item) => item.subsets[key] ?? "")]
          .filter(([name]) => name !== "")
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, members]) => [name, figureEstimate(subset, members, level)]),
      ),
    ]),
  );
  const repeats = repeatSpread(items);
  const unscored = items.filter(({ credit }) => credit === null).length;
  return { figures, subsets, items: items.length, unscored, ...(repeats === undefined ? {} : { repeats }) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}
