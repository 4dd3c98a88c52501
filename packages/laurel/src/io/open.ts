import { stat } from "node:fs/promises";
import { InputError } from "../core/index.ts";
import { type ByteSource, readBytes, readFailure, sourceName } from "./bytes.ts";
import { openCsv } from "./csv.ts";
import { shorten } from "./ids.ts";
import { openJson } from "./json.ts";
import { readLineBatches } from "./jsonl.ts";
import { openParquet } from "./parquet.ts";
import { spooledRanges } from "./ranged.ts";
import { parseRow } from "./rows.ts";
import type { BadTableRow, Table, TableFormat, TableOptions, TableRow } from "./source.ts";

/**
 * Opens a table of any format: JSON lines, JSON, CSV, TSV (each plain or gzip) or Parquet.
 *
 * The format is `options.format`, or told by the name's ending, or by the first bytes: `PAR1` is Parquet, `[` a JSON
 * array, `{` JSON lines, or one JSON value if its first line is not whole by itself; a first line of names between commas
 * or tabs is CSV or TSV. A `.json` file is looked into, as many hold JSON lines. Parquet that comes from a stream is
 * first written to a temporary file, as it is read from its end.
 *
 * @param source a path, "-" for standard input, or a stream
 * @throws InputError for a missing path, a directory, an empty input, or one whose format cannot be told
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
  const { head, all } = await peekStream(source, file, options);
  return openAs(all, named === undefined || named === "json" ? formatOfBytes(head, file) : named, {
    ...options,
    name: file,
  });
}

async function openAs(
  source: string | AsyncIterable<Uint8Array>,
  format: TableFormat,
  options: TableOptions,
): Promise<Table> {
  if (format === "json") return openJson(source, options);
  if (format === "jsonl") return openJsonl(source, options);
  if (format === "parquet") return typeof source === "string" ? openParquet(source, options) : spooled(source, options);
  return openCsv(source, { ...options, delimiter: format === "tsv" ? "\t" : "," });
}

async function spooled(source: AsyncIterable<Uint8Array>, options: TableOptions): Promise<Table> {
  const ranges = await spooledRanges(source);
  try {
    return await openParquet(ranges, options);
  } catch (thrown) {
    await ranges[Symbol.asyncDispose]();
    throw thrown;
  }
}

/** A file of JSON lines as a table. */
export function openJsonl(source: ByteSource, options: TableOptions = {}): Table {
  const file = options.name ?? sourceName(source);
  const lines = () => readLineBatches(source, { ...options, name: file });
  async function* batches(): AsyncGenerator<(TableRow | BadTableRow)[], void, undefined> {
    for await (const batch of lines())
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
  return { file, format: "jsonl", batches, lines };
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
  if (!text.startsWith("{")) return withoutBrace(text, file);
  const end = text.indexOf("\n");
  // a first line longer than what was looked at is a row: objects that are spread over lines have short ones
  if (end < 0) return head.length < headBytes ? "json" : "jsonl";
  if (isJson(text.slice(0, end))) return "jsonl";
  // an object that goes on behind its first line
  return /^\{\s*$/.test(text.slice(0, end)) || text.slice(0, end).trimEnd().endsWith(",") ? "json" : "jsonl";
}

/** JSON lines whose first line is broken, or a table whose first line names its columns. */
function withoutBrace(text: string, file: string): TableFormat {
  const lines = text.split("\n");
  if (lines.some((line) => line.startsWith("{") && isJson(line))) return "jsonl";
  const first = lines[0]!.trimEnd();
  const delimiter = first.includes("\t") ? "\t" : ",";
  const names = first.split(delimiter).map((name) => name.replace(/^"(.*)"$/, "$1"));
  const plain = names.every((name) => name.length <= 100 && /^[\p{L}_#][^\p{Cc}{}"]*$/u.test(name));
  // words are no row of names; one name alone is
  if (plain && (names.length > 1 || (/^\S+$/.test(first) && lines.slice(1).some((line) => line.trim() !== ""))))
    return delimiter === "\t" ? "tsv" : "csv";
  throw new InputError(
    { file },
    `its format cannot be told from its ${file.includes(".") ? "name or its " : ""}first bytes: '${shorten(first.replace(/\p{Cc}|\ufffd/gu, "?"), 40)}'`,
    "JSON lines start with {, a JSON array with [, Parquet with PAR1, and CSV or TSV with its columns' names",
  );
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

const headBytes = 64 * 1024;

async function headOf(source: string, file: string): Promise<Uint8Array> {
  for await (const chunk of readBytes(source, { name: file, chunkBytes: headBytes })) return Buffer.from(chunk);
  return new Uint8Array(0);
}

/** Is there a whole first line, or two where it may be one of names? */
function isEnough(head: Buffer): boolean {
  const start = head.findIndex((byte) => byte > 32);
  if (start < 0) return false;
  const end = head.indexOf(10, start);
  if (head[start] === 123 || head[start] === 91) return end > 0;
  return end > 0 && head.subarray(end + 1).some((byte) => byte > 32);
}

async function peekStream(
  source: ByteSource,
  file: string,
  options: TableOptions,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const chunks = readBytes(source, { ...options, name: file });
  const pieces: Buffer[] = [];
  let length = 0;
  // a pipe may give out less than a line at a time, and the first ones may be blank
  for (let enough = false; length < headBytes && !enough; ) {
    const next = await chunks.next();
    if (next.done === true) break;
    pieces.push(Buffer.from(next.value));
    length += next.value.length;
    enough = isEnough(Buffer.concat(pieces));
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
