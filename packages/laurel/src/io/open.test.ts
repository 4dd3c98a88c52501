import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../core/index.ts";
import { openCsv } from "./csv.ts";
import { openJson } from "./json.ts";
import type { Raw } from "./messages.ts";
import { openRows } from "./open.ts";
import { openParquet } from "./parquet.ts";
import type { Table, TableOptions } from "./source.ts";

const folder = mkdtempSync(join(tmpdir(), "laurel-open-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface Read {
  rows: Raw[];
  lines: number[];
  bad: InputError[];
  failed?: InputError;
}

async function read(opening: Table | Promise<Table>): Promise<Read> {
  const result: Read = { rows: [], lines: [], bad: [] };
  try {
    const table = await opening;
    for await (const batch of table.batches())
      for (const one of batch) {
        if (one.bad !== undefined) result.bad.push(one.bad);
        else {
          result.rows.push(one.row);
          result.lines.push(one.line);
        }
      }
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    result.failed = thrown;
  }
  return result;
}

const rows: Raw[] = [
  { id: "a", prompt: "2+3?", n: 1 },
  { id: "b", prompt: 'say "hi", then\nstop é', n: 2 },
  { id: "c", prompt: "", n: -3 },
];

function parquet(columns: ColumnSource[], options: Record<string, unknown> = {}): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData: columns, ...options }));
}

const asParquet = (): Uint8Array =>
  parquet(
    [
      { name: "id", data: rows.map((row) => row["id"]) as string[], type: "STRING" },
      { name: "prompt", data: rows.map((row) => row["prompt"]) as string[], type: "STRING" },
      { name: "n", data: rows.map((row) => BigInt(row["n"] as number)), type: "INT64" },
    ],
    { rowGroupSize: 2 },
  );

describe("openRows", () => {
  const lines = rows.map((row) => JSON.stringify(row)).join("\n");
  const contents: [string, string | Uint8Array][] = [
    ["rows.jsonl", lines],
    ["rows.json", JSON.stringify(rows, null, 2)],
    ["lines.json", lines],
    ["columns.json", JSON.stringify({ id: ["a", "b", "c"], prompt: rows.map((row) => row["prompt"]), n: [1, 2, -3] })],
    ["wrapped.json", JSON.stringify({ version: 1, data: rows })],
    ["rows.parquet", asParquet()],
    ["unnamed-parquet", asParquet()],
    ["unnamed-lines", lines],
    ["unnamed-array", JSON.stringify(rows)],
    ["rows.jsonl.gz", gzipSync(lines)],
    ["rows.json.gz", gzipSync(JSON.stringify(rows))],
  ];
  it.each(contents)("reads the same rows from %s", async (name, content) => {
    const path = file(name, content);
    expect(await read(openRows(path))).toEqual({ rows, lines: [1, 2, 3], bad: [] });
    if (name.includes("parquet")) expect((await openRows(path)).total).toBe(3);
    else
      for (const size of [1, 5, 1000])
        expect((await read(openRows(pieces(readFileSync(path), size), { name }))).rows).toEqual(rows);
  });

  it("reads CSV and TSV as texts, with quotes, newlines in cells, and JSON in columns that hold structure", async () => {
    const csv = 'id,prompt,candidates,x\na,"say ""hi"", then\nstop","[""5"",""6""]",[1]\n';
    const { rows: got } = await read(openRows(file("a.csv", `\ufeff${csv}`)));
    expect(got).toEqual([{ id: "a", prompt: 'say "hi", then\nstop', candidates: ["5", "6"], x: "[1]" }]);
    expect((await read(openRows(file("a.tsv", "a\tb\n1\t2,3\n")))).rows).toEqual([{ a: "1", b: "2,3" }]);
  });

  it("says what is wrong with a path that holds no table", async () => {
    expect((await read(openRows(join(folder, "none.json")))).failed?.reason).toBe("there is no such file");
    expect((await read(openRows(folder))).failed?.reason).toBe("this is a directory");
    expect((await read(openRows(file("words", "hello")))).failed?.reason).toContain("its format cannot be told");
    expect((await read(openRows(file("empty.json", "")))).failed?.reason).toBe("the input is empty");
  });

  it("tells every format of a nameless stream from its first bytes, however they are cut into chunks", async () => {
    const csv = 'id,"prompt",n\na,p,1\n';
    const streams: [string, string | Uint8Array, number][] = [
      ["jsonl", lines, 3],
      ["jsonl", `\n  \n${lines}`, 3],
      ["jsonl", gzipSync(lines), 3],
      ["json", JSON.stringify(rows, null, 2), 3],
      ["json", JSON.stringify({ version: 1, data: rows }, null, 2), 3],
      ["parquet", asParquet(), 3],
      ["parquet", gzipSync(asParquet()), 3],
      ["csv", csv, 1],
      ["csv", `\ufeff${csv.replaceAll("\n", "\r\n")}`, 1],
      ["csv", "score\n0.5\n0.25\n", 2],
      ["tsv", csv.replaceAll(",", "\t"), 1],
    ];
    for (const [format, content, n] of streams)
      for (const size of [1, 7, 100_000]) {
        const table = await openRows(pieces(Buffer.from(content), size));
        expect(table.format).toBe(format);
        expect((await read(table)).rows).toHaveLength(n);
      }
  });

  it("takes lines for JSON lines where only the first is broken, and refuses what is no table", async () => {
    const { rows: got, bad } = await read(openRows(pieces(Buffer.from(`oh no\n${lines}`), 1000)));
    expect(got).toEqual(rows);
    expect(bad.map((one) => one.message)).toEqual([expect.stringContaining("the stream, line 1: this is not JSON")]);
    for (const content of [
      "hello world\nagain\n",
      "hello",
      "<html>\n",
      "1,2,3\n4,5,6\n",
      Buffer.from([0, 255, 10, 7]),
    ]) {
      const { failed } = await read(openRows(pieces(Buffer.from(content), 1000)));
      expect(failed?.reason).toContain("its format cannot be told from its first bytes");
      expect(failed?.hint).toContain("JSON lines start with {");
    }
    const cut = await read(openRows(pieces(asParquet().subarray(0, 200), 1000)));
    expect(cut.failed?.place.file).toBe("the stream");
  });

  it("leaves no temporary file behind after Parquet from a stream", async () => {
    const spooled = (): string[] => readdirSync(tmpdir()).filter((name) => /^laurel-[A-Za-z0-9]{6}$/.test(name));
    const before = spooled();
    for await (const _ of (await openRows(pieces(asParquet(), 10))).batches()) break;
    await read(openRows(pieces(asParquet().subarray(0, 200), 10)));
    expect(spooled().filter((name) => !before.includes(name))).toEqual([]);
  });
});

