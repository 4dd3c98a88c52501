import { describe, expect, it } from "vitest";
import { answerText, candidate, directContext, pointwise, type StepScorer, task, unscored } from "../../core/index.ts";
import { codeLines, lineReward } from "./code-lines.ts";

const ctx = directContext();
const answer = "Here it is:\n```python\ndef f(x):\n    # adds\n    y = (x +\n         1)\n\n    return y\n```\nDone.";
const texts = (text: string): string[] =>
  (codeLines(candidate(text)) ?? []).map(({ start, end }) => text.slice(start, end));

/** P = 0.9 for each line but those with "bad", and none for those with "unknown". */
const prm: StepScorer = {
  name: "prm",
  fingerprint: "prm-1",
  scoreSteps: async (tasks) =>
    tasks.map((one) =>
      one.candidates.map((each) =>
        each.steps!.map(({ start, end }) => {
          const line = answerText(each).slice(start, end);
          return line.includes("unknown") ? null : line.includes("bad") ? 0.1 : 0.9;
        }),
      ),
    ),
};

describe("codeLines", () => {
  it("gives the places of the program's statements in the answer, without comments and blank lines", () => {
    expect(texts(answer)).toEqual(["def f(x):", "y = (x +\n         1)", "return y"]);
    expect(texts("x = 1")).toEqual(["x = 1"]);
    expect(codeLines(candidate("```js\nx\n```"))).toBeUndefined();
  });
  it("finds them behind carriage returns, and in the last of two equal blocks", () => {
    expect(texts("```python\r\na = 1\r\nb = 2\r\n```")).toEqual(["a = 1", "b = 2"]);
    const twice = "```python\nx = 1\n```\nor\n```python\nx = 1\n```";
    expect(codeLines(candidate(twice))![0]!.start).toBe(twice.lastIndexOf("x"));
    expect(codeLines(candidate(twice), { block: "first" })![0]!.start).toBe(twice.indexOf("x"));
  });
});

describe("lineReward", () => {
  const score = async (reward: ReturnType<typeof lineReward>, text: string) =>
    (await reward.score([task("q", [text], { tests: [] })], ctx))[0]![0]!;

  it("is the mean of 2P − 1 over the lines, which stay in local", async () => {
    expect(await score(lineReward(prm), answer.replace("return y", "return bad"))).toEqual({
      value: expect.closeTo((0.8 + 0.8 - 0.8) / 3, 12) as number,
      local: [{ unit: "line", values: [0.8, 0.8, -0.8].map((one) => expect.closeTo(one, 12) as number) }],
      parts: { lines: expect.closeTo(0.8 / 3, 12) as number },
    });
    expect(lineReward(prm).range).toEqual([-1, 1]);
  });

  it("is the outcome's value where one is given, with its faults, and shows both", async () => {
    const outcome = pointwise("outcome", (one) => (answerText(one).includes("bad") ? -0.3 : 1), {
      range: [-1, 1],
      version: 1,
    });
    const reward = lineReward(prm, { outcome });
    expect(await score(reward, "x = bad\ny = 1")).toMatchObject({
      value: -0.3,
      parts: { outcome: -0.3, lines: expect.closeTo(0, 12) as number },
      local: [{ unit: "line", values: [expect.closeTo(-0.8, 12), expect.closeTo(0.8, 12)] }],
    });
    expect(await score(reward, "x = unknown\ny = 1")).toMatchObject({
      value: 1,
      local: [{ values: [null, expect.closeTo(0.8, 12)] }],
    });
    const down = pointwise("down", () => unscored("sandbox", "missing"), { range: [-1, 1] });
    expect(await score(lineReward(prm, { outcome: down }), "x = 1")).toMatchObject({ unscored: { reason: "sandbox" } });
    expect(reward.fingerprint).not.toBe(lineReward(prm).fingerprint);
  });

  it("faults an answer without a program, and has no mean where a line has no score", async () => {
    expect(await score(lineReward(prm), "")).toMatchObject({ value: -1, fault: "no-answer" });
    expect(await score(lineReward(prm), "x = unknown\ny = 1")).toMatchObject({ unscored: { reason: "undecided" } });
  });

  it("takes a scorer that gives too few or impossible scores for a bug", async () => {
    const broken = (steps: readonly number[]): StepScorer => ({ ...prm, scoreSteps: async () => [[steps]] });
    for (const steps of [[0.5], [0.5, 1.5]])
      expect(await score(lineReward(broken(steps)), "x = 1\ny = 2")).toMatchObject({ unscored: { reason: "bug" } });
  });
});
