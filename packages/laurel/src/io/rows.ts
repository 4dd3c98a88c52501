import {
  type Candidate,
  type CodeTest,
  type Example,
  InputError,
  type InputPlace,
  type Json,
  type JsonObject,
  type Message,
  messageOf,
  type Reference,
  type Span,
  type Task,
  type Trajectory,
} from "../core/index.ts";
import { clusterOf } from "./cluster.ts";
import { shorten } from "./ids.ts";
import { parseLabels } from "./labels.ts";
import type { RowMap } from "./map.ts";
import { isRaw, kindOf, looksLikeMessages, parseMessages, placed, type Raw, refuse } from "./messages.ts";
import { nearest } from "./near.ts";
import { joinSteps, locateSteps } from "./spans.ts";

/** How a row is read. */
export interface RowOptions {
  /** The row's number in its file, from 1. It is the id of a row without one (`#17`). */
  line: number;
  /** The file's name, for messages. */
  file?: string | undefined;
  /** Where the members of a task stand in a row of other columns. */
  map?: RowMap | undefined;
  /** Must there be candidates (default), or may there be none, as in a file of prompts? */
  candidates?: "required" | "optional" | undefined;
}

/**
 * Reads one row in Laurel's own form, with its labels apart from the task.
 *
 * The form is `{ id?, prompt, candidates, reference?, answer?, context?, labels?, cluster?, subsets? }`:
 * - `prompt`: a user's text, or messages;
 * - `candidates`: a list of texts, lists of messages, or `{ id?, output | text, steps?, finish?, partial?, tokens?,
 *   trajectory?, meta? }`; steps are spans `{ start, end }` of the answer, or texts that follow each other in it
 *   (without an output the texts, joined by newlines, are the answer);
 * - `reference`: an object of `Reference`'s members, or a text or number, which stands for `{ answer }`; `answer` is
 *   short for `reference.answer`;
 * - `labels`: `correct`, `value`, `steps`, `parts` (a list, one for each candidate), `preferred`, `extra`;
 * - `subsets`: names and values, or one text, which stands for `{ subset }`.
 *
 * `cluster` is the stated one, or else a hash of the prompt: rows that share a prompt are resampled together. Columns with other names are not read.
 *
 * @param row the line's text, or the object it parses to
 * @throws InputError with file, line and field: `a.jsonl, line 17, candidates[2].output: expected a text or messages, found null`
 * @example parseTaskRow('{"prompt":"2+3?","candidates":["5","6"],"answer":5}', { line: 1 }).task.id // "#1"
 */
export function parseTaskRow(row: string | Raw, options: RowOptions): Example {
  const parsed = typeof row === "string" ? parseRow(row, options) : row;
  const raw = options.map === undefined ? parsed : options.map.apply(parsed, options);
  const prompt = parsePrompt(raw, options);
  const candidates = parseCandidates(raw, options);
  const reference = parseReference(raw, options);
  const context = raw["context"];
  if (context !== undefined && context !== null && !isRaw(context)) refuse(options, "context", "an object", context);
  const stated = raw["cluster"];
  if (stated !== undefined && stated !== null && typeof stated !== "string" && typeof stated !== "number")
    refuse(options, "cluster", "a text or a number", stated);
  const task: Task = { id: parseId(raw["id"], options), prompt, candidates };
  if (reference !== undefined) task.reference = reference;
  if (isRaw(context)) task.context = context as JsonObject;
  const labels = raw["labels"];
  return {
    task,
    labels: labels === undefined || labels === null ? {} : parseLabels(labels, candidates.length, options),
    cluster: stated === undefined || stated === null ? clusterOf(prompt) : String(stated),
    subsets: parseSubsets(raw["subsets"], options),
  };
}

/**
 * The JSON object on a line.
 *
 * @throws InputError when it is not JSON or not an object
 */
export function parseRow(text: string, place: InputPlace): Raw {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    const where = { file: place.file, line: place.line };
    // the engine's own line count is of the one line that it was given
    const reason = messageOf(thrown).replace(/ \(line \d+ column \d+\)$/, "");
    throw new InputError(where, `this is not JSON: ${shorten(reason, 160)}`);
  }
  if (!isRaw(value))
    throw new InputError({ file: place.file, line: place.line }, `expected a JSON object, found ${kindOf(value)}`);
  return value;
}

