import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeModel, textOfRequest } from "../../../../../test/judge/fake.ts";
import { candidate, directContext, task, UsageError } from "../../core/index.ts";
import { joinSteps } from "../../io/spans.ts";
import { holisticJudge, paragraphs, type StepwiseJudgeOptions, stepwiseJudge } from "./judge-steps.ts";

const { text, spans } = joinSteps(["2 + 2 = 4", "4 · 3 = 11", "So it is 11."]);
const asked = task("What is (2 + 2) · 3?", [candidate(text, { steps: spans })]);

const judged = async (reply: string, more: Partial<StepwiseJudgeOptions> = {}) => {
  const model = fakeModel(() => reply);
  const [[score]] = (await stepwiseJudge({ model, ...more }).score([asked], directContext())) as [[never]];
  return score as { value?: number; local?: unknown; facts?: object; unscored?: { reason: string; message: string } };
};

describe("stepwiseJudge", () => {
  it("puts scores to steps by the number that is named, and takes their mean", async () => {
    const score = await judged("Let me see.\nStep 2: 1\n**Step 1:** 5\nStep 3: 3");
    expect(score).toMatchObject({ value: 3, local: [{ unit: "step", values: [5, 1, 3] }], facts: { steps: 3 } });
  });

  it("never pads: a missing step is null, and unscored if it counts; one too many is counted", async () => {
    const short = await judged("Step 1: 5\nStep 3: 3");
    expect(short.unscored).toMatchObject({ reason: "judge-unparsable", message: "1 of 3 steps have no score" });
    expect(await judged("Step 1: 5\nStep 3: 3", { aggregate: "last" })).toMatchObject({
      value: 3,
      local: [{ values: [5, null, 3] }],
      facts: { missingSteps: 1 },
    });
    expect(await judged("Step 1: 5\nStep 2: 4\nStep 3: 3\nStep 4: 1")).toMatchObject({
      value: 4,
      facts: { otherSteps: 1 },
    });
    for (const reply of ["Step 1: 6\nStep 2: 4\nStep 3: 3", "Step 1: 5\nStep 1: 4\nStep 2: 4\nStep 3: 3", "fine"])
      expect((await judged(reply)).unscored?.reason).toBe("judge-unparsable");
  });

  it("can look at the last steps only", async () => {
    expect(await judged("Step 1: 5\nStep 2: 1\nStep 3: 3", { aggregate: { lastFraction: 0.5 } })).toMatchObject({
      value: 2,
    });
  });

  it("turns marks of wrong steps into values of right ones, and needs one a step", async () => {
    expect(await judged("[0, 1, 1]", { verdict: "marks" })).toMatchObject({
      value: expect.closeTo(1 / 3, 12),
      local: [{ values: [1, 0, 0] }],
    });
    expect((await judged("[0, 1]", { verdict: "marks" })).unscored?.reason).toBe("judge-unparsable");
  });

  it("shows only the steps before, where each step has its own call", async () => {
    const model = fakeModel((request) => (textOfRequest(request).includes("4 · 3 = 11") ? "Score: 1" : "Score: 5"));
    const judge = stepwiseJudge({ model, calls: "each" });
    const [[score]] = (await judge.score([asked], directContext())) as [[object]];
    expect(score).toMatchObject({ local: [{ values: [5, 1, 1] }] });
    const [first, second] = model.requests.map(textOfRequest);
    expect(first).not.toContain("11");
    expect(second).toContain("2 + 2 = 4");
    expect(second).not.toContain("So it is");
  });

  it("takes a candidate's paragraphs where it brings no steps, and an empty one is at fault", async () => {
    const model = fakeModel(() => "Step 1: 4\nStep 2: 2");
    const [scores] = await stepwiseJudge({ model }).score(
      [task("q", [candidate("one\nstill one\n\n \n two \n"), candidate("")])],
      directContext(),
    );
    expect(scores).toMatchObject([{ value: 3 }, { value: 1, fault: "no-answer" }]);
  });

  it("asks for the error that the task names, unless it has a criterion of its own", async () => {
    const model = fakeModel(() => "[0, 0, 0]");
    const named = { ...asked, context: { error: "a wrong number" } };
    await stepwiseJudge({ model, verdict: "marks" }).score([named], directContext());
    await stepwiseJudge({ model, verdict: "marks", criterion: "is it rude?" }).score([named], directContext());
    const [first, second] = model.requests.map(textOfRequest);
    expect(first).toContain("does it contain a wrong number?");
    expect(second).toContain("is it rude?");
    expect(second).not.toContain("a wrong number?");
  });

  it("states no fingerprint for a splitter of one's own without a version", () => {
    const model = fakeModel(() => "");
    const split = paragraphs;
    expect(stepwiseJudge({ model, split }).fingerprint).toBeNull();
    expect(stepwiseJudge({ model, split, version: 1 }).fingerprint).not.toBeNull();
    expect(() => stepwiseJudge({ model, aggregate: "geomean" })).toThrow(UsageError);
    expect(() => stepwiseJudge({ model, verdict: "marks", calls: "each" })).toThrow(UsageError);
  });
});

describe("paragraphs", () => {
  it("gives spans of what stands between blank lines, without the blanks around", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", " ", "\n", "\n\n", "b c"), { maxLength: 30 }), (parts) => {
        const given = parts.join("");
        const own = paragraphs(given).map(({ start, end }) => given.slice(start, end));
        expect(own).toEqual(
          given
            .split(/\n[ \t\r]*\n/)
            .map((part) => part.trim())
            .filter((part) => part !== ""),
        );
      }),
    );
  });
});

describe("holisticJudge", () => {
  it("scores the whole from 1 to 5", async () => {
    const model = fakeModel(() => '{"reason": "wrong product", "score": 2}');
    const judge = holisticJudge({ model });
    expect(judge.range).toEqual([1, 5]);
    expect((await judge.score([asked], directContext()))[0]![0]).toMatchObject({ value: 2 });
    expect(textOfRequest(model.requests[0]!)).toContain("as a whole");
  });
});
