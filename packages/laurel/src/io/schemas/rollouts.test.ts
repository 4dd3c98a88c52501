import { writeFileSync } from "node:fs";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { folder } from "../../../../../test/laurel.ts";
import { answerText } from "../../core/index.ts";
import { type RolloutGroup, type RolloutOptions, readRollouts } from "./rollouts.ts";

async function read(name: string, content: string | Uint8Array, options?: RolloutOptions): Promise<RolloutGroup[]> {
  using place = folder();
  writeFileSync(place.file(name), content);
  const groups: RolloutGroup[] = [];
  for await (const group of readRollouts([place.file(name)], options)) groups.push(group);
  return groups;
}

const lines = (...rows: object[]): string => rows.map((row) => JSON.stringify(row)).join("\n");

describe("TRL's completions", () => {
  const rows = [
    { step: 10, prompt: "p", completion: "a", right: 1, form: 0.5, advantage: 0.7 },
    { step: 10, prompt: "p", completion: "b", right: 0, form: Number.NaN, advantage: -0.7 },
    { step: 10, prompt: "q", completion: "c", right: Number.NaN, form: Number.NaN, advantage: 0 },
    { step: 11, prompt: "q", completion: "d", right: 1, form: 0, advantage: 0 },
  ];
  const column = <T>(name: keyof (typeof rows)[0]): T[] => rows.map((row) => row[name] as T);
  const parquet = (): Uint8Array =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "step", data: column<number>("step").map(BigInt), type: "INT64" },
          { name: "prompt", data: column<string>("prompt"), type: "STRING" },
          { name: "completion", data: column<string>("completion"), type: "STRING" },
          { name: "right", data: column<number>("right"), type: "DOUBLE" },
          { name: "form", data: column<number>("form"), type: "DOUBLE" },
          { name: "advantage", data: column<number>("advantage"), type: "DOUBLE" },
        ],
      }),
    );

  it("are runs of equal prompts of a step, with the sum of the reward columns and NaN for none", async () => {
    let found: unknown;
    const groups = await read("completions_00010.parquet", parquet(), { onFile: (_, what) => (found = what) });
    expect(found).toEqual({ format: "trl", columns: ["right", "form"] });
    expect(groups.map((one) => [one.step, one.example.task.candidates.map(answerText), one.recorded])).toEqual([
      [10, ["a", "b"], [1.5, 0]],
      [10, ["c"], [null]],
      [11, ["d"], [1]],
    ]);
    expect(new Set(groups.map((one) => one.example.task.id)).size).toBe(3);
  });

  it("take the columns that are named, and refuse others", async () => {
    const groups = await read("c.parquet", parquet(), { columns: ["right"] });
    expect(groups[0]!.recorded).toEqual([1, 0]);
    await expect(read("c.parquet", parquet(), { columns: ["wrong"] })).rejects.toThrow(
      /wrong: there is no such column/,
    );
    await expect(read("c.parquet", parquet(), { columns: ["prompt"] })).rejects.toThrow(/expected a number/);
  });

  it("are cut into groups of a stated size, and carry an answer column as the reference", async () => {
    const row = {
      prompt: [{ role: "user", content: "p" }],
      completion: [{ role: "assistant", content: "x" }],
      reward: 1,
      answer: "7",
    };
    const groups = await read("c.jsonl", lines(row, row, row, row), { group: 2 });
    expect(groups.map((one) => one.example.task.candidates.length)).toEqual([2, 2]);
    expect(groups[0]!.example.task.reference).toEqual({ answer: "7" });
  });

  it("of verifiers' older results are grouped by example", async () => {
    const row = (example_id: number, completion: string) => ({
      example_id,
      prompt: "p",
      completion,
      reward: 0.5,
      pass: 1,
    });
    const groups = await read("results.jsonl", lines(row(1, "a"), row(2, "b"), row(1, "c")));
    expect(groups.map((one) => one.example.task.candidates.map(answerText))).toEqual([["a", "c"], ["b"]]);
    expect(groups[0]!.recorded).toEqual([0.5, 0.5]);
  });
});

describe("verifiers traces", () => {
  const node = (parent: number | null, role: string, content: string, sampled = role === "assistant") => ({
    parent,
    sampled,
    message: { role, content },
  });
  const trace = (answer: string, rewards: object | null, key = "k1") => ({
    id: answer,
    task: { type: "Sum", key, data: { answer: 5 } },
    nodes: [
      node(null, "system", "be brief"),
      node(0, "user", "2 + 3?"),
      node(1, "assistant", "an abandoned branch"),
      node(1, "assistant", "let me see"),
      node(3, "user", "go on"),
      node(4, "assistant", answer),
    ],
    rewards,
  });

  it("are the path to the last node, with the weighted rewards, grouped by task", async () => {
    const groups = await read(
      "traces.jsonl",
      lines(
        { traces: [trace("5", { right: { score: 1, weight: 2 }, form: { score: 0.5, weight: 1 } })] },
        { traces: [trace("9", { right: { score: 1, weight: 1 } }, "k2")] },
        trace("6", { right: { score: 0, weight: 2 }, form: null }),
        trace("7", {}),
      ),
    );
    expect(groups.map((one) => one.recorded)).toEqual([[2.5, null, null], [1]]);
    const { prompt, candidates, reference } = groups[0]!.example.task;
    expect(prompt.map((one) => one.content)).toEqual(["be brief", "2 + 3?"]);
    expect(candidates[0]!.output.map((one) => one.content)).toEqual(["let me see", "go on", "5"]);
    expect(reference).toEqual({ answer: 5 });
  });

  it.each([
    ["no nodes", { ...trace("5", {}), nodes: [] }, /nodes: expected a list of nodes/],
    ["a loop", { ...trace("5", {}), nodes: [node(1, "user", "a"), node(0, "assistant", "b")] }, /a node of a tree/],
    ["a parent that is not there", { ...trace("5", {}), nodes: [node(7, "user", "a")] }, /a node of a tree/],
    ["a reward that is no number", trace("5", { right: { score: "x" } }), /a score with its weight/],
    ["nothing before the answer", { ...trace("5", {}), nodes: [node(null, "assistant", "a")] }, /a message before/],
  ])("with %s are refused with their place", async (_name, row, message) => {
    await expect(read("traces.jsonl", lines(row))).rejects.toThrow(message);
    await expect(read("traces.jsonl", lines(row))).rejects.toThrow(/traces\.jsonl, line 1/);
  });
});

it("Laurel's rows are groups of their own; other rows are refused", async () => {
  const groups = await read(
    "r.jsonl",
    lines(
      { id: "a", prompt: "p", candidates: ["x", "y"], labels: { value: [1, null] } },
      { id: "b", prompt: "p", candidates: ["z"] },
    ),
  );
  expect(groups.map((one) => one.recorded)).toEqual([[1, null], [null]]);
  await expect(read("r.jsonl", lines({ text: "x" }))).rejects.toThrow(/this is no roll-out; its columns are text/);
});
