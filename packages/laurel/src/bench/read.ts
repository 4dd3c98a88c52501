import type { Candidate, Example, Labels, Message } from "../core/index.ts";
import { isRaw, type Raw, refuse } from "../io/messages.ts";
import { answerOf, exampleOf, isTexts, promptOf, type RowPlace } from "../io/schemas/schema.ts";
import type { BenchRow } from "./benchmark.ts";

/** A reader for benchmarks whose every row is an item. */
export function each(read: (row: Raw, place: RowPlace) => Example): (rows: readonly BenchRow[]) => Example[] {
  return (rows) => rows.map(({ row, place }) => read(row, place));
}

/** A column that must hold a text. */
export function textAt(row: Raw, name: string, place: RowPlace): string {
  const value = row[name];
  return typeof value === "string" ? value : refuse(place, name, "a text", value, columnsOf(row));
}

/** A column that must hold one of some words. */
export function wordAt<W extends string>(row: Raw, name: string, words: readonly W[], place: RowPlace): W {
  const value = row[name];
  const found = words.find((word) => word === value);
  return found ?? refuse(place, name, words.join(", "), value, columnsOf(row));
}

/** A column that must hold a list of texts, of a number where one is given. */
export function textsAt(row: Raw, name: string, place: RowPlace, count?: number): readonly string[] {
  const value = row[name];
  if (!isTexts(value) || (count !== undefined && value.length !== count))
    refuse(place, name, count === undefined ? "a list of texts" : `a list of ${count} texts`, value, columnsOf(row));
  return value;
}

/** A column that must hold a list of numbers, of a number where one is given. */
export function numbersAt(row: Raw, name: string, place: RowPlace, count?: number): readonly number[] {
  const value = row[name];
  const fits = Array.isArray(value) && value.every((one) => typeof one === "number" && Number.isFinite(one));
  if (!fits || (count !== undefined && value.length !== count))
    refuse(
      place,
      name,
      count === undefined ? "a list of numbers" : `a list of ${count} numbers`,
      value,
      columnsOf(row),
    );
  return value as number[];
}

function columnsOf(row: Raw): string {
  return `the columns are ${Object.keys(row).slice(0, 30).join(", ")}`;
}

/** Options of `rightAndWrong`. */
export interface SidesOptions {
  id?: unknown;
  prompt?: string | readonly Message[] | undefined;
  right: readonly unknown[];
  wrong: readonly unknown[];
  /** What the two lists are called, for messages. */
  names?: readonly [right: string, wrong: string] | undefined;
  subsets?: Readonly<Record<string, string>> | undefined;
  used: readonly string[];
  labels?: Labels | undefined;
}

/** An example whose candidates are right ones and then wrong ones; both lists must have one at least. */
export function rightAndWrong(row: Raw, place: RowPlace, options: SidesOptions): Example {
  const [rightName, wrongName] = options.names ?? ["chosen", "rejected"];
  if (options.right.length === 0) refuse(place, rightName, "at least one right answer", []);
  if (options.wrong.length === 0) refuse(place, wrongName, "at least one wrong answer", []);
  const many = (list: readonly unknown[], name: string): Candidate[] =>
    list.map((one, i) => answerOf(one, place, list.length === 1 ? name : `${name}[${i}]`));
  const candidates = [...many(options.right, rightName), ...many(options.wrong, wrongName)];
  const { prompt = "prompt" } = options;
  return exampleOf(row, place, {
    id: options.id,
    prompt: typeof prompt === "string" ? promptOf(row, prompt, place) : prompt,
    candidates,
    labels: { ...options.labels, correct: candidates.map((_, i) => i < options.right.length) },
    subsets: options.subsets,
    used: options.used,
  });
}

/** A text, or a list of texts, as a list. */
export function listAt(row: Raw, name: string, place: RowPlace): readonly string[] {
  const value = row[name];
  return typeof value === "string" ? [value] : textsAt(row, name, place);
}

/**
 * An image column, as an address: a path, or what the hub's image columns hold (`{ path, bytes }`). Bytes without a path are named by their
 * row, and not kept.
 */
export function imageAt(row: Raw, name: string, place: RowPlace): string {
  const value = row[name];
  if (typeof value === "string") return value;
  if (isRaw(value) && typeof value["path"] === "string") return value["path"];
  if (isRaw(value) && typeof value["src"] === "string") return value["src"];
  if (isRaw(value) && value["bytes"] != null) return `${place.file ?? ""}#${place.line}.${name}`;
  return refuse(place, name, "an image's path, or an object with one", value, columnsOf(row));
}

/** Pictures by address in the prompt, before its text. */
export function withMedia(example: Example, pictures: readonly string[]): Example {
  if (pictures.length === 0) return example;
  const [first, ...rest] = example.task.prompt;
  const text =
    typeof first?.content === "string" ? [{ type: "text" as const, text: first.content }] : (first?.content ?? []);
  const images = pictures.map((uri) => ({
    type: "image" as const,
    media: { hash: uri, mediaType: uri.endsWith(".png") ? "image/png" : "image/jpeg", uri },
  }));
  const prompt = [{ role: first?.role ?? ("user" as const), content: [...images, ...text] }, ...rest];
  return { ...example, task: { ...example.task, prompt } };
}
