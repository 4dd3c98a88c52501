import type { ColumnMetaData, FileMetaData, RowGroup } from "hyparquet";

/** Bytes of a column in a file: start and end (exclusive). */
export interface ColumnRange {
  start: number;
  end: number;
  meta: ColumnMetaData;
}

/** Thrown where a Parquet file contradicts itself or asks for too much; the reader makes an `InputError` of it. */
export class ParquetRefusal extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Memory for a decoded value (the value, and its level of definition and of repetition) and for a row's object. */
const bytesPerValue = 24;
const bytesPerRow = 128;

/**
 * Where the columns of a row group lie, after checking that they lie inside the file and that the group's memory stays
 * under the limit. Memory is counted as the unpacked bytes, 24 for each value and 128 for each row.
 *
 * @throws ParquetRefusal with the group's size
 */
export function checkRowGroup(
  group: RowGroup,
  index: number,
  fileBytes: number,
  limit: number,
  columns: readonly string[] | undefined,
): ColumnRange[] {
  const what = `row group ${index + 1}`;
  const rows = Number(group.num_rows);
  if (!(rows >= 0)) throw new ParquetRefusal(`${what} states ${rows} rows`);
  const ranges: ColumnRange[] = [];
  let memory = rows * bytesPerRow;
  for (const { meta_data: meta, file_path: elsewhere } of group.columns) {
    if (meta === undefined)
      throw new ParquetRefusal(`${what} has a column without metadata`, "encrypted columns cannot be read");
    const name = meta.path_in_schema.join(".");
    if (columns !== undefined && !columns.includes(meta.path_in_schema[0] ?? "")) continue;
    if (elsewhere !== undefined) throw new ParquetRefusal(`${what}, column ${name}, lies in another file`);
    const start = Number(meta.dictionary_page_offset ? meta.dictionary_page_offset : meta.data_page_offset);
    const first = Math.min(start, Number(meta.data_page_offset));
    const end = first + Number(meta.total_compressed_size);
    if (!(first >= 4 && end >= first && end <= fileBytes - 8))
      throw new ParquetRefusal(`${what}, column ${name}, lies outside the file`, "the file is cut off or damaged");
    const values = Number(meta.num_values);
    const unpacked = Number(meta.total_uncompressed_size);
    if (!(values >= rows && unpacked >= 0))
      throw new ParquetRefusal(
        `${what}, column ${name}, states ${values} values in ${unpacked} bytes for ${rows} rows`,
      );
    memory += unpacked + values * bytesPerValue;
    ranges.push({ start: first, end, meta });
  }
  if (memory > limit)
    throw new ParquetRefusal(
      `${what} would take ${megabytes(memory)} in memory; the limit is ${megabytes(limit)}`,
      "write the file again with smaller row groups, or read fewer columns",
    );
  return ranges;
}

/** The metadata's own consistency: row groups add up to the file's rows. */
export function checkMetadata(metadata: FileMetaData): void {
  let rows = 0;
  for (const group of metadata.row_groups) rows += Number(group.num_rows);
  if (rows !== Number(metadata.num_rows))
    throw new ParquetRefusal(`it states ${metadata.num_rows} rows, but its row groups hold ${rows}`);
}

/** Bytes as megabytes, for messages. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
