import type { Estimate } from "../../../core/index.ts";
import { creditEstimate, maybe } from "../../../run/credit.ts";
import type { Item } from "../../../run/index.ts";
import type { Section } from "./section.ts";

/** How a reward does on one source, against all others. */
export interface SourceShift {
  source: string;
  inside: Estimate | undefined;
  outside: Estimate | undefined;
  /** Accuracy on this source less that on the others. */
  difference: Estimate | undefined;
}

/** Shifts by one subset key. */
export interface Shift {
  key: string;
  sources: readonly SourceShift[];
}

/**
 * Out-of-distribution shift: accuracy on each value of a subset key, or on all but the one that the reward was trained on.
 *
 * The interval of a difference of two independent accuracies p - q is Newcombe's: p - q ∓ √((p - l_p)² + (u_q - q)²), from Wilson's ends
 * by prompt.
 *
 * @param known the value of `key` that the reward was trained on; then it alone is held against the rest
 * Source: Newcombe (1998), method 10.
 */
export function shiftOf(
  items: readonly Item[],
  options: { key?: string | undefined; known?: string | undefined; level: number },
): Section<Shift[]> {
  const scored = items.filter(({ credit }) => credit !== null);
  const keys = [...new Set(scored.flatMap(({ subsets }) => Object.keys(subsets)))].sort();
  const wanted = options.key === undefined ? keys : keys.filter((key) => key === options.key);
  if (options.key !== undefined && wanted.length === 0)
    return {
      missing: `no row has the subset '${options.key}'${keys.length > 0 ? `; there is ${keys.join(", ")}` : ""}`,
    };
  const shifts = wanted.flatMap((key): Shift[] => {
    const values = [...new Set(scored.flatMap(({ subsets }) => subsets[key] ?? []))].sort();
    if (values.length < 2 || (options.key === undefined && values.length > 12)) return [];
    const sources = options.known === undefined ? values : values.filter((value) => value === options.known);
    return [{ key, sources: sources.map((source) => sourceShift(scored, key, source, options.level)) }];
  });
  if (shifts.some(({ sources }) => sources.length === 0))
    return { missing: `no row has '${options.known}' as its ${options.key}` };
  if (shifts.length === 0)
    return {
      missing: "the rows name no source: a column under --map subsets.source=COLUMN would, with two values or more",
    };
  return shifts;
}

function sourceShift(items: readonly Item[], key: string, source: string, level: number): SourceShift {
  const of = (own: readonly Item[]): Estimate | undefined =>
    maybe(() =>
      creditEstimate(
        { values: own.map(({ credit }) => credit!), clusters: own.map(({ cluster }) => cluster) },
        0,
        level,
      ),
    );
  const inside = of(items.filter(({ subsets }) => subsets[key] === source));
  const outside = of(items.filter(({ subsets }) => subsets[key] !== undefined && subsets[key] !== source));
  if (inside === undefined || outside === undefined) return { source, inside, outside, difference: undefined };
  const value = inside.value - outside.value;
  return {
    source,
    inside,
    outside,
    difference: {
      value,
      low: value - Math.hypot(inside.value - inside.low, outside.high - outside.value),
      high: value + Math.hypot(inside.high - inside.value, outside.value - outside.low),
      level,
      n: inside.n + outside.n,
      unscored: 0,
      method: "difference of independent accuracies, Newcombe from Wilson's ends by prompt",
    },
  };
}
