import { describe, expect, it } from "vitest";
import { answerText, directContext, type Score, type StepScorer, task, unscored } from "../../core/index.ts";
import { stepwise } from "./stepwise.ts";

/** Reads step scores from the answer: "0.5 0.9", "-" for a step without a score. */
const scorer: StepScorer = {
  name: "written",
  fingerprint: "written-1",
  spec: { kind: "written" },
  scoreSteps: (tasks) =>
    Promise.resolve(
      tasks.map((one) =>
        one.candidates.map((candidate) => {
          const text = answerText(candidate);
          if (text === "down") return unscored("transport", "no answer");
          return text === "" ? [] : text.split(" ").map((step) => (step === "-" ? null : Number(step)));
        }),
      ),
    ),
};

async function scoresOf(reward: ReturnType<typeof stepwise>, answers: readonly string[]): Promise<readonly Score[]> {
  return (await reward.score([task("q", answers)], directContext()))[0]!;
}

describe("stepwise", () => {
  it("aggregates a candidate's steps and keeps them as local values", async () => {
    const reward = stepwise(scorer, { aggregate: "min" });
    expect(await scoresOf(reward, ["0.5 0.9", "1"])).toEqual([
      { value: 0.5, local: [{ unit: "step", values: [0.5, 0.9] }], facts: { steps: 2 } },
      { value: 1, local: [{ unit: "step", values: [1] }], facts: { steps: 1 } },
    ]);
    expect(reward.range).toEqual([0, 1]);
    expect(reward.spec).toEqual({
      kind: "stepwise",
      aggregate: "min",
      range: [0, 1],
      missing: "fail",
      scorer: { kind: "written" },
    });
    expect(stepwise(scorer, { aggregate: { softmin: 0.1 } }).fingerprint).not.toBe(reward.fingerprint);
  });

  it("faults an answer without steps at its floor, or says that it has none", async () => {
    expect(await scoresOf(stepwise(scorer, { aggregate: "mean", range: [-1, 1] }), [""])).toEqual([
      { value: -1, fault: "no-answer", facts: { steps: 0 } },
    ]);
    expect((await scoresOf(stepwise(scorer, { aggregate: "sum" }), [""]))[0]).toMatchObject({
      unscored: { reason: "undecided" },
    });
    expect((await scoresOf(stepwise(scorer, { aggregate: "sum", floor: 0 }), [""]))[0]).toMatchObject({
      value: 0,
      fault: "no-answer",
    });
  });

  it("is unscored where a step that counts has no score, unless such steps are skipped", async () => {
    const strict = await scoresOf(stepwise(scorer, { aggregate: "min" }), ["0.5 -", "down"]);
    expect(strict[0]).toEqual(unscored("undecided", "1 of 2 steps have no score"));
    expect(strict[1]).toEqual(unscored("transport", "no answer"));
    const lenient = await scoresOf(stepwise(scorer, { aggregate: "min", missing: "skip" }), ["0.5 -", "-"]);
    expect(lenient[0]).toEqual({
      value: 0.5,
      local: [{ unit: "step", values: [0.5, null] }],
      facts: { steps: 2, missingSteps: 1 },
    });
    expect(lenient[1]).toMatchObject({ unscored: { reason: "undecided" } });
  });

  it("takes scores outside the range for a bug of the scorer", async () => {
    expect((await scoresOf(stepwise(scorer, { aggregate: "mean" }), ["0.5 1.5"]))[0]).toEqual(
      unscored("bug", "written gave step 1 the score 1.5, outside [0, 1]"),
    );
    expect(() => stepwise(scorer, { aggregate: "geomean", range: [-1, 1] })).toThrow(/within \[0, 1\]/);
    const failing: StepScorer = { ...scorer, scoreSteps: () => Promise.reject(new Error("broken")) };
    expect((await scoresOf(stepwise(failing, { aggregate: "mean" }), ["1"]))[0]).toMatchObject({
      unscored: { reason: "bug" },
    });
  });
});
