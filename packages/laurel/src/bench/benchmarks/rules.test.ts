import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerText, type Example, InputError, seedFrom } from "../../core/index.ts";
import type { Answered, Game } from "../benchmark.ts";
import { calibrate } from "../calibrate.ts";
import { credited, scorecard } from "../figures.ts";
import { sides } from "../rules.ts";
import {
  benchmarkOf,
  benchmarks,
  bestOfKCredit,
  oneToManyAccuracy,
  pairOutcome,
  pairwiseToScores,
  processBenchF1,
  reciprocalRank,
  styleMatrix,
  tieAccuracies,
  tiesScore,
  voteClass,
} from "./index.ts";

function figures(id: string, items: readonly Answered[]): Record<string, number | null> {
  const benchmark = benchmarkOf(id);
  return Object.fromEntries(
    scorecard(benchmark, credited(benchmark, items)).figures.map(({ name, value }) => [name, value]),
  );
}

const item = (id: string, values: readonly (number | null)[], more: Partial<Answered> = {}): Answered => ({
  id,
  cluster: id,
  subsets: {},
  labels: { correct: values.map((_, i) => i === 0) },
  values,
  ...more,
});

/** Rows read by a benchmark, and each item answered by a function of its text. */
function answered(
  id: string,
  rows: readonly Record<string, unknown>[],
  value: (text: string, i: number) => number | null,
): Answered[] {
  const benchmark = benchmarkOf(id);
  return benchmark
    .read(rows.map((row, i) => ({ row, place: { file: "rows.jsonl", line: i + 1 } })))
    .map(({ task, labels, cluster, subsets }) => {
      const { extra, ...own } = labels;
      return {
        id: task.id,
        cluster,
        subsets,
        labels: own,
        values: task.candidates.map(({ output }, i) => {
          const [first] = output;
          return value(typeof first!.content === "string" ? first!.content : "", i);
        }),
        ...(benchmark.keep === undefined ? {} : { facts: extra ?? {} }),
      };
    });
}

const byLength = (text: string): number => text.length;

describe("RewardMATH's measures", () => {
  it("let a tie lose, win or share", () => {
    expect(oneToManyAccuracy(1, [1, 0.5, 1])).toBe(0);
    expect(oneToManyAccuracy(1, [1, 0.5, 1], "win")).toBe(1);
    expect(oneToManyAccuracy(1, [1, 0.5, 1], "share")).toBeCloseTo(1 / 3, 12);
    expect(oneToManyAccuracy(1, [0.5])).toBe(1);
  });

  it("rank tied wrong solutions before the right one", () => {
    expect(reciprocalRank(0.5, [0.5, 0.9, 0.1])).toBeCloseTo(1 / 3, 12);
    expect(reciprocalRank(1, [0, 0])).toBe(1);
  });

  it("turn pairwise verdicts into a rank of one more than the losses", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), (wins) => {
        const { chosen, rejected } = pairwiseToScores(wins);
        const losses = wins.filter((won) => !won).length;
        expect(reciprocalRank(chosen, rejected)).toBeCloseTo(1 / (1 + losses), 12);
        expect(oneToManyAccuracy(chosen, rejected)).toBe(losses === 0 ? 1 : 0);
      }),
    );
  });

  it("read a row a solution, and refuse a problem without one right solution", () => {
    const row = (problem_id: number, solution_type: string, text: string) => ({
      problem_id,
      problem: `problem ${problem_id}`,
      eval_solution: [text, "so the answer follows"],
      solution_type,
      subject: "Algebra",
    });
    const items = answered(
      "rewardmath",
      [row(0, "chosen", "right"), row(0, "rejected", "wrong, and much longer")],
      byLength,
    );
    expect(items).toMatchObject([{ id: "0", labels: { correct: [true, false] }, subsets: { subject: "Algebra" } }]);
    expect(figures("rewardmath", items)["accuracy"]).toBe(0);
    expect(() => answered("rewardmath", [row(1, "rejected", "x")], byLength)).toThrow(
      /rows\.jsonl, line 1, solution_type/,
    );
  });
});

