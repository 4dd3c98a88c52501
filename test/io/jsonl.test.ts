import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { InputError, type JsonObject } from "../../packages/laurel/src/core/index.ts";
import {
  convertRows,
  IdCheck,
  openRows,
  parseTaskRow,
  readLineBatches,
  readScores,
  writeRows,
} from "../../packages/laurel/src/io/index.ts";

const folder = mkdtempSync(join(tmpdir(), "laurel-io-"));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = Array.from({ length: 12 }, (_, i) => ({
  id: `r${i}`,
  prompt: `question ${i} é`,
  candidates: ["a", `b${"x".repeat(i)}`],
  labels: { correct: [i % 2 === 0, i % 3 === 0] },
}));
const lines = rows.map((row) => JSON.stringify(row));

async function* stream(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Everything that comes out of a file of tasks, as the runner reads it. */
async function tasksOf(bytes: Uint8Array): Promise<{ ids: string[]; bad: InputError[]; failed?: InputError }> {
  const result: { ids: string[]; bad: InputError[]; failed?: InputError } = { ids: [], bad: [] };
  const seen = new IdCheck();
  try {
    for await (const batch of readLineBatches(stream(bytes), { name: "t.jsonl" }))
      for (const { line, text, bad } of batch)
        try {
          if (bad !== undefined) throw bad;
          const { task } = parseTaskRow(text, { line, file: "t.jsonl" });
          seen.check(task.id, { line, file: "t.jsonl" });
          result.ids.push(task.id);
        } catch (thrown) {
          if (!(thrown instanceof InputError)) throw thrown;
          result.bad.push(thrown);
        }
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    result.failed = thrown;
  }
  return result;
}

describe("a file of tasks", () => {
  it("cut at any byte gives its whole rows and at most one bad one, the last", async () => {
    const whole = Buffer.from(`${lines.join("\n")}\n`);
    for (let cut = 1; cut < whole.length; cut++) {
      const got = await tasksOf(whole.subarray(0, cut));
      expect(got.ids).toEqual(rows.slice(0, got.ids.length).map((row) => row.id));
      const ended = whole.subarray(0, cut).filter((byte) => byte === 10).length;
      expect(got.ids.length).toBeGreaterThanOrEqual(ended);
      expect(got.bad.length).toBeLessThanOrEqual(1);
      if (got.bad.length === 1) expect(got.bad[0]!.place.line).toBe(ended + 1);
    }
  });

  it("gzipped and cut at any byte gives a prefix of its rows and says that it is cut off", async () => {
    const whole = gzipSync(`${lines.join("\n")}\n`);
    for (let cut = 2; cut < whole.length; cut++) {
      const got = await tasksOf(whole.subarray(0, cut));
      expect(got.ids).toEqual(rows.slice(0, got.ids.length).map((row) => row.id));
      expect(got.bad).toEqual([]);
      expect(got.failed?.reason).toContain("cut off");
    }
  });

  it("with any one byte damaged gives typed errors only, and loses at most the rows on two lines", async () => {
    const whole = Buffer.from(`${lines.join("\n")}\n`);
    for (let at = 0; at < whole.length; at++)
      for (const value of [0x00, 0x0a, 0x22, 0xff]) {
        const damaged = Buffer.from(whole);
        damaged[at] = value;
        const got = await tasksOf(damaged);
        expect(got.failed).toBeUndefined();
        expect(rows.filter((row) => !got.ids.includes(row.id)).length).toBeLessThanOrEqual(2);
      }
  });

  it("with repeated ids reports the repeats and where they stood first", async () => {
    const got = await tasksOf(Buffer.from([lines[0], lines[1], lines[0]].join("\n")));
    expect(got.ids).toEqual(["r0", "r1"]);
    expect(got.bad.map((bad) => bad.message)).toEqual([
      "t.jsonl, line 3, id: the id 'r0' is repeated; line 1 has it too",
    ]);
  });
});

describe("writeRows", () => {
  async function* batches(n: number, failAt = Number.POSITIVE_INFINITY): AsyncGenerator<JsonObject[]> {
    for (let i = 0; i < n; i++) {
      if (i === failAt) throw new InputError({ line: i }, "broken");
      yield [{ i }];
    }
  }

  it("writes JSON lines, gzipped by name, which are read again", async () => {
    for (const name of ["o.jsonl", "o.jsonl.gz"]) {
      expect(await writeRows(join(folder, name), batches(3))).toBe(3);
      const bytes = readFileSync(join(folder, name));
      expect((name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString()).toBe('{"i":0}\n{"i":1}\n{"i":2}\n');
    }
  });

  it("leaves nothing behind where the rows fail, and passes their error on", async () => {
    const path = join(folder, "failed.jsonl");
    await expect(writeRows(path, batches(5, 2))).rejects.toThrow("line 2: broken");
    expect(readdirSync(folder).filter((name) => name.startsWith("failed"))).toEqual([]);
    await expect(writeRows(join(folder, "no", "x.jsonl"), batches(1))).rejects.toThrow("its folder does not exist");
  });

  it("ends a conversion that ends in a file, whose scores come back by id", async () => {
    const out = join(folder, "pairs.jsonl");
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(lines.join("\n"));
    }
    const { rows: converted, report } = convertRows(await openRows(bytes(), { name: "t.jsonl" }), { to: "preference" });
    const written = await writeRows(out, converted);
    const wanted = rows.filter(({ labels: { correct } }) => correct[0] !== correct[1]);
    expect(written).toBe(wanted.length);
    expect(report).toMatchObject({ rowsIn: 12, rowsOut: wanted.length });
    expect(report.unwritable).toEqual([
      { what: "it has no candidate that is better than another", rows: 12 - wanted.length },
    ]);
    expect(existsSync(out)).toBe(true);
    const scores = await readScores(
      stream(Buffer.from(wanted.map(({ id }) => JSON.stringify({ id, value: 1 })).join("\n"))),
      { format: "jsonl" },
    );
    expect([...scores.ids()]).toEqual(wanted.map(({ id }) => id));
  });
});
