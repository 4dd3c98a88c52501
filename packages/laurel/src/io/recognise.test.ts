import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { answerText, type Example, InputError, promptText, seedFrom } from "../core/index.ts";
import type { Raw } from "./messages.ts";
import { openRows } from "./open.ts";
import { pairsOf, stepExamplesOf } from "./pairs.ts";
import { readExample, recogniseRows, schemaNamed, schemas } from "./recognise.ts";
import { shuffleCandidates } from "./shuffle.ts";

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });
const read = (row: Raw): Example => readExample(row, { line: 3, file: "f" });
const answers = (example: Example): string[] => example.task.candidates.map(answerText);

/** One row of each format, as its documentation has it. */
const examples: Record<string, Raw> = {
  laurel: { prompt: "p", candidates: ["a", "b"], labels: { correct: [true, false] } },
  preference: { prompt: [user("p")], chosen: [assistant("a")], rejected: [assistant("b")], margin: 1.5 },
  "preference-implicit": { chosen: [user("p"), assistant("a")], rejected: [user("p"), assistant("b")] },
  unpaired: { prompt: "p", completion: "a", label: true },
  stepwise: { prompt: "9.8 or 9.11?", completions: ["0.8 > 0.11", "so 9.8"], labels: [true, false] },
  "best-of-n": {
    question_id: "q",
    prompt: "p",
    parsed_outputs: ["1", "2"],
    scores: [true, false],
    response_1: "a",
    response_2: "b",
  },
  messages: { messages: [{ role: "system", content: "s" }, user("p"), assistant("a")] },
  openrlhf: { input: "p", chosen: "a", rejected: "b", margin: 2 },
  "openrlhf-prompts": { input: [user("p")], label: "72" },
  rewardbench: {
    id: 7,
    prompt: "p",
    chosen: "a",
    rejected: "b",
    subset: "hep-js",
    chosen_model: "m",
    rejected_model: "n",
  },
  "rewardbench-2": {
    id: "r",
    prompt: "p",
    chosen: ["a"],
    rejected: ["b", "c", "d"],
    num_correct: 1,
    total_completions: 4,
    subset: "Math",
  },
  "rm-bench": { id: "m", prompt: "p", chosen: ["a", "b", "c"], rejected: ["d", "e", "f"], domain: "chat" },
  verl: {
    data_source: "openai/gsm8k",
    prompt: [user("p")],
    ability: "math",
    reward_model: { style: "rule", ground_truth: "72" },
    extra_info: { split: "train", index: 0 },
  },
  helpsteer2: { prompt: "p", response: "a", helpfulness: 3, correctness: 4, coherence: 4, complexity: 1, verbosity: 2 },
  "helpsteer2-preference": {
    prompt: "p",
    response_1: "a",
    response_2: "b",
    preference_strength: -2,
    preference_statement: "x",
  },
  judgebench: {
    pair_id: "j",
    original_id: 3,
    source: "mmlu-pro-math",
    question: "p",
    response_model: "m",
    response_A: "a",
    response_B: "b",
    label: "B>A",
  },
  "ppe-pairs": {
    question_id: "e",
    prompt: "p",
    response_1: "a",
    response_2: "b",
    winner: "tie (bothbad)",
    language: "English",
  },
  processbench: {
    id: "g-0",
    generator: "g",
    problem: "p",
    steps: ["s1", "s2", "s3"],
    label: 1,
    final_answer_correct: false,
  },
  prm800k: {
    question: { problem: "p", ground_truth_answer: "4" },
    label: {
      steps: [
        {
          completions: [
            { text: "x", rating: -1 },
            { text: "s1", rating: 1 },
          ],
          human_completion: null,
          chosen_completion: 1,
        },
        { completions: [{ text: "s2", rating: 0 }], human_completion: null, chosen_completion: 0 },
        { completions: [{ text: "s3", rating: -1 }], human_completion: null, chosen_completion: null },
      ],
      finish_reason: "found_error",
    },
  },
};

