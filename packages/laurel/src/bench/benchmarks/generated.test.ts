import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { dataPath } from "../../../../../test/data.ts";
import { promptText, seedFrom } from "../../core/index.ts";
import { discoveryTasks, generate, steerElements } from "../../recipes/index.ts";
import { choice, match } from "../../rewards/verify/index.ts";
import type { Benchmark, BenchRow } from "../benchmark.ts";
import { credited, scorecard } from "../figures.ts";
import { loadBenchmark } from "../load.ts";
import { runBenchmark } from "../run.ts";
import { benchmarkOf, discoveryBenchTasks } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "laurel-bench-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
function file(path: string, content: unknown): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
}
const rowsOf = (rows: readonly object[]): BenchRow[] =>
  rows.map((row, i) => ({ row: row as BenchRow["row"], place: { file: "rows", line: i + 1 } }));
async function figures(benchmark: Benchmark, rows: readonly object[], reward: ReturnType<typeof choice>) {
  const { items } = await runBenchmark(benchmark, benchmark.read(rowsOf(rows)), { name: "it", reward }, { workers: 1 });
  const card = scorecard(benchmark, credited(benchmark, items));
  return Object.fromEntries(card.figures.map(({ name, value }) => [name, value]));
}

describe("DiscoveryBench", () => {
  const benchmark = benchmarkOf("discoverybench");
  const columns = [{ name: "age", description: "in years" }];
  const synth = (question: object) => ({
    id: 0,
    domain: "music",
    datasets: [{ name: "data.csv", description: "d", columns }],
    queries: [question],
  });
  file("tree/real/test/fish/metadata_0.json", {
    id: 0,
    domain: "biology",
    domain_knowledge: "Fish swim.",
    datasets: [{ name: "fish.csv", description: "fish", columns: { raw: columns } }],
    hypotheses: { main: [{}] },
    queries: [
      [
        { qid: 0, question: "Which?", question_type: "variable" },
        { qid: 1, question: "How?", question_type: "relation" },
      ],
    ],
  });
  file("tree/synth/train/music_1_2/metadata_4.json", synth({ qid: 7, question: "Why?", true_hypothesis: "Since x." }));
  file(
    "eval/answer_key_real.csv",
    'dataset,metadataid,query_id,gold_hypo\nfish,0,0,"Age, mostly."\nfish,0,1,Linear.\n',
  );

  it("reads the published layout: grouped and flat queries, nested columns, gold in the query or in the key above", async () => {
    const tasks = await discoveryBenchTasks(join(root, "tree"));
    expect(tasks.map(({ id, reference }) => [id, reference!.texts![0]])).toEqual([
      ["real/test/fish/0/0", "Age, mostly."],
      ["real/test/fish/0/1", "Linear."],
      ["synth/train/music_1_2/4/7", "Since x."],
    ]);
    expect(promptText(tasks[0]!)).toBe("What is known: Fish swim.\n\nfish.csv: fish\n- age: in years\n\nWhich?");
    file("lost/a_0_0/metadata_0.json", synth({ qid: 1, question: "?" }));
    await expect(discoveryBenchTasks(join(root, "lost"))).rejects.toThrow("no gold hypothesis for query 1 of a_0_0");
    await expect(loadBenchmark(benchmark, join(root, "tree"))).rejects.toThrow("response");
  });

  it("takes predictions beside the tasks", async () => {
    file(
      "tree/predictions.jsonl",
      [0, 1].map((q) => JSON.stringify({ dataset: "fish", metadataid: 0, query_id: q, response: "Age." })).join("\n"),
    );
    const examples = await loadBenchmark(benchmark, join(root, "tree/real")).catch(() => undefined);
    expect(examples).toBeUndefined();
    file(
      "tree/real/predictions.jsonl",
      [0, 1]
        .map((q) => JSON.stringify({ dataset: "fish", metadataid: "0", query_id: String(q), response: "Age." }))
        .join("\n"),
    );
    const read = await loadBenchmark(benchmark, join(root, "tree/real"));
    expect(read.map(({ task, cluster, subsets }) => [task.candidates.length, cluster, subsets["domain"]])).toEqual([
      [1, "fish", "biology"],
      [1, "fish", "biology"],
    ]);
  });

  it("gives the mean hypothesis match score of structured answers to generated tasks", async () => {
    const rows: object[] = [];
    for await (const one of discoveryTasks({ n: 6, rows: 20 }, seedFrom("bench"))) {
      const [gold] = one.reference!.answer as unknown as [{ context: string; relation: string; variables: string[] }];
      const said =
        rows.length % 3 === 0
          ? gold
          : rows.length % 3 === 1
            ? { ...gold, context: "category 2" }
            : { ...gold, variables: [gold.variables[0], "age"] };
      rows.push({
        dataset: "made",
        metadataid: 0,
        query_id: rows.length,
        question: promptText(one),
        gold_hypo: gold.relation,
        gold: [gold],
        response: JSON.stringify(said),
        datasets: [],
      });
    }
    // 1, 0 (another context) and F1 ½ · relation 1, each twice
    expect(await figures(benchmark, rows, match({ of: "hypotheses" }))).toEqual({ HMS: 0.5 });
  });

  const real = dataPath("discoverybench-synth/answer_key.jsonl");
  it.skipIf(real === undefined)(
    "reads all of the published synthetic tasks that are here (skipped where the shared data is absent)",
    async () => {
      const tasks = await discoveryBenchTasks(dirname(real!));
      expect(tasks.map(({ id }) => id)).toEqual([
        "futuristic-technology_0_0/0/647",
        "neuroscience_0_0/0/390",
        "philosophical-debates_0_0/0/284",
      ]);
      expect(tasks[1]!.reference!.texts![0]).toMatch(/^People with higher omega-3 intake levels/);
      expect(promptText(tasks[1]!)).toMatch(/- age: .*\n(?:.*\n)+\nIs there a relationship between omega-3/);
    },
  );
});