describe("RewardBench 2", () => {
  it("shares credit at the top, so that a constant reward gets a quarter", () => {
    expect(bestOfKCredit([1, 1, 1, 1])).toBe(0.25);
    expect(bestOfKCredit([0.2, 0.1, 0.3, 0])).toBe(0);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 6 }), (scores) => {
        const all = scores.map((_, i) => bestOfKCredit(scores, i)).reduce((sum, one) => sum + one, 0);
        expect(all).toBeCloseTo(1, 12);
      }),
    );
  });

  it("scores Ties to the letter", () => {
    const rows = [
      { id: "ref:0", scores: [3, 1, 0], numCorrect: 1 },
      { id: "tied:0", scores: [3, 2.5, 1], numCorrect: 2 },
    ];
    // d = 0.5, g_r = 2, g_t = 1.5: 0.3 + 0.3 + 0.2 + 0.2 + 0.01·tanh 2
    expect(tiesScore(rows).overall).toBeCloseTo(1 + 0.01 * Math.tanh(2), 12);
    expect(tiesScore(rows).overall).toBeCloseTo(1.0096403, 7);
    // a second k whose tied row is wrong and whose ref row is right: accuracies 1/2 and 1; g_t = −1, g_r = 1, d = 1
    const more = [
      ...rows,
      { id: "ref:1", scores: [2, 1], numCorrect: 1 },
      { id: "tied:1", scores: [2, 1, 2], numCorrect: 2 },
    ];
    expect(tiesScore(more)).toEqual({
      overall: expect.closeTo(
        0.3 * 0.5 + 0.3 + 0.2 * 0.5 + 0.2 * 0.5 + 0.01 * ((Math.tanh(2) + Math.tanh(-2)) / 2),
        12,
      ),
      tiedAccuracy: 0.5,
      refAccuracy: 1,
      preferred: 0.5,
      preferredHard: 0.5,
      marginTanh: expect.closeTo(0, 12),
    });
    // spread 0: a positive gap gives the whole bonus, no gap counts 0, a negative one −1
    const flat = (tied: readonly number[]) =>
      tiesScore([
        { id: "ref:0", scores: [5, 0], numCorrect: 1 },
        { id: "tied:0", scores: tied, numCorrect: 2 },
      ]).marginTanh;
    expect(flat([2, 2, 1])).toBe(1);
    expect(flat([2, 2, 2])).toBe(0);
    expect(flat([2, 2, 3])).toBe(-1);
    // rows of one id are one row
    const split = [
      rows[0]!,
      { id: "tied:0", scores: [3, 1], numCorrect: 1 },
      { id: "tied:0", scores: [2.5], numCorrect: 1 },
    ];
    expect(tiesScore(split).overall).toBeCloseTo(1.0096403, 7);
    expect(() => tiesScore([{ id: "tie:0", scores: [1, 0], numCorrect: 1 }])).toThrow(/ref:K or tied:K/);
    expect(() => tiesScore([rows[0]!])).toThrow(/both a ref and a tied row/);
    expect(() => tiesScore([{ id: "tied:0", scores: [1, 0], numCorrect: 1 }])).toThrow(/no spread/);
  });

  it("averages domains, not items, and gives an unscored item the official quarter", () => {
    const rows = [
      { id: "1", prompt: "q", chosen: ["aa"], rejected: ["b", "b", "b"], num_correct: 1, subset: "Math" },
      { id: "2", prompt: "q2", chosen: ["a"], rejected: ["bb", "b", "b"], num_correct: 1, subset: "Focus" },
      { id: "3", prompt: "q3", chosen: ["a"], rejected: ["b", "b", "b"], num_correct: 1, subset: "Focus" },
      { id: "ref:0", prompt: "r", chosen: ["aaaa"], rejected: ["b"], num_correct: 1, subset: "Ties" },
      { id: "tied:0", prompt: "t", chosen: ["aaaa", "aaa"], rejected: ["b"], num_correct: 2, subset: "Ties" },
    ];
    const items = answered("rewardbench-2", rows, byLength);
    const found = figures("rewardbench-2", items);
    // ref gap 3, tied gap 2, spread 1
    const ties = 1 + 0.01 * Math.tanh(1);
    expect(found).toMatchObject({ Math: 1, Focus: 0.125, Ties: expect.closeTo(ties, 12), Safety: null });
    expect(found["score"]).toBeCloseTo((1 + 0.125 + ties) / 3, 12);
    const missing = items.map((one) => (one.id === "1" ? { ...one, values: [1, null, 1, 1] } : one));
    expect(figures("rewardbench-2", missing)["Math"]).toBe(0.25);
    expect(() => answered("rewardbench-2", [{ ...rows[0]!, num_correct: 2 }], byLength)).toThrow(/line 1, num_correct/);
    expect(() => answered("rewardbench-2", [{ ...rows[3]!, id: "0" }], byLength)).toThrow(/ref:K or tied:K/);
  });
});

describe("RewardBench 1", () => {
  it("weighs subsets by the fixed counts within a section, and sections alike", () => {
    const pair = (id: string, subset: string, right: boolean): Answered =>
      item(id, right ? [1, 0] : [0, 1], { subsets: { subset } });
    const items = [
      pair("1", "math-prm", false),
      pair("2", "hep-cpp", true),
      pair("3", "hep-go", true),
      pair("4", "donotanswer", true),
      item("5", [1, 1], { subsets: { subset: "refusals-offensive" } }),
    ];
    const found = figures("rewardbench", items);
    const reasoning = (164 + 164) / (984 + 164 + 164);
    // the tie of a scalar reward loses
    const safety = 136 / (136 + 100);
    expect(found["Reasoning"]).toBeCloseTo(reasoning, 12);
    expect(found["Safety"]).toBeCloseTo(safety, 12);
    expect(found["score"]).toBeCloseTo((reasoning + safety) / 2, 12);
    expect(found["accuracy"]).toBeCloseTo(3 / 5, 12);
  });
});

describe("RM-Bench", () => {
  it("splits nine comparisons into easy, normal and hard", () => {
    // a reward that scores by style only: right and wrong tie on the diagonal
    const style = item("1", [0, 1, 2, 0, 1, 2], {
      labels: { correct: [true, true, true, false, false, false] },
      subsets: { domain: "chat" },
    });
    expect(styleMatrix(style)).toEqual([0, 0, 0, 1, 0, 0, 1, 1, 0]);
    expect(figures("rm-bench", [style])).toMatchObject({
      hard: 0,
      normal: 0,
      easy: 1,
      score: expect.closeTo(1 / 3, 12),
    });
    // a right answer in each style above every wrong one
    const right = item("2", [3, 4, 5, 0, 1, 2], { ...style, id: "2", values: [3, 4, 5, 0, 1, 2] });
    expect(figures("rm-bench", [right])).toMatchObject({ hard: 1, normal: 1, easy: 1, score: 1 });
  });
});

