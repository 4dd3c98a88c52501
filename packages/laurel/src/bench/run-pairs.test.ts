import { describe, expect, it } from "vitest";
import { answerText, type Comparer, UsageError } from "../core/index.ts";
import { benchmarkOf } from "./benchmarks/index.ts";
import { credited, scorecard } from "./figures.ts";
import { answerable, runBenchmark } from "./run.ts";

const benchmark = benchmarkOf("vlrmbench");
const rows = (file: string, list: readonly object[]) =>
  benchmark.read(list.map((row, i) => ({ row: row as never, place: { file, line: i + 1 } })));

/** Grades a text by its length, with a bonus for whichever is shown first. */
const grader = (bonus: number): Comparer => ({
  name: "grader",
  fingerprint: "grader",
  work: "cpu",
  compare: async (jobs) =>
    jobs.map(({ task, pairs }) =>
      pairs.map(([first, second]) => {
        const grade = (at: number): number => answerText(task.candidates[at]!).length;
        const strength = grade(first) + bonus - grade(second);
        return { first, second, p: strength > 0 ? 1 : strength < 0 ? 0 : 0.5, strength };
      }),
    ),
});

describe("a comparer on VLRMBench", () => {
  const critique = (id: number, model: string) => ({
    id,
    question: `q${id}`,
    task_gt: "reference",
    model_answer: model,
  });
  const critiques = rows("error_correction.jsonl", [
    critique(1, "a longer text than the reference"),
    critique(2, "short"),
    critique(3, "nine char"),
  ]);
  const steps = rows("detail_error.jsonl", [
    { id: 1, question: "q", reasoning_error: "STEP1: a\nSTEP2: b", task_gt: [0, 1] },
  ]);

  it("is asked about the pairs alone, in both orders, and no bonus for the place changes who wins", async () => {
    for (const bonus of [0, 1000]) {
      const contestant = { name: "grader", comparer: grader(bonus) };
      const own = answerable(benchmark, [...steps, ...critiques], contestant);
      expect(own.map(({ task }) => task.id)).toEqual(critiques.map(({ task }) => task.id));
      const { header, items } = await runBenchmark(benchmark, own, contestant);
      expect(header.by).toBe("both orders");
      expect(items.map(({ votes }) => votes!.length)).toEqual([2, 2, 2]);
      expect(credited(benchmark, items).map(({ credit }) => credit)).toEqual([1, 0, 0]);
      const card = scorecard(benchmark, credited(benchmark, items));
      const figure = (name: string) => card.figures.find((one) => one.name === name)!.value;
      expect(figure("critique")).toBeCloseTo(1 / 3, 12);
      expect(figure("critique ties")).toBeCloseTo(1 / 3, 12);
      expect(figure("steps")).toBeNull();
    }
  });

  it("is refused where there is no pair", () => {
    expect(() => answerable(benchmark, steps, { name: "grader", comparer: grader(0) })).toThrow(UsageError);
  });
});
