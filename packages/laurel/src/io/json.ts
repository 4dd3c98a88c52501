import { isUtf8 } from "node:buffer";
import { InputError, messageOf } from "../core/index.ts";
import { type ByteSource, readBytes, sourceName } from "./bytes.ts";
import { shorten } from "./ids.ts";
import { isRaw, kindOf, type Raw } from "./messages.ts";
import type { BadTableRow, Table, TableOptions, TableRow } from "./source.ts";

const defaultMaxRowBytes = 64 * 1024 * 1024;
const defaultMaxJsonBytes = 256 * 1024 * 1024;
const batchRows = 500;

/** The names under which files keep their rows inside an object. */
const wrappers = ["data", "rows", "examples", "instances", "items", "samples", "train", "test", "validation"];

/**
 * The rows of a JSON file: an array of objects (read as a stream, in constant memory), an object of equally long arrays
 * (columns), an object that keeps its rows under a name such as `data` or `rows`, or a single object (one row).
 *
 * @param source a path, "-", or a stream
 * @param options `maxLineBytes` bounds a row of an array, `maxJsonBytes` (default 256 MiB) any other value
 * @returns a table whose `line` is the row's number from 1
 * @throws InputError for text that is not JSON, that is cut off, or that is too large to be read whole
 */
export function openJson(source: ByteSource, options: TableOptions = {}): Table {
  const file = options.name ?? sourceName(source);
  return { file, format: "json", batches: () => readJson(source, file, options) };
}

async function* readJson(
  source: ByteSource,
  file: string,
  options: TableOptions,
): AsyncGenerator<(TableRow | BadTableRow)[], void, undefined> {
  const elements = new ArrayElements(file, options.maxLineBytes ?? defaultMaxRowBytes);
  const whole: Buffer[] = [];
  const most = options.maxJsonBytes ?? defaultMaxJsonBytes;
  let size = 0;
  let array: boolean | undefined;
  for await (const bytes of readBytes(source, { ...options, name: file })) {
    let chunk = Buffer.from(bytes);
    if (size === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) chunk = chunk.subarray(3);
    size += bytes.length;
    if (array === undefined) {
      const first = chunk.find((byte) => byte > 32);
      if (first === undefined) continue;
      array = first === 91;
    }
    if (array) {
      for (let rows = elements.push(chunk); rows.length > 0; rows = rows.slice(batchRows))
        yield rows.slice(0, batchRows);
      continue;
    }
    if (size > most)
      throw new InputError(
        { file },
        `this JSON value is larger than ${most} bytes and no array of rows, so it cannot be read as a stream`,
        "write it as an array of objects or as JSON lines",
      );
    whole.push(chunk);
  }
  if (array === undefined) throw new InputError({ file }, size === 0 ? "the input is empty" : "the input is blank");
  if (array) return elements.end();
  const rows = rowsOf(parseWhole(Buffer.concat(whole), file), file);
  for (let at = 0; at < rows.length; at += batchRows)
    yield rows.slice(at, at + batchRows).map((row, i) => tableRow(row, at + i + 1, file));
}

function parseWhole(bytes: Buffer, file: string): unknown {
  if (!isUtf8(bytes)) throw new InputError({ file }, "the text is not valid UTF-8");
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (thrown) {
    throw new InputError({ file }, `this is not JSON: ${shorten(messageOf(thrown), 160)}`);
  }
}

function rowsOf(value: unknown, file: string): readonly unknown[] {
  if (!isRaw(value)) throw new InputError({ file }, `expected an array of rows or an object, found ${kindOf(value)}`);
  const members = Object.entries(value);
  const first = members[0]?.[1];
  if (Array.isArray(first) && members.length > 1 && members.every(([, list]) => Array.isArray(list))) {
    const uneven = members.find(([, list]) => (list as unknown[]).length !== first.length);
    if (uneven !== undefined)
      throw new InputError(
        { file },
        `its columns differ in length: '${members[0]![0]}' has ${first.length} entries, '${uneven[0]}' ${(uneven[1] as unknown[]).length}`,
      );
    return first.map((_, i) => Object.fromEntries(members.map(([name, list]) => [name, (list as unknown[])[i]])));
  }
  const inside = wrappers.find((name) => Array.isArray(value[name]) && isRaw((value[name] as unknown[])[0]));
  return inside === undefined ? [value] : (value[inside] as unknown[]);
}

