import type { Json, JsonObject, ToolCall } from "../../../core/types.ts";
import { assign } from "../assignment.ts";
import { isJsonObject, jsonEqual } from "./json-equal.ts";
import { equalValues, multisetJaccard, type ValueEquality } from "./similarity.ts";

/** How finely a half-right call is graded. */
export type Granularity = "fine" | "refined" | "intermediate" | "coarse";

/** What the parts of a correctness score are made of. */
export interface Correctness {
  /** low + (high − low) · score / max. */
  value: number;
  names: number;
  /** Σ overlap of parameter names over the paired calls. */
  keys: number;
  /** Equal values over the paired calls. */
  values: number;
  score: number;
  max: number;
}

/** Equality of lists of calls, in order. */
function sameCalls(a: readonly ToolCall[], b: readonly ToolCall[], equals: ValueEquality): boolean {
  return a.length === b.length && a.every((call, i) => sameCall(call, b[i]!, equals));
}

function sameCall(a: ToolCall, b: ToolCall, equals: ValueEquality): boolean {
  const keys = Object.keys(a.input);
  return (
    a.name === b.name &&
    keys.length === Object.keys(b.input).length &&
    equalValues(a.input, b.input, equals) === keys.length
  );
}

/**
 * ToolRL's correctness of a list of calls.
 *
 * high if the lists are equal in order. Otherwise score = m(names) + Σ over the wanted calls of the best [m(keys) + equal values] among the
 * calls of that name that are still free, max = 1 + Σ (1 + number of parameters), value = low + (high − low) · score / max, with m the
 * multiset overlap. "refined": m is equality; "intermediate": a call counts 1 only if identical, and max = 1 + number of calls; "coarse":
 * low unless everything is identical in order.
 *
 * @param range [low, high]; [−3, 3] in the paper
 * @param pairing "greedy" pairs in the order of the wanted calls, as the released code does; "optimal" finds the best pairing
 * @example toolRlCorrectness([{ name: "a", input: { x: 1, y: 2 } }], [{ name: "a", input: { x: 1, z: 2 } }]).value // 0.5
 * Source: "ToolRL: Reward is All Tool Learning Needs" (2025), section on reward design, and its code (rlla.py).
 */
export function toolRlCorrectness(
  wanted: readonly ToolCall[],
  given: readonly ToolCall[],
  options: {
    range?: readonly [low: number, high: number];
    granularity?: Granularity;
    pairing?: "greedy" | "optimal";
    equals?: ValueEquality;
  } = {},
): Correctness {
  const [low, high] = options.range ?? [-3, 3];
  const granularity = options.granularity ?? "fine";
  const equals = options.equals ?? jsonEqual;
  const overlap = (a: readonly string[], b: readonly string[]): number => {
    const m = multisetJaccard(a, b);
    return granularity === "refined" && m < 1 ? 0 : m;
  };
  const sizes = wanted.map(({ input }) => Object.keys(input).length);
  const identicalOnly = granularity === "intermediate" || granularity === "coarse";
  const max = 1 + sizes.reduce((sum, size) => sum + 1 + (identicalOnly ? 0 : size), 0);
  if (sameCalls(wanted, given, equals)) {
    const values = sizes.reduce((sum, size) => sum + size, 0);
    return { value: high, names: 1, keys: wanted.length, values, score: max, max };
  }
  if (granularity === "coarse") return { value: low, names: 0, keys: 0, values: 0, score: 0, max };
  const names = overlap(
    wanted.map(({ name }) => name),
    given.map(({ name }) => name),
  );
  // likeness of each pair: [keys, values]
  const pairs = wanted.map((want) =>
    given.map((one): readonly [number, number] => {
      if (want.name !== one.name) return [0, 0];
      if (identicalOnly) return sameCall(want, one, equals) ? [1, 0] : [0, 0];
      return [overlap(Object.keys(want.input), Object.keys(one.input)), equalValues(want.input, one.input, equals)];
    }),
  );
  const columns =
    options.pairing === "optimal"
      ? assign(
          pairs.flatMap((row) => row.map(([keys, values]) => keys + values)),
          wanted.length,
          given.length,
        ).columns
      : greedy(pairs, given.length);
  let keys = 0;
  let values = 0;
  for (const [i, column] of columns.entries()) {
    if (column < 0) continue;
    keys += pairs[i]![column]![0];
    values += pairs[i]![column]![1];
  }
  const score = names + keys + values;
  return { value: low + ((high - low) * score) / max, names, keys, values, score, max };
}

/** For each row in order the first best free column; a best of 0 is no pair. */
function greedy(pairs: readonly (readonly (readonly [number, number])[])[], columns: number): Int32Array {
  const used = new Uint8Array(columns);
  return Int32Array.from(pairs, (row) => {
    let best = 0;
    let at = -1;
    for (const [j, [keys, values]] of row.entries()) {
      if (used[j] === 1 || keys + values <= best) continue;
      best = keys + values;
      at = j;
    }
    if (at >= 0) used[at] = 1;
    return at;
  });
}

/** What a ToolRL output must hold beside its thought. */
export interface ToolRlShape {
  call: boolean;
  response: boolean;
}

