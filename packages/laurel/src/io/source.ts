import type { InputError } from "../core/index.ts";
import type { BadLine, Line } from "./jsonl.ts";
import type { Raw } from "./messages.ts";

/** A row of any table: `line` is its line in a text file, and its number (from 1) in JSON arrays and Parquet. */
export interface TableRow {
  line: number;
  row: Raw;
  bad?: undefined;
}

/** A row that cannot be read; the rows after it are read as usual. */
export interface BadTableRow {
  line: number;
  row?: undefined;
  bad: InputError;
}

/** The kinds of file that hold rows. */
export type TableFormat = "jsonl" | "json" | "csv" | "tsv" | "parquet";

/** Rows that can be read once, in batches. */
export interface Table {
  /** The name for messages. */
  readonly file: string;
  readonly format: TableFormat;
  /** How many rows there are, where the file says so before it is read. */
  readonly total?: number | undefined;
  batches(): AsyncIterable<readonly (TableRow | BadTableRow)[]>;
  /** Of JSON lines that come from one place: the lines as they stand, in place of `batches`, for who needs their text. */
  lines?(): AsyncIterable<readonly (Line | BadLine)[]>;
}

/** What may be set when a table is opened. */
export interface TableOptions {
  name?: string | undefined;
  signal?: AbortSignal | undefined;
  /** The longest line, JSON row or CSV record that is read, in bytes (default 64 MiB). */
  maxLineBytes?: number | undefined;
  /** The largest JSON value that is not an array of rows, in bytes (default 256 MiB). */
  maxJsonBytes?: number | undefined;
  /** What a Parquet row group may cost in memory, in bytes (default 1 GiB). */
  maxRowGroupBytes?: number | undefined;
  /** Read only these top-level columns of Parquet. */
  columns?: readonly string[] | undefined;
}

/**
 * The same batches, but the first holds at least `n` rows (all rows, if there are fewer): a stream may give out one row
 * at a time, and a format should not be recognised from the first of them alone.
 */
export async function* gatherFirst<Row = TableRow | BadTableRow>(
  batches: AsyncIterable<readonly Row[]>,
  n: number,
): AsyncGenerator<readonly Row[], void, undefined> {
  let first: Row[] | undefined = [];
  try {
    for await (const batch of batches) {
      if (first === undefined) {
        yield batch;
        continue;
      }
      first.push(...batch);
      if (first.length < n) continue;
      const gathered: Row[] = first;
      first = undefined;
      yield gathered;
    }
  } catch (thrown) {
    // what came before a fault is given out before it
    if (first !== undefined && first.length > 0) yield first;
    throw thrown;
  }
  if (first !== undefined && first.length > 0) yield first;
}