function tableRow(row: unknown, line: number, file: string): TableRow | BadTableRow {
  if (isRaw(row)) return { line, row };
  return { line, bad: new InputError({ file, line }, `expected a JSON object, found ${kindOf(row)}`) };
}

/** Cuts a JSON array into its elements while it streams by: only brackets and strings are looked at. */
class ArrayElements {
  readonly #file: string;
  readonly #max: number;
  #pieces: Buffer[] = [];
  #held = 0;
  #depth = 0;
  #string = false;
  #escaped = false;
  #state: "before" | "inside" | "after" = "before";
  #line = 1;

  constructor(file: string, max: number) {
    this.#file = file;
    this.#max = max;
  }

  push(chunk: Buffer): (TableRow | BadTableRow)[] {
    const rows: (TableRow | BadTableRow)[] = [];
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]!;
      if (this.#string) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === 92) this.#escaped = true;
        else if (byte === 34) this.#string = false;
        continue;
      }
      if (this.#state !== "inside") {
        if (byte <= 32) continue;
        if (this.#state === "after") throw this.#broken("there is more behind the end of the array");
        this.#state = "inside";
        start = i + 1;
        continue;
      }
      if (byte === 34) this.#string = true;
      else if (byte === 123 || byte === 91) this.#depth++;
      else if (byte === 125 || (byte === 93 && this.#depth > 0)) this.#depth--;
      else if (byte === 93 || (byte === 44 && this.#depth === 0)) {
        this.#hold(chunk.subarray(start, i));
        this.#finish(rows, byte === 93);
        start = i + 1;
        if (byte === 93) this.#state = "after";
      }
      if (this.#depth < 0) throw this.#broken("it closes a bracket that was not opened");
    }
    if (this.#state === "inside") this.#hold(chunk.subarray(start));
    return rows;
  }

  end(): void {
    if (this.#state !== "after") throw this.#broken("the array is not closed: the file is cut off");
  }

  #broken(reason: string): InputError {
    return new InputError({ file: this.#file }, `${reason} (after ${this.#line - 1} whole rows)`);
  }

  #hold(piece: Buffer): void {
    this.#held += piece.length;
    // a piece of a row that is too long is not kept, only counted
    if (this.#held <= this.#max) this.#pieces.push(piece);
    else this.#pieces = [];
  }

  #finish(rows: (TableRow | BadTableRow)[], last: boolean): void {
    const bytes = Buffer.concat(this.#pieces);
    const held = this.#held;
    this.#pieces = [];
    this.#held = 0;
    const line = this.#line;
    if (held > this.#max) {
      const reason = `the row is ${held} bytes long; at most ${this.#max} are read`;
      rows.push({ line, bad: new InputError({ file: this.#file, line }, reason) });
    } else {
      const text = bytes.toString("utf8");
      if (last && text.trim() === "") {
        if (line > 1) throw this.#broken("the array ends in a comma");
        return;
      }
      rows.push(isUtf8(bytes) ? this.#parse(text, line) : this.#bad(line, "invalid UTF-8"));
    }
    this.#line++;
  }

  #parse(text: string, line: number): TableRow | BadTableRow {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (thrown) {
      return this.#bad(line, `this is not JSON: ${shorten(messageOf(thrown), 160)}`);
    }
    return tableRow(value as Raw, line, this.#file);
  }

  #bad(line: number, reason: string): BadTableRow {
    return { line, bad: new InputError({ file: this.#file, line }, reason) };
  }
}