/** The shape of a gold text: which of the two blocks it has. */
export function toolRlShape(gold: string): ToolRlShape {
  return { call: gold.includes("<tool_call>"), response: gold.includes("<response>") };
}

function once(text: string, tag: string): boolean {
  const at = text.indexOf(tag);
  return at >= 0 && text.indexOf(tag, at + 1) < 0;
}

/**
 * Is a text of the form `<think>…</think>`, a newline, `<tool_call>` newline … newline `</tool_call>` and/or `<response>…</response>`, with
 * the blocks that the shape asks for and each of its tags once?
 *
 * @example toolRlFormat("<think>t</think>\n<response>r</response>", { call: false, response: true }) // true
 */
export function toolRlFormat(text: string, shape: ToolRlShape): boolean {
  const tags = ["think", ...(shape.call ? ["tool_call"] : []), ...(shape.response ? ["response"] : [])];
  if (!tags.every((tag) => once(text, `<${tag}>`) && once(text, `</${tag}>`))) return false;
  let at = 0;
  for (const [k, tag] of tags.entries()) {
    const pad = tag === "tool_call" ? "\n" : "";
    const open = `${k === 0 ? "" : "\n"}<${tag}>${pad}`;
    if (!text.startsWith(open, at)) return false;
    const end = text.indexOf(`${pad}</${tag}>`, at + open.length);
    if (end < 0) return false;
    at = end + pad.length + tag.length + 3;
  }
  return at === text.length;
}

/**
 * The calls in ToolRL's block, one JSON object `{ name, parameters }` a line; undefined where the block is missing or a line is
 * anything else, a blank one too.
 */
export function toolRlCalls(text: string): ToolCall[] | undefined {
  const open = text.indexOf("<tool_call>");
  const close = text.indexOf("</tool_call>", open);
  if (open < 0 || close < 0) return undefined;
  const lines = text
    .slice(open + "<tool_call>".length, close)
    .trim()
    .split("\n");
  const calls: ToolCall[] = [];
  for (const line of lines) {
    const call = callOfLine(line);
    if (call === undefined) return undefined;
    calls.push(call);
  }
  return calls;
}

function callOfLine(line: string): ToolCall | undefined {
  let value: Json;
  try {
    value = JSON.parse(line) as Json;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
  if (!isJsonObject(value) || typeof value["name"] !== "string") return undefined;
  const input: JsonObject | undefined = isJsonObject(value["parameters"]) ? value["parameters"] : undefined;
  return input === undefined ? undefined : { name: value["name"], input };
}

/** How the scales of format and correctness change over training. */
export type ToolRlScales = "fixed" | "equal" | "step-30" | "linear";

/**
 * The ranges of format and correctness at a training step.
 *
 * fixed: [0, 1] and [−3, 3]; equal (CORRECTMAX1): [0, 1] and [−1, 1]; step-30 (MAX1STEP30MAX3): [0, 1] and [−1, 1] before step 30, then
 * [0, 0.5] and [−3, 3]; linear (SCHEDULEREWARD): with t = step / 150 in [0, 1], ±(2 − t) and ±(2 + t).
 *
 * @example toolRlScales("linear", 75) // { format: [-1.5, 1.5], correctness: [-2.5, 2.5] }
 */
export function toolRlScales(
  scales: ToolRlScales,
  step: number,
): { format: readonly [number, number]; correctness: readonly [number, number] } {
  switch (scales) {
    case "fixed":
      return { format: [0, 1], correctness: [-3, 3] };
    case "equal":
      return { format: [0, 1], correctness: [-1, 1] };
    case "step-30":
      return step < 30 ? { format: [0, 1], correctness: [-1, 1] } : { format: [0, 0.5], correctness: [-3, 3] };
    case "linear": {
      const t = Math.min(1, Math.max(0, step / 150));
      return { format: [t - 2, 2 - t], correctness: [-2 - t, 2 + t] };
    }
  }
}

/**
 * ToolRL's length reward: min(1, words of the thought / goal), the quotient rounded to two places; 0 without a thought.
 *
 * @param goal 512 in the paper; `toolRlLengthGoal` gives its growing goal
 * @example toolRlLength("<think>one two</think>", 512) // 0
 */
export function toolRlLength(text: string, goal: number): number {
  const open = text.lastIndexOf("<think>");
  if (open < 0 || !text.includes("</think>")) return 0;
  const close = text.indexOf("</think>", open);
  const words = text
    .slice(open + "<think>".length, close < 0 ? undefined : close)
    .split(/\s+/)
    .filter((word) => word !== "").length;
  const hundredths = (100 * words) / goal;
  // halves go to the even neighbour, as Python rounds
  const half = hundredths - Math.floor(hundredths) === 0.5;
  return Math.min(1, (half ? 2 * Math.round(hundredths / 2) : Math.round(hundredths)) / 100);
}

/** The growing goal of SCHEDULELENGTH: 384 + (640 − 384) · step / 105. */
export function toolRlLengthGoal(step: number): number {
  return 384 + ((640 - 384) * step) / 105;
}
