import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { InputError } from "../../packages/laurel/src/core/index.ts";
import { openParquet, type RangedBytes, type TableOptions } from "../../packages/laurel/src/io/index.ts";

const expected = JSON.parse(
  readFileSync(fileURLToPath(new URL("../expected/io/parquet.json", import.meta.url)), "utf8"),
) as { reference: string; rows: Record<string, unknown>[]; files: Record<string, string> };

const limits: TableOptions = { maxRowGroupBytes: 64 * 1024 * 1024 };

function ranged(bytes: Uint8Array, reads?: [number, number][]): RangedBytes {
  return {
    size: bytes.length,
    read: async (start, end) => {
      reads?.push([start, end]);
      return bytes.subarray(start, end);
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

async function rowsOf(
  bytes: Uint8Array,
  options: TableOptions = limits,
  reads?: [number, number][],
): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const batch of (await openParquet(ranged(bytes, reads), options)).batches())
    for (const one of batch) rows.push(one.row);
  return rows;
}

describe("Parquet written by another tool", () => {
  it.each(Object.entries(expected.files))(`is read as ${expected.reference} reads it: %s`, async (_, base64) => {
    expect(await rowsOf(Buffer.from(base64, "base64"))).toEqual(expected.rows);
  });

  it("is read by ranges, one row group after another, and only the columns asked for", async () => {
    const bytes = Buffer.from(Object.values(expected.files)[0]!, "base64");
    const table = await openParquet(ranged(bytes), limits);
    const reads: [number, number][] = [];
    expect(await rowsOf(bytes, { ...limits, columns: ["id"] }, reads)).toEqual(expected.rows.map(({ id }) => ({ id })));
    expect(table.total).toBe(60);
    const beyondFooter = reads.filter(([, end]) => end !== bytes.length && end > 4);
    // three row groups, one column
    expect(beyondFooter).toHaveLength(3);
  });

  it("gives rows or an InputError, in bounded time, for any damaged byte in a nested file with version 1 pages", async () => {
    const name = "snappy, pages 1.0, dictionary True";
    const whole = Buffer.from(expected.files[name]!, "base64");
    let refused = 0;
    for (let at = 4; at < whole.length; at += 17) {
      const start = performance.now();
      const damaged = Uint8Array.from(whole);
      damaged[at] = damaged[at]! ^ (1 << (at % 8)) ^ 0x80;
      try {
        expect((await rowsOf(damaged)).length).toBeLessThanOrEqual(60);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(InputError);
        refused++;
      }
      expect(performance.now() - start, `byte ${at}`).toBeLessThan(3000);
    }
    expect(refused).toBeGreaterThan(0);
  });
});

/** Thrift's compact protocol, as far as a footer needs it. */
function varint(value: number): number[] {
  const out: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...out, rest];
    out.push((rest % 128) | 128);
  }
}
const zigzag = (value: number): number[] => varint(value >= 0 ? value * 2 : -value * 2 - 1);
const i32 = (value: number): [number, number[]] => [5, zigzag(value)];
const i64 = (value: number): [number, number[]] => [6, zigzag(value)];
const binary = (text: string): [number, number[]] => [8, [...varint(text.length), ...Buffer.from(text)]];
const list = (type: number, items: number[][]): [number, number[]] => [
  9,
  [(items.length << 4) | type, ...items.flat()],
];
function struct(members: Record<number, [number, number[]]>): number[] {
  const out: number[] = [];
  let last = 0;
  for (const [id, [type, bytes]] of Object.entries(members)) {
    out.push(((Number(id) - last) << 4) | type, ...bytes);
    last = Number(id);
  }
  return [...out, 0];
}

interface Bomb {
  rows?: number;
  values?: number;
  pageValues?: number;
  pageSize?: number;
  columnBytes?: number;
  unpacked?: number;
  offset?: number;
  body?: number[];
  codec?: number;
  required?: boolean;
}