function parseId(id: unknown, options: RowOptions): string {
  if (id === undefined || id === null) return `#${options.line}`;
  if (typeof id === "string" && id !== "") return id;
  if (typeof id === "number") return String(id);
  return refuse(options, "id", "a text or a number", id);
}

function parsePrompt(raw: Raw, options: RowOptions): readonly Message[] {
  const prompt = raw["prompt"];
  if (typeof prompt === "string") return [{ role: "user", content: prompt }];
  if (prompt === undefined) refuseMissing(raw, "prompt", options);
  if (!Array.isArray(prompt)) refuse(options, "prompt", "a text or messages", prompt);
  if (prompt.length === 0) refuse(options, "prompt", "at least one message", prompt);
  return parseMessages(prompt, options, "prompt");
}

function refuseMissing(raw: Raw, field: string, place: RowOptions): never {
  if (place.map !== undefined)
    throw new InputError(placed(place, field), `the mapping names no ${field}`, `add ${field}=COLUMN to --map`);
  const names = Object.keys(raw);
  const half = ["chosen", "rejected"].filter((name) => raw[name] !== undefined);
  if (field === "candidates" && half.length === 1) {
    const other = half[0] === "chosen" ? "rejected" : "chosen";
    throw new InputError(placed(place, other), `it is missing beside ${half[0]}`, "a preference has both");
  }
  const close = nearest(field, names);
  const found = close.length > 0 ? `did you mean ${close.map((name) => `'${name}'`).join(" or ")}? ` : "";
  throw new InputError(
    placed(place, field),
    `it is missing; the row has ${names.slice(0, 30).join(", ") || "no columns"}`,
    `${found}--map ${field}=COLUMN says which column holds it`,
  );
}

function parseCandidates(raw: Raw, options: RowOptions): readonly Candidate[] {
  const list = raw["candidates"];
  if (list === undefined && options.candidates === "optional") return [];
  if (list === undefined) refuseMissing(raw, "candidates", options);
  if (!Array.isArray(list)) refuse(options, "candidates", "a list of texts, messages or candidates", list);
  if (list.length === 0 && options.candidates !== "optional")
    refuse(options, "candidates", "at least one candidate", list);
  const candidates: Candidate[] = new Array(list.length);
  for (let i = 0; i < list.length; i++) {
    const one: unknown = list[i];
    candidates[i] =
      typeof one === "string"
        ? { output: [{ role: "assistant", content: one }] }
        : parseCandidate(one, options, `candidates[${i}]`);
  }
  return candidates;
}

const finishes: ReadonlySet<unknown> = new Set(["stop", "length", "tool", "filter"]);

/**
 * One candidate: a text, messages, or an object (see `parseTaskRow`).
 *
 * @throws InputError with the path of the member that is wrong
 */
