import type { Candidate, Example, JsonObject, Labels, Message, Task } from "../../core/index.ts";
import { InputError } from "../../core/index.ts";
import { clusterOf } from "../cluster.ts";
import { looksLikeMessages, parseMessages, placed, type Raw, refuse } from "../messages.ts";

/** Where a row comes from, for ids and messages. */
export interface RowPlace {
  line: number;
  file?: string | undefined;
}

/** A foreign row format. */
export interface Schema {
  /** Its name, as `--from` and `--to` take it. */
  readonly id: string;
  /** What it is, in a line. */
  readonly about: string;
  /** Does a row have this format's columns? Only columns and their kinds are looked at. */
  match(row: Raw): boolean;
  /**
   * A row as an example: what judges the candidates goes to the labels, and columns that the format does not name go to
   * `labels.extra`, since any of them may give the answer away.
   *
   * @throws InputError with the row's place and the column
   */
  read(row: Raw, place: RowPlace): Example;
  /** An example as rows of this format: several where a row holds one pair or one candidate; or why it cannot be written. */
  write?: ((example: Example) => readonly JsonObject[] | string) | undefined;
}

/** What an example is made of. */
export interface ExampleParts {
  prompt: readonly Message[];
  candidates: readonly Candidate[];
  id?: unknown;
  reference?: Task["reference"];
  context?: JsonObject | undefined;
  labels?: Labels | undefined;
  subsets?: Readonly<Record<string, string>> | undefined;
  /** Columns that were read; all others go to `labels.extra`. */
  used: readonly string[];
}

/** An example from a foreign row. */
export function exampleOf(row: Raw, place: RowPlace, parts: ExampleParts): Example {
  const { id } = parts;
  const task: Task = {
    id: (typeof id === "string" && id !== "") || typeof id === "number" ? String(id) : `#${place.line}`,
    prompt: parts.prompt,
    candidates: parts.candidates,
  };
  if (parts.reference !== undefined) task.reference = parts.reference;
  if (parts.context !== undefined) task.context = parts.context;
  const rest = Object.entries(row).filter(([name, value]) => !parts.used.includes(name) && value !== undefined);
  const labels: Labels = { ...parts.labels };
  if (rest.length > 0) labels.extra = { ...labels.extra, ...(Object.fromEntries(rest) as JsonObject) };
  return { task, labels, cluster: clusterOf(parts.prompt), subsets: parts.subsets ?? {} };
}

/** A prompt column: a user's text, or messages. */
export function promptOf(row: Raw, name: string, place: RowPlace): Message[] {
  const value = row[name];
  if (typeof value === "string") return [{ role: "user", content: value }];
  return parseMessages(value, place, name);
}

/** An answer: an assistant's text, or messages. */
export function answerOf(value: unknown, place: RowPlace, field: string): Candidate {
  if (typeof value === "string") return { output: [{ role: "assistant", content: value }] };
  if (!looksLikeMessages(value)) refuse(place, field, "a text or messages", value);
  return { output: parseMessages(value, place, field) };
}

/** Is this a text or a list of messages? */
export function isTurn(value: unknown): boolean {
  return typeof value === "string" || looksLikeMessages(value);
}

/** Is this a list of texts (and not of messages)? */
export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string");
}

/** A label that is true or false, also as 1, 0, "true", "false" or their like. */
export function booleanOf(value: unknown, place: RowPlace, field: string): boolean {
  if (typeof value === "boolean") return value;
  if (value === 1 || value === "1" || value === "true" || value === "True" || value === "TRUE") return true;
  if (value === 0 || value === "0" || value === "false" || value === "False" || value === "FALSE") return false;
  return refuse(place, field, "true or false", value);
}

/** A finite number, also as a text; undefined if there is none. */
export function numberOf(value: unknown, place: RowPlace, field: string): number | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) refuse(place, field, "a number", value);
  return number;
}

/** The one plain text of a message list, or undefined where it is more than that. */
export function plainText(messages: readonly Message[], role: Message["role"]): string | undefined {
  const only = messages.length === 1 ? messages[0]! : undefined;
  return only?.role === role && typeof only.content === "string" ? only.content : undefined;
}

/** Messages in the shape of chat APIs, without loss for texts; other parts stay Laurel's. */
export function wireMessages(messages: readonly Message[]): JsonObject[] {
  return messages.map((message) => ({ role: message.role, content: message.content as JsonObject[string] }));
}

/** Columns of a foreign row that came from an example: its extras, explicit id and subset. */
export function commonColumns(example: Example): JsonObject {
  const { id } = example.task;
  return {
    ...example.labels.extra,
    ...(/^#\d+$/.test(id) ? {} : { id }),
    ...(example.subsets["subset"] === undefined ? {} : { subset: example.subsets["subset"] }),
  };
}

/** The subset column, if there is one. */
export function subsetsOf(row: Raw): Readonly<Record<string, string>> {
  return typeof row["subset"] === "string" ? { subset: row["subset"] } : {};
}

/** The preferred pairs of an example that are not ties, best first: from comparisons, else from right and wrong, else from values. */
export function orderedPairs(example: Example): { better: number; worse: number; strength?: number | undefined }[] {
  const { preferred, correct, value } = example.labels;
  if (preferred !== undefined)
    return preferred
      .filter(({ p }) => p !== 0.5)
      .map(({ first, second, p, strength }) => ({
        better: p > 0.5 ? first : second,
        worse: p > 0.5 ? second : first,
        ...(strength === undefined ? {} : { strength }),
      }));
  const marks = correct ?? value;
  if (marks === undefined) return [];
  const pairs: { better: number; worse: number }[] = [];
  for (const [i, a] of marks.entries())
    for (const [k, b] of marks.entries())
      if (a !== null && b !== null && Number(a) > Number(b)) pairs.push({ better: i, worse: k });
  return pairs;
}

/** An `InputError` for a row, with its column. */
export function rowError(place: RowPlace, field: string, reason: string): InputError {
  return new InputError(placed(place, field), reason);
}