/** A file of one text column with one data page, in which any figure may be a lie. */
function bomb(lie: Bomb): Uint8Array {
  const body = lie.body ?? [4, 0, 0, 0, ...zigzag(1), 1, 0, 0, 1, 0, 0, 0, 97];
  const page = struct({
    1: i32(0),
    2: i32(lie.pageSize ?? body.length),
    3: i32(body.length),
    5: [12, struct({ 1: i32(lie.pageValues ?? lie.values ?? 1), 2: i32(0), 3: i32(3), 4: i32(3) })],
  });
  const column = [...page, ...body];
  const meta = struct({
    1: i32(6),
    2: list(5, [zigzag(0)]),
    3: list(8, [binary("t")[1]]),
    4: i32(lie.codec ?? 0),
    5: i64(lie.values ?? 1),
    6: i64(lie.unpacked ?? column.length),
    7: i64(lie.columnBytes ?? column.length),
    9: i64(lie.offset ?? 4),
  });
  const rows = lie.rows ?? lie.values ?? 1;
  const footer = struct({
    1: i32(1),
    2: list(12, [
      struct({ 4: binary("root"), 5: i32(1) }),
      struct({ 1: i32(6), 3: i32(lie.required === true ? 0 : 1), 4: binary("t"), 6: i32(0) }),
    ]),
    3: i64(rows),
    4: list(12, [struct({ 1: list(12, [struct({ 2: i64(4), 3: [12, meta] })]), 2: i64(column.length), 3: i64(rows) })]),
  });
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, footer.length, true);
  return Uint8Array.from([...Buffer.from("PAR1"), ...column, ...footer, ...length, ...Buffer.from("PAR1")]);
}

describe("hostile Parquet", () => {
  it("reads the honest form of the file", async () => {
    expect(await rowsOf(bomb({ body: [2, 0, 0, 0, 2, 1, 1, 0, 0, 0, 97] }))).toEqual([{ t: "a" }]);
  });

  it.each<[string, Bomb, string]>([
    ["a billion rows", { rows: 1e9, values: 1e9 }, "would take 152000 MB in memory"],
    ["more rows than values", { rows: 5000, values: 1 }, "states 1 values"],
    ["an unpacked size of 2^50", { unpacked: 2 ** 50 }, "in memory; the limit is 67 MB"],
    ["a negative size", { unpacked: -5 }, "states 1 values in -5 bytes"],
    ["a column behind the file's end", { columnBytes: 2 ** 40 }, "lies outside the file"],
    ["a column before the file's start", { offset: -100 }, "lies outside the file"],
    ["a page of two billion values", { pageValues: 2 ** 31 - 1 }, "a page claims 2147483647 values of 1"],
    ["a page that unpacks to two gigabytes", { pageSize: 2 ** 31 - 1, codec: 2 }, "its pages claim 2147 MB"],
    ["too few values", { values: 2, pageValues: 1 }, "its pages hold 1 values of 2"],
    [
      "a run of two billion levels",
      { body: [6, 0, 0, 0, ...varint(2 ** 32 - 2), 1, 1, 0, 0, 0, 97] },
      "a run of 2147483647 is longer",
    ],
    [
      "a packed run of two billion levels",
      { body: [6, 0, 0, 0, ...varint(2 ** 31 - 1), 1, 1, 0, 0, 0, 97] },
      "packed values are more",
    ],
    ["levels that are longer than their page", { body: [255, 255, 255, 127, 2, 1] }, "levels are longer than the page"],
    ["a text of two gigabytes", { body: [2, 0, 0, 0, 2, 1, 255, 255, 255, 127, 97] }, "cannot be decoded"],
  ])("is refused before it costs anything: %s", async (_, lie, reason) => {
    const start = performance.now();
    const before = process.memoryUsage().rss;
    await expect(rowsOf(bomb(lie))).rejects.toThrow(reason);
    await expect(rowsOf(bomb(lie))).rejects.toBeInstanceOf(InputError);
    expect(performance.now() - start).toBeLessThan(1000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });
});