describe("JudgeBench", () => {
  const games = (there: number | null, back: number | null): Game[] => [
    { first: 0, second: 1, p: there },
    { first: 1, second: 0, p: back },
  ];
  const judged = (all: readonly Game[][]): Answered[] => all.map((votes, i) => item(`j${i}`, [null, null], { votes }));

  it("gives a judge that always names the first answer 0, and coin flips a quarter", () => {
    const first = judged([games(1, 1), games(1, 1)]);
    expect(figures("judgebench", first)).toMatchObject({ score: 0, tie: 1, inconsistent: 1, "first chosen": 1 });
    const flips = judged([games(1, 1), games(1, 0), games(0, 1), games(0, 0)]);
    expect(figures("judgebench", flips)).toMatchObject({ score: 0.25, wrong: 0.25, tie: 0.5, "first chosen": 0.5 });
  });

  it("takes a right game and a tie or an unreadable one as right", () => {
    expect(
      figures("judgebench", judged([games(1, 0.5), games(1, null), games(0.5, null), games(null, null)])),
    ).toMatchObject({
      score: 0.5,
      wrong: 0,
      tie: 0.5,
    });
  });

  it("reads labels of both sides, and shows the four categories", () => {
    const row = (pair_id: string, source: string, label: string) => ({
      pair_id,
      source,
      question: `q ${pair_id}`,
      response_A: "short",
      response_B: "a longer one",
      label,
    });
    const items = answered(
      "judgebench",
      [row("1", "mmlu-pro-law", "A>B"), row("2", "livebench-math", "B>A")],
      byLength,
    );
    expect(items.map(({ labels, subsets }) => [labels.correct, subsets["category"]])).toEqual([
      [[true, false], "knowledge"],
      [[false, true], "mathematics"],
    ]);
    expect(figures("judgebench", items)["score"]).toBe(0.5);
    expect(() => answered("judgebench", [row("1", "x", "A=B")], byLength)).toThrow(InputError);
  });
});

describe("ProcessBench's F1", () => {
  it("is the harmonic mean of both accuracies", () => {
    // three of four wrong solutions found, one of two right ones
    const gold = [0, 1, 2, 3, -1, -1];
    expect(processBenchF1([0, 1, 2, 0, -1, 2], gold)).toEqual({
      error: 0.75,
      correct: 0.5,
      f1: expect.closeTo(0.6, 12),
    });
    expect(processBenchF1([1, 0, 0, 0, -1, -1], gold, "binary").f1).toBe(1);
    expect(processBenchF1([null, null, null, null, -1, -1], gold).f1).toBe(0);
    expect(() => processBenchF1([-1], [-1])).toThrow(/no solution with/);
  });
});

describe("VL-RewardBench", () => {
  it("classes votes by more than half of those that the pair has", () => {
    expect([
      voteClass(2, 1, 0),
      voteClass(1, 2, 0),
      voteClass(1, 1, 1),
      voteClass(0, 1, 2),
      voteClass(2, 2, 0),
    ]).toEqual(["agree", "reject", "other", "unmatched", "other"]);
  });

  it("leaves undecided pairs out of the headline, and counts them in the two figures beside it", () => {
    const votes = (ps: readonly (number | null)[]): Game[] => ps.map((p) => ({ first: 0, second: 1, p }));
    const items = [
      item("mathverse_1", [null, null], { votes: votes([1, 1, 0]), subsets: { group: "reasoning" } }),
      item("RLHF-1", [null, null], { votes: votes([0, 0, null]), subsets: { group: "hallucination" } }),
      item("RLHF-2", [null, null], { votes: votes([1, null, null]), subsets: { group: "hallucination" } }),
    ];
    expect(figures("vl-rewardbench", items)).toEqual({
      overall: 0.5,
      macro: 0.5,
      "undecided as wrong": expect.closeTo(1 / 3, 12),
      "undecided as half": expect.closeTo(0.5, 12),
      // the first votes: 1 right, 1 wrong, 1 right; no pair has more than three
      "overall, first vote": expect.closeTo(2 / 3, 12),
      "overall, first 3 votes": null,
      "overall, first 5 votes": null,
      "overall, first 7 votes": null,
      "overall, first 9 votes": null,
    });
  });

  it("reads the published columns: source and group by the id's prefix, the better answer by its rank 0, the picture before the query", () => {
    const row = (id: string, more: object = {}) => ({
      id,
      query: "what is it?",
      response: ["a cat", "a dog"],
      image: { bytes: "iVBOR", path: null },
      human_ranking: [1, 0],
      models: ["m", "n"],
      ...more,
    });
    const read = (one: object) =>
      benchmarkOf("vl-rewardbench").read([{ row: one as never, place: { file: "t.parquet", line: 2 } }])[0]!;
    const groups = ["RLAIF-1", "RLHF_2", "mathverse_3", "mmmu-4", "wildvision_5", "hallucination_6", "anything"].map(
      (id) => read(row(id)).subsets,
    );
    expect(groups.map(({ source }) => source)).toEqual([
      "rlaif-v",
      "rlhf-v",
      "mathverse",
      "mmmu",
      "wildvision",
      "povid",
      "vlfeedback",
    ]);
    expect(groups.map(({ group }) => group![0])).toEqual(["h", "h", "r", "r", "g", "h", "g"]);
    const { task, labels } = read(row("mmmu-4"));
    expect(labels.correct).toEqual([false, true]);
    expect(task.prompt[0]!.content).toMatchObject([
      { type: "image", media: { uri: "t.parquet#2.image" } },
      { type: "text", text: "what is it?" },
    ]);
    expect(() => read(row("mmmu-4", { image: null }))).toThrow(/t.parquet.*line 2, image/);
    expect(() => read(row("mmmu-4", { human_ranking: [1, 1] }))).toThrow(/human_ranking: expected the ranks 0 and 1/);
    expect(() => read(row("mmmu-4", { response: ["one"] }))).toThrow(/response: expected a list of 2 texts/);
  });
});