export function parseCandidate(value: unknown, place: InputPlace, field: string): Candidate {
  if (typeof value === "string") return { output: [{ role: "assistant", content: value }] };
  if (Array.isArray(value)) {
    if (!looksLikeMessages(value)) refuse(place, field, "a text, messages or an object", value);
    return { output: parseMessages(value, place, field) };
  }
  if (!isRaw(value)) refuse(place, field, "a text, messages or an object", value);
  const { id, steps, finish, partial, tokens, trajectory, meta } = value;
  const said = value["output"] !== undefined ? "output" : value["text"] !== undefined ? "text" : undefined;
  const texts = Array.isArray(steps) && steps.length > 0 && steps.every((step) => typeof step === "string");
  let output: readonly Message[];
  let spans: readonly Span[] | undefined;
  if (said === undefined) {
    if (texts) {
      const joined = joinSteps(steps as string[]);
      output = [{ role: "assistant", content: joined.text }];
      spans = joined.spans;
    } else if (trajectory !== undefined && trajectory !== null) output = [];
    else refuse(place, `${field}.output`, "a text or messages", undefined);
  } else {
    const content = value[said];
    if (typeof content === "string") output = [{ role: "assistant", content }];
    else if (Array.isArray(content)) output = parseMessages(content, place, `${field}.${said}`);
    else refuse(place, `${field}.${said}`, "a text or messages", content);
  }
  if (spans === undefined && steps !== undefined && steps !== null)
    spans = texts
      ? locateSteps(steps as string[], output, place, `${field}.steps`)
      : parseSpans(steps, place, `${field}.steps`);
  if (id !== undefined && id !== null && typeof id !== "string" && typeof id !== "number")
    refuse(place, `${field}.id`, "a text or a number", id);
  if (finish !== undefined && finish !== null && !finishes.has(finish))
    refuse(place, `${field}.finish`, "stop, length, tool or filter", finish);
  if (partial !== undefined && partial !== null && typeof partial !== "boolean")
    refuse(place, `${field}.partial`, "true or false", partial);
  if (meta !== undefined && meta !== null && !isRaw(meta)) refuse(place, `${field}.meta`, "an object", meta);
  const made: Candidate = { output };
  if (id !== undefined && id !== null) made.id = String(id);
  if (spans !== undefined) made.steps = spans;
  if (trajectory !== undefined && trajectory !== null)
    made.trajectory = parseTrajectory(trajectory, place, `${field}.trajectory`);
  if (finish !== undefined && finish !== null) made.finish = finish as "stop" | "length" | "tool" | "filter";
  if (typeof partial === "boolean") made.partial = partial;
  if (tokens !== undefined && tokens !== null) made.tokens = parseTokens(tokens, place, `${field}.tokens`);
  if (isRaw(meta)) made.meta = meta as JsonObject;
  return made;
}

