import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

const rows = (right: number, wrong: number): string =>
  Array.from({ length: right + wrong }, (_, i) =>
    JSON.stringify({
      id: `q${i}`,
      prompt: `What is ${i} + 1?`,
      candidates: [i < right ? `${i + 1}` : "<b>&\u0001 | 0"],
      answer: String(i + 1),
      subsets: { size: i % 2 === 0 ? "even" : "odd" },
    }),
  ).join("\n");

const gate = ["gate", "in.jsonl", "--reward", "verify.math"];

describe("laurel gate", () => {
  it("exits 0, 1 and 3, and writes JUnit and Markdown that hold hostile answers", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), rows(80, 20));
    const files = ["--junit", "g.xml", "--markdown", "g.md"];
    const pass = laurel([...gate, "--min", "0.7"], { cwd: place.path });
    expect(pass.code, pass.err).toBe(0);
    expect(pass.out).toMatch(
      /^pass: the mean of verify\.math is 0\.8 \[0\.711, 0\.867\] \(95 %, 100 tasks\), at least 0\.7/,
    );
    const worse = laurel([...gate, "--min", "0.9", ...files], { cwd: place.path });
    expect(worse.code).toBe(1);
    expect(worse.out).toMatch(/^worse: .*below 0\.9/);
    expect(worse.out).toMatch(/size even: 0\.8 \[/);
    expect(worse.out).not.toContain("\u0001");
    const xml = readFileSync(place.file("g.xml"), "utf8");
    expect(xml).toContain('<testsuites name="laurel" tests="3" failures="1" errors="0"');
    expect(xml).toMatch(/<failure message="worse: [^"]*" type="Worse">/);
    expect(xml).not.toMatch(/<b>|\u0001/);
    const markdown = readFileSync(place.file("g.md"), "utf8");
    expect(markdown).toMatch(/^### Gate failed: worse/);
    expect(markdown).toMatch(/\| size even \| 0\.8 \[.*\] \| 50 \| 0 \|/);
    expect(markdown).toContain("&lt;b>&amp; \\| 0");
    const open = laurel([...gate, "--min", "0.75", ...files], { cwd: place.path });
    expect(open.code).toBe(3);
    expect(open.out).toMatch(/^not enough data: .*about \d+ prompts are needed/);
    expect(readFileSync(place.file("g.xml"), "utf8")).toMatch(
      /errors="1".*<error message="[^"]*" type="NotEnoughData">/s,
    );
  });

  it("holds against a run of the store by its id, or its file", () => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), rows(150, 50));
    laurel(["score", "in.jsonl", "--reward", "verify.math", "--out", "before.jsonl"], { cwd: place.path });
    const [run] = JSON.parse(laurel(["runs", "--json"], { cwd: place.path }).out) as [{ id: string }];
    const same = laurel([...gate, "--baseline", run.id, "--json"], { cwd: place.path });
    expect(same.code, same.err).toBe(0);
    expect(JSON.parse(same.out)).toMatchObject({ v: 1, verdict: "pass", bar: { baseline: run.id, margin: 0.02 } });
    expect(same.err).not.toContain("scored by");
    const other = laurel(
      ["gate", "in.jsonl", "--reward", "{ kind: verify.math, strategies: [last] }", "--baseline", run.id],
      { cwd: place.path },
    );
    expect(other.err).toMatch(/the baseline \w+ was scored by \{"kind":"verify.math"\}, not by \{.*"last".*\}/);
    const length = laurel(["gate", "in.jsonl", "--reward", "length", "--baseline", "before.jsonl", "--margin", "1"], {
      cwd: place.path,
    });
    expect(length.err).toContain('the baseline before.jsonl was scored by "verify.math", not by length');
    writeFileSync(place.file("in.jsonl"), rows(100, 100));
    const worse = laurel([...gate, "--baseline", "before.jsonl"], { cwd: place.path });
    expect(worse.code).toBe(1);
    expect(worse.out).toMatch(/now 0\.5 .*baseline 0\.75/);
    expect(worse.out).toMatch(/q1\d\d {2}0 \(was 1\)/);
    expect(laurel([...gate, "--baseline", "before.jsonl", "--limit", "90"], { cwd: place.path }).code).toBe(3);
  });

  it.each<[string, string[], string | undefined, number, RegExp]>([
    ["no bar", [], rows(1, 1), 2, /needs a bar/],
    ["two bars", ["--min", "0.5", "--baseline", "x"], rows(1, 1), 2, /only one/],
    [
      "a margin without a baseline",
      ["--min", "0.5", "--margin", "0.1"],
      rows(1, 1),
      2,
      /--margin belongs to --baseline/,
    ],
    ["an unknown run", ["--baseline", "nope"], rows(1, 1), 2, /no file nope/],
    ["a baseline of other ids", ["--baseline", "other.jsonl"], rows(1, 1), 2, /scores for none of the 2 tasks/],
    ["a baseline that is no scores", ["--baseline", "in.jsonl"], rows(1, 1), 2, /no row of scores/],
    ["an empty file", ["--min", "0.5"], "", 2, /empty/],
    ["a report that cannot be written", ["--min", "0.5", "--junit", "no/g.xml"], rows(9, 0), 2, /does not exist/],
    ["a bar at the end of the range", ["--min", "1"], rows(9, 0), 2, /cannot be shown/],
    ["no references", ["--min", "0.5"], '{"prompt":"a","candidates":["b"]}', 3, /missing-reference/],
  ])("says what is wrong: %s", (_name, more, text, code, message) => {
    using place = folder();
    writeFileSync(place.file("in.jsonl"), text ?? "");
    writeFileSync(place.file("other.jsonl"), '{"id":"elsewhere","value":1}\n');
    const ended = laurel([...gate, ...more], { cwd: place.path });
    expect(ended.err).toMatch(message);
    expect(ended.err).not.toContain("bug");
    expect(ended.code).toBe(code);
  });
});