describe("openJson", () => {
  it("gives a prefix of the rows and an error for an array that is cut at any byte, in chunks of any size", async () => {
    const whole = Buffer.from(JSON.stringify(rows));
    for (let cut = 1; cut < whole.length; cut++)
      for (const size of [1, 4, 999]) {
        const got = await read(openJson(pieces(whole.subarray(0, cut), size)));
        expect(got.rows).toEqual(rows.slice(0, got.rows.length));
        expect(got.failed?.reason).toContain(`cut off (after ${got.rows.length} whole rows)`);
      }
  });

  it("parses as JSON.parse does, for any array of objects", async () => {
    const array = fc.array(fc.dictionary(fc.string(), fc.jsonValue()));
    await fc.assert(
      fc.asyncProperty(array, fc.integer({ min: 1, max: 20 }), fc.boolean(), async (list, size, indent) => {
        const text = JSON.stringify(list, null, indent ? 2 : 0);
        const got = await read(openJson(pieces(Buffer.from(text), size)));
        expect(got.rows).toEqual(JSON.parse(text));
      }),
    );
  });

  it("reports bad elements at their place and reads on", async () => {
    const got = await read(openJson(pieces(Buffer.from('[{"a":1}, 7, {"b":}, {"c":3}]'), 3), { name: "x" }));
    expect(got.rows).toEqual([{ a: 1 }, { c: 3 }]);
    expect(got.bad.map((bad) => bad.message)).toEqual([
      "x, line 2: expected a JSON object, found the number 7",
      expect.stringContaining("x, line 3: this is not JSON"),
    ]);
  });

  it.each([
    ['{"a":[1,2],"b":[1]}', "its columns differ in length: 'a' has 2 entries, 'b' 1"],
    ["[1]]", "there is more behind the end of the array"],
    ['[{"a":1},]', "the array ends in a comma"],
    ["[}", "closes a bracket that was not opened"],
    ["3", "expected an array of rows or an object, found the number 3"],
    ['{"a"', "this is not JSON"],
  ])("refuses %s", async (text, reason) => {
    expect((await read(openJson(pieces(Buffer.from(text), 2)))).failed?.reason).toContain(reason);
  });

  it("bounds a value that cannot be streamed, and a row of an array", async () => {
    const big = Buffer.from(JSON.stringify({ a: "x".repeat(1000) }));
    expect((await read(openJson(pieces(big, 100), { maxJsonBytes: 500 }))).failed?.reason).toContain(
      "larger than 500 bytes",
    );
    const got = await read(openJson(pieces(Buffer.from(`[${big},{"b":1}]`), 100), { maxLineBytes: 500 }));
    expect(got.rows).toEqual([{ b: 1 }]);
    expect(got.bad[0]?.reason).toContain("the row is 1008 bytes long");
  });
});