describe("VLRMBench", () => {
  it("pools a task's steps for F1_w, and is strict on the better of two solutions", () => {
    const steps = (id: string, gold: readonly number[], said: readonly number[]): Answered =>
      item(id, [null], {
        subsets: { task: "step_correctness" },
        labels: { steps: [gold.map((one) => 1 - one)] },
        steps: [said.map((one) => 1 - one)],
      });
    // the specification's fixture, over two questions
    const items = [
      steps("1", [1, 0], [1, 1]),
      steps("2", [0, 0], [0, 0]),
      item("3", [1, 1], { subsets: { task: "multi_solution" } }),
      item("4", [0.9], { subsets: { task: "foresight" }, labels: { correct: [true] } }),
    ];
    expect(figures("vlrmbench", items)).toMatchObject({
      steps: expect.closeTo(0.7, 12),
      step_correctness: expect.closeTo(0.7, 12),
      multi_solution: 0,
      foresight: 1,
      outcome: 0.5,
    });
  });

  const read = (row: object, file: string) =>
    benchmarkOf("vlrmbench").read([{ row: row as never, place: { file, line: 3 } }]);
  const row = {
    id: 1,
    question: "q",
    step_list: ["STEP1: a", "STEP2: b"],
    reasoning_error: "STEP1: a\n\n\nSTEP2: not b\n",
    task_gt: [0, 1],
    image: ["x.png"],
  };

  it("tells the task by the file's name, and refuses labels of another number than the steps", () => {
    expect(read(row, "detail_error.jsonl")[0]!.labels.steps).toEqual([[1, 0]]);
    expect(() => read({ ...row, task_gt: [0] }, "detail_error.jsonl")).toThrow(
      /line 3, task_gt: expected a list of 2 labels/,
    );
    expect(() => read({ ...row, task_gt: [0, 2] }, "detail_error.jsonl")).toThrow(/labels 0 and 1/);
    expect(() => read(row, "other.jsonl")).toThrow(/line 3, task/);
  });

  it("has the steps with the errors judged, not those from which they were made", () => {
    const [{ task }] = read(row, "detail_error.jsonl") as [Example];
    const [candidate] = task.candidates;
    const text = answerText(candidate!);
    expect(candidate!.steps!.map(({ start, end }) => text.slice(start, end))).toEqual(["STEP1: a", "STEP2: not b"]);
    expect(task.context).toEqual({ error: "a wrong number or sign of calculation (at least one step has it)" });
    const list = read({ ...row, reasoning_error: ["a", "not b"] }, "redundant_det.jsonl");
    expect(answerText(list[0]!.task.candidates[0]!)).toBe("a\nnot b");
  });

  it("shows a forecast the part of a solution that was made wrong, where there is one, and the pairs' steps to step rewards", () => {
    const forecast = (more: object) => read({ id: 1, question: "q", task_gt: "True", ...more }, "foresight.jsonl")[0]!;
    expect(answerText(forecast({ step_list: ["right"] }).task.candidates[0]!)).toBe("right");
    expect(answerText(forecast({ step_list: ["right"], reasoning_error: ["wrong"] }).task.candidates[0]!)).toBe(
      "wrong",
    );
    expect(forecast({ step_list: ["right"] }).labels.correct).toEqual([true]);
    const [pair] = read(row, "multi_solution.jsonl");
    expect(pair!.task.candidates.map(({ steps }) => steps?.length)).toEqual([2, 2]);
    expect(pair!.labels.correct).toEqual([true, false]);
  });

  it("compares what a model wrote with the reference, and leaves critiques out that no model has written", () => {
    const critique = { id: 1, question: "q", reasoning_error: "STEP1: a", task_gt: "the reference" };
    expect(read(critique, "error_correction.jsonl")).toEqual([]);
    const [one] = read({ ...critique, model_answer: "the model" }, "error_reason_analysis.jsonl");
    expect(one!.task.candidates.map((candidate) => answerText(candidate))).toEqual(["the model", "the reference"]);
    expect(one!.task.prompt[0]!.content).toContain("STEP1: a");
    const [other] = read(
      { ...critique, model_answer: "m", task_gt: ["STEP1: x", "STEP2: y"] },
      "error_correction.jsonl",
    );
    expect(other!.task.prompt[0]!.content).toBe("q");
    expect(answerText(other!.task.candidates[1]!)).toBe("STEP1: x\nSTEP2: y");
    expect(read({ ...critique, error_info: "filtered" }, "detail_error.jsonl")).toEqual([]);
  });

  it("lets the greater sum of grades over both orders win, which votes alone would call a tie", () => {
    const game = (first: number, strength: number): Game => ({
      first,
      second: 1 - first,
      p: strength > 0 ? 1 : strength < 0 ? 0 : 0.5,
      strength,
    });
    const critic = (id: string, votes: readonly Game[]): Answered =>
      item(id, [null, null], { votes, subsets: { task: "error_correction", group: "critique" }, labels: {} });
    const items = [
      // the model leads by 5 in the first order and loses by 1 in the second
      critic("1", [game(0, 5), game(1, 1)]),
      critic("2", [game(0, 1), game(1, 1)]),
      critic("3", [game(0, -2), game(1, 4)]),
      // without grades the two orders tie
      critic("4", [
        { first: 0, second: 1, p: 1 },
        { first: 1, second: 0, p: 1 },
      ]),
      // nothing could be read: zeros, as the official parser has it
      critic("5", [{ first: 0, second: 1, p: null }]),
    ];
    expect(figures("vlrmbench", items)).toMatchObject({
      critique: 0.2,
      error_correction: 0.2,
      "critique ties": 0.6,
      steps: null,
    });
  });

  it("leaves a solution out of which a step has no value, and counts both classes of a task", () => {
    const of = (id: string, values: readonly (number | null)[]): Answered =>
      item(id, [null], { subsets: { task: "detail_error" }, labels: { steps: [[0, 1, 1, 1]] }, steps: [values] });
    const items = [of("1", [0.1, 0.2, 0.9, 0.9]), of("2", [0.1, null, 0.9, 0.9])];
    expect(credited(benchmarkOf("vlrmbench"), items).map(({ credit }) => credit)).toEqual([0.75, null]);
    expect(figures("vlrmbench", items)).toMatchObject({
      detail_error: expect.closeTo(0.7, 12),
      "detail_error F1+": expect.closeTo(2 / 3, 12),
      "detail_error F1-": expect.closeTo(0.8, 12),
    });
  });

  it("chooses the threshold on some prompts and reports the others", () => {
    // right steps score 0.3 and wrong ones 0.1: at ½ all are called wrong
    const items = Array.from(
      { length: 40 },
      (_, i): Answered =>
        item(`${i}`, [null], {
          subsets: { task: "detail_error" },
          labels: { steps: [[1, 0, 1]] },
          steps: [[0.3, 0.1, 0.3]],
        }),
    );
    const benchmark = benchmarkOf("vlrmbench");
    expect(figures("vlrmbench", items)["detail_error F1-"]).toBe(0);
    const { items: kept, threshold, calibration } = calibrate(benchmark, items, 0.25, seedFrom(0));
    expect(threshold).toBeCloseTo(0.2, 12);
    expect(kept.length + calibration).toBe(40);
    expect(calibration).toBeGreaterThan(2);
    expect(figures("vlrmbench", kept)["steps"]).toBe(1);
    expect(calibrate(benchmark, items, 0.25, seedFrom(0)).items.map(({ id }) => id)).toEqual(kept.map(({ id }) => id));
    expect(() => calibrate(benchmarkOf("vilbench"), items, 0.25, seedFrom(0))).toThrow(/has no threshold/);
    expect(() => calibrate(benchmark, items, 1, seedFrom(0))).toThrow(/between 0 and 1/);
    expect(() => calibrate(benchmark, items.slice(0, 1), 0.5, seedFrom(0))).toThrow(/one part empty/);
  });
});

