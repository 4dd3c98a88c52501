import { InputError, UsageError } from "../../../core/errors.ts";
import { pointwise } from "../../../core/reward.ts";
import { type Draft, fault, unscored } from "../../../core/score.ts";
import { task } from "../../../core/task.ts";
import { answerText } from "../../../core/text.ts";
import type { Candidate, Context, Json, JsonObject, Reward, Task, ToolCall } from "../../../core/types.ts";
import { bfclFault, bfclReference } from "./bfcl.ts";
import { isJsonObject } from "./json-equal.ts";
import { type CallFormat, callsOfCandidate } from "./parse.ts";
import { matchCalls } from "./similarity.ts";
import {
  type Granularity,
  type ToolRlScales,
  type ToolRlShape,
  toolRlCalls,
  toolRlCorrectness,
  toolRlFormat,
  toolRlLength,
  toolRlLengthGoal,
  toolRlScales,
  toolRlShape,
} from "./toolrl.ts";

export interface ToolCallOptions {
  /** "match" (default): likeness in [0, 1]; "toolrl": format and correctness; "bfcl": 1 if the leaderboard's checker would accept. */
  rule?: "match" | "toolrl" | "bfcl" | undefined;
  /** How calls are written; "auto" by default, and ToolRL's own grammar under "toolrl". */
  format?: CallFormat | undefined;
  /** match: "free" (default) or "strict" keeps the order of the calls, over all turns of a trajectory. */
  order?: "free" | "strict" | undefined;
  /** match: calls that nobody asked for "count" (default) or are to be "ignore"d. */
  extra?: "count" | "ignore" | undefined;
  /** match: "partial" (default) gives half-right calls their share; "exact" gives 1 or 0. */
  credit?: "partial" | "exact" | undefined;
  /** toolrl: how finely a half-right call is graded; "fine" by default. */
  granularity?: Granularity | undefined;
  /** toolrl: the scales of format and correctness; "step-30" and "linear" change with the training step. */
  scales?: ToolRlScales | undefined;
  /** toolrl: "greedy" (default, as the released code) or "optimal" pairing of calls. */
  pairing?: "greedy" | "optimal" | undefined;
  /** toolrl: adds the length reward with the goal of 512 words ("fixed") or a growing one ("growing"). */
  length?: "none" | "fixed" | "growing" | undefined;
  /** bfcl: takes `a_b` for the function `a.b`. */
  underscores?: boolean | undefined;
}

const CHOICES: Readonly<Record<string, readonly Json[]>> = {
  rule: ["match", "toolrl", "bfcl"],
  format: ["auto", "parts", "json", "hermes", "python", "xml"],
  order: ["free", "strict"],
  extra: ["count", "ignore"],
  credit: ["partial", "exact"],
  granularity: ["fine", "refined", "intermediate", "coarse"],
  scales: ["fixed", "equal", "step-30", "linear"],
  pairing: ["greedy", "optimal"],
  length: ["none", "fixed", "growing"],
  underscores: [true, false],
};

function matchScore(candidate: Candidate, wanted: readonly ToolCall[], options: ToolCallOptions): Draft {
  const { calls, malformed } = callsOfCandidate(candidate, options.format ?? "auto");
  if (malformed !== undefined) return fault("malformed", { rationale: malformed });
  if (calls.length === 0 && wanted.length > 0) return fault("no-answer");
  const match = matchCalls(wanted, calls, { order: options.order ?? "free", extra: options.extra ?? "count" });
  const { names, keys, values, exact } = match;
  return { value: options.credit === "exact" ? exact : match.value, parts: { names, keys, values, exact } };
}

function bfclScore(candidate: Candidate, answer: Json | undefined, options: ToolCallOptions): Draft {
  const reference = bfclReference(answer);
  if (reference === undefined)
    return unscored("missing-reference", "the task has no reference.answer { functions, calls }");
  const { calls, malformed } = callsOfCandidate(candidate, options.format ?? "auto");
  if (malformed !== undefined) return fault("malformed", { rationale: malformed });
  if (calls.length === 0 && reference.calls.length > 0) return fault("no-answer");
  const wrong = bfclFault(reference, calls, options.underscores);
  return wrong === undefined ? 1 : { value: 0, rationale: wrong };
}

/** The wanted calls and the shape of the output: from a gold text in ToolRL's grammar, else from `reference.calls`. */
function toolRlGold(task: Task): { wanted: readonly ToolCall[]; shape: ToolRlShape } {
  const reference = task.reference;
  const gold = reference?.texts?.[0];
  if (gold === undefined) {
    const wanted = reference?.calls ?? [];
    return {
      wanted,
      shape: { call: wanted.length > 0, response: wanted.length === 0 || reference?.answer !== undefined },
    };
  }
  const shape = toolRlShape(gold);
  const wanted = reference?.calls ?? (shape.call ? toolRlCalls(gold) : []);
  if (wanted === undefined) throw new InputError({ field: "reference.texts[0]" }, "its tool calls do not parse");
  return { wanted, shape };
}

/** The range of the sum over all steps of training. */
function toolRlRange({ scales = "fixed", length = "none" }: ToolCallOptions): [number, number] {
  const [low, high] = { fixed: [-3, 4], equal: [-1, 2], "step-30": [-3, 3.5], linear: [-4, 4] }[scales] as [
    number,
    number,
  ];
  return [low, high + (length === "none" ? 0 : 1)];
}