describe("recogniseRows", () => {
  it("has an example of every format here", () => {
    expect(Object.keys(examples).sort()).toEqual(schemas.map((schema) => schema.id).sort());
  });

  it.each(Object.entries(examples))("recognises %s", (id, row) => {
    expect(recogniseRows([row, row], {}).id).toBe(id);
  });

  it("keeps whatever judges the candidates out of the task, in every format", () => {
    for (const [id, row] of Object.entries(examples)) {
      const { task } = read(row);
      const prompts = id === "verl" || id === "openrlhf-prompts";
      expect(task.candidates.length, id).toBe(prompts ? 0 : task.candidates.length || -1);
      expect(JSON.stringify(task), id).not.toMatch(
        /chosen|rejected|winner|model|margin|scores|rating|strength|final_answer_correct|generator/,
      );
    }
  });

  it("refuses rows of several formats and of none, and names the columns", () => {
    expect(() => recogniseRows([examples["preference"]!, examples["unpaired"]!], { file: "f" })).toThrow(
      "f: its rows differ: row 1 is preference, row 2 is unpaired",
    );
    expect(() => recogniseRows([{ foo: 1, bar: 2 }], {})).toThrow(
      "its row format is not known; the columns are foo, bar",
    );
    expect(() => schemaNamed("preferences")).toThrow("there is no row format 'preferences'");
    expect(() => readExample(examples["unpaired"]!, { line: 9, file: "f" }, schemaNamed("preference"))).toThrow(
      "f, line 9: this is no row of the format preference; its columns are prompt, completion, label",
    );
  });

  it("throws nothing but InputError for any JSON in a format's columns", () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom("a", "A>B", [assistant("a")], [user("p"), assistant("a")], ["x", "y"]),
    );
    for (const [id, row] of Object.entries(examples)) {
      const columns = Object.keys(row);
      fc.assert(
        fc.property(fc.constantFrom(...columns), value, (column, other) => {
          try {
            schemaNamed(id).read({ ...row, [column]: other }, { line: 1 });
          } catch (thrown) {
            if (schemaNamed(id).match({ ...row, [column]: other })) expect(thrown).toBeInstanceOf(InputError);
          }
        }),
        { numRuns: 60 },
      );
    }
  });
});

