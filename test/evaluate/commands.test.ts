import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";
import { lines } from "./real.ts";

/** Pairs whose chosen answer is longer in all but every `wrong`-th row. */
const pairs = (n: number, wrong: number): object[] =>
  Array.from({ length: n }, (_, i) => {
    const [long, short] = [`answer ${"a ".repeat(10 + (i % 7))}`, `answer ${"b ".repeat(i % 5)}`];
    const turned = i % wrong === 0;
    return {
      id: `p${i}`,
      prompt: `question ${i}`,
      chosen: turned ? short : long,
      rejected: turned ? long : short,
      subset: i % 2 === 0 ? "even" : "odd",
    };
  });

describe("laurel eval", () => {
  it("gives accuracy by subset with intervals, and a report that needs nothing else", () => {
    using place = folder();
    writeFileSync(place.file("p.jsonl"), lines(pairs(40, 5)));
    const args = ["eval", "p.jsonl", "--reward", "length", "--json", "--report", "r.html"];
    const ended = laurel(args, { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    const result = JSON.parse(ended.out) as Record<string, never>;
    expect(result).toMatchObject({
      v: 1,
      reward: "length",
      accuracy: { value: 0.8, n: 40, unscored: 0, level: 0.95 },
      subsets: { subset: { even: { n: 20, accuracy: { value: 0.8 } }, odd: { n: 20, accuracy: { value: 0.8 } } } },
      faults: {},
      unscored: {},
      by: { basis: "preferences", chosen: "auto" },
    });
    // Wilson's interval of 32 of 40: SciPy 1.17 binomtest(32, 40).proportion_ci(method="wilson")
    const { accuracy } = result as unknown as { accuracy: { low: number; high: number } };
    expect([accuracy.low, accuracy.high]).toEqual([expect.closeTo(0.6524, 4), expect.closeTo(0.895, 4)]);
    const report = readFileSync(place.file("r.html"), "utf8");
    for (const part of ["Reliability", "Values by class", "Accuracy", "Hardest", "question 20"])
      expect(report).toContain(part);
    expect(report.match(/<svg/g)).toHaveLength(3);
    expect(report).not.toMatch(/<script|(?:src|href)="http/);
    expect(report).not.toContain("NaN");
  });

  it("reads best-of-k with scores from a file, counts what is unscored, and says 3 where nothing is", () => {
    using place = folder();
    const rows = Array.from({ length: 20 }, (_, i) => ({
      id: `t${i}`,
      prompt: `q${i}`,
      candidates: ["w", "x", "y"],
      labels: { correct: [true, false, false] },
    }));
    writeFileSync(place.file("t.jsonl"), lines(rows));
    const scores = rows.flatMap(({ id }, i) =>
      [0, 1, 2].map((candidate) =>
        i === 0 && candidate === 0
          ? { id, candidate, unscored: "time-out" }
          : { id, candidate, value: i < 10 ? -candidate : 0 },
      ),
    );
    writeFileSync(place.file("s.jsonl"), lines(scores));
    const ended = laurel(["eval", "t.jsonl", "--scores", "s.jsonl"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    // 9 right, 10 ties of three, 1 unscored
    expect(ended.out).toContain(`accuracy ${((9 + 10 / 3) / 19).toFixed(3)} [`);
    expect(ended.out).toContain("by best-of-k");
    expect(ended.out).toContain("1 task unscored");
    // the same file as a reward, whose tasks are put into another order on the way
    const spec = "{ kind: precomputed, path: s.jsonl }";
    const again = laurel(["eval", "t.jsonl", "--reward", spec], { cwd: place.path });
    expect(again.out.split("\n")[0]!.slice(0, 30)).toBe(ended.out.split("\n")[0]!.slice(0, 30));
    const none = laurel(["eval", "t.jsonl", "--reward", "verify.math"], { cwd: place.path });
    expect(none).toMatchObject({ code: 3, err: expect.stringContaining("items are unscored (missing-reference)") });
  });

  it("exits with 2 for no labels, a score file of other tasks, or neither reward nor scores", () => {
    using place = folder();
    writeFileSync(place.file("p.jsonl"), lines([{ id: "a", prompt: "p", candidates: ["x", "y"] }]));
    writeFileSync(place.file("s.jsonl"), lines([{ id: "b", candidate: 0, value: 1 }]));
    const run = (...args: string[]) => laurel(["eval", "p.jsonl", ...args], { cwd: place.path });
    expect(run("--reward", "length")).toMatchObject({ code: 2, err: expect.stringContaining("no labels") });
    expect(run("--scores", "s.jsonl")).toMatchObject({ code: 2, err: expect.stringContaining("none of the 1 tasks") });
    expect(run()).toMatchObject({ code: 2, err: expect.stringContaining("--scores FILE") });
  });
});

describe("laurel compare", () => {
  it("exits with 1 where A is worse, 0 where no worse, and 3 where that is undecided", () => {
    using place = folder();
    writeFileSync(place.file("p.jsonl"), lines(pairs(60, 4)));
    const shorter = "{ kind: length, sign: -1 }";
    const run = (...args: string[]) => laurel(["compare", "p.jsonl", ...args], { cwd: place.path });
    const worse = run(shorter, "length");
    expect(worse.code, worse.err).toBe(1);
    expect(worse.out).toContain("A is worse than B: A - B = -0.5 [");
    expect(worse.out).toMatch(/McNemar: only A right 15, only B 45/);
    expect(run("length", shorter, "--no-worse-than", "--margin", "0.1").code).toBe(0);
    const undecided = run("length", "{ kind: length, unit: words }", "--no-worse-than", "--margin", "0.001");
    expect(undecided).toMatchObject({ code: 3, out: expect.stringContaining("undecided whether A is worse") });
  });

  it("writes a report with the differences, by subset and one by one, and the rows on which the two part", () => {
    using place = folder();
    writeFileSync(place.file("p.jsonl"), lines(pairs(60, 4)));
    const args = ["compare", "p.jsonl", "{ kind: length, sign: -1 }", "length", "--report", "r.html", "--json"];
    const ended = laurel(args, { cwd: place.path });
    expect(ended.code, ended.err).toBe(1);
    const { disputed, differences } = JSON.parse(ended.out) as {
      disputed: { id: string; a: number; b: number; margins: { a: number; b: number } }[];
      differences?: unknown;
    };
    expect(differences).toBeUndefined();
    expect(disputed).toHaveLength(5);
    for (const one of disputed) {
      expect(Math.abs(one.a - one.b)).toBe(1);
      expect(one.margins.a).toBe(-one.margins.b);
    }
    // the pairs whose lengths differ most are the ones on which both sides are surest
    const rows = pairs(60, 4) as { id: string; chosen: string; rejected: string }[];
    const apart = new Map(rows.map(({ id, chosen, rejected }) => [id, Math.abs(chosen.length - rejected.length)]));
    const most = [...apart.values()].sort((a, b) => b - a).slice(0, 5);
    expect(disputed.map(({ id }) => apart.get(id))).toEqual(most);
    const report = readFileSync(place.file("r.html"), "utf8");
    for (const part of [
      "A - B",
      "subset: even",
      "Paired differences",
      "A is ahead on 15 pairs, B on 45",
      "Most disputed",
    ])
      expect(report).toContain(part);
    expect(report).toContain(`<b>${disputed[0]!.id}</b>`);
    expect(report).toContain("<pre>[0] answer");
    expect(report.match(/<svg/g)).toHaveLength(2);
    expect(report).not.toMatch(/<script|(?:src|href)="http|NaN|undefined/);
  });

  it("compares lm-evaluation-harness results by document, and refuses results of other documents", () => {
    using place = folder();
    const samples = (right: (i: number) => boolean, hash = "h") =>
      lines(
        Array.from({ length: 220 }, (_, i) => ["none", "strict"].map((filter) => ({ i, filter })))
          .flat()
          .map(({ i, filter }) => ({
            doc_id: i,
            filter,
            metrics: ["acc"],
            acc: right(i) && filter === "none" ? 1 : 0,
            doc_hash: `${hash}${i}`,
          })),
      );
    writeFileSync(
      place.file("a.jsonl"),
      samples((i) => i % 10 !== 0),
    );
    writeFileSync(
      place.file("b.jsonl"),
      samples((i) => i % 5 !== 0 || i % 10 === 0),
    );
    writeFileSync(
      place.file("c.jsonl"),
      samples(() => true, "other"),
    );
    const run = (...args: string[]) => laurel(["compare", ...args], { cwd: place.path });
    const ended = run("a.jsonl", "b.jsonl", "--filter", "none", "--json");
    expect(ended.code, ended.err).toBe(0);
    expect(JSON.parse(ended.out)).toMatchObject({
      of: "value",
      difference: { value: 0, n: 220 },
      discordant: { onlyFirst: 22, onlySecond: 22 },
      p: { mcnemar: 1 },
      conclusion: "no difference shown",
    });
    expect(run("a.jsonl", "b.jsonl")).toMatchObject({
      code: 2,
      err: expect.stringContaining("2 filters: none, strict"),
    });
    expect(run("a.jsonl", "c.jsonl", "--filter", "none")).toMatchObject({
      code: 2,
      err: expect.stringContaining("their hashes differ"),
    });
  });
});

describe("standard input", () => {
  it("is JSON lines, JSON, CSV or Parquet, told by its first bytes", () => {
    using place = folder();
    const rows = pairs(40, 5) as { id: string; prompt: string; chosen: string; rejected: string }[];
    const column = (name: "id" | "prompt" | "chosen" | "rejected") => ({
      name,
      data: rows.map((row) => row[name]),
      type: "STRING" as const,
    });
    const columnData = [column("id"), column("prompt"), column("chosen"), column("rejected")];
    const inputs = {
      lines: lines(rows),
      json: JSON.stringify(rows, null, 2),
      csv: `id,prompt,chosen,rejected\n${rows.map((row) => [row.id, row.prompt, row.chosen, row.rejected].join(",")).join("\n")}\n`,
      gzip: gzipSync(lines(rows)),
      parquet: new Uint8Array(parquetWriteBuffer({ columnData })),
    };
    for (const [name, input] of Object.entries(inputs)) {
      const ended = laurel(["eval", "-", "--reward", "length", "--json"], { cwd: place.path, input });
      expect(ended.code, `${name}: ${ended.err}`).toBe(0);
      expect(JSON.parse(ended.out), name).toMatchObject({ accuracy: { value: 0.8, n: 40 } });
    }
    const stats = laurel(["stats", "mean", "-", "--json"], { cwd: place.path, input: "value\n1\n2\n3\n" });
    expect(JSON.parse(stats.out), stats.err).toMatchObject({ results: [{ estimate: { value: 2, n: 3 } }] });
    for (const [input, said] of [
      ["", "the input is empty"],
      ["\n\n", "the input is blank"],
      ["once upon a time\n", "its format cannot be told from its first bytes: 'once upon a time'"],
      [inputs.parquet.subarray(0, 300), "Parquet"],
    ] as const) {
      const ended = laurel(["eval", "-", "--reward", "length"], { cwd: place.path, input });
      expect(ended.code).toBe(2);
      expect(ended.err).toContain("standard input");
      expect(ended.err).toContain(said);
      expect(ended.err).not.toContain("bug");
    }
  });
});

describe("laurel audit data", () => {
  it("writes a report with every finding, and the rows of those that exceed their thresholds", () => {
    using place = folder();
    writeFileSync(place.file("p.jsonl"), lines(pairs(200, 10)));
    const ended = laurel(["audit", "data", "p.jsonl", "--report", "r.html", "--json"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    const result = JSON.parse(ended.out) as { findings: { id: string; exceeds: boolean; rows: string[] }[] };
    expect(result).not.toHaveProperty("lengths");
    const length = result.findings.find(({ id }) => id === "length")!;
    expect(length.exceeds).toBe(true);
    const report = readFileSync(place.file("r.html"), "utf8");
    for (const { id } of result.findings) expect(report).toContain(`<td>${id}</td>`);
    for (const row of length.rows) expect(report).toContain(`<b>${row}</b>`);
    for (const part of ["<h2>length</h2>", "Confounds", "Everything else", "Length of the answers", "preferred (200)"])
      expect(report).toContain(part);
    expect(report).not.toMatch(/<script|(?:src|href)="http|NaN|undefined/);
  });
});

describe("laurel stats", () => {
  it("lists its methods, describes one, and works on a table", () => {
    using place = folder();
    writeFileSync(place.file("r.csv"), "id,a,b\n1,yes,yes\n2,yes,no\n3,no,no\n4,no,\n");
    const run = (...args: string[]) => laurel(["stats", ...args], { cwd: place.path });
    expect(run().out).toContain("krippendorff");
    const ended = run("cohen", "r.csv", "--json");
    expect(ended.code, ended.err).toBe(0);
    expect(JSON.parse(ended.out)).toMatchObject({
      v: 1,
      method: "cohen",
      results: [{ name: "kappa", estimate: { value: expect.closeTo(0.4, 12), n: 3, unscored: 1 } }],
    });
    expect(run("needed", "difference=0.02", "sd=0.4").out).toContain("3142");
    expect(run("cohn", "r.csv")).toMatchObject({ code: 2, err: expect.stringContaining("cohen") });
  });
});

describe("laurel audit data and laurel convert", () => {
  it("exits with 1 under --strict where a finding exceeds its threshold", () => {
    using place = folder();
    writeFileSync(place.file("p.jsonl"), lines(pairs(80, 8)));
    const plain = laurel(["audit", "data", "p.jsonl", "--json"], { cwd: place.path });
    expect(plain.code, plain.err).toBe(0);
    const { findings } = JSON.parse(plain.out) as { findings: { id: string; exceeds: boolean }[] };
    expect(findings.find(({ id }) => id === "length")).toMatchObject({ exceeds: true, estimate: { value: 0.875 } });
    expect(findings.some(({ id }) => id === "position")).toBe(false);
    expect(laurel(["audit", "data", "p.jsonl", "--strict"], { cwd: place.path }).code).toBe(1);
  });

  it("converts there and back without loss, and says what a narrower format loses", () => {
    using place = folder();
    const run = (...args: string[]) => laurel(["convert", ...args], { cwd: place.path });
    writeFileSync(place.file("p.jsonl"), lines(pairs(5, 2)));
    expect(run("p.jsonl", "--to", "laurel", "--out", "l.jsonl", "--strict-loss").out).toContain("nothing is lost");
    expect(run("l.jsonl", "--to", "preference", "--out", "q.jsonl").code).toBe(0);
    expect(
      readFileSync(place.file("q.jsonl"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
    ).toEqual(pairs(5, 2));
    const rows = [
      { id: "a", prompt: "p", candidates: ["x", "y"], reference: { texts: ["r"] }, labels: { correct: [true, false] } },
    ];
    writeFileSync(place.file("n.jsonl"), lines(rows));
    const refused = run("n.jsonl", "--to", "preference", "--out", "m.jsonl", "--strict-loss");
    expect(refused).toMatchObject({ code: 2, out: expect.stringContaining("reference.texts (1 row)") });
    expect(() => readFileSync(place.file("m.jsonl"))).toThrow("ENOENT");
  });
});
