import type { Json } from "../../../core/types.ts";
import { assign, assignInOrder } from "../assignment.ts";
import { type Nearness, sameValue } from "./equal.ts";
import { type Overlap, overlap } from "./overlap.ts";

function equalities(wanted: readonly Json[], given: readonly Json[], near: Nearness): Float64Array {
  const equal = new Float64Array(wanted.length * given.length);
  for (const [i, want] of wanted.entries())
    for (const [j, one] of given.entries()) if (sameValue(want, one, near)) equal[i * given.length + j] = 1;
  return equal;
}

/** Overlap of two collections whose order does not matter; each item pairs with one equal item. */
export function matchSet(wanted: readonly Json[], given: readonly Json[], near: Nearness = {}): Overlap {
  const { total } = assign(equalities(wanted, given, near), wanted.length, given.length);
  return overlap(total, wanted.length, given.length);
}

/** Overlap of two lists whose order matters, and the share of places at which they agree. */
export interface ListMatch extends Overlap {
  /** Places with equal items / the longer length. */
  places: number;
}

/** Overlap of two lists by their longest common subsequence. */
export function matchList(wanted: readonly Json[], given: readonly Json[], near: Nearness = {}): ListMatch {
  const { total } = assignInOrder(equalities(wanted, given, near), wanted.length, given.length);
  let same = 0;
  for (const [i, want] of wanted.entries()) if (i < given.length && sameValue(want, given[i], near)) same++;
  const most = Math.max(wanted.length, given.length);
  return { ...overlap(total, wanted.length, given.length), places: most === 0 ? 1 : same / most };
}