function parseSpans(value: unknown, place: InputPlace, field: string): Span[] {
  if (!Array.isArray(value)) refuse(place, field, "a list of spans or texts", value);
  return value.map((one: unknown, i) => {
    const [start, end] = Array.isArray(one) ? one : isRaw(one) ? [one["start"], one["end"]] : [];
    if (!isCount(start) || !isCount(end) || end < start)
      refuse(place, `${field}[${i}]`, "a span { start, end } with start <= end", one);
    return { start, end };
  });
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parseTokens(value: unknown, place: InputPlace, field: string): NonNullable<Candidate["tokens"]> {
  if (!isRaw(value)) refuse(place, field, "an object { count, tokenizer }", value);
  const { count, tokenizer, ids, logprobs } = value;
  if (!isCount(count)) refuse(place, `${field}.count`, "a whole number", count);
  if (typeof tokenizer !== "string") refuse(place, `${field}.tokenizer`, "a text", tokenizer);
  return {
    count,
    tokenizer,
    ...(ids === undefined || ids === null ? {} : { ids: numbers(ids, place, `${field}.ids`) }),
    ...(logprobs === undefined || logprobs === null ? {} : { logprobs: numbers(logprobs, place, `${field}.logprobs`) }),
  };
}

function numbers(value: unknown, place: InputPlace, field: string): readonly number[] {
  if (!Array.isArray(value)) refuse(place, field, "a list of numbers", value);
  for (let i = 0; i < value.length; i++)
    if (typeof value[i] !== "number") refuse(place, `${field}[${i}]`, "a number", value[i]);
  return value;
}

function parseTrajectory(value: unknown, place: InputPlace, field: string): Trajectory {
  if (!isRaw(value)) refuse(place, field, "an object { observations, actions, terminal }", value);
  const matrix = (name: string): readonly (readonly number[])[] => {
    const rows = value[name];
    if (!Array.isArray(rows)) refuse(place, `${field}.${name}`, "a list of lists of numbers", rows);
    return rows.map((row, i) => numbers(row, place, `${field}.${name}[${i}]`));
  };
  if (typeof value["terminal"] !== "boolean") refuse(place, `${field}.terminal`, "true or false", value["terminal"]);
  return {
    observations: matrix("observations"),
    actions: matrix("actions"),
    ...(value["rewards"] === undefined ? {} : { rewards: numbers(value["rewards"], place, `${field}.rewards`) }),
    terminal: value["terminal"],
  };
}

function parseReference(raw: Raw, place: RowOptions): Reference | undefined {
  const given = raw["reference"];
  const answer = raw["answer"] as Json | undefined;
  if (given === undefined || given === null) return answer === undefined ? undefined : { answer };
  if (typeof given === "string" || typeof given === "number") {
    if (answer !== undefined && answer !== given)
      throw new InputError(placed(place, "answer"), "it differs from reference, which is an answer as well");
    return { answer: given };
  }
  if (!isRaw(given)) refuse(place, "reference", "an object, a text or a number", given);
  if (answer !== undefined && given["answer"] !== undefined && given["answer"] !== answer)
    throw new InputError(placed(place, "answer"), "it differs from reference.answer");
  const made: Reference = {};
  const stated = (given["answer"] as Json | undefined) ?? answer;
  if (stated !== undefined) made.answer = stated;
  for (const name of ["texts", "facts"] as const) {
    const list = given[name];
    if (list === undefined || list === null) continue;
    const all = typeof list === "string" ? [list] : list;
    if (!Array.isArray(all)) refuse(place, `reference.${name}`, "a list of texts", list);
    for (let i = 0; i < all.length; i++)
      if (typeof all[i] !== "string") refuse(place, `reference.${name}[${i}]`, "a text", all[i]);
    made[name] = all as string[];
  }
  if (given["exemplar"] !== undefined && given["exemplar"] !== null)
    made.exemplar = parseCandidate(given["exemplar"], place, "reference.exemplar");
  if (given["tests"] !== undefined && given["tests"] !== null) made.tests = parseTests(given["tests"], place);
  for (const name of ["constraints", "calls"] as const) {
    const list = given[name];
    if (list === undefined || list === null) continue;
    if (!Array.isArray(list)) refuse(place, `reference.${name}`, "a list of objects", list);
    for (let i = 0; i < list.length; i++) {
      const one: unknown = list[i];
      if (!isRaw(one)) refuse(place, `reference.${name}[${i}]`, "an object", one);
      if (name === "constraints") continue;
      if (typeof one["name"] !== "string") refuse(place, `reference.calls[${i}].name`, "a text", one["name"]);
      if (!isRaw(one["input"])) refuse(place, `reference.calls[${i}].input`, "an object", one["input"]);
    }
    if (name === "constraints") made.constraints = list as JsonObject[];
    else made.calls = list as { name: string; input: JsonObject }[];
  }
  return made;
}

function parseTests(value: unknown, place: InputPlace): readonly CodeTest[] {
  if (!Array.isArray(value)) refuse(place, "reference.tests", "a list of tests", value);
  return value.map((one: unknown, i) => {
    const field = `reference.tests[${i}]`;
    if (!isRaw(one)) refuse(place, field, "a test with a kind", one);
    const needed = { stdio: ["stdin", "stdout"], assert: ["code"], call: ["name"] }[String(one["kind"])];
    if (needed === undefined) refuse(place, `${field}.kind`, "stdio, assert or call", one["kind"]);
    for (const name of needed)
      if (typeof one[name] !== "string") refuse(place, `${field}.${name}`, "a text", one[name]);
    if (one["kind"] === "call" && !Array.isArray(one["args"])) refuse(place, `${field}.args`, "a list", one["args"]);
    if (one["kind"] === "call" && one["result"] === undefined) refuse(place, `${field}.result`, "a value", undefined);
    if (one["weight"] !== undefined && typeof one["weight"] !== "number")
      refuse(place, `${field}.weight`, "a number", one["weight"]);
    return one as unknown as CodeTest;
  });
}

function parseSubsets(value: unknown, place: InputPlace): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (typeof value === "string") return { subset: value };
  if (!isRaw(value)) refuse(place, "subsets", "an object of texts, or a text", value);
  const made: [string, string][] = [];
  for (const [name, one] of Object.entries(value)) {
    if (one === null || one === undefined) continue;
    if (typeof one !== "string" && typeof one !== "number" && typeof one !== "boolean")
      refuse(place, `subsets.${name}`, "a text", one);
    made.push([name, String(one)]);
  }
  return Object.fromEntries(made);
}
