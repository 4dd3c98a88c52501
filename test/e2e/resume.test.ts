import { readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../../packages/laurel/src/index.ts";
import { folder, laurel, start } from "../laurel.ts";

const killer = fileURLToPath(new URL("../fixtures/kill-at-write.ts", import.meta.url));
const rewards = fileURLToPath(new URL("../fixtures/rewards.ts", import.meta.url));

function sample(n: number): string {
  return Array.from({ length: n }, (_, i) =>
    JSON.stringify({
      id: `t${i}`,
      prompt: `What is ${i} + 1?`,
      candidates: [`It is \\boxed{${i + 1}}`, `${i}`, "ü€𝄞"],
      answer: `${i + 1}`,
    }),
  ).join("\n");
}

const score = (more: string[] = []): string[] => [
  "score",
  "in.jsonl",
  "--reward",
  "verify.math",
  "--out",
  "out.jsonl",
  "--workers",
  "1",
  ...more,
];

describe("an interrupted run", () => {
  it("ends up as an uninterrupted one when it is killed in its k-th write, for every k", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), sample(150));
    expect(laurel(score(), { cwd: place.path }).code).toBe(0);
    const whole = readFileSync(place.file("out.jsonl"), "utf8");
    let kills = 0;
    for (let k = 1; k < 50; k++) {
      using own = folder();
      writeFileSync(own.file("in.jsonl"), sample(150));
      const env = { NODE_OPTIONS: `--import=${killer}`, LAUREL_TEST_KILL_AT_WRITE: String(k) };
      const first = laurel(score(), { cwd: own.path, env });
      if (first.signal !== "SIGKILL") {
        expect(first.code).toBe(0);
        break;
      }
      kills++;
      const torn = readFileSync(own.file("out.jsonl"), "utf8");
      expect(whole.startsWith(torn)).toBe(true);
      const second = laurel(score(), { cwd: own.path });
      expect(second.code, second.err).toBe(0);
      expect(readFileSync(own.file("out.jsonl"), "utf8")).toBe(whole);
    }
    expect(kills).toBeGreaterThan(1);
  });

  it("survives ten kills at random moments", async () => {
    using place = folder();
    const rows = 3000;
    writeFileSync(place.file("in.jsonl"), sample(rows));
    expect(laurel(score(["--out", "whole.jsonl"]), { cwd: place.path }).code).toBe(0);
    const whole = readFileSync(place.file("whole.jsonl"), "utf8");
    const r = random(seedFrom("kills"));
    const size = (): number => statSync(place.file("out.jsonl"), { throwIfNoEntry: false })?.size ?? 0;
    for (let kill = 1; kill <= 10; kill++) {
      const { child, done } = start(score(), { cwd: place.path });
      // the moment is a size of the output, so that no clock decides what is tested
      const goal = Math.floor((whole.length * (kill - r.uniform())) / 11);
      while (child.exitCode === null && child.signalCode === null && size() < goal)
        await new Promise((resolve) => setImmediate(resolve));
      child.kill("SIGKILL");
      await done;
    }
    const last = laurel(score(), { cwd: place.path });
    expect(last.code, last.err).toBe(0);
    expect(readFileSync(place.file("out.jsonl"), "utf8")).toBe(whole);
  });

  it("finishes the rows in flight at Ctrl-C, says how to go on, exits 130, and goes on", async () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), sample(20_000));
    const { child, done } = start(score(), { cwd: place.path });
    while ((statSync(place.file("out.jsonl"), { throwIfNoEntry: false })?.size ?? 0) === 0)
      await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGINT");
    const ended = await done;
    expect(ended.code).toBe(130);
    expect(ended.err).toContain("run the same command again to go on");
    const rows = readFileSync(place.file("out.jsonl"), "utf8").split("\n").length - 1;
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThan(20_000);
    const again = laurel(score(["--limit", "100"]), { cwd: place.path });
    expect(again.code, again.err).toBe(0);
    const runs = JSON.parse(laurel(["runs", "--json"], { cwd: place.path }).out) as {
      state: string;
      summary: { rows: number };
    }[];
    expect(runs).toHaveLength(1);
    expect(runs[0]!.state).toBe("done");
  });

  it("repeats, in completion order, end up with the same set of rows", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), sample(60));
    const args = [
      "score",
      "in.jsonl",
      "--reward",
      `${rewards}#noise`,
      "--repeat",
      "3",
      "--order",
      "completion",
      "--workers",
      "2",
    ];
    expect(laurel([...args, "--out", "whole.jsonl"], { cwd: place.path }).code).toBe(0);
    const whole = readFileSync(place.file("whole.jsonl"), "utf8");
    expect(laurel([...args, "--out", "out.jsonl", "--limit", "25"], { cwd: place.path }).code).toBe(0);
    const part = readFileSync(place.file("out.jsonl"), "utf8");
    writeFileSync(place.file("out.jsonl"), part.slice(0, part.lastIndexOf("\n", part.length - 2) - 7));
    const resumed = laurel([...args, "--out", "out.jsonl"], { cwd: place.path });
    expect(resumed.code, resumed.err).toBe(0);
    expect(readFileSync(place.file("out.jsonl"), "utf8").split("\n").sort()).toEqual(whole.split("\n").sort());
  });

  it("goes on after a bad row was mended by skipping it, with the side file of an uninterrupted run", () => {
    using place = folder();
    const lines = sample(30).split("\n");
    lines[20] = "{ not json";
    lines[25] = '{"id":"x"}';
    writeFileSync(place.file("in.jsonl"), lines.join("\n"));
    const stopped = laurel(score(), { cwd: place.path });
    expect(stopped.code).toBe(2);
    expect(stopped.err).toMatch(/in\.jsonl, line 21: this is not JSON/);
    expect(readFileSync(place.file("out.jsonl"), "utf8").split("\n")).toHaveLength(21);
    const skipped = laurel(score(["--on-bad-row", "skip"]), { cwd: place.path });
    expect(skipped.code, skipped.err).toBe(0);
    expect(laurel(score(["--on-bad-row", "skip", "--out", "whole.jsonl"]), { cwd: place.path }).code).toBe(0);
    expect(readFileSync(place.file("out.jsonl"), "utf8")).toBe(readFileSync(place.file("whole.jsonl"), "utf8"));
    const bad = readFileSync(place.file("out.jsonl.bad.jsonl"), "utf8");
    expect(bad).toBe(readFileSync(place.file("whole.jsonl.bad.jsonl"), "utf8"));
    expect(
      bad
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { line: number }).line),
    ).toEqual([21, 26]);
    expect(laurel(score(["--on-bad-row", "report", "--overwrite"]), { cwd: place.path })).toMatchObject({
      code: 2,
      err: expect.stringContaining("line 26"),
    });
  });

  it("refuses an output of another run, and says what differs", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), sample(5));
    expect(laurel(score(), { cwd: place.path }).code).toBe(0);
    const other = laurel(["score", "in.jsonl", "--reward", "length", "--out", "out.jsonl", "--seed", "1"], {
      cwd: place.path,
    });
    expect(other.code).toBe(2);
    expect(other.err).toContain("another reward or version of it and another seed");
    writeFileSync(place.file("in.jsonl"), sample(6));
    expect(laurel(score(), { cwd: place.path }).err).toContain("another input");
    writeFileSync(place.file("precious.jsonl"), "mine\n");
    expect(laurel(score(["--out", "precious.jsonl"]), { cwd: place.path }).code).toBe(2);
    expect(readFileSync(place.file("precious.jsonl"), "utf8")).toBe("mine\n");
  });

  it("lets two processes share a store", async () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), sample(2000));
    const run = (out: string) => start(score(["--out", out, "--cache", "all"]), { cwd: place.path }).done;
    const both = await Promise.all([run("a.jsonl"), run("b.jsonl")]);
    expect(
      both.map((one) => one.code),
      both.map((one) => one.err).join(),
    ).toEqual([0, 0]);
    expect(readFileSync(place.file("a.jsonl"), "utf8")).toBe(readFileSync(place.file("b.jsonl"), "utf8"));
    expect(JSON.parse(laurel(["runs", "--json"], { cwd: place.path }).out)).toHaveLength(2);
  });
});
