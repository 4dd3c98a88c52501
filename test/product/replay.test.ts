import { readFileSync, writeFileSync } from "node:fs";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

/** 40 prompts of two roll-outs: the first is right but was logged as wrong for every fourth prompt. */
const rows = Array.from({ length: 80 }, (_, i) => {
  const prompt = Math.floor(i / 2);
  const right = i % 2 === 0;
  return {
    prompt: `What is ${prompt} + 1?`,
    completion: right ? `\\boxed{${prompt + 1}}` : "I do not know <b>",
    reward: prompt % 4 === 0 ? Number(!right) : Number(right),
  };
});

function writeLog(path: string): void {
  const column = (name: "prompt" | "completion" | "reward") => rows.map((row) => row[name]);
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: "prompt", data: column("prompt"), type: "STRING" },
      { name: "completion", data: column("completion"), type: "STRING" },
      { name: "reward", data: column("reward"), type: "DOUBLE" },
    ],
  });
  writeFileSync(path, new Uint8Array(buffer));
}

const answers = Array.from({ length: 40 }, (_, i) =>
  JSON.stringify({ prompt: `What is ${i} + 1?`, answer: `${i + 1}` }),
);

describe("laurel replay", () => {
  it("holds a new reward against the logged one, with references from another file", () => {
    using place = folder();
    writeLog(place.file("completions.parquet"));
    writeFileSync(place.file("tasks.jsonl"), answers.join("\n"));
    const args = ["replay", "completions.parquet", "--reward", "verify.math", "--against", "recorded"];
    const ended = laurel([...args, "--tasks", "tasks.jsonl", "--report", "r.html", "--rows", "3"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    expect(ended.err).toMatch(/is a trl log; the logged reward is reward/);
    expect(ended.out).toMatch(/now - before = 0 \[/);
    expect(ended.out).toMatch(/80 of 80 rows in 40 groups/);
    expect(ended.out).toMatch(/0\.25 \[.*\] of rows change sign/);
    expect(ended.out.match(/advantage -?0\.71 -> -?0\.71/g)).toHaveLength(3);
    const page = readFileSync(place.file("r.html"), "utf8");
    expect(page).toContain("I do not know &lt;b&gt;");
    const json = laurel([...args, "--tasks", "tasks.jsonl", "--json"], { cwd: place.path });
    expect(JSON.parse(json.out)).toMatchObject({ v: 1, groups: 40, paired: 80, advantages: { lost: 0, gained: 0 } });
  });

  it("takes a score file or a reward for the old one", () => {
    using place = folder();
    const own = answers.map((line, i) =>
      JSON.stringify({ id: `q${i}`, ...JSON.parse(line), candidates: [`${i + 1}`, "0"] }),
    );
    writeFileSync(place.file("rows.jsonl"), own.join("\n"));
    laurel(["score", "rows.jsonl", "--reward", "verify.exact", "--out", "old.jsonl"], { cwd: place.path });
    const args = ["replay", "rows.jsonl", "--reward", "verify.math"];
    const file = laurel([...args, "--against", "old.jsonl"], { cwd: place.path });
    expect(file.out, file.err).toMatch(/now - before = 0 \[/);
    const spec = laurel([...args, "--against", "length"], { cwd: place.path });
    expect(spec.code, spec.err).toBe(0);
    expect(spec.out).toMatch(/advantages \(GRPO, 40 groups\)/);
  });

  it.each<[string, string[], number, RegExp]>([
    ["an unknown column", ["--against", "recorded", "--recorded", "nope"], 2, /nope: there is no such column/],
    [
      "columns without the log's rewards",
      ["--against", "length", "--recorded", "reward"],
      2,
      /--recorded names columns/,
    ],
    ["repeats", ["--against", "recorded", "--repeat", "2"], 2, /scores each roll-out once/],
    ["no references", ["--against", "recorded"], 3, /unscored: 80 by verify\.math/],
    ["a missing file", ["--against", "gone.jsonl"], 2, /gone\.jsonl/],
  ])("says what is wrong: %s", (_name, more, code, message) => {
    using place = folder();
    writeLog(place.file("c.parquet"));
    const ended = laurel(["replay", "c.parquet", "--reward", "verify.math", ...more], { cwd: place.path });
    expect(ended.err).toMatch(message);
    expect(ended.err).not.toContain("bug");
    expect(ended.code).toBe(code);
  });
});
