import { type Estimate, NotEnoughDataError, UsageError } from "../core/index.ts";
import { meanEstimate, proportionEstimate } from "./estimate.ts";
import { meanOf, varianceOf } from "./sample.ts";

/** One repeat of one item. */
export interface Repeat {
  item: string;
  repeat: number | string;
  /** The outcome, such as 0 or 1, or a score; null where it could not be scored. */
  outcome: number | null;
  /** The raw output, where differences of text are to be counted. */
  text?: string | undefined;
}

/** How much the same run differs from itself. */
export interface Nondeterminism {
  repeats: readonly (number | string)[];
  items: number;
  /** The mean outcome of each repeat. */
  perRepeat: readonly Estimate[];
  /** Standard deviation of those means over repeats (n - 1). */
  betweenRuns: number;
  /** Share of items whose outcome is not the same in all repeats. */
  flips: Estimate;
  /** Share of pairs of repeats of an item that differ in outcome: the floor of any regress rate. */
  pairFlips: Estimate;
  /** Share of items whose text is not the same in all repeats; null where texts are missing. */
  textChanges: Estimate | null;
  /** Mean over items of the entropy of the outcomes, in bits. */
  entropy: Estimate;
}

/**
 * What repeats of an unchanged run say about its noise.
 *
 * @param rows every item with the same repeats, at least 2 each; items with an unscored repeat are left out and counted.
 * @param options level 0.95.
 * @throws UsageError for a repeated row or missing repeats; NotEnoughDataError for fewer than 2 items or repeats.
 *
 * Source: Eureka (2024), non-determinism.
 */
export function nondeterminism(rows: Iterable<Repeat>, options: { level?: number | undefined } = {}): Nondeterminism {
  const level = options.level ?? 0.95;
  const items = new Map<string, Map<number | string, Repeat>>();
  const names = new Set<number | string>();
  for (const row of rows) {
    let repeats = items.get(row.item);
    if (repeats === undefined) items.set(row.item, (repeats = new Map()));
    if (repeats.has(row.repeat)) throw new UsageError(`the item ${row.item} has the repeat ${row.repeat} twice`);
    repeats.set(row.repeat, row);
    names.add(row.repeat);
  }
  const repeats = [...names];
  if (repeats.length < 2) throw new NotEnoughDataError("non-determinism needs at least 2 repeats", 2);
  const scored: Repeat[][] = [];
  for (const [item, own] of items) {
    const list = repeats.map((name) => {
      const row = own.get(name);
      if (row === undefined) throw new UsageError(`the item ${item} lacks the repeat ${name}`);
      return row;
    });
    if (list.every((row) => row.outcome !== null)) scored.push(list);
  }
  const n = scored.length;
  if (n < 2) throw new NotEnoughDataError(`${n} items have an outcome in every repeat`, 2);
  const more = { level, unscored: items.size - n };
  const perRepeat = repeats.map((_, r) =>
    meanEstimate(
      scored.map((list) => list[r]!.outcome!),
      more,
    ),
  );
  const differs = scored.map((list) => list.some((row) => row.outcome !== list[0]!.outcome));
  const pairs = scored.map((list) => {
    const counts = [...countsOf(list).values()];
    const equal = counts.reduce((sum, count) => sum + count * (count - 1), 0);
    return 1 - equal / (list.length * (list.length - 1));
  });
  const entropies = scored.map((list) =>
    [...countsOf(list).values()].reduce(
      (sum, count) => sum - (count / list.length) * Math.log2(count / list.length),
      0,
    ),
  );
  const texts = scored.every((list) => list.every((row) => row.text !== undefined));
  return {
    repeats,
    items: n,
    perRepeat,
    betweenRuns: Math.sqrt(varianceOf(perRepeat.map((one) => one.value))),
    flips: proportionEstimate(differs, more),
    pairFlips: { ...meanEstimate(pairs, more), value: meanOf(pairs) },
    textChanges: texts
      ? proportionEstimate(
          scored.map((list) => list.some((row) => row.text !== list[0]!.text)),
          more,
        )
      : null,
    entropy: meanEstimate(entropies, more),
  };
}

function countsOf(list: readonly Repeat[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { outcome } of list) counts.set(outcome!, (counts.get(outcome!) ?? 0) + 1);
  return counts;
}
