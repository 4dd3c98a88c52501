import { type Estimate, InputError, isScored, NotEnoughDataError, type Seed, seedFrom, split } from "../core/index.ts";
import type { ScoreTable } from "../io/index.ts";
import { holm, midRanks } from "../stats/index.ts";
import { creditEstimate, maybe, valueEstimate } from "./credit.ts";
import { type Difference, differenceOf, type Paired } from "./difference.ts";
import { bySubset, subsetKeys } from "./eval.ts";
import { type Item, type ItemOptions, itemise } from "./items.ts";
import type { Judged } from "./judged.ts";

/** Of what is compared: accuracy on labels (of a basis), or the mean of the files' own values. */
export type Compared = "accuracy" | "value";

/** One item with what A and B got for it; null where it is unscored. */
interface Both {
  id: string;
  which: string;
  /** How far each one's value speaks for the right side, on its own scale; under "accuracy" only. */
  margins: readonly [a: number | null, b: number | null];
  a: number | null;
  b: number | null;
  cluster: string;
  subsets: Readonly<Record<string, string>>;
}

/** A difference on one subset, with its p corrected for all subsets of the key. */
export interface SubsetDifference {
  n: number;
  unscored: number;
  /** Undefined where there are too few prompts. */
  result: (Difference & { pHolm: number }) | undefined;
}

/** An item on which A and B part. */
export interface Dispute {
  id: string;
  /** The decision: a pair such as `0>2`, a candidate, or empty for the whole task. */
  which: string;
  a: number;
  b: number;
  /** How far each one's value speaks for the right side, on its own scale; under "accuracy" only. */
  margins?: { a: number; b: number } | undefined;
}

/** What a comparison says in a word. */
export type Conclusion = "better" | "worse" | "no difference shown" | "no worse" | "undecided";

/** What `laurel compare` says. */
export interface Comparison extends Difference {
  of: Compared;
  /** How the items were made, under "accuracy". */
  basis: ReturnType<typeof itemise> | undefined;
  a: Estimate | undefined;
  b: Estimate | undefined;
  items: number;
  /** Items that have no value under A only, B only, or both; they are left out. */
  unscored: { a: number; b: number; both: number };
  /** The difference if what is unscored spoke against A, or for it, as far as it can; under "accuracy" only. */
  bounds: { againstA: Estimate; forA: Estimate } | undefined;
  subsets: Readonly<Record<string, Readonly<Record<string, SubsetDifference>>>>;
  /** A - B of each item that both scored, in the items' order. */
  differences: Float64Array;
  /** The items on which A and B part most; of equal ones those where both margins are large among their own. */
  disputed: readonly Dispute[];
  conclusion: Conclusion;
  /** The margin of "no worse than", where it was asked for. */
  margin: number | undefined;
}

/** Options of the comparisons. */
export interface CompareOptions {
  /** Ask whether A is no worse than B by more than this, instead of whether they differ. */
  margin?: number | undefined;
  subset?: string | undefined;
  seed?: string | number | undefined;
  level?: number | undefined;
  /** Disputed items to name, default 5. */
  examples?: number | undefined;
}

/**
 * Compares two rewards on the same labelled rows, item by item.
 *
 * @param a rows scored by A, from `judged`
 * @param b the same rows scored by B
 * @param options how items are made (see `itemise`); `margin`, `subset`, `seed`, `level`; `ranges` of both, for thresholds
 * @throws NotEnoughDataError where fewer than 2 prompts are scored by both
 * @example compareJudged(rowsOfA, rowsOfB, { margin: 0.02 }).conclusion // "no worse"
 */
export function compareJudged(
  a: readonly Judged[],
  b: readonly Judged[],
  options: CompareOptions &
    Omit<ItemOptions, "range"> & { ranges?: readonly [ItemOptions["range"], ItemOptions["range"]] | undefined } = {},
): Comparison {
  const { ranges, ...how } = options;
  const first = itemise(a, { ...how, range: ranges?.[0] });
  const key = (item: Item): string => JSON.stringify([item.id, item.repeat, item.which]);
  const ofB = new Map(itemise(b, { ...how, range: ranges?.[1] }).items.map((item) => [key(item), item]));
  const both = first.items.flatMap((item): Both[] => {
    const match = ofB.get(key(item));
    return match === undefined
      ? []
      : [
          {
            id: item.id,
            which: item.which,
            a: item.credit,
            b: match.credit,
            margins: [item.margin, match.margin],
            cluster: item.cluster,
            subsets: item.subsets,
          },
        ];
  });
  return comparison(both, "accuracy", first, options);
}

/**
 * Compares two score files value by value, without labels: results of two models on the same documents, or one reward's scores of two
 * models' answers. A task's value is the mean of its candidates'.
 *
 * @param a, b tables of the same tasks
 * @throws InputError where they share no task, or where a document's hash differs
 */
export function compareTables(a: ScoreTable, b: ScoreTable, options: CompareOptions = {}): Comparison {
  const both: Both[] = [];
  for (const id of a.ids()) {
    if (b.group(id) === undefined) continue;
    const [hashA, hashB] = [a.documentHash(id), b.documentHash(id)];
    if (hashA !== undefined && hashB !== undefined && hashA !== hashB)
      throw new InputError({ file: b.file }, `document ${id} is another one than in ${a.file}: their hashes differ`);
    both.push({
      id,
      which: "",
      a: meanOf(a, id),
      b: meanOf(b, id),
      margins: [null, null],
      cluster: id,
      subsets: {},
    });
  }
  if (both.length === 0)
    throw new InputError({ file: b.file }, `it shares no id with ${a.file}`, "compare files of the same tasks");
  return comparison(both, "value", undefined, options);
}

