import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeModel } from "../../../../../test/judge/fake.ts";
import { candidate, directContext, task, UsageError } from "../../core/index.ts";
import { pairwiseJudge } from "./pairwise.ts";
import { pairGrades, stepIndicators } from "./step-indicators.ts";
import { swapSum } from "./swap.ts";

describe("stepIndicators", () => {
  it("is spoilt by a number before the list in the official form, and not in the strict one", () => {
    const text = "Of the 3 steps, the second is wrong: [0, 1, 0]";
    expect(stepIndicators(text, 3, "official").values).toEqual([1, 0, 1]);
    expect(stepIndicators(text, 3).values).toEqual([0, 1, 0]);
  });

  it("makes 1 of anything but 0, cuts and pads in the official form, which the strict one refuses", () => {
    expect(stepIndicators("[0, 2, 10, 00, 1]", 4, "official").values).toEqual([0, 1, 1, 0]);
    expect(stepIndicators("[1]", 3, "official").values).toEqual([1, 0, 0]);
    expect(stepIndicators("", 2, "official").values).toEqual([0, 0]);
    expect(stepIndicators("[1]", 3)).toEqual({ values: [], unreadable: "the list has 1 marks for 3 steps" });
    expect(stepIndicators("[0, 2]", 2).unreadable).toMatch(/no list/);
    expect(stepIndicators("", 2).unreadable).toMatch(/no list/);
    expect(() => stepIndicators("[1]", 0)).toThrow(UsageError);
  });

  it("takes the last list, and passes over brackets that hold other things", () => {
    expect(stepIndicators("[0,1] no, [1, 1] as STEP 1 [see above]", 2).values).toEqual([1, 1]);
  });

  it("reads 200,000 open brackets in linear time", () => {
    const begun = performance.now();
    stepIndicators("[".repeat(200_000), 2);
    pairGrades("[1,".repeat(200_000));
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe("pairGrades", () => {
  it("takes the last two numbers in the official form, 0 for a missing one, and keeps 10", () => {
    expect(pairGrades("[10, 7]", "official")).toEqual([10, 7]);
    expect(pairGrades("Response 1 gets 8, Response 2 gets 6", "official")).toEqual([2, 6]);
    expect(pairGrades("8", "official")).toEqual([8, 0]);
    expect(pairGrades("none", "official")).toEqual([0, 0]);
  });

  it("takes the last list of two numbers in the strict form, quoted or not", () => {
    expect(pairGrades('I say ["8", "6.5"] [1]')).toEqual([8, 6.5]);
    expect(pairGrades("Response 1 gets 8")).toBeUndefined();
  });
});

describe("swapSum of grades", () => {
  it("is not changed by any bonus for the place", () => {
    const grade = fc.integer({ min: 0, max: 10 });
    fc.assert(
      fc.property(grade, grade, grade, grade, fc.integer({ min: -100, max: 100 }), (a, b, c, d, bonus) => {
        expect(swapSum([a + bonus, b], [c + bonus, d])).toBe(swapSum([a, b], [c, d]));
      }),
    );
  });

  it("is the sign of both answers' sums, and turns round with the answers", () => {
    expect(swapSum([7, 4], [6, 5])).toBe(1);
    expect(swapSum([7, 4], [8, 5])).toBe(0);
    expect(swapSum([4, 7], [5, 6])).toBe(-1);
    expect(() => swapSum([Number.NaN, 1], [1, 1])).toThrow(UsageError);
  });
});

describe("a pairwise judge that grades", () => {
  const judged = async (text: string, more: object = {}) => {
    const model = fakeModel(() => text);
    const judge = pairwiseJudge({ model, verdict: "grades", orders: "as-given", ...more });
    const job = { task: task("q", [candidate("a"), candidate("b")]), pairs: [[0, 1]] as const };
    return (await judge.compare([job], directContext()))[0]![0]!;
  };

  it("says by how much, and ties equal grades", async () => {
    expect(await judged("B is vague. [8, 5]")).toMatchObject({ p: 1, strength: 3 });
    expect(await judged("[5, 5]")).toMatchObject({ p: 0.5, tie: 1, strength: 0 });
  });

  it("does not guess: one grade, or one off the scale, is unreadable", async () => {
    for (const text of ["8", "[11, 2]", "[8]"]) expect((await judged(text)).unscored?.reason).toBe("judge-unparsable");
    expect(await judged("[11, 2]", { scale: "0-20" })).toMatchObject({ strength: 9 });
    expect(() => pairwiseJudge({ model: fakeModel(() => ""), scale: "1-5" })).toThrow(/grades/);
  });
});
