import {
  type Estimate,
  type Fault,
  isScored,
  NotEnoughDataError,
  type Reason,
  seedFrom,
  split,
  UsageError,
} from "../core/index.ts";
import { aucEstimate } from "../stats/index.ts";
import { type Calibration, calibrationOf, type MarginScale } from "./calibration.ts";
import { type Clustered, creditEstimate, maybe, valueEstimate } from "./credit.ts";
import { type Item, type Itemised, type ItemOptions, itemise } from "./items.ts";
import type { Judged } from "./judged.ts";

/** Accuracy on one subset; undefined where there are too few items for an interval. */
export interface SubsetAccuracy {
  accuracy: Estimate | undefined;
  /** Items, those unscored included. */
  n: number;
  unscored: number;
}

/** A decision that is worth reading. */
export interface Noted {
  id: string;
  which: string;
  margin: number;
  dissent?: number | undefined;
}

/** What `laurel eval` says about a reward. */
export interface Evaluation {
  made: Itemised;
  accuracy: Estimate;
  /** The accuracy if every unscored item were wrong, or right. */
  bounds: { allWrong: Estimate; allRight: Estimate };
  /** What an arbitrary choice gets, and the best that could be got: of best-of-k, where they depend on the file. */
  chance: Estimate | undefined;
  ceiling: Estimate | undefined;
  /** The mean margin of the right side, on the reward's own scale. */
  margin: Estimate | undefined;
  /** Under "labels": the probability that a right candidate has the higher value of two. */
  auc: Estimate | undefined;
  /** Accuracy by subset key and value. */
  subsets: Readonly<Record<string, Readonly<Record<string, SubsetAccuracy>>>>;
  /** Items whose sides have equal values, which count half (or as the share of right ones among the tied). */
  tied: number;
  faults: Partial<Record<Fault, number>>;
  unscored: Partial<Record<Reason, number>>;
  /** Items without a credit, because a score that they need is missing. */
  unscoredItems: number;
  calibration: Calibration | undefined;
  /** Why there is no calibration. */
  uncalibrated: string | undefined;
  values: { right: Float64Array; wrong: Float64Array };
  /** Wrong with the largest margins, closest margins, and those whose raters disagree most. */
  hardest: readonly Noted[];
  closest: readonly Noted[];
  disputed: readonly Noted[];
}

/** Options of `evaluate`. */
export interface EvaluateOptions extends ItemOptions {
  /** Only this subset key; all of them by default. */
  subset?: string | undefined;
  /** How margins become probabilities; "fitted" by default. */
  scale?: MarginScale | undefined;
  /** Rows to name in each list, default 5. */
  examples?: number | undefined;
  seed?: string | number | undefined;
  level?: number | undefined;
}

/**
 * Holds scores against labels: accuracy with its interval by prompt, bounds for what is unscored, subsets, calibration and the rows
 * that are worth reading.
 *
 * @param rows scored rows with labels, from `judged`
 * @param options the basis (see `itemise`), `subset`, `scale`, `examples`, `seed`, `level`
 * @throws NotEnoughDataError where no item is labelled or scored; UsageError for an unknown subset key
 * @example const result = evaluate(rows, { basis: "preferences" });
 */