describe("STEER-ME", () => {
  const benchmark = benchmarkOf("steer-me");
  const row = (element: string, domain: string, n: number, response: string) => ({
    id: `${element} ${domain} ${n}`,
    question: "What is it?",
    options: ["1.00", "2.00", "3.00", "4.00"],
    answer: 1,
    element,
    domain,
    perspective: "second person",
    type: "linear",
    response,
  });

  it("averages over elements, adjusts for chance, and shows the worst element and the spread along an axis", async () => {
    const rows = [
      ...[0, 1, 2, 3].map((n) => row("tax", "sport", n, "\\boxed{B}")),
      ...[0, 1].map((n) => row("tax", "medicine", n, n === 0 ? "B" : "Answer: A")),
      ...[0, 1].map((n) => row("surplus", "sport", n, n === 0 ? "2.00" : "(D)")),
      ...[0, 1].map((n) => row("surplus", "medicine", n, "(A)")),
    ];
    const found = await figures(benchmark, rows, choice());
    // tax 5 of 6, surplus 1 of 4
    expect(found["accuracy"]).toBeCloseTo((5 / 6 + 1 / 4) / 2, 12);
    expect(found["chance-adjusted"]).toBeCloseTo(((5 / 6 - 1 / 4) / 0.75 + 0) / 2, 12);
    expect(found["by question"]).toBeCloseTo(0.6, 12);
    expect(found["worst element"]).toBeCloseTo(0.25, 12);
    // (1 − ½) for tax, (½ − 0) for surplus
    expect(found["robustness by domain"]).toBeCloseTo(0.5, 12);
    expect(found["robustness by perspective"]).toBeNull();
  });

  it("reads generated questions with options to be scored, and refuses an answer that is none of them", async () => {
    const rows: object[] = [];
    for await (const { id, prompt, context, reference } of generate(steerElements[0]!, {
      n: 8,
      seed: seedFrom(1),
      options: "hidden",
    })) {
      const { element, domain, perspective, type, options } = context as Record<string, never>;
      rows.push({
        id,
        question: prompt[0]!.content,
        options,
        answer: reference!.answer,
        element,
        domain,
        perspective,
        type,
      });
    }
    const [first] = benchmark.read(rowsOf(rows));
    expect([first!.task.candidates.length, first!.labels.correct!.filter(Boolean).length]).toEqual([4, 1]);
    expect(() => benchmark.read(rowsOf([{ ...rows[0], answer: "E" }]))).toThrow("an option's number");
  });
});