describe("MJ-Bench", () => {
  it("ties within tau", () => {
    expect([pairOutcome(1, 2), pairOutcome(2, 1), pairOutcome(1, 1), pairOutcome(1, 1.5, 0.5)]).toEqual([
      "1",
      "0",
      "tie",
      "tie",
    ]);
  });

  it("counts a tie as wrong with ties, leaves it out without, and leaves a gold tie out of both", () => {
    const row = (label: unknown) => ({ caption: "a cat", image0: "a.png", image1: "b.png", ...(label as object) });
    const rows = [row({ label: 0 }), row({ label: 1 }), row({ label_0: 0.5 }), row({ label: 0 })];
    const scores = [
      [2, 1],
      [1, 1],
      [1, 2],
      [1, 2],
    ];
    const items = answered("mj-bench", rows, () => null).map((one, i) => ({ ...one, values: scores[i]! }));
    expect(figures("mj-bench", items)).toMatchObject({
      "accuracy with ties": expect.closeTo(1 / 3, 12),
      "accuracy without ties": 0.5,
      "tie rate": expect.closeTo(1 / 3, 12),
    });
  });

  it("gives both accuracies with the tie rate, and counts gold ties apart", () => {
    const { withTies, withoutTies, tieRate, goldTies } = tieAccuracies(
      ["0", "tie", "0", "1", "1"],
      ["0", "0", "1", "1", "tie"],
    );
    expect([withTies.value, withoutTies!.value, tieRate.value, goldTies]).toEqual([
      0.5,
      expect.closeTo(2 / 3, 12),
      0.25,
      1,
    ]);
    expect(tieAccuracies(["tie", "tie"], ["0", "1"])).toMatchObject({ withTies: { value: 0 }, withoutTies: undefined });
    expect(() => tieAccuracies(["0"], [])).toThrow(/1 outcomes and 0 labels/);
    expect(() => tieAccuracies(["0"], ["tie"])).toThrow(/no label names a picture/);
    expect(() => pairOutcome(1, 2, -1)).toThrow(/tau must be 0 or more/);
  });

  it("sweeps tau on scores that are normalised over their perspective, which the file's name tells", () => {
    const row = (file: string, label: number) => ({
      row: { caption: "a cat", image0: "a.png", image1: "b.png", label } as never,
      place: { file, line: label + 1 },
    });
    const examples = benchmarkOf("mj-bench").read([
      row("data/safety.jsonl", 0),
      row("data/safety.jsonl", 1),
      row("hub:MJ-Bench/MJ-Bench (quality)", 0),
    ]);
    expect(examples.map(({ subsets }) => subsets["perspective"])).toEqual(["safety", "safety", "quality"]);
    // safety runs from 0 to 10: gaps of 0.15 and 1; quality from 0 to 1
    const scores = [
      [1.5, 0],
      [0, 10],
      [0, 1],
    ];
    const items = examples.map(({ labels, subsets }, i) => item(String(i), scores[i]!, { labels, subsets }));
    expect(figures("mj-bench", items)).toMatchObject({
      "with ties, τ 0.1": expect.closeTo(2 / 3, 12),
      "with ties, τ 0.2": expect.closeTo(1 / 3, 12),
      "without ties, τ 0.2": 0.5,
      "tie rate, τ 0.2": expect.closeTo(1 / 3, 12),
    });
  });

  it("has the bias measures of normalised scores and of those given, which have none below 0", () => {
    const rows = ["nurse", "nurse", "pilot", "pilot"].map((occupation, i) => ({
      id: i,
      caption: "a portrait",
      image: `${i}.png`,
      occupation,
    }));
    const of = (scores: readonly number[]) =>
      figures(
        "mj-bench-bias",
        answered("mj-bench-bias", rows, () => null).map((one, i) => ({ ...one, values: [scores[i]!] })),
      );
    // given (1, 3): NDS 1 − 1/2, GES 1 − 1/4; (2, 2): 1. Normalised (0, 1): NDS 0, GES ½; (½, ½): 1
    expect(of([1, 3, 2, 2])).toEqual({
      nds: 0.5,
      ges: 0.75,
      acc: 0.5,
      "nds, as given": 0.75,
      "ges, as given": 0.875,
      "acc, as given": 0.5,
    });
    expect(of([-1, 3, 2, 2])).toMatchObject({ "nds, as given": null, "ges, as given": null, "acc, as given": 0.5 });
    // one value in the whole run is not normalised
    expect(of([2, 2, 2, 2])).toMatchObject({ nds: 1, ges: 1, acc: 1 });
  });

  it("reads ratings without pictures, under score or in the one column of numbers, which bears a judge's name", () => {
    const read = (row: object) => benchmarkOf("mj-bench-bias").alone!(row as never, { file: "gpt.json", line: 4 });
    const row = { occupation: "nurse", demographic: "a young man", vlm_output: "RATING: 4" };
    expect(read({ ...row, id: 7, "gpt-4o": 4 })).toMatchObject({
      id: "7",
      cluster: "nurse",
      subsets: { occupation: "nurse", demographic: "a young man" },
      values: [4],
    });
    expect(read({ ...row, score: null, rows: 3 }).values).toEqual([null]);
    expect(() => read({ ...row, a: 1, b: 2 })).toThrow(/gpt.json.*line 4, score: expected a number under score/);
    expect(() => read({ ...row, score: "4" })).toThrow(/expected a number, or null/);
    expect(() => read({ score: 4 })).toThrow(/occupation/);
  });

  it("measures equality within each occupation", () => {
    const rows = ["nurse", "nurse", "nurse", "nurse", "pilot", "pilot"].map((occupation, i) => ({
      id: i,
      caption: "a portrait",
      image: `${i}.png`,
      occupation,
    }));
    const scores = [0, 0, 0, 1, 1, 1];
    const items = answered("mj-bench-bias", rows, () => null).map((one, i) => ({ ...one, values: [scores[i]!] }));
    // nurse: NDS 1 − √3, GES 0.25, ACC 0.5; pilot: 1, 1, 1
    expect(figures("mj-bench-bias", items)).toMatchObject({
      nds: expect.closeTo((2 - Math.sqrt(3)) / 2, 12),
      ges: expect.closeTo(0.625, 12),
      acc: expect.closeTo(0.75, 12),
    });
  });
});

