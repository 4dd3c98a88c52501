import type { ColumnMetaData, Compressors, SchemaElement } from "hyparquet";
import { megabytes, ParquetRefusal } from "./parquet-check.ts";
import { Compact, type PageHeader } from "./parquet-thrift.ts";

/** The greatest levels of definition and repetition in a column. */
export interface Levels {
  definition: number;
  repetition: number;
}

/** The levels of the column at `path`, from the schema's flat list of elements in depth-first order. */
export function levelsOf(schema: readonly SchemaElement[], path: readonly string[]): Levels {
  const levels: Levels = { definition: 0, repetition: 0 };
  let at = 1;
  const skip = (): void => {
    let open = 1;
    while (open > 0 && at < schema.length) open += (schema[at++]!.num_children ?? 0) - 1;
  };
  let children = schema[0]?.num_children ?? 0;
  for (const name of path) {
    while (children > 0 && at < schema.length && schema[at]!.name !== name) {
      skip();
      children--;
    }
    const element = schema[at];
    if (children <= 0 || element === undefined) throw new ParquetRefusal(`the schema has no column ${path.join(".")}`);
    if (element.repetition_type !== "REQUIRED") levels.definition++;
    if (element.repetition_type === "REPEATED") levels.repetition++;
    children = element.num_children ?? 0;
    at++;
  }
  return levels;
}

/** Encodings that are read, by their number: PLAIN, both dictionaries, RLE, the deltas but DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT. */
const encodings: ReadonlySet<number> = new Set([0, 2, 3, 5, 6, 8, 9]);
const dictionaries: ReadonlySet<number> = new Set([2, 8]);
const rle = 3;

/**
 * Walks the pages of a column before they are decoded. A page's header and its run lengths decide how much is allocated
 * and how long decoding takes, and the footer's figures do not cover them: a few hostile bytes would otherwise claim
 * gigabytes or hours.
 *
 * @throws ParquetRefusal when pages claim more bytes or values than the column does, or a run is longer than its page.
 *   DELTA_BYTE_ARRAY is refused, because each of its values may repeat all of the one before it.
 */
export function checkPages(
  bytes: Uint8Array,
  meta: ColumnMetaData,
  levels: Levels,
  index: number,
  compressors: Compressors,
): void {
  const what = `row group ${index + 1}, column ${meta.path_in_schema.join(".")}`;
  const refuse = (reason: string): never => {
    throw new ParquetRefusal(`${what}: ${reason}`);
  };
  const values = Number(meta.num_values);
  const reader = new Compact(bytes);
  // some writers leave the headers out of the stated size
  const mostBytes = Number(meta.total_uncompressed_size) + 65536;
  let unpacked = 0;
  let found = 0;
  while (found < values) {
    if (reader.at >= bytes.length) refuse(`its pages hold ${found} values of ${values}`);
    const header = reader.pageHeader();
    if (reader.at + header.compressed > bytes.length)
      refuse(`a page of ${header.compressed} bytes runs out of the column`);
    unpacked += header.unpacked;
    if (unpacked > mostBytes) refuse(`its pages claim ${megabytes(unpacked)}, more than the column states`);
    if (header.values > values) refuse(`a page claims ${header.values} values of ${values}`);
    const page = bytes.subarray(reader.at, reader.at + header.compressed);
    if (header.kind === "dictionary") {
      if (header.encoding !== 0 && header.encoding !== 2) refuse("its dictionary has an unknown encoding");
    } else {
      found += header.values;
      if (found > values) refuse(`its pages hold more than ${values} values`);
      if (!encodings.has(header.encoding)) refuse(`its encoding (number ${header.encoding}) is not supported`);
      checkRuns(page, header, meta, levels, compressors, refuse);
    }
    reader.at += header.compressed;
  }
}

function checkRuns(
  page: Uint8Array,
  header: PageHeader,
  meta: ColumnMetaData,
  levels: Levels,
  compressors: Compressors,
  refuse: (reason: string) => never,
): void {
  const runs = (bytes: Uint8Array, width: number): void => {
    const reason = longRun(bytes, width, header.values);
    if (reason !== undefined) refuse(reason);
  };
  const needed = dictionaries.has(header.encoding) || (meta.type === "BOOLEAN" && header.encoding === rle);
  let body: Uint8Array;
  if (header.kind === "data-v2") {
    const { repetitionBytes, definitionBytes } = header;
    if (repetitionBytes + definitionBytes > page.length) refuse("a page's levels are longer than the page");
    if (levels.repetition > 0) runs(page.subarray(0, repetitionBytes), width(levels.repetition));
    const behind = repetitionBytes + definitionBytes;
    if (levels.definition > 0) runs(page.subarray(repetitionBytes, behind), width(levels.definition));
    if (!needed) return;
    const length = header.unpacked - behind;
    body = header.isCompressed ? unpack(page.subarray(behind), length, meta, compressors) : page.subarray(behind);
  } else {
    const anyLevels = levels.repetition + levels.definition > 0;
    if (!anyLevels && !needed) return;
    body = unpack(page, header.unpacked, meta, compressors);
    for (const [level, encoding] of [
      [levels.repetition, header.repetitionEncoding],
      [levels.definition, header.definitionEncoding],
    ] as const) {
      if (level === 0) continue;
      if (encoding !== rle) refuse("its levels are not run-length encoded");
      const [taken, rest] = lengthPrefixed(body, refuse);
      runs(taken, width(level));
      body = rest;
    }
    if (!needed) return;
  }
  if (meta.type === "BOOLEAN") {
    runs(lengthPrefixed(body, refuse)[0], 1);
    return;
  }
  const bits = body[0];
  if (bits === undefined) return;
  if (bits > 32) refuse(`its dictionary's keys claim ${bits} bits`);
  runs(body.subarray(1), bits);
}

function unpack(bytes: Uint8Array, length: number, meta: ColumnMetaData, compressors: Compressors): Uint8Array {
  if (meta.codec === "UNCOMPRESSED" || length === 0) return bytes;
  const unpacker = compressors[meta.codec];
  if (unpacker === undefined) throw new ParquetRefusal(`the compression ${meta.codec} is not supported`);
  return unpacker(bytes, length);
}

function lengthPrefixed(bytes: Uint8Array, refuse: (reason: string) => never): [Uint8Array, Uint8Array] {
  if (bytes.length < 4) refuse("a page is too short for its levels");
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length > bytes.length - 4) refuse("a page's levels are longer than the page");
  return [bytes.subarray(4, 4 + length), bytes.subarray(4 + length)];
}

function width(level: number): number {
  return 32 - Math.clz32(level);
}

/** Why a hybrid of runs and packed bits may not be decoded into `count` values; undefined if it may. */
function longRun(bytes: Uint8Array, bits: number, count: number): string | undefined {
  const reader = new Compact(bytes);
  let seen = 0;
  while (seen < count && reader.at < bytes.length) {
    const head = reader.varint();
    const run = Math.floor(head / 2);
    if (head % 2 === 0) {
      if (run > count - seen) return `a run of ${run} is longer than its page of ${count} values`;
      seen += run;
      reader.at += Math.ceil(bits / 8);
    } else {
      // the last group is padded, by some writers to a larger block
      if (run * 8 > count - seen + 512) return `${run * 8} packed values are more than its page of ${count} values`;
      seen += run * 8;
      reader.at += run * bits;
    }
  }
  return undefined;
}
