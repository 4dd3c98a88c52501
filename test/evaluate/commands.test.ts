import { readFileSync, writeFileSync } from "node:fs";
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
    expect(ended.out).toContain("1 tasks unscored");
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
    expect(refused).toMatchObject({ code: 2, out: expect.stringContaining("reference.texts (1 rows)") });
    expect(() => readFileSync(place.file("m.jsonl"))).toThrow("ENOENT");
  });
});