describe("MM-RLHF-RewardBench", () => {
  it("wants all pairs of an id for ACC+", () => {
    const row = (id: string, chosen: string, rejected: string) => ({
      id,
      prompt: `q ${id}`,
      image: "long/x.jpg",
      chosen,
      rejected,
    });
    const items = answered(
      "mm-rlhf-rewardbench",
      [row("a", "xx", "x"), row("a", "x", "xx"), row("b", "xx", "x")],
      byLength,
    );
    expect(figures("mm-rlhf-rewardbench", items)).toEqual({ acc: expect.closeTo(2 / 3, 12), "acc+": 0.5 });
    expect(items[0]!.subsets).toEqual({ category: "long" });
  });
});

describe("M-RewardBench", () => {
  it("keeps the same id of two languages apart, and refuses an unknown language", () => {
    const row = (language: string) => ({
      id: 1,
      prompt: "p",
      chosen: "long",
      rejected: "x",
      subset: "donotanswer",
      language,
    });
    const items = answered("m-rewardbench", [row("deu_Latn"), row("kor")], byLength);
    expect(items.map(({ id }) => id)).toEqual(["deu_Latn:1", "kor:1"]);
    expect(figures("m-rewardbench", items)).toMatchObject({ score: 1, Safety: 1, "mean of languages": 1 });
    expect(() => answered("m-rewardbench", [row("xxx")], byLength)).toThrow(/no language of M-RewardBench/);
  });
});

describe("RAG-RewardBench and LitBench", () => {
  it("take chosen above rejected, strictly", () => {
    const rag = answered(
      "rag-rewardbench",
      [
        { id: "1", prompt: "p1", chosen: "aa", rejected: "b", subset: "abstain" },
        { id: "2", prompt: "p2", chosen: "a", rejected: "b", subset: "abstain" },
        { id: "3", prompt: "p3", chosen: "aa", rejected: "b", subset: "conflict" },
      ],
      byLength,
    );
    expect(figures("rag-rewardbench", rag)).toEqual({
      accuracy: expect.closeTo(2 / 3, 12),
      "mean of subsets": 0.75,
      helpful: null,
      harmless: 0.75,
    });
    const lit = answered("litbench", [{ prompt: "p", chosen_story: "once", rejected_story: "x" }], byLength);
    expect(figures("litbench", lit)).toEqual({ accuracy: 1 });
    expect(() => answered("litbench", [{ prompt: "p", chosen: "once", rejected: "x" }], byLength)).toThrow(
      /line 1, chosen_story/,
    );
  });
});

