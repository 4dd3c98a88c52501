import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../test/data.ts";
import { directContext, type JsonObject, pointwise, type Reward } from "../../core/index.ts";
import { constraints, math, toolCalls } from "../../rewards/verify/index.ts";
import { bfclSuite } from "./bfcl.ts";
import type { SuiteInput } from "./suite.ts";
import { suiteOf, suites } from "./suites.ts";
import { acceptanceOf, accepted, conformanceOf, rewardVerdicts } from "./verdicts.ts";

const ctx = directContext();

async function report(reward: Reward, name: string, count: number) {
  const suite = suiteOf(name);
  const cases = [...suite.cases({ count, seed: "test" })];
  const scores = await reward.score(
    cases.map(({ input }) => suite.task(input)),
    ctx,
  );
  const verdicts = scores.map(([score]) => accepted(score!, acceptanceOf(reward)));
  return { cases, result: await conformanceOf(cases, verdicts) };
}

describe("the suites", () => {
  it.each(Object.values(suites))(
    "of $name repeat for one seed, differ for another, and hold no case twice",
    (suite) => {
      const take = (seed: number) => [...suite.cases({ count: 300, seed })];
      expect(take(3)).toEqual(take(3));
      expect(take(3)).not.toEqual(take(4));
      const keys = take(3).map(({ class: of, input }) => JSON.stringify([of, input]));
      // mathematics draws whole numbers anew, which may repeat
      if (suite.name !== "math") expect(new Set(keys).size).toBe(keys.length);
    },
  );

  it.each([
    ["math", math(), 1000],
    ["constraints", constraints(), 1000],
    ["tools", toolCalls(), 1000],
    ["toolrl", toolCalls({ rule: "toolrl" }), 1000],
    ["bfcl", toolCalls({ rule: "bfcl" }), 1000],
  ] as const)(
    "of %s are all decided rightly by Laurel's own verifier",
    { timeout: 120_000 },
    async (name, reward, count) => {
      const { cases, result } = await report(reward, name, count);
      expect(cases).toHaveLength(count);
      expect(result.all.examples).toEqual([]);
      expect(result.all.unscored).toBe(0);
      // both sorts are there: without an error the bound is 1 − 0.05^(1/n), 0.68 % for n = 440
      expect(result.all.falsePositives.upper).toBeLessThan(0.0068);
      expect(result.all.falseNegatives.upper).toBeLessThan(0.0068);
    },
  );

  it("cover the 25 instruction kinds of IFEval", async () => {
    const { result } = await report(constraints(), "constraints", 100);
    expect(result.classes).toHaveLength(25);
    for (const one of result.classes)
      expect(Math.min(one.falsePositives.n, one.falseNegatives.n), one.class).toBeGreaterThan(0);
  });

  it("find the errors of verifiers that accept or refuse everything, and of one that only looks at names", async () => {
    const always = pointwise("always", () => 1, { range: [0, 1] });
    const { result } = await report(always, "tools", 600);
    expect(result.all.falsePositives.rate).toBe(1);
    expect(result.all.falseNegatives.errors).toBe(0);
    const never = await report(
      pointwise("never", () => 0, { range: [0, 1] }),
      "constraints",
      600,
    );
    expect([never.result.all.falsePositives.errors, never.result.all.falseNegatives.rate]).toEqual([0, 1]);
    const { result: half } = await report(
      pointwise(
        "names",
        (candidate, task) =>
          task.reference!.calls!.every(({ name }) => String(candidate.output[0]!.content).includes(name)),
        { range: [0, 1] },
      ),
      "tools",
      600,
    );
    const wrong = new Map(half.classes.map((one) => [one.class, one.falsePositives.rate]));
    expect(wrong.get("value")).toBe(1);
    expect(wrong.get("another function")).toBe(0);
  });

  it("are named by their kind too, by the options of a spec, and an unknown name lists them", () => {
    expect(suiteOf("verify.code").name).toBe("code");
    expect(suiteOf({ kind: "verify.code", language: "javascript" }).name).toBe("javascript");
    expect(suiteOf({ kind: "verify.tools", rule: "toolrl" }).name).toBe("toolrl");
    expect(suiteOf({ kind: "verify.tools", order: "strict" }).name).toBe("tools");
    expect(() => suiteOf("verify.sql")).toThrow(/no conformance suite/);
  });
});

describe("the suites of programs", () => {
  it.each(["code", "javascript"])("of %s have right and wrong programs, and tests of more than one result", (name) => {
    const cases = [...suiteOf(name).cases({ count: 300 })];
    expect(cases).toHaveLength(300);
    for (const { class: of, input, expected } of cases) {
      const tests = input.gold as readonly { kind: string; result: unknown }[];
      expect(tests.length, of).toBeGreaterThanOrEqual(4);
      // a constant that passes all tests would be no wrong program
      if (!expected && tests[0]!.kind === "call")
        expect(new Set(tests.map(({ result }) => JSON.stringify(result))).size, input.candidate).toBeGreaterThan(1);
    }
    expect(cases.filter(({ expected }) => expected)).toHaveLength(150);
  });
});

const files = ["simple_python", "multiple", "parallel"];

describe.skipIf(dataPath("bfcl") === undefined)(
  "the suite bfcl on the leaderboard's rows (shared data; skipped where absent)",
  () => {
    it.each(files)("of %s is decided rightly by verify.tools", async (file) => {
      const rows = readFileSync(dataPath(`bfcl/${file}.jsonl`)!, "utf8")
        .trim()
        .split("\n");
      const suite = bfclSuite(rows.map((row) => JSON.parse(row) as JsonObject));
      const cases = [...suite.cases({ count: 2000, seed: "test" })];
      const reward = toolCalls({ rule: "bfcl" });
      const scores = await reward.score(
        cases.map(({ input }) => suite.task(input)),
        ctx,
      );
      const result = await conformanceOf(
        cases,
        scores.map(([score]) => accepted(score!, 1)),
      );
      expect(result.all.examples).toEqual([]);
      expect(result.all.falsePositives.n + result.all.falseNegatives.n).toBe(2000);
    });
  },
);

describe("bfclSuite", () => {
  it("refuses rows of another form", () => {
    expect(() => bfclSuite([{ question: [] }])).toThrow(/line 1.*ground_truth/);
    expect(() => bfclSuite([])).toThrow(/no row/);
  });
});

describe("rewardVerdicts", () => {
  it("runs any reward with a threshold, and leaves an unscored case without a verdict", async () => {
    const suite = suiteOf("math");
    const cases = [...suite.cases({ count: 20 })];
    const lengths = pointwise("lengths", (candidate) => String(candidate.output[0]!.content).length);
    const long = await rewardVerdicts(lengths, suite, cases, { threshold: 30 });
    expect(long).toEqual(cases.map(({ input }: { input: SuiteInput }) => input.candidate.length >= 30));
    const bare = { ...suite, task: (input: SuiteInput) => ({ ...suite.task(input), reference: undefined }) };
    expect(await rewardVerdicts(math(), bare, cases.slice(0, 2), { workers: 1 })).toEqual([undefined, undefined]);
  });
});