function meanOf(table: ScoreTable, id: string): number | null {
  let sum = 0;
  const group = table.group(id)!;
  for (const score of group) {
    if (score === undefined || !isScored(score)) return null;
    sum += score.value;
  }
  return group.length === 0 ? null : sum / group.length;
}

function comparison(
  both: readonly Both[],
  of: Compared,
  basis: Comparison["basis"],
  options: CompareOptions,
): Comparison {
  const level = options.level ?? 0.95;
  const seed = split(seedFrom(options.seed ?? 0), "compare");
  const scored = both.filter((item) => item.a !== null && item.b !== null);
  const missing = both.length - scored.length;
  if (scored.length === 0) throw new NotEnoughDataError("no item is scored by both");
  const overall = differenceOf(pairedOf(scored), { seed, level, unscored: missing });
  const clusters = scored.map((item) => item.cluster);
  const mean = (side: "a" | "b"): Estimate | undefined => {
    const values = scored.map((item) => item[side]!);
    return maybe(() => (of === "accuracy" ? creditEstimate : valueEstimate)({ values, clusters }, missing, level));
  };
  const bound = (a: number, b: number): Estimate =>
    differenceOf(pairedOf(both.map((item) => ({ ...item, a: item.a ?? a, b: item.b ?? b }))), { seed, level })
      .difference;
  return {
    of,
    basis,
    ...overall,
    a: mean("a"),
    b: mean("b"),
    items: both.length,
    unscored: {
      a: both.filter((item) => item.a === null && item.b !== null).length,
      b: both.filter((item) => item.b === null && item.a !== null).length,
      both: both.filter((item) => item.a === null && item.b === null).length,
    },
    bounds: of === "accuracy" && missing > 0 ? { againstA: bound(0, 1), forA: bound(1, 0) } : undefined,
    subsets: Object.fromEntries(
      subsetKeys(both, options.subset).map((key) => [key, differencesBy(both, key, seed, level)]),
    ),
    differences: Float64Array.from(scored, (item) => item.a! - item.b!),
    disputed: disputes(scored, options.examples ?? 5),
    conclusion: conclude(overall, options.margin),
    margin: options.margin,
  };
}

/**
 * What a difference says about A against B.
 *
 * A is better or worse where the interval leaves out 0 and the sign-flip p is below 1 - level as well: t intervals of few discordant
 * items are too short, and the permutation test is not. With a margin the interval alone decides: A is no worse where all of it lies
 * above -margin, worse where all of it lies below.
 */
function conclude({ difference, p }: Difference, margin: number | undefined): Conclusion {
  const { low, high, level } = difference;
  if (margin !== undefined) return low > -margin ? "no worse" : high < -margin ? "worse" : "undecided";
  if (p.signFlip >= 1 - level || (low <= 0 && high >= 0)) return "no difference shown";
  return low > 0 ? "better" : "worse";
}

/**
 * The items whose values differ most. Where many differ as much, as 0/1 ones do, those come first on which the less sure of the two is
 * surest: its margin's size by rank among all of its own, since the two scales have nothing in common.
 */
function disputes(items: readonly Both[], most: number): Dispute[] {
  const sure = [0, 1].map((side) => midRanks(items.map(({ margins }) => Math.abs(margins[side] ?? 0))));
  return items
    .map((item, i) => ({ item, apart: Math.abs(item.a! - item.b!), sure: Math.min(sure[0]![i]!, sure[1]![i]!) }))
    .filter(({ apart }) => apart > 0)
    .sort(
      (x, y) => y.apart - x.apart || y.sure - x.sure || (x.item.id < y.item.id ? -1 : x.item.id > y.item.id ? 1 : 0),
    )
    .slice(0, most)
    .map(({ item: { id, which, a, b, margins } }) => ({
      id,
      which,
      a: a!,
      b: b!,
      ...(margins[0] === null || margins[1] === null ? {} : { margins: { a: margins[0], b: margins[1] } }),
    }));
}

function pairedOf(items: readonly Both[]): Paired {
  return {
    a: items.map((item) => item.a!),
    b: items.map((item) => item.b!),
    clusters: items.map((item) => item.cluster),
  };
}

function differencesBy(
  both: readonly Both[],
  key: string,
  seed: Seed,
  level: number,
): Readonly<Record<string, SubsetDifference>> {
  const parts = bySubset(both, key).map(([value, members]) => {
    const scored = members.filter((item) => item.a !== null && item.b !== null);
    const unscored = members.length - scored.length;
    const few = new Set(scored.map((item) => item.cluster)).size < 2;
    const result = few ? undefined : differenceOf(pairedOf(scored), { seed, level, unscored });
    return { value, n: members.length, unscored, result };
  });
  const tested = parts.flatMap(({ result }) => (result === undefined ? [] : [result.p.signFlip]));
  const adjusted = holm(tested);
  let at = 0;
  return Object.fromEntries(
    parts.map(({ value, n, unscored, result }) => [
      value,
      { n, unscored, result: result === undefined ? undefined : { ...result, pHolm: adjusted[at++]! } },
    ]),
  );
}