describe("the formats", () => {
  it("reads preferences: the chosen answer first, margin as strength", () => {
    const example = read(examples["preference"]!);
    expect(answers(example)).toEqual(["a", "b"]);
    expect(example.labels).toEqual({ preferred: [{ first: 0, second: 1, p: 1, strength: 1.5 }] });
    expect(example.task.id).toBe("#3");
  });

  it("takes shared turns for the prompt where chosen and rejected repeat the dialogue beside a prompt", () => {
    const example = read({
      prompt: "p",
      chosen: [user("p"), assistant("a")],
      rejected: [user("p"), assistant("b")],
      score_chosen: 8,
      score_rejected: 3,
    });
    expect(promptText(example.task)).toBe("p");
    expect(answers(example)).toEqual(["a", "b"]);
    expect(example.labels.value).toEqual([8, 3]);
  });

  it.each([
    [
      "at the last shared assistant mark",
      "\n\nHuman: hi\n\nAssistant: yes, a",
      "\n\nHuman: hi\n\nAssistant: yes, b",
      "\n\nHuman: hi\n\nAssistant:",
    ],
    ["one character early behind a space", "Q: why? because", "Q: why? no", "Q: why?"],
    ["at the first difference", "Q:a", "Q:b", "Q:"],
    ["at the last line break where one is the start of the other", "Q\nyes", "Q\nyes, it is", "Q\n"],
    ["not inside a character", "Q😀", "Q😁", "Q"],
  ])("splits implicit texts %s", (_, chosen, rejected, prompt) => {
    const example = read({ chosen, rejected });
    expect(promptText(example.task)).toBe(prompt);
    expect(answers(example)).toEqual([chosen.slice(prompt.length), rejected.slice(prompt.length)]);
  });

  it("leaves each side of an implicit dialogue its last turn, even if one is the start of the other", () => {
    const turns = [user("p"), assistant("a"), user("q"), assistant("b")];
    const example = read({ chosen: turns, rejected: turns.slice(0, 2) });
    expect(example.task.prompt).toHaveLength(1);
    expect(example.task.candidates.map((one) => one.output.length)).toEqual([3, 1]);
    expect(() => read({ chosen: [user("p")], rejected: [user("q")] })).toThrow("there is no prompt");
  });

  it("reads RewardBench 2 and RM-Bench with every right answer before every wrong one", () => {
    expect(read(examples["rewardbench-2"]!).labels).toEqual({ correct: [true, false, false, false] });
    const rm = read(examples["rm-bench"]!);
    expect(rm.labels.preferred).toHaveLength(9);
    expect(pairsOf(rm).map((pair) => answerText(pair.chosen) + answerText(pair.rejected))).toEqual([
      "ad",
      "ae",
      "af",
      "bd",
      "be",
      "bf",
      "cd",
      "ce",
      "cf",
    ]);
  });

  it("turns step conventions into 1 (right), 0 (wrong), null (no label)", () => {
    expect(read(examples["stepwise"]!).labels.steps).toEqual([[1, 0]]);
    expect(read(examples["processbench"]!).labels.steps).toEqual([[1, 0, null]]);
    expect(read({ ...examples["processbench"]!, label: -1 }).labels.steps).toEqual([[1, 1, 1]]);
    const prm = read(examples["prm800k"]!);
    expect(prm.labels.steps).toEqual([[1, 0.5, 0]]);
    expect(prm.task.reference).toEqual({ answer: "4" });
    expect(stepExamplesOf(prm)).toEqual([{ prompt: [user("p")], steps: ["s1", "s2", "s3"], labels: [1, 0.5, 0] }]);
    expect(stepExamplesOf(read(examples["processbench"]!))[0]).toMatchObject({ labels: [1, 0, -1], outcome: false });
  });

  it("reads judged pairs in both directions and ties", () => {
    expect(read(examples["judgebench"]!).labels.preferred).toEqual([{ first: 0, second: 1, p: 0 }]);
    expect(read(examples["ppe-pairs"]!).labels.preferred).toEqual([{ first: 0, second: 1, p: 0.5 }]);
    expect(read(examples["helpsteer2-preference"]!).labels.preferred).toEqual([
      { first: 0, second: 1, p: 1, strength: 2 },
    ]);
    expect(pairsOf(read(examples["judgebench"]!)).map(({ chosen }) => answerText(chosen))).toEqual(["b"]);
    expect(pairsOf(read(examples["ppe-pairs"]!))[0]).toMatchObject({ tie: true });
  });

  it("reads prompts with a reference and no candidates", () => {
    const { task, subsets } = read(examples["verl"]!);
    expect(task.reference).toEqual({ answer: "72" });
    expect(task.context).toEqual({
      data_source: "openai/gsm8k",
      ability: "math",
      style: "rule",
      extra_info: { split: "train", index: 0 },
    });
    expect(subsets).toEqual({ data_source: "openai/gsm8k" });
  });

  const processbench = dataPath("processbench/gsm8k.jsonl");
  it.skipIf(processbench === undefined)(
    "recognises ProcessBench's own file and counts its labels (needs processbench)",
    async () => {
      const rows: Raw[] = [];
      for await (const batch of (await openRows(processbench!)).batches()) for (const one of batch) rows.push(one.row!);
      const schema = recogniseRows(rows, {});
      expect(schema.id).toBe("processbench");
      const read = rows.map((row, i) => schema.read(row, { line: i + 1 }));
      const right = read.filter((example) => example.labels.steps![0]!.every((label) => label === 1)).length;
      expect(right).toBe(rows.filter((row) => row["label"] === -1).length);
      expect(read.every((example) => stepExamplesOf(example).length === 1)).toBe(true);
    },
  );
});

describe("shuffleCandidates", () => {
  it("moves labels with their candidates, gives the same order again, and leads back to the old one", () => {
    const example = read({
      id: "x",
      prompt: "p",
      candidates: ["a", "b", "c", "d"],
      labels: {
        correct: [true, false, null, false],
        value: [4, 3, 2, 1],
        parts: [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }],
        steps: [[0], [1], [0.5], [null]],
        preferred: [{ first: 0, second: 3, p: 1 }],
      },
    });
    const facts = (one: Example) =>
      one.task.candidates.map((candidate, i) => [
        answerText(candidate),
        one.labels.correct![i],
        one.labels.value![i],
        one.labels.parts![i],
        one.labels.steps![i],
      ]);
    const orders = new Set<string>();
    for (let s = 0; s < 200; s++) {
      const { example: shuffled, order } = shuffleCandidates(example, seedFrom(s));
      expect(shuffleCandidates(example, seedFrom(s)).order).toEqual(order);
      expect(facts(shuffled)).toEqual(order.map((before) => facts(example)[before]));
      const { first, second } = shuffled.labels.preferred![0]!;
      expect([order[first], order[second]]).toEqual([0, 3]);
      orders.add(order.join());
    }
    // 4! orders; 200 seeds miss a given one with probability (23/24)^200, about 2e-4
    expect(orders.size).toBeGreaterThan(20);
  });
});
