import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { InputError } from "../core/index.ts";
import type { ByteSource } from "./bytes.ts";
import { type BadLine, firstInvalidUtf8, type Line, type LinesOptions, readLineBatches, readLines } from "./jsonl.ts";

const folder = mkdtempSync(join(tmpdir(), "laurel-jsonl-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(source: ByteSource, options?: LinesOptions): Promise<(Line | BadLine)[]> {
  const lines: (Line | BadLine)[] = [];
  for await (const line of readLines(source, options)) lines.push(line);
  return lines;
}

async function failure(work: Promise<unknown>): Promise<InputError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(InputError);
  return thrown as InputError;
}

const text = (lines: readonly (Line | BadLine)[]): (string | undefined)[] => lines.map((line) => line.text);

describe("readLines", () => {
  it("gives the lines of a plain split, with their numbers, however the bytes are cut into chunks", async () => {
    const content = fc.array(fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.constant("")), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 9 }), fc.boolean(), async (parts, size, gzip) => {
        const joined = parts.join("\n").replace(/^\ufeff/, "");
        const plain = Buffer.from(joined);
        const bytes = gzip ? gzipSync(plain) : plain;
        const expected = plain
          .toString()
          .split("\n")
          .map((line, i) => ({ line: i + 1, text: line.endsWith("\r") ? line.slice(0, -1) : line }))
          .filter((one) => one.text.trim() !== "");
        expect(await all(pieces(bytes, size), { empty: "allow" })).toEqual(expected);
      }),
      { numRuns: 200 },
    );
  });

  it("accepts a byte order mark, CRLF, and a last line without a newline, and counts blank lines", async () => {
    const lines = await all(file("bom.jsonl", '\ufeff{"a":1}\r\n\r\n  \n{"b":2}'));
    expect(lines).toEqual([
      { line: 1, text: '{"a":1}' },
      { line: 4, text: '{"b":2}' },
    ]);
  });

  it("reads gzip made of several members, from a file and from a stream of single bytes", async () => {
    const two = Buffer.concat([gzipSync("one\ntw"), gzipSync("o\nthree\n")]);
    expect(text(await all(file("two.gz", two)))).toEqual(["one", "two", "three"]);
    expect(text(await all(pieces(two, 1)))).toEqual(["one", "two", "three"]);
  });

  it("reads a web stream", async () => {
    expect(text(await all(new Blob(["a\nb\n"]).stream()))).toEqual(["a", "b"]);
  });

  it("reports invalid UTF-8 as a bad line with its byte, and reads on", async () => {
    const bytes = Buffer.concat([Buffer.from("good é\nab"), Buffer.from([0xff]), Buffer.from("c\nlast\n")]);
    for (const size of [1, 3, 100]) {
      const lines = await all(pieces(bytes, size), { name: "x.jsonl" });
      expect(text(lines)).toEqual(["good é", undefined, "last"]);
      expect(lines[1]?.bad?.message).toBe(
        "x.jsonl, line 2: invalid UTF-8 at byte 2 of the line (byte 10 of the input)",
      );
    }
  });

  it("reports a line over the limit as bad, with its true length, wherever the chunks are cut", async () => {
    const bytes = Buffer.from(`ok\n${"x".repeat(50)}\nlast`);
    for (const size of [1, 7, 20, 1000]) {
      const lines = await all(pieces(bytes, size), { maxLineBytes: 10 });
      expect(text(lines)).toEqual(["ok", undefined, "last"]);
      expect(lines[1]?.bad?.message).toBe("the stream, line 2: the line is 50 bytes long; at most 10 are read");
    }
  });

  it("skips a line of 1 GB without holding it", async () => {
    const chunk = new Uint8Array(1024 * 1024).fill(120);
    async function* huge(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("first\n");
      for (let i = 0; i < 1024; i++) yield chunk;
      yield Buffer.from("\nlast\n");
    }
    const before = process.memoryUsage().rss;
    let peak = before;
    const lines: (Line | BadLine)[] = [];
    for await (const batch of readLineBatches(huge(), { maxLineBytes: 1024 * 1024 })) {
      lines.push(...batch);
      peak = Math.max(peak, process.memoryUsage().rss);
    }
    expect(text(lines)).toEqual(["first", undefined, "last"]);
    expect(lines[1]?.bad?.reason).toBe("the line is 1073741824 bytes long; at most 1048576 are read");
    expect(peak - before).toBeLessThan(200 * 1024 * 1024);
  });

  it("says how many whole lines came out before gzip was cut off, at every cut", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `row ${i} ${"abc".repeat(i % 7)}`);
    const packed = gzipSync(`${rows.join("\n")}\n`);
    for (let cut = 2; cut < packed.length; cut++) {
      const got: string[] = [];
      const thrown = await failure(
        (async () => {
          for await (const line of readLines(file("cut.gz", packed.subarray(0, cut)))) got.push(line.text ?? "");
        })(),
      );
      expect(got).toEqual(rows.slice(0, got.length));
      expect(thrown.reason).toContain("the gzip data is cut off before its end");
      if (got.length > 0) expect(thrown.reason).toContain(`after ${got.length} whole lines`);
    }
  });

  it("gives typed errors for a missing path, a directory, an empty file, blank lines only, UTF-16 and corrupt gzip", async () => {
    const missing = join(folder, "none.jsonl");
    expect((await failure(all(missing))).message).toBe(`${missing}: there is no such file`);
    expect((await failure(all(folder))).reason).toBe("this is a directory");
    expect((await failure(all(file("empty", "")))).reason).toBe("the input is empty");
    expect((await failure(all(file("blank", "\n \n")))).reason).toBe("the input has only blank lines");
    expect(await all(file("empty", ""), { empty: "allow" })).toEqual([]);
    expect((await failure(all(file("utf16", Buffer.from("\ufeffa\n", "utf16le"))))).reason).toBe("the text is UTF-16");
    const corrupt = gzipSync("a\n".repeat(100));
    corrupt[12] = corrupt[12]! ^ 0xff;
    expect((await failure(all(file("corrupt.gz", corrupt)))).reason).toMatch(/^the gzip data is (corrupt|cut off)/);
  });

  it("stops when the signal is aborted, and closes the source", async () => {
    const controller = new AbortController();
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from("line\n");
      } finally {
        closed = true;
      }
    }
    let n = 0;
    const reading = (async () => {
      for await (const _ of readLineBatches(endless(), { signal: controller.signal }))
        if (++n === 5) controller.abort();
    })();
    await expect(reading).rejects.toThrow(/abort/i);
    expect(closed).toBe(true);
  });

  it("closes the source when the reader leaves early", async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.from("line\n");
      } finally {
        closed = true;
      }
    }
    for await (const _ of readLines(endless())) break;
    expect(closed).toBe(true);
  });
});

describe("firstInvalidUtf8", () => {
  it("agrees with the platform's decoder on any bytes: what lies before it is valid, and one byte more is not", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    const valid = (bytes: Uint8Array): boolean => {
      try {
        decoder.decode(bytes);
        return true;
      } catch {
        return false;
      }
    };
    const bytes = fc.array(fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xe2, 0x82, 0xac, 0xf0, 0x9f)), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(bytes, (list) => {
        const array = Uint8Array.from(list);
        const at = firstInvalidUtf8(array);
        expect(at === array.length).toBe(valid(array));
        expect(valid(array.subarray(0, at))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
