import { type Example, InputError } from "../core/index.ts";
import {
  type BadLine,
  type BadTableRow,
  gatherFirst,
  IdCheck,
  type Line,
  openSource,
  parseRow,
  parseTaskRow,
  type RowMap,
  readExample,
  type Schema,
  schemaNamed,
  schemas,
  type TableRow,
} from "../io/index.ts";

/** What happens at a row that cannot be read. */
export type OnBadRow = "stop" | "skip" | "report";

/** Options of `readExamples`. */
export interface ReadOptions {
  map?: RowMap | undefined;
  /** The row format by name; recognised from the first rows by default. Not together with `map`. */
  from?: string | undefined;
  /** Read the first so many good rows. */
  limit?: number | undefined;
  /** Keep columns that Laurel's own form does not name in `labels.extra`, as other formats' are. Default false, for speed. */
  extra?: boolean | undefined;
  /** Told once, before the first example, which row format the file has; not where there is a mapping. */
  onFormat?: ((format: string) => void) | undefined;
  /** Called at each row that cannot be read, with its text where there is one; throws to end the reading. */
  onBad: (bad: InputError, text: string | undefined) => void | Promise<void>;
}

/** Rows that are looked at to tell the format. */
const formatRows = 20;

type AnyLine = Line | BadLine | TableRow | BadTableRow;

/**
 * The tasks of a file with their labels, in batches; ids are checked for repetition.
 *
 * The file is JSON lines, JSON, CSV, TSV (each plain or gzip) or Parquet, or a dataset in the hub's layout (a folder, or
 * `hub:owner/name`); standard input is any of the first, told by its first bytes. Its rows are in Laurel's own form, or in
 * one that `schemas` knows and that the first rows decide, or are read through `map`.
 * Rows before a bad one are given out before `onBad` is called, so that an error loses nothing.
 *
 * @param input a path, `hub:owner/name`, or "-" for standard input
 * @throws InputError for a file that cannot be opened; what `onBad` throws
 */
export async function* readExamples(
  input: string,
  options: ReadOptions,
): AsyncGenerator<readonly Example[], void, undefined> {
  const file = input === "-" ? "standard input" : input;
  const ids = new IdCheck();
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  let schema = options.from === undefined ? undefined : schemaNamed(options.from);
  let taken = 0;
  if (limit <= 0) return;
  for await (const lines of await batchesOf(input, file)) {
    if (schema === undefined && options.map === undefined) {
      schema = recognise(lines);
      if (schema !== undefined) options.onFormat?.(schema.id);
    }
    const examples: Example[] = [];
    for (const line of lines) {
      try {
        if (line.bad !== undefined) throw line.bad;
        const example = exampleAt(line, file, schema, options);
        ids.check(example.task.id, { file, line: line.line });
        examples.push(example);
        taken++;
      } catch (thrown) {
        if (!(thrown instanceof InputError)) throw thrown;
        if (examples.length > 0) yield examples.splice(0);
        await options.onBad(thrown, "text" in line ? line.text : undefined);
      }
      if (taken >= limit) break;
    }
    if (examples.length > 0) yield examples;
    if (taken >= limit) return;
  }
}

/** Lines where the file holds JSON lines, so that a bad row's text is known; else the rows of a table. The first batch tells the format. */
async function batchesOf(input: string, file: string): Promise<AsyncIterable<readonly AnyLine[]>> {
  const table = await openSource(input, { name: file });
  const batches: AsyncIterable<readonly AnyLine[]> = table.lines?.() ?? table.batches();
  // who writes into a pipe may wait for the first row's score before the next one
  return input === "-" ? batches : gatherFirst(batches, formatRows);
}

/**
 * The format of the first rows: the first that all of them have, else that of the first row alone, so that the others are
 * reported one by one; Laurel's own form where no row can be told, because its messages name what is missing.
 */
function recognise(lines: readonly AnyLine[]): Schema | undefined {
  const rows: TableRow["row"][] = [];
  for (const line of lines) {
    if (line.bad !== undefined) continue;
    try {
      rows.push("row" in line ? line.row : parseRow(line.text, { line: line.line }));
    } catch (thrown) {
      if (!(thrown instanceof InputError)) throw thrown;
    }
    if (rows.length === formatRows) break;
  }
  const [first] = rows;
  if (first === undefined) return undefined;
  return schemas.find((one) => rows.every((row) => one.match(row))) ?? schemas.find((one) => one.match(first)) ?? own;
}

const own = schemaNamed("laurel");

function exampleAt(line: Line | TableRow, file: string, schema: Schema | undefined, options: ReadOptions): Example {
  const place = { line: line.line, file, map: options.map };
  const content = "row" in line ? line.row : line.text;
  if (options.map !== undefined || schema === undefined) return parseTaskRow(content, place);
  const row = typeof content === "string" ? undefined : content;
  if (schema === own) {
    if (options.extra !== true) return parseTaskRow(content, place);
    return own.read(row ?? parseRow(content as string, place), place);
  }
  return readExample(row ?? parseRow(content as string, place), place, schema);
}
