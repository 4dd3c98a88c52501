import type { Json, JsonObject, ToolCall } from "../../../core/types.ts";
import { assign, assignInOrder } from "../assignment.ts";
import { jsonEqual } from "./json-equal.ts";

/** Equality of two argument values. */
export type ValueEquality = (a: Json | undefined, b: Json | undefined) => boolean;

/**
 * Overlap of two multisets: 1 if equal (also if both are empty), 0 if only one is empty, else |A∩B| / (|A| + |B| − |A∩B|).
 *
 * Source: ToolRL's matching of names and of keys.
 *
 * @example multisetJaccard(["a", "a", "b"], ["a", "c"]) // 1/4
 */
export function multisetJaccard(a: readonly string[], b: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const one of a) counts.set(one, (counts.get(one) ?? 0) + 1);
  let shared = 0;
  for (const one of b) {
    const left = counts.get(one) ?? 0;
    if (left === 0) continue;
    counts.set(one, left - 1);
    shared++;
  }
  const union = a.length + b.length - shared;
  return union === 0 ? 1 : shared / union;
}

/** How many of the wanted parameters are there with an equal value. */
export function equalValues(wanted: JsonObject, given: JsonObject, equals: ValueEquality): number {
  let same = 0;
  for (const key of Object.keys(wanted)) if (Object.hasOwn(given, key) && equals(wanted[key], given[key])) same++;
  return same;
}

/** Likeness of two calls of the same function: its name, its parameters' names and their values. */
export interface CallLikeness {
  /** Overlap of the parameters' names, in [0, 1]. */
  keys: number;
  /** Share of the wanted parameters with an equal value, in [0, 1]; 1 where none are wanted. */
  values: number;
  /** (1 + keys + number of equal values) / (2 + n) with n wanted parameters, in [0, 1]; 1 only for equal calls. */
  score: number;
}

/** Likeness of two calls, or undefined where the functions differ. */
export function callLikeness(
  wanted: ToolCall,
  given: ToolCall,
  equals: ValueEquality = jsonEqual,
): CallLikeness | undefined {
  if (wanted.name !== given.name) return undefined;
  const names = Object.keys(wanted.input);
  const keys = multisetJaccard(names, Object.keys(given.input));
  const same = equalValues(wanted.input, given.input, equals);
  return {
    keys,
    values: names.length === 0 ? 1 : same / names.length,
    score: (1 + keys + same) / (2 + names.length),
  };
}

/** How well the calls made match the calls wanted. */
export interface CallMatch {
  /** Σ score of the paired calls / the greater number of calls (or the number wanted, if more calls are free); 1 if both are none. */
  value: number;
  /** Overlap of the function names. */
  names: number;
  /** Σ keys of the pairs / the number of calls wanted; 1 if none are. */
  keys: number;
  /** Σ values of the pairs / the number of calls wanted; 1 if none are. */
  values: number;
  /** 1 if all calls wanted are there exactly (and, unless more are free, no others), else 0. */
  exact: number;
}

/**
 * Pairs the calls wanted with the calls made so that the summed likeness is greatest.
 *
 * @param order "free": any pairing (Hungarian); "strict": pairs keep the order of both lists
 * @param extra "count": calls that nobody asked for lower the value; "ignore": they are free
 * @example matchCalls([{ name: "f", input: { a: 1 } }], [{ name: "f", input: { a: 1 } }]).value // 1
 */
export function matchCalls(
  wanted: readonly ToolCall[],
  given: readonly ToolCall[],
  options: { order?: "free" | "strict"; extra?: "count" | "ignore"; equals?: ValueEquality } = {},
): CallMatch {
  const weights = new Float64Array(wanted.length * given.length);
  const likeness = wanted.map((want, i) =>
    given.map((one, j) => {
      const like = callLikeness(want, one, options.equals);
      weights[i * given.length + j] = like?.score ?? 0;
      return like;
    }),
  );
  const pair = options.order === "strict" ? assignInOrder : assign;
  const { columns, total } = pair(weights, wanted.length, given.length);
  let keys = 0;
  let values = 0;
  let whole = 0;
  for (const [i, column] of columns.entries()) {
    if (column < 0) continue;
    const like = likeness[i]![column]!;
    keys += like.keys;
    values += like.values;
    if (like.score === 1) whole++;
  }
  const most = options.extra === "ignore" ? wanted.length : Math.max(wanted.length, given.length);
  const share = (sum: number): number => (wanted.length === 0 ? 1 : sum / wanted.length);
  return {
    value: most === 0 ? 1 : total / most,
    names: multisetJaccard(
      wanted.map(({ name }) => name),
      given.map(({ name }) => name),
    ),
    keys: share(keys),
    values: share(values),
    exact: whole === most ? 1 : 0,
  };
}
