import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { candidate, type Example } from "../core/index.ts";
import { benchmarkDownstreamCorrelation, bestOfNCurve } from "./downstream.ts";
import { representationGap } from "./representation-gap.ts";

const example = (i: number, right: string, wrong: readonly string[]): Example => ({
  task: {
    id: String(i),
    prompt: [{ role: "user", content: `q${i}` }],
    candidates: [right, ...wrong].map((text) => candidate(text)),
  },
  labels: { correct: [true, ...wrong.map(() => false)] },
  cluster: String(i),
  subsets: {},
});

describe("representationGap", () => {
  it("finds that length tells right from wrong, and that symbols do not", () => {
    const rows = Array.from({ length: 30 }, (_, i) =>
      example(i, "a much longer answer", ["short", i % 2 === 0 ? "x" : "y"]),
    );
    const [characters, lines, symbols] = representationGap(rows);
    expect(characters).toMatchObject({ feature: "characters", telling: true, auc: { value: 1 } });
    expect(lines).toMatchObject({ auc: { value: 0.5 }, telling: false });
    expect(symbols).toMatchObject({ auc: { value: 0.5 }, cohenD: { value: 0 }, telling: false });
    expect(() => representationGap([rows[0]!])).toThrow(/fewer than two items/);
  });

  const file = dataPath("rewardmath/rewardbench_math_prm.Math_Shepherd.jsonl");
  it.skipIf(file === undefined)(
    "warns of RewardBench's mathematics: right solutions have far fewer steps (skipped where the shared data is absent)",
    () => {
      const rows = readFileSync(file!, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as { problem_id: number; solution_type: string; steps: string[] });
      const problems = [...Map.groupBy(rows, ({ problem_id }) => problem_id)];
      const examples = problems.map(([id, both]) => {
        const text = (type: string) => both.find(({ solution_type }) => solution_type === type)!.steps.join("\n");
        return example(id, text("chosen"), [text("rejected")]);
      });
      const steps = (type: string) => {
        const own = rows.filter(({ solution_type }) => solution_type === type);
        return own.reduce((sum, row) => sum + row.steps.length, 0) / own.length;
      };
      // the specification's computation: 4.0 and 12.2 steps in the mean
      expect([steps("chosen").toFixed(1), steps("rejected").toFixed(1)]).toEqual(["4.0", "12.2"]);
      const counted = representationGap(examples).find(({ feature }) => feature === "characters")!;
      expect(counted.telling).toBe(true);
      expect(counted.auc.value).toBeLessThan(0.25);
    },
  );
});

describe("the link from benchmark to use", () => {
  it("gives the expected gold of the best of n samples", () => {
    const groups = [
      { values: [1, 2, 3], gold: [0, 0, 1] },
      { values: [3, 2, 1], gold: [0, 1, 1] },
    ];
    const [one, two, three] = bestOfNCurve(groups, [1, 2, 3]);
    // group 1: 1/3, then the third is among two of three pairs; group 2: 2/3, then only the pair (2, 1) gives 1
    expect([one!.value, two!.value, three!.value]).toEqual([
      expect.closeTo(0.5, 12),
      expect.closeTo((2 / 3 + 1 / 3) / 2, 12),
      expect.closeTo(0.5, 12),
    ]);
    expect(() => bestOfNCurve(groups, [4])).toThrow(/3 samples, and n goes to 4/);
  });

  it("correlates rewards' scores with their downstream values, with an interval over rewards", () => {
    const seed = "0".repeat(32);
    const scores = [0.1, 0.2, 0.3, 0.5, 0.6, 0.9];
    const up = benchmarkDownstreamCorrelation(
      scores,
      scores.map((x) => x * x),
      { seed },
    );
    expect(up).toMatchObject({ value: 1, n: 6 });
    const mixed = benchmarkDownstreamCorrelation(scores, [3, 1, 2, 6, 4, 5], { seed, method: "pearson" });
    expect(mixed.low).toBeLessThan(mixed.value);
    expect(() => benchmarkDownstreamCorrelation([1, 2], [1, 2], { seed })).toThrow(/needs 4/);
  });
});