/** The calls of a candidate in ToolRL's grammar, in its parts, or in another format if one is asked for. */
function toolRlRead(
  candidate: Candidate,
  text: string,
  options: ToolCallOptions,
): { calls?: ToolCall[]; written: boolean } {
  const parts = callsOfCandidate(candidate, "parts").calls;
  if (parts !== undefined && parts.length > 0) return { calls: parts, written: true };
  if (options.format === undefined) {
    const calls = toolRlCalls(text);
    return calls === undefined ? { written: text.includes("<tool_call>") } : { calls, written: true };
  }
  const { calls } = callsOfCandidate(candidate, options.format);
  if (calls === undefined) return { written: true };
  return calls.length === 0 ? { written: false } : { calls, written: true };
}

function toolRlScore(candidate: Candidate, task: Task, ctx: Context, options: ToolCallOptions): Draft {
  const step = ctx.step ?? 0;
  const scales = toolRlScales(options.scales ?? "fixed", step);
  const { wanted, shape } = toolRlGold(task);
  const text = answerText(candidate);
  const read = toolRlRead(candidate, text, options);
  // calls that came as parts, or in a format of another grammar, are well written if they can be read
  const own = options.format === undefined && callsOfCandidate(candidate, "parts").calls?.length === 0;
  const formed = own ? toolRlFormat(text, shape) : !shape.call || read.calls !== undefined;
  const format = scales.format[formed ? 1 : 0];
  const words =
    options.length === undefined || options.length === "none"
      ? 0
      : toolRlLength(text, options.length === "growing" ? toolRlLengthGoal(step) : 512);
  const nothing = { names: 0, keys: 0, values: 0, score: 0, max: 0 };
  if (!shape.call) return { value: format + words, parts: { format, correctness: 0, length: words, ...nothing } };
  const low = scales.correctness[0];
  if (read.calls === undefined)
    return {
      value: format + low + words,
      fault: read.written ? "malformed" : "no-answer",
      parts: { format, correctness: low, length: words, ...nothing },
    };
  const { value, ...counts } = toolRlCorrectness(wanted, read.calls, {
    range: scales.correctness,
    granularity: options.granularity ?? "fine",
    pairing: options.pairing ?? "greedy",
  });
  return { value: format + value + words, parts: { format, correctness: value, length: words, ...counts } };
}

/**
 * Tool calls against the calls that are wanted.
 *
 * match: with likeness(g, p) = (1 + overlap of parameter names + equal values) / (2 + parameters of g) for equal names and else 0,
 * value = Σ likeness over the best pairing / max(calls wanted, calls made); parts names, keys, values, exact. Reads `reference.calls`;
 * an empty list wants no call.
 * toolrl: value = format + correctness (+ length), see `toolRlCorrectness`, `toolRlFormat` and `toolRlScales`; parts format, correctness,
 * length, names, keys, values, score, max. Reads `reference.calls`, or a gold text in `reference.texts[0]`, whose tags also say which
 * blocks the output must have. Gold without calls gives correctness 0.
 * bfcl: 1 if the Berkeley leaderboard's checker accepts, else 0 with the reason; reads `reference.answer` as `bfclTask` makes it.
 *
 * No calls where some are wanted is the fault `no-answer`, calls that cannot be read `malformed`; under toolrl such a fault keeps its
 * format part, as the paper's formula has it. With scales or a length goal that change with `ctx.step` there is no fingerprint, so that
 * no score is taken from a cache.
 *
 * @example toolCalls({ rule: "toolrl", scales: "linear" })
 */
export function toolCalls(options: ToolCallOptions = {}): Reward {
  const { rule = "match", scales = "fixed", length = "none" } = options;
  for (const [name, value] of Object.entries(options))
    if (value !== undefined && CHOICES[name]?.includes(value) !== true)
      throw new UsageError(`${name}: '${String(value)}' is none of ${CHOICES[name]?.join(", ") ?? "the options"}`);
  const scheduled = rule === "toolrl" && (scales === "step-30" || scales === "linear" || length === "growing");
  const score = (candidate: Candidate, one: Task, ctx: Context): Draft => {
    if (rule === "bfcl") return bfclScore(candidate, one.reference?.answer, options);
    if (one.reference?.calls === undefined && !(rule === "toolrl" && one.reference?.texts !== undefined))
      return unscored("missing-reference", "the task has no reference.calls");
    return rule === "toolrl"
      ? toolRlScore(candidate, one, ctx, options)
      : matchScore(candidate, one.reference?.calls ?? [], options);
  };
  return pointwise(
    "verify.tools",
    (candidate, one, ctx) => {
      try {
        return score(candidate, one, ctx);
      } catch (thrown) {
        if (thrown instanceof InputError) return unscored("bad-reference", thrown.message);
        throw thrown;
      }
    },
    {
      ...(scheduled ? {} : { version: 1 }),
      spec: { kind: "verify.tools", ...options },
      work: "cpu",
      range: rule === "toolrl" ? toolRlRange(options) : [0, 1],
    },
  );
}

/**
 * A task from a row of the Berkeley Function-Calling Leaderboard `{ id, question, function, ground_truth }` and the outputs for it.
 *
 * @throws InputError if the row has not that form
 * @example bfclTask(row, ["[add(a=1, b=2)]"])
 */
export function bfclTask(row: JsonObject, outputs: readonly (string | Candidate)[]): Task {
  const { id, question, function: functions, ground_truth: calls } = row;
  if (!Array.isArray(functions)) throw new InputError({ field: "function" }, "expected a list");
  if (!Array.isArray(calls)) throw new InputError({ field: "ground_truth" }, "expected a list");
  const turns = (Array.isArray(question) ? question.flat() : []) as Json[];
  const asked = turns.filter(isJsonObject).map((turn) => String(turn["content"]));
  return task(asked.join("\n"), outputs, { answer: { functions, calls } }, typeof id === "string" ? { id } : {});
}