describe("openCsv", () => {
  it("reports records with too few or too many cells as bad rows and reads on", async () => {
    const got = await read(openCsv(pieces(Buffer.from("a,b\n1,2\n3\n4,5,6\n7,8\n"), 4), { name: "x.csv" }));
    expect(got.rows).toEqual([
      { a: "1", b: "2" },
      { a: "7", b: "8" },
    ]);
    expect(got.bad.map((bad) => bad.place.line)).toEqual([3, 4]);
    expect(got.bad[0]?.message).toBe("x.csv, line 3: the record has 1 cells, but there are 2 columns");
  });

  it.each([
    ["misplaced", 'a,b\n1,2\n"x"y,1\n7,8\n'],
    ["never closed", `a,b\n1,2\n"${"x".repeat(5000)}`],
    ["never closed within the limit", `a,b\n1,2\n"${"x".repeat(500)}`],
  ])("gives the rows before a quote that is %s, then an error", async (_, text) => {
    const got = await read(openCsv(pieces(Buffer.from(text), 100), { maxLineBytes: 1000, name: "x.csv" }));
    expect(got.rows).toEqual([{ a: "1", b: "2" }]);
    expect(got.failed?.place.file).toBe("x.csv");
  });

  it("refuses a repeated column name and an empty file", async () => {
    expect((await read(openCsv(pieces(Buffer.from("a,a\n1,2\n"), 4)))).failed?.reason).toContain("stands twice");
    expect((await read(openCsv(pieces(Buffer.from(""), 4)))).failed?.reason).toBe("the input is empty");
  });

  it("takes any table of texts through a round trip", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "é", "\r") });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text), { minLength: 1 }),
        fc.integer({ min: 1, max: 9 }),
        async (table, size) => {
          const quote = (one: string): string => `"${one.replaceAll('"', '""')}"`;
          const csv = `p,q\n${table.map((row) => row.map(quote).join(",")).join("\n")}\n`;
          const got = await read(openCsv(pieces(Buffer.from(csv), size)));
          expect(got.bad).toEqual([]);
          expect(got.rows).toEqual(table.map(([p, q]) => ({ p, q })));
        },
      ),
    );
  });
});

describe("openParquet", () => {
  const limits: TableOptions = { maxRowGroupBytes: 64 * 1024 * 1024 };
  const open = (bytes: Uint8Array, options: TableOptions = limits): Promise<Read> =>
    read(openParquet(file("x.parquet", bytes), options));

  it("turns 64-bit integers, dates, bytes, lists and nulls into plain values", async () => {
    const { rows: got } = await open(
      parquet([
        { name: "big", data: [1n, 2n ** 60n] },
        { name: "when", data: [new Date(0), new Date(1e12)] },
        { name: "raw", data: [Uint8Array.from([104, 105]), Uint8Array.from([255, 0])], type: "BYTE_ARRAY" },
        { name: "json", data: [{ a: [1, "x"] }, { a: null }], type: "JSON" },
        { name: "maybe", data: ["x", null], type: "STRING" },
      ]),
    );
    expect(got).toEqual([
      { big: 1, when: "1970-01-01T00:00:00.000Z", raw: "hi", json: { a: [1, "x"] }, maybe: "x" },
      {
        big: "1152921504606846976",
        when: "2001-09-09T01:46:40.000Z",
        raw: "data:application/octet-stream;base64,/wA=",
        json: { a: null },
        maybe: null,
      },
    ]);
  });

  it("reads only the columns that are asked for", async () => {
    expect((await open(asParquet(), { ...limits, columns: ["n"] })).rows).toEqual([{ n: 1 }, { n: 2 }, { n: -3 }]);
  });

  it("refuses a row group over the limit, with its size", async () => {
    const big = parquet([{ name: "t", data: Array.from({ length: 2000 }, (_, i) => `row ${i} ${"x".repeat(200)}`) }]);
    const got = await open(big, { maxRowGroupBytes: 100_000 });
    expect(got.failed?.reason).toMatch(/^row group 1 would take 0\.\d MB in memory; the limit is 0\.1 MB$/);
    expect(got.rows).toEqual([]);
  });

  it("gives whole row groups or an InputError, never anything else, for a file cut at any byte", async () => {
    const whole = asParquet();
    for (let cut = 0; cut < whole.length; cut++) {
      const got = await open(whole.subarray(0, cut));
      expect(got.failed, `cut at ${cut}`).toBeInstanceOf(InputError);
      expect(got.rows).toEqual([]);
    }
  });

  it("survives any byte of a file being changed: InputError or rows, in bounded time and memory", async () => {
    const whole = asParquet();
    for (let at = 0; at < whole.length; at++)
      for (const value of [0x00, 0x7f, 0xff, whole[at]! ^ 0x01, whole[at]! ^ 0x10]) {
        const damaged = Uint8Array.from(whole);
        damaged[at] = value;
        const got = await open(damaged);
        expect(got.rows.length).toBeLessThanOrEqual(3);
      }
  });
});
