import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { paperRows } from "../../packages/lab/src/index.ts";
import { dataPath } from "../data.ts";
import { folder, laurel } from "../laurel.ts";

const solutions = dataPath("gsm8k-solutions/solutions.jsonl");
const models = ["6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"];
const map = `id=idx,prompt=question,answer=ground_truth,candidates=${models.map((m) => `${m}.solution`).join("+")},labels.correct=${models.map((m) => `${m}.is_correct`).join("+")}`;

describe("laurel demo", () => {
  it("makes a sample, scores it, and writes a report that needs nothing else", () => {
    using place = folder();
    const ended = laurel(["demo", "--tasks", "40"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    for (const next of ["laurel inspect", "laurel score", "laurel rank"]) expect(ended.out).toContain(next);
    const report = readFileSync(place.file("laurel-demo/report.html"), "utf8");
    expect(report).toContain("<svg");
    expect(report).not.toMatch(/<script|(?:src|href)="http/);
    for (const command of ended.out.split("\n").filter((line) => line.startsWith("  npx laurel "))) {
      const own = laurel(command.trim().split(" ").slice(2), { cwd: place.path });
      expect(own.code, `${command}\n${own.err}`).toBe(0);
    }
  });

  it("serves the page on its files; where CI is set it tries the page and ends", () => {
    using place = folder();
    const ended = laurel(["demo", "--page", "--tasks", "20"], { cwd: place.path, env: { CI: "true" } });
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toMatch(/page: http:\/\/127\.0\.0\.1:\d+\//);
  });

  it("gives the same sample and figures for one seed, and a reward that beats length", () => {
    using place = folder();
    const run = (dir: string) =>
      JSON.parse(laurel(["demo", "--json", "--dir", dir], { cwd: place.path }).out) as {
        bestOfN: Record<string, { value: number; low: number; high: number }[]>;
      };
    const first = run("a");
    expect(run("b").bestOfN).toEqual(first.bestOfN);
    expect(readFileSync(place.file("a/scored.jsonl"), "utf8")).toBe(readFileSync(place.file("b/scored.jsonl"), "utf8"));
    expect(first.bestOfN["the reward"]!.at(-1)!.low).toBeGreaterThan(first.bestOfN["length"]!.at(-1)!.high);
  });
});

describe.skipIf(solutions === undefined)("real GSM8K solutions (skipped where the shared data is absent)", () => {
  it("get the stored right or wrong label, each one", () => {
    using place = folder();
    const ended = laurel(["score", solutions!, "--map", map, "--reward", "verify.math", "--out", "out.jsonl"], {
      cwd: place.path,
    });
    expect(ended.code, ended.err).toBe(0);
    const scored = readFileSync(place.file("out.jsonl"), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; scores: { value: number }[] });
    const rows = readFileSync(solutions!, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, { is_correct: boolean }> & { idx: number });
    expect(scored).toHaveLength(880);
    const wrong = rows.flatMap((row, i) =>
      models.flatMap((m, c) =>
        scored[i]!.scores[c]!.value === (row[m]!.is_correct ? 1 : 0) ? [] : [`${row.idx} ${m}`],
      ),
    );
    expect(wrong).toEqual([]);
  });

  it("are read by rank and inspect with the same mapping", () => {
    using place = folder();
    const ranked = laurel(["rank", solutions!, "--map", map, "--reward", "verify.math", "--limit", "3", "--json"], {
      cwd: place.path,
    });
    expect(ranked.code, ranked.err).toBe(0);
    expect(
      ranked.out
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { id: string; best: number }).best),
    ).toEqual([3, 0, expect.any(Number)]);
    const seen = JSON.parse(laurel(["inspect", solutions!, "--map", map, "--json"], { cwd: place.path }).out) as Record<
      string,
      unknown
    >;
    expect(seen).toMatchObject({
      tasks: 880,
      candidates: 3520,
      badRows: 0,
      fields: { "labels.correct": 880, "reference.answer": 880 },
    });
  });
});

describe("laurel papers", () => {
  it("prints all rows in the stable form, and the rows are those of the laboratory", () => {
    using place = folder();
    const rows = JSON.parse(laurel(["papers", "--json"], { cwd: place.path }).out) as {
      slug: string;
      title: string;
      capability: string;
      state: string;
      claims: unknown[];
    }[];
    expect(rows).toHaveLength(91);
    for (const row of rows) expect(Object.keys(row)).toEqual(["slug", "title", "capability", "state", "claims"]);
    expect(rows.map(({ slug, title, capability }) => ({ slug, title, capability }))).toEqual(
      paperRows.map(({ slug, title, capability }) => ({ slug, title, capability })),
    );
    for (const row of rows) expect(["planned", "component", "checked"]).toContain(row.state);
    expect(laurel(["papers", "--state", "done"], { cwd: place.path }).code).toBe(2);
  });

  const index = dataPath("../papers/INDEX.md");
  it.skipIf(index === undefined)("has the 91 rows of the list (skipped where the list is absent)", () => {
    const listed = [...readFileSync(index!, "utf8").matchAll(/^\| \d+ \| `([^`]+)` \| (\S+) \| (.*) \|$/gm)].map(
      (match) => ({ slug: match[1], capability: match[2], title: match[3] }),
    );
    expect(listed).toEqual(paperRows.map(({ slug, capability, title }) => ({ slug, capability, title })));
  });
});

describe("laurel kinds, runs and score", () => {
  it("kinds lists all, describes one with a working example, and prints a JSON Schema", () => {
    using place = folder();
    expect(laurel(["kinds"], { cwd: place.path }).out).toContain("verify.math");
    const one = laurel(["kinds", "gate"], { cwd: place.path });
    expect(one.out).toContain("atLeast");
    const example = one.out.slice(one.out.indexOf("Example (YAML):\n") + 16);
    writeFileSync(place.file("reward.yaml"), example.replace(/^ {2}/gm, ""));
    writeFileSync(
      place.file("in.jsonl"),
      JSON.stringify({ prompt: "p", candidates: ["It is \\boxed{2}"], answer: "2" }),
    );
    const scored = laurel(["score", "in.jsonl", "--reward", "reward.yaml", "--json"], { cwd: place.path });
    expect(JSON.parse(scored.out)).toMatchObject({
      v: 1,
      id: "#1",
      scores: [{ value: 1 }],
      best: 0,
      tied: [0],
      margin: null,
    });
    expect(laurel(["kinds", "gat"], { cwd: place.path })).toMatchObject({
      code: 2,
      err: expect.stringContaining("gate"),
    });
    expect(JSON.parse(laurel(["kinds", "--json"], { cwd: place.path }).out)).toHaveProperty("$defs");
  });

  it("score reads standard input and gzip, writes unscored with reason and message only, and never copies labels", () => {
    using place = folder();
    const rows = `${JSON.stringify({ id: "a", prompt: "p", candidates: ["x", "y"], labels: { correct: [true, false] } })}\n`;
    const ended = laurel(["score", "-", "--reward", "verify.math", "--json"], { cwd: place.path, input: rows });
    expect(ended.code, ended.err).toBe(0);
    const row = JSON.parse(ended.out) as { scores: { unscored: Record<string, unknown> }[]; best: null };
    expect(row.best).toBeNull();
    expect(Object.keys(row.scores[0]!.unscored)).toEqual(["reason", "message"]);
    expect(row.scores[0]!.unscored["reason"]).toBe("missing-reference");
    expect(ended.out).not.toContain("correct");
    expect(laurel(["runs"], { cwd: place.path }).out).toContain("No run yet");
  });

  it("shows terminal control sequences of candidates as plain text", () => {
    using place = folder();
    writeFileSync(
      place.file("in.jsonl"),
      JSON.stringify({ prompt: "\u001b[31mred\u0007", candidates: ["\u001b]0;title\u0007\u202eevil"], answer: "1" }),
    );
    const { out } = laurel(["rank", "in.jsonl", "--reward", "length"], { cwd: place.path });
    expect(out).not.toMatch(/[\u0007\u001b\u202e]/);
    expect(out).toContain("evil");
  });
});
