import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { scriptedServer } from "laurel/models";
import { describe, expect, it } from "vitest";
import { folder, laurel, start } from "../laurel.ts";

interface Report {
  rows: number;
  chosen: string[];
  found: { accuracies: { value: number; high: number }[] };
  harder: { low: number } | null;
  gold: { checked: number; wrong?: { value: number } };
  topics: { name: string; salience: number | null }[];
}

describe("laurel bench make", () => {
  it("makes pairs that eval, bench run and train read", () => {
    using f = folder();
    const made = laurel(
      [
        "bench",
        "make",
        "arithmetic",
        "--depth",
        "2-3",
        "--forms",
        "alike,wrong-longer",
        "--n",
        "60",
        "--out",
        "a.jsonl",
      ],
      { cwd: f.path },
    );
    expect(made.err).toBe("");
    expect(made.out).toMatch(/60 pairs of 8 topics[\s\S]*wrong gold 0 \[0, 0\.\d+\] of 60 pairs checked a second way/);
    const again = laurel(["bench", "make", "arithmetic", "--out", "a.jsonl"], { cwd: f.path });
    expect([again.code, again.err]).toEqual([2, expect.stringContaining("a.jsonl is there already")]);
    const run = laurel(["bench", "run", "made", "a.jsonl", "--reward", "verify.math", "--json"], { cwd: f.path });
    expect(JSON.parse(run.out)).toMatchObject({
      benchmark: "made",
      items: 60,
      figures: [{ name: "accuracy", value: 1 }, {}],
    });
    const trained = laurel(["train", "a.jsonl", "--out", "model"], { cwd: f.path });
    expect([trained.code, trained.err.includes("Error")]).toEqual([0, false]);
  });

  it("searches for topics where a reward fails, keeps rounds to go on from, and writes questions that had no part in the choice", () => {
    using f = folder();
    const args = [
      "bench",
      "make",
      "search",
      "--takers",
      "length",
      "--generators",
      "arithmetic,steer-me",
      "--n",
      "12",
      "--keep",
      "4",
      "--choose",
      "5",
      "--out",
      "s.jsonl",
      "--json",
    ];
    const short = laurel([...args, "--rounds", "2"], { cwd: f.path });
    expect(short.code).toBe(0);
    const whole = laurel([...args, "--rounds", "5", "--html", "s.html"], { cwd: f.path });
    expect(whole.err).toContain("2 rounds are there already");
    const report = JSON.parse(whole.out) as Report;
    // length never prefers the right answer where the wrong one is longer
    expect(report.found.accuracies[0]!.high).toBeLessThan(0.3);
    expect(report.gold.wrong!.value).toBe(0);
    const rows = readFileSync(f.file("s.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(report.rows);
    for (const { subsets } of rows) expect(subsets.half).toBe("report");
    expect(readFileSync(f.file("s.html"), "utf8")).toContain("A benchmark by search");
    const other = laurel([...args, "--rounds", "5", "--seed", "9"], { cwd: f.path });
    expect([other.code, other.err]).toEqual([2, expect.stringContaining("is of a search with other options")]);
  });

  it("takes a language model as proposer, writer and taker, and topics with salience from a file", async () => {
    using f = folder();
    await using server = await scriptedServer(({ prompt }) => {
      if (prompt.includes("Name 4 topics")) return '[{"name": "Change"}, {"name": "Trains"}, {"name": "Obscure"}]';
      if (prompt.includes("Write 10 different"))
        return JSON.stringify(
          Array.from({ length: 10 }, (_, i) => ({
            question: `Give ${i} and 7, how many?`,
            expression: `${i} + 7`,
            wrong: `${i} + 8`,
          })),
        );
      return "\\boxed{7}";
    });
    writeFileSync(f.file("topics.csv"), "name,parent,salience\nChange,money,50\nTrains,travel,70\nObscure,none,1\n");
    const model = server.spec;
    const finished = await start(
      [
        "bench",
        "make",
        "search",
        "--takers",
        `model:${model}`,
        "--proposer",
        model,
        "--writer",
        model,
        "--topics",
        "topics.csv",
        "--min-salience",
        "10",
        "--rounds",
        "1",
        "--propose",
        "4",
        "--n",
        "10",
        "--out",
        "m.jsonl",
        "--json",
      ],
      { cwd: f.path },
    ).done;
    expect(finished.err).toMatch(/round 1 of 1: 2 topics/);
    const report = JSON.parse(finished.out) as Report;
    expect(report.topics.map(({ name, salience }) => [name, salience])).toEqual([
      ["Trains", 70],
      ["Change", 50],
    ]);
    // it says 7 to all: right for the first question of a topic alone, which is in the selection half
    expect(report.found.accuracies[0]!.value).toBe(0);
    expect(report.gold.checked).toBe(0);
    expect(existsSync(f.file("m.jsonl"))).toBe(true);
  });
});
