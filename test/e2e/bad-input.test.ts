import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { bin, folder, laurel } from "../laurel.ts";

const good = `${JSON.stringify({ prompt: "1 + 1?", candidates: ["2", "3"], answer: "2" })}\n`;
const score = ["score", "in.jsonl", "--reward", "verify.math", "--out", "out.jsonl"];

describe("bad input gives a clear message and the right exit code", () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ["an empty file", "", /in\.jsonl: .*empty|no rows|nothing/i],
    ["a blank file", "\n\n", /in\.jsonl/],
    ["no JSON", "hello\n", /in\.jsonl, line 1: this is not JSON/],
    ["an array", "[1]\n", /line 1: expected a JSON object/],
    ["a missing prompt", '{"candidates":["a"]}\n', /line 1, prompt/],
    ["no candidates", '{"prompt":"a"}\n', /line 1, candidates/],
    ["candidates of a wrong type", '{"prompt":"a","candidates":[1]}\n', /line 1, candidates\[0\]/],
    ["a prompt of a wrong type", '{"prompt":7,"candidates":["a"]}\n', /line 1, prompt/],
    ["a repeated id", `${'{"id":"a","prompt":"p","candidates":["x"]}\n'.repeat(2)}`, /line 2, id: .*repeated; line 1/],
    ["invalid UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d, 0x0a]), /line 1: .*UTF-8/],
    ["a truncated gzip", gzipSync(good.repeat(500)).subarray(0, 60), /gzip data is cut off/],
  ])("%s", (_name, bytes, message) => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), bytes);
    const ended = laurel(score, { cwd: place.path });
    expect(ended.err).toMatch(message);
    expect(ended.code).toBe(2);
    expect(ended.err).not.toContain("bug");
  });

  it("a missing file, a directory, an unknown kind, a wrong option", () => {
    using place = folder();
    mkdirSync(place.file("in.jsonl"));
    expect(laurel(score, { cwd: place.path })).toMatchObject({
      code: 2,
      err: expect.stringContaining("holds no tables"),
    });
    expect(laurel(["score", "no.jsonl", "--reward", "length", "--out", "o"], { cwd: place.path })).toMatchObject({
      code: 2,
      err: expect.stringContaining("no such file"),
    });
    expect(laurel(["score", "in.jsonl", "--reward", "lenght"], { cwd: place.path })).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean length"),
    });
    expect(laurel(["score", "in.jsonl", "--reward", "length", "--limit", "-3"], { cwd: place.path }).code).toBe(2);
    expect(laurel(["scores"], { cwd: place.path }).code).toBe(2);
    expect(laurel(["score", "in.jsonl"], { cwd: place.path })).toMatchObject({
      code: 2,
      err: expect.stringContaining("--reward"),
    });
  });

  it("keeps the rows before a bad one", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), `${good}${good}{}\n${good}`);
    expect(laurel(score, { cwd: place.path }).code).toBe(2);
    expect(readFileSync(place.file("out.jsonl"), "utf8").trimEnd().split("\n")).toHaveLength(2);
  });

  it("passes a line of one gigabyte without holding it", async () => {
    using place = folder();
    const child = spawn(
      process.execPath,
      [bin, "score", "-", "--reward", "verify.math", "--out", "out.jsonl", "--on-bad-row", "skip"],
      {
        cwd: place.path,
        env: { ...process.env, NODE_OPTIONS: "--max-old-space-size=300" },
      },
    );
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (err += chunk));
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const write = (chunk: string | Buffer): Promise<void> =>
      new Promise((resolve) => child.stdin.write(chunk, () => resolve()));
    await write(good);
    const block = Buffer.alloc(1 << 20, 97);
    for (let i = 0; i < 1024; i++) await write(block);
    await write(`\n${good}`);
    child.stdin.end();
    expect(await ended, err).toBe(0);
    expect(
      readFileSync(place.file("out.jsonl"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { id: string }).id),
    ).toEqual(["#1", "#3"]);
    expect(readFileSync(place.file("out.jsonl.bad.jsonl"), "utf8")).toMatch(/"line":2/);
  });

  it("says that a store cannot be read, and leaves it as it is", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), good);
    mkdirSync(place.file(".laurel"));
    writeFileSync(
      place.file(".laurel/laurel.db"),
      "this is no database, and it is long enough to look like one".repeat(20),
    );
    const ended = laurel(score, { cwd: place.path });
    expect(ended).toMatchObject({ code: 2, err: expect.stringMatching(/the store .*laurel\.db cannot be used/) });
    expect(readFileSync(place.file(".laurel/laurel.db"), "utf8")).toContain("this is no database");
  });

  it("stops with exit code 4 on a full disk, keeps whole rows, and goes on when there is room", () => {
    using place = folder();
    const small = place.file("small");
    mkdirSync(small);
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", small]);
    if (mounted.status !== 0) {
      console.warn("skipped: mounting a small disk needs root");
      return;
    }
    try {
      const rows = Array.from({ length: 4000 }, (_, i) =>
        JSON.stringify({ id: `t${i}`, prompt: "p", candidates: ["1", "2"], answer: "2" }),
      ).join("\n");
      writeFileSync(place.file("in.jsonl"), rows);
      const args = ["score", "in.jsonl", "--reward", "verify.math", "--out", "small/out.jsonl"];
      const full = laurel(args, { cwd: place.path });
      expect(full.err).toMatch(/the disk is full/);
      expect(full.code).toBe(4);
      const kept = readFileSync(place.file("small/out.jsonl"), "utf8");
      expect(kept.endsWith("\n")).toBe(true);
      expect(spawnSync("mount", ["-o", "remount,size=64m", small]).status).toBe(0);
      expect(laurel(args, { cwd: place.path }).code).toBe(0);
      expect(laurel([...args.slice(0, -1), "whole.jsonl"], { cwd: place.path }).code).toBe(0);
      expect(readFileSync(place.file("small/out.jsonl"), "utf8")).toBe(readFileSync(place.file("whole.jsonl"), "utf8"));
    } finally {
      spawnSync("umount", [small]);
    }
  });

  it("says where it may not write", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), good);
    const ended = laurel(["score", "in.jsonl", "--reward", "length", "--out", "no/such/folder/out.jsonl"], {
      cwd: place.path,
    });
    expect(ended.code).toBe(2);
    expect(ended.err).toContain("no/such/folder/out.jsonl");
    expect(existsSync(place.file("no"))).toBe(false);
  });

  it("ends quietly when its reader goes away", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), good.repeat(5000));
    const piped = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${bin}" score in.jsonl --reward length --json 2>err.txt | head -n 2 > out.txt`],
      { cwd: place.path },
    );
    expect(piped.status).toBe(0);
    expect(readFileSync(place.file("out.txt"), "utf8").trimEnd().split("\n")).toHaveLength(2);
    expect(readFileSync(place.file("err.txt"), "utf8")).not.toContain("bug");
  });
});