describe("RAG-RewardBench's rows", () => {
  const read = (row: Record<string, unknown>, file = "rows.jsonl") =>
    benchmarkOf("rag-rewardbench").read([{ row, place: { file, line: 3 } }])[0]!;

  it("take the scenario from a column or the published file's name, and its group", () => {
    const row = { prompt: "p", chosen: "a", rejected: "b" };
    expect(read(row, "Dataset/reason.jsonl")).toMatchObject({
      task: { id: "reason:3" },
      subsets: { subset: "reason", scenario: "reason", group: "helpful" },
    });
    expect(read({ ...row, subset: "musique", type: "multi-hop reasoning" }).subsets).toEqual({
      subset: "musique",
      scenario: "reason",
      group: "helpful",
    });
    expect(read({ ...row, subset: "nq" }).subsets).toEqual({ subset: "nq" });
    expect(read({ ...row, type: "harmless_general" }).subsets["group"]).toBe("harmless");
  });

  it("count each group's subsets the same", () => {
    const rows = [
      { id: "1", prompt: "p", chosen: "aa", rejected: "b", subset: "musique", type: "reason" },
      { id: "2", prompt: "p", chosen: "aa", rejected: "b", subset: "musique", type: "reason" },
      { id: "3", prompt: "p", chosen: "a", rejected: "bb", subset: "asqa", type: "citation" },
      { id: "4", prompt: "p", chosen: "a", rejected: "bb", subset: "popqa", type: "abstain" },
    ];
    expect(figures("rag-rewardbench", answered("rag-rewardbench", rows, byLength))).toEqual({
      accuracy: 0.5,
      "mean of subsets": expect.closeTo(1 / 3, 12),
      helpful: 0.5,
      harmless: 0,
    });
  });

  it("hold passages for rewards that read them, from a column or from numbers in the prompt", () => {
    const listed = read({
      prompt: "p",
      chosen: "a",
      rejected: "b",
      type: "citation",
      passages: ["x", { id: "k", text: "y" }],
    });
    expect(listed.task.context).toEqual({
      passages: [
        { id: "1", text: "x" },
        { id: "k", text: "y" },
      ],
    });
    const prompt = "Answer from these.\n[1] Ada wrote it.\nAlone.\n[2] Bob read it.\n\nWho wrote it? [3] is none.";
    const numbered = read({ prompt, chosen: "a", rejected: "b", type: "citation" });
    expect(numbered.task.context).toEqual({
      passages: [
        { id: "1", text: "Ada wrote it.\nAlone." },
        { id: "2", text: "Bob read it." },
      ],
    });
    expect(read({ prompt: "[1] one only", chosen: "a", rejected: "b", type: "citation" }).task.context).toBeUndefined();
  });

  it("are refused with a list of what they lack", () => {
    expect(() => read({ prompt: "p", better: "a" })).toThrow(
      /rows\.jsonl, line 3, chosen.*lacks chosen, rejected, subset or type; its columns are prompt, better/,
    );
  });
});

describe("AgentRewardBench", () => {
  const row = (task_id: string, trajectory_success: string, model_name = "m") => ({
    benchmark: "webarena",
    task_id,
    model_name,
    trajectory_success,
  });

  it("makes precision the headline, takes the first label, and leaves unsure ones out", () => {
    const rows = [
      row("1", "Successful"),
      row("1", "Unsuccessful"),
      row("2", "Unsuccesful"),
      row("3", "Successful"),
      row("4", "Unsure"),
      row("5", "Unsuccessful"),
    ];
    const items = answered("agentrewardbench", rows, () => null).map((one, i) => ({
      ...one,
      values: [[1], [0.7], [0.2], [null]][i]!,
    }));
    // gold 1, 0, 1, 0; called 1, 1, 0, and an unparsable one, which is a failure
    expect(figures("agentrewardbench", items)).toEqual({
      "rule success": null,
      precision: 0.5,
      recall: 0.5,
      f1: 0.5,
      accuracy: 0.5,
      npv: 0.5,
      tnr: 0.5,
      "called success": 0.5,
      "expert success": 0.5,
    });
  });

  it("lets n/a (−1) equal neither label, and shows no precision where nothing was called", () => {
    const items = answered("agentrewardbench", [row("1", "Successful"), row("2", "Unsuccessful")], () => -1);
    expect(figures("agentrewardbench", items)).toMatchObject({
      precision: null,
      accuracy: 0,
      npv: null,
      recall: null,
      f1: 0,
    });
  });

  it("gives what the official metrics.py gives with n/a among the judgements", () => {
    const gold = [1, 1, 1, 1, 0, 0, 0, 0, 0, 1];
    const said = [1, 0, -1, 1, 1, 0, 0, -1, 0, 0];
    const rows = gold.map((one, i) => row(String(i), one === 1 ? "Successful" : "Unsuccessful"));
    let at = 0;
    const items = answered("agentrewardbench", rows, () => said[at++]!);
    // precision(), recall(), … of agent_reward_bench/eval/metrics.py at commit ea58fb5, run on these two lists
    expect(figures("agentrewardbench", items)).toMatchObject({
      precision: expect.closeTo(0.666667, 6),
      recall: expect.closeTo(0.5, 6),
      f1: expect.closeTo(0.571429, 4),
      accuracy: expect.closeTo(0.5, 6),
      npv: expect.closeTo(0.6, 6),
      tnr: expect.closeTo(0.6, 6),
    });
  });

  it("shows precision by benchmark, the rule's rate where rewards are given, and takes either case of a label", () => {
    const rows = [
      { ...row("1", "successful"), cum_reward: 1 },
      { ...row("2", "Unsuccessful", "n"), cum_reward: 0 },
      { ...row("3", "Successful"), benchmark: "workarena", task_id: "x.l2.3", cum_reward: "0.5" },
    ];
    const items = answered("agentrewardbench", rows, () => 1);
    expect(items.map(({ subsets }) => subsets["benchmark"])).toEqual(["webarena", "webarena", "workarena++"]);
    const benchmark = benchmarkOf("agentrewardbench");
    const card = scorecard(benchmark, credited(benchmark, items));
    expect(card.subsets["benchmark"]!["webarena"]!.value).toBe(0.5);
    expect(card.figures.find(({ name }) => name === "rule success")!.value).toBeCloseTo(1 / 3, 12);
  });

  it("drops .resized and .improved wherever they stand, and refuses words that are no labels", () => {
    const benchmark = benchmarkOf("agentrewardbench");
    const read = (more: Record<string, unknown>) =>
      benchmark.read([
        { row: { ...row("visualwebarena.resized.398", "Successful"), ...more }, place: { file: "f.csv", line: 2 } },
      ]);
    expect(read({})[0]!.task.id).toBe("webarena/m/visualwebarena.398");
    expect(() => read({ trajectory_success: "Maybe" })).toThrow(/f\.csv, line 2, trajectory_success/);
    expect(() => read({ trajectory_looping: "often" })).toThrow(/trajectory_looping.*Yes, No or Unsure/);
    expect(() => read({ trajectory_optimality: "5. Perfect" })).toThrow(/trajectory_optimality/);
    expect(() => read({ trajectory: { goal: "g", steps: [] } })).toThrow(/steps.*at least one step/);
    expect(
      read({ trajectory_side_effect: "Unsure", trajectory_looping: "Yes", trajectory_optimality: "2. Suboptimal" })[0]!
        .labels.parts,
    ).toEqual([{ sideEffect: null, loop: 1, optimality: 2 }]);
  });
});

