import { stat } from "node:fs/promises";
import { InputError } from "../core/index.ts";
import { type ByteSource, readBytes, readFailure, sourceName } from "./bytes.ts";
import { openCsv } from "./csv.ts";
import { openJson } from "./json.ts";
import { readLineBatches } from "./jsonl.ts";
import { openParquet } from "./parquet.ts";
import { parseRow } from "./rows.ts";
import type { BadTableRow, Table, TableFormat, TableOptions, TableRow } from "./source.ts";

/**
 * Opens a table of any format: JSON lines, JSON, CSV, TSV (each plain or gzip) or Parquet.
 *
 * The format is `options.format`, or told by the name's ending, or by the first bytes: `PAR1` is Parquet, `[` a JSON
 * array, `{` JSON lines, or one JSON value if its first line is not whole by itself. A `.json` file is looked into, as
 * many hold JSON lines.
 *
 * @param source a path, "-" for standard input, or a stream
 * @throws InputError for a missing path, a directory, an empty input, or Parquet that is not a file
 * @example const table = await openRows("answers.csv"); for await (const batch of table.batches()) { ... }
 */
export async function openRows(
  source: ByteSource,
  options: TableOptions & { format?: TableFormat | undefined } = {},
): Promise<Table> {
  const file = options.name ?? sourceName(source);
  const named = options.format ?? formatOfName(file);
  if (named === "csv") return openCsv(source, options);
  if (named === "tsv") return openCsv(source, { ...options, delimiter: "\t" });
  if (named === "jsonl") return openJsonl(source, options);
  if (typeof source === "string" && source !== "-") {
    await refuseDirectory(source, file);
    if (named === "parquet") return openParquet(source, options);
    const head = await headOf(source, file);
    const format = named === undefined || named === "json" ? formatOfBytes(head, file) : named;
    return openAs(source, format, options);
  }
  if (named === "parquet") throw notAFile(file);
  const { head, all } = await peekStream(source, file, options);
  return openAs(all, named === undefined || named === "json" ? formatOfBytes(head, file) : named, {
    ...options,
    name: file,
  });
}

function openAs(source: ByteSource, format: TableFormat, options: TableOptions): Table | Promise<Table> {
  if (format === "json") return openJson(source, options);
  if (format === "jsonl") return openJsonl(source, options);
  if (format === "parquet" && typeof source === "string") return openParquet(source, options);
  if (format === "parquet") throw notAFile(options.name ?? sourceName(source));
  return openCsv(source, { ...options, delimiter: format === "tsv" ? "\t" : "," });
}

function notAFile(file: string): InputError {
  return new InputError(
    { file },
    "Parquet is read from its end, so it cannot come from a stream",
    "write it to a file",
  );
}

/** A file of JSON lines as a table. */
export function openJsonl(source: ByteSource, options: TableOptions = {}): Table {
  const file = options.name ?? sourceName(source);
  async function* batches(): AsyncGenerator<(TableRow | BadTableRow)[], void, undefined> {
    for await (const batch of readLineBatches(source, { ...options, name: file }))
      yield batch.map(({ line, text, bad }): TableRow | BadTableRow => {
        if (bad !== undefined) return { line, bad };
        try {
          return { line, row: parseRow(text, { file, line }) };
        } catch (thrown) {
          if (thrown instanceof InputError) return { line, bad: thrown };
          throw thrown;
        }
      });
  }
  return { file, format: "jsonl", batches };
}

/** The format that a name's ending tells; `.gz` is passed over. */
export function formatOfName(name: string): TableFormat | undefined {
  const ending = /\.(jsonl|ndjson|json|csv|tsv|parquet|parq)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase();
  if (ending === "ndjson") return "jsonl";
  return ending === "parq" ? "parquet" : (ending as TableFormat | undefined);
}

function formatOfBytes(head: Uint8Array, file: string): TableFormat {
  const bytes = Buffer.from(head);
  if (bytes.subarray(0, 4).toString("latin1") === "PAR1") return "parquet";
  const text = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  if (text === "") throw new InputError({ file }, head.length === 0 ? "the input is empty" : "the input is blank");
  if (text.startsWith("[")) return "json";
  if (!text.startsWith("{"))
    throw new InputError(
      { file },
      "its format cannot be told from its name or its first bytes",
      "name it .jsonl, .json, .csv, .tsv or .parquet",
    );
  const end = text.indexOf("\n");
  // a first line longer than what was looked at is a row: objects that are spread over lines have short ones
  if (end < 0) return head.length < headBytes ? "json" : "jsonl";
  try {
    JSON.parse(text.slice(0, end));
    return "jsonl";
  } catch {
    // an object that goes on behind its first line
    return /^\{\s*$/.test(text.slice(0, end)) || text.slice(0, end).trimEnd().endsWith(",") ? "json" : "jsonl";
  }
}

const headBytes = 64 * 1024;

async function headOf(source: string, file: string): Promise<Uint8Array> {
  for await (const chunk of readBytes(source, { name: file, chunkBytes: headBytes })) return Buffer.from(chunk);
  return new Uint8Array(0);
}

async function peekStream(
  source: ByteSource,
  file: string,
  options: TableOptions,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const chunks = readBytes(source, { ...options, name: file });
  const pieces: Buffer[] = [];
  let length = 0;
  // a pipe may give out less than a line at a time
  while (length < headBytes && !pieces.some((piece) => piece.includes(10))) {
    const next = await chunks.next();
    if (next.done === true) break;
    pieces.push(Buffer.from(next.value));
    length += next.value.length;
  }
  const head = Buffer.concat(pieces);
  async function* all(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (head.length > 0) yield head;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  }
  return { head, all: all() };
}

async function refuseDirectory(path: string, file: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory())
      throw new InputError({ file }, "this is a directory", "name a file inside it, or open it as a dataset");
  } catch (thrown) {
    throw readFailure(thrown, file);
  }
}
