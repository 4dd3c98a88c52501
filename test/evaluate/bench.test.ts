import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { benchmarkPage, benchmarks } from "laurel/bench";
import { describe, expect, it } from "vitest";
import { dataPath } from "../data.ts";
import { folder, laurel } from "../laurel.ts";
import { lines, rowsOf } from "./real.ts";

const math = dataPath("rewardmath/direct_scores.jsonl");
const bar = dataPath("llmbar/items.jsonl");

interface Card {
  tier: string;
  figures: { name: string; value: number | null; estimate?: { low: number; high: number } }[];
  items: number;
  unscored: number;
}

/** Pairs of an invented RewardBench: the longer answer is right in the first `right` of them. */
function pairs(n: number, right: number): object[] {
  return Array.from({ length: n }, (_, i) => {
    const [long, short] = [`a long answer number ${i}`, `no ${i}`];
    const good = i < right;
    return {
      id: i,
      prompt: `question ${i}`,
      chosen: good ? long : short,
      rejected: good ? short : long,
      subset: i % 2 === 0 ? "donotanswer" : "math-prm",
    };
  });
}

describe("the benchmarks' pages", () => {
  it("are what their values say (node --conditions=source scripts/bench-pages.ts writes them)", () => {
    for (const one of benchmarks) expect(readFileSync(`docs/benchmarks/${one.id}.md`, "utf8")).toBe(benchmarkPage(one));
  });
});

describe("laurel bench", () => {
  it("lists benchmarks by tier, and says of each what backs it", () => {
    using place = folder();
    const run = (...args: string[]) => laurel(["bench", ...args], { cwd: place.path });
    const list = run("list");
    expect(list.code, list.err).toBe(0);
    const order = ["figure reproduced", "real rows parsed", "schema only"].map((tier) => list.out.indexOf(`${tier} (`));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(list.out.indexOf("rewardbench-2")).toBeGreaterThan(order[2]!);
    const page = run("list", "rewardbench-2");
    for (const words of [
      "tier: schema only",
      "chance: 0.25",
      "## Pitfalls",
      "licence ODC-BY",
      "columns: id, prompt, chosen",
    ])
      expect(page.out).toContain(words);
    const json = JSON.parse(run("list", "--json").out) as { benchmarks: { id: string; tier: string }[] };
    for (const name of ["judgebench", "mj-bench-video"])
      expect(json.benchmarks.find(({ id }) => id === name)!.tier).toBe("schema only");
    expect(run("list", "rewardbench2").err).toMatch(/did you mean 'rewardbench-2'|rewardbench-2/);
  });

  it("runs a reward, keeps each item without its texts, goes on after a cut, and refuses another run", () => {
    using place = folder();
    writeFileSync(place.file("rows.jsonl"), lines(pairs(40, 30)));
    const run = (...args: string[]) => laurel(["bench", ...args], { cwd: place.path });
    const whole = run("run", "rewardbench", "rows.jsonl", "--reward", "length", "--out", "length.jsonl");
    expect(whole.code, whole.err).toBe(0);
    expect(whole.out).toMatch(/^score 0\.75 \[0\.\d+, 0\.\d+\] {2}length on RewardBench \(40 items; by values\)/);
    const kept = readFileSync(place.file("length.jsonl"), "utf8");
    expect(kept.split("\n")).toHaveLength(42);
    expect(kept).not.toContain("long answer");

    // as a killed run leaves it: whole lines, and half a one
    writeFileSync(place.file("length.jsonl"), kept.split("\n").slice(0, 11).join("\n"));
    appendFileSync(place.file("length.jsonl"), '\n{"id":"10","clus');
    const again = run("run", "rewardbench", "rows.jsonl", "--reward", "length", "--out", "length.jsonl");
    expect(again.code, again.err).toBe(0);
    expect(again.err).toContain("10 items are there already");
    expect(readFileSync(place.file("length.jsonl"), "utf8")).toBe(kept);

    const other = run("run", "rewardbench", "rows.jsonl", "--reward", "reference.tokenF1", "--out", "length.jsonl");
    expect(other.code).toBe(2);
    expect(other.err).toMatch(/is a run with another reward/);
  });

  it("names file, row and column of a bad row, and an id that stands twice", () => {
    using place = folder();
    const [first, second] = pairs(2, 2) as [object, object];
    writeFileSync(place.file("bad.jsonl"), lines([first, { ...second, subset: 3 }]));
    writeFileSync(place.file("twice.jsonl"), lines([first, first]));
    const run = (...args: string[]) => laurel(["bench", ...args], { cwd: place.path });
    const bad = run("run", "rewardbench", "bad.jsonl", "--reward", "length");
    expect(bad.code).toBe(2);
    expect(bad.err).toContain("bad.jsonl, line 2, subset: expected a text, found the number 3");
    expect(run("run", "rewardbench", "twice.jsonl", "--reward", "length").err).toContain("the id '0' stands twice");
    const both = run("run", "rewardbench", "bad.jsonl", "--reward", "length", "--scores", "x");
    expect(both.err).toContain("only one of them");
  });

  it("asks a comparer in both orders where the benchmark says so, and shows a lean to the first answer", () => {
    using place = folder();
    writeFileSync(
      place.file("rows.jsonl"),
      lines(
        Array.from({ length: 12 }, (_, i) => ({
          pair_id: `p${i}`,
          source: "mmlu-pro-law",
          question: `question ${i}`,
          response_A: `one answer ${i}`,
          response_B: `another ${i}`,
          label: i % 2 === 0 ? "A>B" : "B>A",
        })),
      ),
    );
    writeFileSync(
      place.file("first.js"),
      `export const first = {
        name: "first",
        fingerprint: "first-1",
        work: "io",
        compare: async (jobs) => jobs.map(({ pairs }) => pairs.map(([first, second]) => ({ first, second, p: 1 }))),
      };
`,
    );
    const run = laurel(["bench", "run", "judgebench", "rows.jsonl", "--comparer", "./first.js#first", "--json"], {
      cwd: place.path,
    });
    expect(run.code, run.err).toBe(0);
    const card = JSON.parse(run.out) as Card;
    const values = Object.fromEntries(card.figures.map(({ name, value }) => [name, value]));
    expect(values).toEqual({ score: 0, wrong: 0, tie: 1, inconsistent: 1, "first chosen": 1 });
    expect(card.tier).toBe("schema only");
  });
});