export function evaluate(rows: readonly Judged[], options: EvaluateOptions = {}): Evaluation {
  const level = options.level ?? 0.95;
  const made = itemise(rows, options);
  const { items } = made;
  if (items.length === 0)
    throw new NotEnoughDataError(
      made.ties > 0
        ? `all ${made.ties} labelled pairs are ties of the raters`
        : `none of the ${made.rows} rows has labels for ${made.basis}`,
    );
  const scored = items.filter((item) => item.credit !== null);
  const missing = items.length - scored.length;
  if (scored.length === 0)
    throw new NotEnoughDataError(`all ${items.length} items are unscored (${reasonsText(rows)})`);
  const faults: Partial<Record<Fault, number>> = {};
  const unscored: Partial<Record<Reason, number>> = {};
  for (const { scores } of rows)
    for (const score of scores)
      if (!isScored(score)) unscored[score.unscored.reason] = (unscored[score.unscored.reason] ?? 0) + 1;
      else if (score.fault !== undefined) faults[score.fault] = (faults[score.fault] ?? 0) + 1;

  const accuracy = creditEstimate(credits(scored), missing, level);
  const bound = (credit: (item: Item) => number): Estimate =>
    creditEstimate({ values: items.map((item) => item.credit ?? credit(item)), clusters: clustersOf(items) }, 0, level);
  const grouped = made.basis === "best-of-k";
  const decided = scored.filter((item) => item.margin !== null);
  const margins: Clustered = { values: decided.map((item) => item.margin!), clusters: clustersOf(decided) };
  let calibration: Calibration | undefined;
  let uncalibrated: string | undefined;
  try {
    const seed = split(seedFrom(options.seed ?? 0), "calibration");
    calibration = calibrationOf(made, { scale: options.scale ?? "fitted", seed, level });
  } catch (thrown) {
    if (!(thrown instanceof NotEnoughDataError)) throw thrown;
    uncalibrated = thrown.message;
  }
  const most = options.examples ?? 5;
  return {
    made,
    accuracy,
    bounds: { allWrong: bound(() => 0), allRight: bound((item) => item.ceiling) },
    chance: grouped
      ? maybe(() => creditEstimate({ values: items.map((item) => item.chance), clusters: clustersOf(items) }, 0, level))
      : undefined,
    ceiling: grouped
      ? maybe(() =>
          creditEstimate({ values: items.map((item) => item.ceiling), clusters: clustersOf(items) }, 0, level),
        )
      : undefined,
    margin: maybe(() => valueEstimate(margins, missing, level)),
    auc: made.basis === "labels" ? maybe(() => aucOf(scored, level)) : undefined,
    subsets: subsetsOf(items, options.subset, level),
    tied: decided.filter((item) => item.margin === 0).length,
    faults,
    unscored,
    unscoredItems: missing,
    calibration,
    uncalibrated,
    values: {
      right: Float64Array.from(scored.flatMap((item) => item.right)),
      wrong: Float64Array.from(scored.flatMap((item) => item.wrong)),
    },
    hardest: shown(
      decided.filter((item) => item.margin! < 0),
      (item) => item.margin!,
      most,
    ),
    closest: shown(decided, (item) => Math.abs(item.margin!), most),
    disputed: shown(
      decided.filter((item) => (item.dissent ?? 0) > 0),
      (item) => -item.dissent!,
      most,
    ),
  };
}

const clustersOf = (items: readonly Item[]): string[] => items.map((item) => item.cluster);

function credits(items: readonly Item[]): Clustered {
  return { values: items.map((item) => item.credit!), clusters: clustersOf(items) };
}

function aucOf(items: readonly Item[], level: number): Estimate {
  return aucEstimate(
    items.map(({ right, wrong }) => right[0] ?? wrong[0]!),
    items.map(({ right }) => right.length > 0),
    clustersOf(items),
    level,
  );
}

/** The subset keys of some items, or the one that is asked for. */
export function subsetKeys(items: readonly Pick<Item, "subsets">[], wanted: string | undefined): string[] {
  const keys = new Set<string>();
  for (const { subsets } of items) for (const key of Object.keys(subsets)) keys.add(key);
  if (wanted === undefined) return [...keys].sort();
  if (keys.has(wanted)) return [wanted];
  throw new UsageError(
    `no row has the subset '${wanted}'`,
    keys.size > 0 ? `there is ${[...keys].sort().join(", ")}` : "the rows have no subsets",
  );
}

/** Items by the value of a subset key, in the order of the values. */
export function bySubset<T extends Pick<Item, "subsets">>(items: readonly T[], key: string): [string, T[]][] {
  const values = new Map<string, T[]>();
  for (const item of items) {
    const value = item.subsets[key];
    if (value === undefined) continue;
    const known = values.get(value);
    if (known === undefined) values.set(value, [item]);
    else known.push(item);
  }
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1));
}

function subsetsOf(items: readonly Item[], wanted: string | undefined, level: number): Evaluation["subsets"] {
  return Object.fromEntries(
    subsetKeys(items, wanted).map((key) => [
      key,
      Object.fromEntries(
        bySubset(items, key).map(([value, members]) => {
          const scored = members.filter((item) => item.credit !== null);
          const unscored = members.length - scored.length;
          const accuracy = maybe(() => creditEstimate(credits(scored), unscored, level));
          return [value, { accuracy, n: members.length, unscored }];
        }),
      ),
    ]),
  );
}

function shown(items: readonly Item[], key: (item: Item) => number, most: number): Noted[] {
  return [...items]
    .sort((a, b) => key(a) - key(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
    .slice(0, most)
    .map(({ id, which, margin, dissent }) => ({
      id,
      which,
      margin: margin!,
      ...(dissent === undefined ? {} : { dissent }),
    }));
}

function reasonsText(rows: readonly Judged[]): string {
  const reasons = new Set(rows.flatMap(({ scores }) => scores.map((one) => one.unscored?.reason ?? "")));
  reasons.delete("");
  return [...reasons].sort().join(", ");
}
