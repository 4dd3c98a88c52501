import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { LaurelError, StoppedError } from "../core/index.ts";
import { openAppend, truncateToLastWholeLine } from "./write.ts";

const folder = mkdtempSync(join(tmpdir(), "laurel-write-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("openAppend", () => {
  it("appends whole lines behind what is there, in order, from concurrent callers", async () => {
    const path = join(folder, "a.jsonl");
    writeFileSync(path, "zero\n");
    {
      await using out = await openAppend(path);
      await Promise.all([out.append("one"), out.append(["two", "three"]), out.append("é")]);
      await out.flush(true);
      expect(out.bytes).toBe(Buffer.byteLength("zero\none\ntwo\nthree\né\n"));
    }
    expect(readFileSync(path, "utf8")).toBe("zero\none\ntwo\nthree\né\n");
  });

  it("writes many lines with back-pressure", async () => {
    const path = join(folder, "many.jsonl");
    const line = "x".repeat(1000);
    const out = await openAppend(path);
    for (let i = 0; i < 5000; i++) await out.append(`${i} ${line}`);
    await out.close();
    const lines = readFileSync(path, "utf8").split("\n");
    expect(lines).toHaveLength(5001);
    expect(lines.slice(0, -1).every((one, i) => one === `${i} ${line}`)).toBe(true);
  });

  it("refuses a line with a newline in it, and anything after it is closed", async () => {
    const out = await openAppend(join(folder, "b.jsonl"));
    await expect(out.append("a\nb")).rejects.toThrow("holds a newline");
    await out.close();
    await out.close();
    await expect(out.append("late")).rejects.toThrow("is closed");
  });

  it.skipIf(!existsSync("/dev/full"))(
    "turns a full disk into StoppedError (exit code 4), and keeps failing",
    async () => {
      const out = await openAppend("/dev/full");
      await out.append("a row");
      const thrown = await out.flush().catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(StoppedError);
      expect((thrown as StoppedError).exitCode).toBe(4);
      expect((thrown as StoppedError).message).toBe("/dev/full: the disk is full");
      await expect(out.append("another")).rejects.toBe(thrown);
      await expect(out.close()).rejects.toBe(thrown);
    },
  );

  it("says what is wrong with a path that cannot be opened", async () => {
    mkdirSync(join(folder, "dir"));
    const reason = async (path: string): Promise<unknown> => openAppend(path).catch((error: unknown) => error);
    const missing = await reason(join(folder, "no", "such.jsonl"));
    expect(missing).toBeInstanceOf(LaurelError);
    expect((missing as Error).message).toContain("its folder does not exist");
    expect(((await reason(join(folder, "dir"))) as Error).message).toContain("this is a directory");
  });
});

describe("truncateToLastWholeLine", () => {
  it("leaves exactly the whole lines, for a file cut at any byte", async () => {
    const whole = Buffer.from('{"a":"é"}\n{"b":2}\n\n{"c":3}\n');
    const path = join(folder, "cut.jsonl");
    for (let cut = 0; cut <= whole.length; cut++) {
      writeFileSync(path, whole.subarray(0, cut));
      const bytes = whole.subarray(0, cut).lastIndexOf(10) + 1;
      const lines = whole.subarray(0, bytes).filter((byte) => byte === 10).length;
      expect(await truncateToLastWholeLine(path)).toEqual({ lines, bytes, cut: cut - bytes });
      expect(readFileSync(path)).toEqual(whole.subarray(0, bytes));
    }
  });

  it("counts a missing file as empty and refuses a device", async () => {
    expect(await truncateToLastWholeLine(join(folder, "none"))).toEqual({ lines: 0, bytes: 0, cut: 0 });
    await expect(truncateToLastWholeLine("/dev/null")).rejects.toThrow("not a regular file");
  });
});