describe.skipIf(math === undefined)(
  "laurel bench on RewardMATH's scores (skipped where the shared data is absent)",
  () => {
    it("ranks six classifiers from score files alone, and says which published order is within noise", () => {
      using place = folder();
      const run = (...args: string[]) => laurel(["bench", ...args], { cwd: place.path });
      const files = rowsOf<{ model: string; kind: string; problem_id: number[]; scores: number[][] }>(math!).filter(
        ({ kind }) => kind === "classifier",
      );
      for (const { model, problem_id, scores } of files) {
        writeFileSync(place.file(`${model}.jsonl`), lines(problem_id.map((id, i) => ({ id, scores: scores[i]! }))));
        const one = run("run", "rewardmath", "--scores", `${model}.jsonl`, "--name", model, "--out", `${model}.run`);
        expect(one.code, one.err).toBe(0);
      }
      const board = run(
        "report",
        ...files.map(({ model }) => `${model}.run`),
        "--json",
        "--html",
        "b.html",
        "--csv",
        "b.csv",
      );
      expect(board.code, board.err).toBe(0);
      const { standings } = JSON.parse(board.out) as {
        standings: { system: string; value: number; ranks: [number, number]; groups: string }[];
      };
      // accuracies: expected.json of the data; ranks and groups were counted with SciPy (see scripts/expected/bench.py)
      const expected = JSON.parse(readFileSync("test/expected/bench/leaderboard.json", "utf8")) as {
        standings: { system: string; accuracy: number; ranks: [number, number] }[];
      };
      expect(standings.map(({ system, ranks }) => ({ system, ranks }))).toEqual(
        expected.standings.map(({ system, ranks }) => ({ system, ranks })),
      );
      for (const [i, { accuracy }] of expected.standings.entries())
        expect(standings[i]!.value).toBeCloseTo(accuracy, 12);
      expect(standings.map(({ groups }) => groups)).toEqual(["a", "b", "bc", "c", "d", "d"]);
      expect(readFileSync(place.file("b.csv"), "utf8").split("\n")[1]).toMatch(/^internlm2,0\.372671,/);
      expect(readFileSync(place.file("b.html"), "utf8")).toContain("<svg");

      const worse = run("compare", "ArmoRM.run", "internlm2.run");
      expect(worse.code).toBe(1);
      expect(worse.out).toMatch(/^A is worse than B: accuracy of A - B = -0\.168/);
      expect(run("compare", "internlm2.run", "ArmoRM.run").code).toBe(0);
      expect(run("compare", "beaver.run", "oasst-rm.run").out).toMatch(/^No difference shown/);
      expect(run("report", "ArmoRM.run").err).toContain("two systems or more");
    }, 120_000);
  },
);

describe.skipIf(bar === undefined)("laurel bench on LLMBar (skipped where the shared data is absent)", () => {
  it("reads all rows that have texts, and finds that length misleads in the adversarial subsets", () => {
    using place = folder();
    const rows = rowsOf<{ output_1?: string }>(bar!).filter((row) => row.output_1 !== undefined);
    writeFileSync(place.file("items.jsonl"), lines(rows));
    const run = laurel(["bench", "run", "llmbar", "items.jsonl", "--reward", "length", "--json"], { cwd: place.path });
    expect(run.code, run.err).toBe(0);
    const card = JSON.parse(run.out) as Card & { subsets: Record<string, Record<string, { value: number }>> };
    expect(card).toMatchObject({ items: rows.length, unscored: 0 });
    const { Natural, "adv/Neighbor": neighbour } = card.subsets["subset"]!;
    expect(neighbour!.value).toBeLessThan(0.5);
    expect(Natural!.value).toBeGreaterThan(0.5);
  });
});
