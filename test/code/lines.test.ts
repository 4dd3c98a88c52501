import { afterAll, describe, expect, it } from "vitest";
import { type CodeTest, directContext, seedFrom, task } from "../../packages/laurel/src/core/index.ts";
import type { StepExample } from "../../packages/laurel/src/io/index.ts";
import { type CodeProblem, lineDataset } from "../../packages/laurel/src/recipes/index.ts";
import {
  codeOutcome,
  type LineLabel,
  openSandbox,
  ruleMutator,
} from "../../packages/laurel/src/rewards/verify/code/index.ts";
import { missing, where } from "./sandbox.ts";

const ctx = directContext();
const tests: readonly CodeTest[] = [
  { kind: "call", name: "total", args: [[1, 2, 3], 2], result: 8 },
  { kind: "call", name: "total", args: [[], 5], result: 5 },
  { kind: "call", name: "total", args: [[4, 1], 0], result: 5 },
];
const solution = "def total(xs, k):\n    out = k\n    for x in xs:\n        out += x\n    return out";

describe.skipIf(missing !== undefined)(`codeOutcome${where}`, () => {
  const reward = codeOutcome({ limits: { seconds: 1, loadSeconds: 1 } });
  afterAll(() => reward[Symbol.asyncDispose]?.());
  const outcomes = async (programs: readonly string[], given = tests) =>
    (
      await reward.score(
        [
          task(
            "q",
            programs.map((one) => `\`\`\`python\n${one}\n\`\`\``),
            { tests: given },
          ),
        ],
        ctx,
      )
    )[0]!;

  it("gives CodeRL's four levels, the worst of all tests", async () => {
    const scores = await outcomes([
      solution,
      solution.replace("return out", "return out + (k == 5)"),
      solution.replace("out = k", "out = k // k"),
      solution.replace("+= x", "+= x if xs[1] else x"),
      "while True: pass",
      "def total(xs, k:",
    ]);
    expect(scores.map((one) => one.unscored === undefined && one.value)).toEqual([1, -0.3, -0.6, 1, -0.6, -1]);
    expect(scores.map((one) => one.unscored === undefined && one.fault)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      "malformed",
    ]);
    expect(scores[1]).toMatchObject({ facts: { passed: 2, count: 3 } });
  });

  it("faults an answer without a program at the lowest level, takes other levels, and refuses some", async () => {
    expect((await reward.score([task("q", [""], { tests })], ctx))[0]![0]).toMatchObject({
      value: -1,
      fault: "no-answer",
    });
    expect((await reward.score([task("q", ["x"])], ctx))[0]![0]).toMatchObject({
      unscored: { reason: "missing-reference" },
    });
    const own = codeOutcome({ levels: { compile: -2, pass: 3 } });
    expect(own.range).toEqual([-2, 3]);
    expect(() => codeOutcome({ levels: { fail: 2 } })).toThrow(/levels must rise/);
  });
});

describe.skipIf(missing !== undefined)(`lineDataset${where}`, () => {
  it("labels a solution's lines and those of its variants by execution, and leaves out what fails its own tests", async () => {
    await using sandbox = await openSandbox({ slots: 2 });
    const problems: CodeProblem[] = [
      { id: "total", prompt: "Add up.", solution, tests },
      { id: "broken", prompt: "Add up.", solution: solution.replace("+= x", "-= x"), tests },
    ];
    const rejected: string[] = [];
    const labels: LineLabel[] = [];
    const examples: StepExample[] = [];
    const options = { writer: ruleMutator(), sandbox, seed: seedFrom(1), perLine: 3 };
    for await (const one of lineDataset(problems, {
      ...options,
      onRejected: (problem, cause) => rejected.push(`${problem.id}: ${cause}`),
      onLabel: (_, label) => labels.push(label),
    }))
      examples.push(one);
    expect(rejected).toEqual(["broken: wrong"]);
    expect(examples).toHaveLength(1 + labels.length);
    expect(examples[0]).toMatchObject({ labels: [1, 1, 1, 1, 1], outcome: true });
    expect(labels.filter(({ label }) => label === 0).length).toBeGreaterThan(0);
    expect(labels.filter(({ label }) => label === 1).length).toBeGreaterThan(0);
    for (const [i, { steps, labels: given, outcome }] of examples.slice(1).entries()) {
      expect(given).toHaveLength(steps.length);
      const { label, line } = labels[i]!;
      expect(outcome).toBe(label === 1);
      // all lines right, or right up to one that is wrong, and then none known
      const own = given.join(" ");
      expect(own).toMatch(label === 1 ? /^1( 1)*$/ : /^(1 )*0( 0)?( -1)*$/);
      expect(steps.slice(0, line)).toEqual(examples[0]!.steps.slice(0, line));
      if (label === 0) expect(given.indexOf(0)).toBe(line);
    }
  });
});
