import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  candidate,
  directContext,
  type Example,
  pointwise,
  type Reward,
  task,
  UsageError,
} from "../../core/index.ts";
import { type JudgedQuestion, processIndicators, processPreference } from "./process-preference.ts";
import { selectByIndicator } from "./select.ts";

describe("processIndicators", () => {
  it("is the mean score by steps less the mean score of the whole, by level", () => {
    const questions: JudgedQuestion[] = [
      {
        process: [
          [4, 2],
          [5, 5],
        ],
        outcome: [[3, 3]],
      },
      {
        process: [
          [4, null],
          [5, 3],
        ],
        outcome: [[1, 2]],
      },
    ];
    expect(processIndicators(questions, "level")).toEqual([1, 2.5]);
  });

  it("is the difference of standardised margins, by gap", () => {
    // steps tell right from wrong in the first question, the whole in the second
    const questions: JudgedQuestion[] = [
      { process: [[5, 1]], outcome: [[3, 3]], correct: [true, false] },
      { process: [[3, 3]], outcome: [[5, 1]], correct: [true, false] },
    ];
    // within a question 5 and 1 have the sd √8; scores that do not vary have no margin
    const margin = 4 / Math.sqrt(8);
    expect(processIndicators(questions, "gap")).toEqual([expect.closeTo(margin, 12), expect.closeTo(-margin, 12)]);
  });

  it("does not change with any judge's scale and leniency, by gap", () => {
    const value = fc.double({ min: 1, max: 5, noNaN: true });
    const row = fc.array(value, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(row, row), { minLength: 1, maxLength: 5 }), (rows) => {
        for (const [steps] of rows) fc.pre(Math.max(...steps) - Math.min(...steps) > 1e-3);
        const questions = (a: number, b: number): JudgedQuestion[] =>
          rows.map(([steps, whole]) => ({
            process: [steps.map((one) => a * one + b)],
            outcome: [whole],
            correct: [true, false, true, false],
          }));
        const [plain, moved] = [processIndicators(questions(1, 0), "gap"), processIndicators(questions(3, 7), "gap")];
        for (const [i, one] of plain.entries()) expect(moved[i]).toBeCloseTo(one!, 6);
      }),
    );
  });

  it("skips questions with one candidate, without scores, or by gap without a right and a wrong one", () => {
    const one = (correct: readonly boolean[]): JudgedQuestion => ({ process: [[1, 2]], outcome: [[1, 2]], correct });
    expect(processIndicators([one([true, true]), one([true, false])], "gap")).toEqual([null, 0]);
    expect(processIndicators([{ process: [[1]], outcome: [[1]] }], "level")).toEqual([null]);
    expect(processIndicators([{ process: [[null, null]], outcome: [[1, 1]] }], "level")).toEqual([null]);
    expect(() => processIndicators([{ process: [], outcome: [[1, 1]] }], "level")).toThrow(UsageError);
    expect(() => processIndicators([{ process: [[1, 2]], outcome: [[1]] }], "level")).toThrow(UsageError);
  });
});

describe("processPreference and selectByIndicator", () => {
  const of = (name: string, range: readonly [number, number], value: (text: string) => number): Reward =>
    pointwise(name, (one) => value(answerText(one)), { version: 1, range });
  const example = (id: string, texts: readonly string[], source: string): Example => ({
    task: {
      ...task(
        "q",
        texts.map((text) => candidate(text)),
      ),
      id,
    },
    labels: { correct: texts.map((text) => text.startsWith("r")) },
    cluster: id,
    subsets: { source },
  });
  const examples = [
    example("a", ["right", "wrong"], "x"),
    example("b", ["right long", "wrong"], "x"),
    example("c", ["r", "wrong"], "y"),
    example("d", ["right"], "y"),
  ];

  it("scores with both kinds of rewards, counts what has no indicator, and keeps the highest in turn by source", async () => {
    const steps = of("length", [0, 20], (text) => text.length);
    const whole = of("flat", [0, 1], () => 0.5);
    const { rows, skipped } = await processPreference(examples, [steps], [whole], { kind: "gap" }, directContext());
    expect(skipped).toBe(1);
    expect(rows.map(({ indicator }) => (indicator === null ? null : Math.sign(indicator)))).toEqual([0, 1, -1, null]);
    expect(selectByIndicator(rows, { keep: 2 }).map(({ task: { id } }) => id)).toEqual(["a", "b"]);
    const balanced = selectByIndicator(rows, { keep: 2, balanceBy: ({ subsets }) => subsets["source"]! });
    expect(balanced.map(({ task: { id } }) => id)).toEqual(["b", "c"]);
    await expect(processPreference(examples, [steps], [whole], { kind: "level" }, directContext())).rejects.toThrow(
      /one scale/,
    );
  });
});
