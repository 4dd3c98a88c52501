import { InputError, messageOf } from "../core/index.ts";
import { type ByteSource, readBytes, sourceName } from "./bytes.ts";
import { shorten } from "./ids.ts";
import { looksLikeMessages, type Raw } from "./messages.ts";
import type { BadTableRow, Table, TableOptions, TableRow } from "./source.ts";

const defaultMaxRecordBytes = 64 * 1024 * 1024;

/** Columns whose cells hold structure as JSON text, since a table cell cannot hold a list. */
const structured = new Set([
  "candidates",
  "completions",
  "responses",
  "outputs",
  "steps",
  "labels",
  "label",
  "reference",
  "context",
  "subsets",
  "messages",
  "scores",
  "reward_model",
  "extra_info",
]);
const conversational = new Set(["prompt", "chosen", "rejected", "completion"]);

/**
 * The rows of a CSV or TSV file (RFC 4180, quotes doubled) whose first record names the columns.
 *
 * Cells are texts. Two kinds are parsed as JSON where they hold a list or an object: columns that always hold structure
 * (`candidates`, `steps`, `labels`, `messages`, ...), and lists of messages under `prompt`, `chosen`, `rejected` and
 * `completion`.
 *
 * @param source a path, "-", or a stream
 * @param options `delimiter` (default comma; tab for `format: "tsv"`), `maxLineBytes` for one record
 * @returns a table whose `line` is the line on which the record ends
 * @throws InputError for an empty file, a repeated column name, a misplaced or unclosed quote, or a record over the limit;
 *   the rows before it have been given out by then
 */
export function openCsv(source: ByteSource, options: TableOptions & { delimiter?: string | undefined } = {}): Table {
  const file = options.name ?? sourceName(source);
  const format = options.delimiter === "\t" ? "tsv" : "csv";
  return { file, format, batches: () => readCsv(source, file, options) };
}

async function* readCsv(
  source: ByteSource,
  file: string,
  options: TableOptions & { delimiter?: string | undefined },
): AsyncGenerator<(TableRow | BadTableRow)[], void, undefined> {
  const { parse } = await import("csv-parse");
  let names: readonly string[] | undefined;
  let batch: (TableRow | BadTableRow)[] = [];
  let failed: unknown;
  const parser = parse({
    bom: true,
    delimiter: options.delimiter ?? ",",
    max_record_size: options.maxLineBytes ?? defaultMaxRecordBytes,
    relax_column_count: true,
    skip_empty_lines: true,
    // records are taken here and not from the stream, which drops what it holds when it fails
    on_record: (record: string[], { lines }) => {
      if (names === undefined) names = columnNames(record, file);
      else batch.push(rowOf(names, record, lines, file));
      return null;
    },
  });
  let wake = (): void => {};
  parser.on("error", (error) => {
    failed = error;
    wake();
  });
  parser.resume();
  const step = (act: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
      act(resolve);
    });
  try {
    for await (const chunk of readBytes(source, { ...options, name: file })) {
      await step((done) => parser.write(Buffer.from(chunk), () => done()));
      if (batch.length > 0) yield batch;
      batch = [];
      if (failed !== undefined) break;
    }
    if (failed === undefined) await step((done) => parser.end(() => done()));
  } finally {
    parser.destroy();
  }
  if (batch.length > 0) yield batch;
  if (failed !== undefined) throw csvFailure(failed, file);
  if (names === undefined) throw new InputError({ file }, "the input is empty");
}

function csvFailure(failed: unknown, file: string): unknown {
  if ((failed as { code?: string }).code?.startsWith("CSV_") !== true) return failed;
  // what follows a misplaced quote cannot be told apart from what it quotes, so the rest is not guessed at
  const line = (failed as { lines?: number }).lines;
  return new InputError({ file, line }, shorten(messageOf(failed), 200), "quotes inside a quoted cell are doubled");
}

function columnNames(record: readonly string[], file: string): readonly string[] {
  const seen = new Set<string>();
  for (const name of record) {
    if (seen.has(name))
      throw new InputError({ file, line: 1 }, `the column '${name}' stands twice in the first record`);
    seen.add(name);
  }
  return record;
}

function rowOf(
  names: readonly string[],
  record: readonly string[],
  line: number,
  file: string,
): TableRow | BadTableRow {
  if (record.length !== names.length)
    return {
      line,
      bad: new InputError(
        { file, line },
        `the record has ${record.length} cells, but there are ${names.length} columns`,
      ),
    };
  const row: Raw = Object.fromEntries(names.map((name, i) => [name, cell(name, record[i]!)]));
  return { line, row };
}

function cell(name: string, text: string): unknown {
  const first = text.charCodeAt(0);
  if (first !== 91 && first !== 123) return text;
  const parsed = structured.has(name) || conversational.has(name) ? tryJson(text) : undefined;
  if (parsed === undefined) return text;
  return structured.has(name) || looksLikeMessages(parsed) ? parsed : text;
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // a cell that only looks like JSON is a text
    return undefined;
  }
}
