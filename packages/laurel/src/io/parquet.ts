import { isUtf8 } from "node:buffer";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { AsyncBuffer, Compressors, FileMetaData } from "hyparquet";
import { InputError, messageOf } from "../core/index.ts";
import { readFailure } from "./bytes.ts";
import { shorten } from "./ids.ts";
import type { Raw } from "./messages.ts";
import { type ColumnRange, checkMetadata, checkRowGroup, ParquetRefusal } from "./parquet-check.ts";
import { checkPages, levelsOf } from "./parquet-pages.ts";
import { fileRanges, type RangedBytes } from "./ranged.ts";
import type { Table, TableOptions, TableRow } from "./source.ts";

const defaultLimit = 1024 * 1024 * 1024;
const batchRows = 1000;

/**
 * The rows of a Parquet file, one row group after another, read by ranges: no more than the largest row group is held.
 *
 * 64-bit integers become numbers (texts beyond 2^53), timestamps ISO texts, and bytes texts if they are UTF-8, else a
 * base64 `data:` address. Every figure that the file states is checked before memory is taken for it.
 *
 * @param source a path, or ranged bytes with `options.name`
 * @param options `columns`, `maxRowGroupBytes` (default 1 GiB), `signal`
 * @returns a table with `total`; its `line` is the row's number from 1
 * @throws InputError for a file that is missing, cut off, inconsistent, encrypted, or whose row groups are too large
 * @example for await (const batch of (await openParquet("a.parquet")).batches()) { ... }
 */
export async function openParquet(source: string | RangedBytes, options: TableOptions = {}): Promise<Table> {
  const file = options.name ?? (typeof source === "string" ? source : "the Parquet data");
  const reach = async (): Promise<RangedBytes> => (typeof source === "string" ? fileRanges(source, file) : source);
  const first = await reach();
  let metadata: FileMetaData;
  try {
    metadata = await guarded(file, () => readMetadata(first));
    // a file that would be refused half-way is refused before its first row
    await guarded(file, async () => {
      for (const [i, group] of metadata.row_groups.entries())
        checkRowGroup(group, i, first.size, options.maxRowGroupBytes ?? defaultLimit, options.columns);
    });
  } finally {
    if (typeof source === "string") await first[Symbol.asyncDispose]();
  }
  return {
    file,
    format: "parquet",
    total: Number(metadata.num_rows),
    batches: () => readGroups(reach, metadata, file, options),
  };
}

async function* readGroups(
  reach: () => Promise<RangedBytes>,
  metadata: FileMetaData,
  file: string,
  options: TableOptions,
): AsyncGenerator<TableRow[], void, undefined> {
  await using bytes = await reach();
  let before = 0;
  for (const [i, group] of metadata.row_groups.entries()) {
    options.signal?.throwIfAborted();
    const rows = await guarded(file, async () => {
      const ranges = checkRowGroup(group, i, bytes.size, options.maxRowGroupBytes ?? defaultLimit, options.columns);
      return readGroup(bytes, metadata, i, ranges, before, options.columns);
    });
    for (let from = 0; from < rows.length; from += batchRows) {
      options.signal?.throwIfAborted();
      yield rows.slice(from, from + batchRows).map((row, k) => ({ line: before + from + k + 1, row: plainRow(row) }));
    }
    before += Number(group.num_rows);
  }
}

async function readMetadata(bytes: RangedBytes): Promise<FileMetaData> {
  if (bytes.size < 12) throw new ParquetRefusal("it is too short to be Parquet");
  const magic = Buffer.from(await bytes.read(0, 4)).toString("latin1");
  if (magic === "PARE") throw new ParquetRefusal("it is encrypted");
  if (magic !== "PAR1") throw new ParquetRefusal("it does not start as Parquet does");
  const { parquetMetadataAsync } = await import("hyparquet");
  const metadata = await parquetMetadataAsync(
    { byteLength: bytes.size, slice: async (start, end) => arrayBufferOf(await bytes.read(start, end ?? bytes.size)) },
    { geoparquet: false },
  );
  checkMetadata(metadata);
  return metadata;
}

async function readGroup(
  bytes: RangedBytes,
  metadata: FileMetaData,
  index: number,
  ranges: readonly ColumnRange[],
  before: number,
  columns: readonly string[] | undefined,
): Promise<Record<string, unknown>[]> {
  const compressors = await decompressors();
  const held: { start: number; bytes: Uint8Array }[] = [];
  for (const range of ranges) {
    const column = await bytes.read(range.start, range.end);
    if (column.length !== range.end - range.start) throw new ParquetRefusal("the file ends inside a column");
    checkPages(column, range.meta, levelsOf(metadata.schema, range.meta.path_in_schema), index, compressors);
    held.push({ start: range.start, bytes: column });
  }
  const inMemory: AsyncBuffer = {
    byteLength: bytes.size,
    slice: (start, end = bytes.size) => {
      const out = new Uint8Array(end - start);
      for (const one of held) {
        const from = Math.max(start, one.start);
        const to = Math.min(end, one.start + one.bytes.length);
        if (from < to) out.set(one.bytes.subarray(from - one.start, to - one.start), from - start);
      }
      return out.buffer;
    },
  };
  const { parquetReadObjects } = await import("hyparquet");
  const rows = Number(metadata.row_groups[index]!.num_rows);
  const read = await parquetReadObjects({
    file: inMemory,
    metadata,
    rowStart: before,
    rowEnd: before + rows,
    ...(columns === undefined ? {} : { columns: [...columns] }),
    compressors,
    utf8: false,
    geoparquet: false,
  });
  if (read.length !== rows) throw new ParquetRefusal(`row group ${index + 1} holds ${read.length} rows of ${rows}`);
  return read;
}

async function decompressors(): Promise<Compressors> {
  const { compressors } = await import("hyparquet-compressors");
  // the stated length is checked beforehand, and Node's own functions stop there
  const bounded = (length: number) => ({ maxOutputLength: Math.max(1, length) });
  return {
    ...compressors,
    GZIP: (input, length) => gunzipSync(input, bounded(length)),
    BROTLI: (input, length) => brotliDecompressSync(input, bounded(length)),
    ZSTD: (input, length) => zstdDecompressSync(input, bounded(length)),
  };
}

async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const failure = readFailure(thrown, file);
    if (failure instanceof InputError) throw failure;
    if (thrown instanceof ParquetRefusal) throw new InputError({ file }, thrown.message, thrown.hint);
    if ((thrown as Error | null)?.name === "AbortError") throw thrown;
    throw new InputError({ file }, `this Parquet file cannot be decoded: ${shorten(messageOf(thrown), 200)}`);
  }
}

function arrayBufferOf(bytes: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}

function plainRow(row: Record<string, unknown>): Raw {
  // a column may be called __proto__: fromEntries makes it a member like any other
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, plain(value)]),
  );
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint")
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array)
    return isUtf8(value)
      ? Buffer.from(value).toString("utf8")
      : `data:application/octet-stream;base64,${Buffer.from(value).toString("base64")}`;
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plain);
  if (Array.isArray(value)) return value.map(plain);
  return plainRow(value as Record<string, unknown>);
}