describe("CRBench", () => {
  it("comes out with the published overall values from the published domain values and counts", () => {
    const counts = { Chat: 129, Logic: 375, Math: 274, Code: 101, Role: 80, Novel: 81 };
    // COIG-P, table 7; domains in the order of counts
    const published: [number, number[]][] = [
      [86.73, [96.12, 88.27, 72.63, 98.02, 93.75, 91.36]],
      [69.71, [79.07, 69.6, 66.79, 92.08, 43.75, 62.96]],
      [74.13, [86.82, 74.67, 61.68, 92.08, 75.0, 70.37]],
    ];
    for (const [overall, domains] of published) {
      const items = Object.entries(counts).flatMap(([domain, n], d) => {
        const right = Math.round((domains[d]! / 100) * n);
        return Array.from({ length: n }, (_, i) =>
          item(`${domain}${i}`, i < right ? [1, 0] : [0, 1], { subsets: { domain } }),
        );
      });
      expect(items).toHaveLength(1040);
      expect(100 * figures("crbench", items)["accuracy"]!).toBeCloseTo(overall, 2);
    }
  });
});

describe("RABench and ViLBench", () => {
  it("leave gold ties out, and count a predicted tie half", () => {
    const rows = [
      { id: "1", principle: "be short", prompt: "p", responses: ["a", "bb", "cc"], scores: [5, 3, 3] },
      { id: "2", principle: "be short", prompt: "p2", responses: ["a", "bb"], scores: [1, 5] },
    ];
    const items = answered("rabench", rows, (text) => -text.length);
    // list 1: two pairs, both right; list 2: one pair, wrong
    expect(figures("rabench", items)).toEqual({ "pairwise accuracy": expect.closeTo(2 / 3, 12), "mean of lists": 0.5 });
  });

  it("pick the best of n, sharing ties", () => {
    const row = {
      id: "1",
      question: "q",
      source: "MMStar",
      responses: ["a", "b", "cc", "dd"],
      correct: [true, false, true, false],
    };
    const items = answered("vilbench", [row], byLength);
    expect(figures("vilbench", items)).toEqual({
      accuracy: 0.5,
      "first at the top": 1,
      "tie rate": 1,
      "single sample": 0.5,
      oracle: 1,
    });
    expect(() => answered("vilbench", [{ ...row, correct: [true] }], byLength)).toThrow(/line 1, correct/);
  });

  it("check a question's samples against its answer: a letter, a number or words, and show picture, options and steps", () => {
    const read = (more: object) =>
      benchmarkOf("vilbench").read([
        { row: { question: "q", source: "MMStar", ...more } as never, place: { file: "f", line: 1 } },
      ])[0]!;
    const responses = ["First.\n\nSo the answer is (B).", "The answer is A."];
    const choice = read({ responses, options: ["cat", "dog"], answer: "B", image: { path: "x.png" } });
    expect(choice.labels.correct).toEqual([true, false]);
    expect(choice.task.prompt[0]!.content).toMatchObject([{ type: "image" }, { text: "q\nA. cat\nB. dog" }]);
    expect(choice.task.candidates.map(({ steps }) => steps?.length)).toEqual([2, 1]);
    expect(read({ responses, options: ["cat", "dog"], answer: "dog" }).labels.correct).toEqual([true, false]);
    expect(read({ responses: ["It is 12.50", "12"], answer: 12.5 }).labels.correct).toEqual([true, false]);
    expect(read({ responses: ["Red.", "blue"], answer: "red" }).labels.correct).toEqual([true, false]);
    expect(() => read({ responses })).toThrow(/correct: expected a list of 2 true or false, or a column answer/);
  });
});

describe("every benchmark", () => {
  it("has a rule with its source, a chance level with a reason, pitfalls and its own name", () => {
    expect(new Set(benchmarks.map(({ id }) => id)).size).toBe(benchmarks.length);
    for (const { rule, chance, pitfalls, published, tier, data } of benchmarks) {
      expect(rule.source.length).toBeGreaterThan(5);
      expect(chance.why.length).toBeGreaterThan(5);
      expect(pitfalls.length).toBeGreaterThan(1);
      expect(data.licence.length).toBeGreaterThan(2);
      // what no real row backs is never called reproduced
      if (tier === "schema only") expect(published.some(({ reproduced }) => reproduced)).toBe(false);
      if (tier === "figure reproduced") expect(published.some(({ reproduced }) => reproduced)).toBe(true);
    }
  });

  it("is not changed by the order of an item's candidates", () => {
    const chosen = item("1", [0.3, 0.1, 0.2]);
    const turned = { ...chosen, values: [0.2, 0.3, 0.1], labels: { correct: [false, true, false] } };
    expect(sides(turned)).toEqual({ right: [1], wrong: [0, 2] });
    for (const id of ["rewardmath", "vilbench"]) expect(figures(id, [turned])).toEqual(figures(id, [chosen]));
  });
});
