import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Answered } from "../benchmark.ts";
import { credited, scorecard } from "../figures.ts";
import { benchmarkOf, bestOfKCredit, rewardBenchCounts, rewardBenchSections, tiesScore } from "./index.ts";

interface Expected {
  reference: string;
  ties: { rows: { id: string; scores: number[]; num_correct: number }[]; overall: number }[];
  bestOfK: { scores: number[]; credit: number }[];
  sections: { metrics: Record<string, number>; sections: Record<string, number> }[];
  counts: Record<string, number>;
  mapping: Record<string, string[]>;
}

const expected = JSON.parse(readFileSync("test/expected/bench/rewardbench.json", "utf8")) as Expected;

// made by scripts/expected/bench.py with the package's own functions; equal to 1e-12
describe(`the rules of RewardBench 1 and 2 agree with ${expected.reference}`, () => {
  it("in the Ties domain, where no row has equal right answers (the release leaves those out of the last term)", () => {
    for (const { rows, overall } of expected.ties)
      expect(
        tiesScore(rows.map(({ id, scores, num_correct }) => ({ id, scores, numCorrect: num_correct }))).overall,
      ).toBeCloseTo(overall, 12);
    expect(expected.ties).toHaveLength(24);
  });

  it("in the credit at the top", () => {
    for (const { scores, credit } of expected.bestOfK) expect(bestOfKCredit(scores)).toBeCloseTo(credit, 12);
  });

  it("in subsets, counts and sections", () => {
    expect(rewardBenchCounts).toEqual(expected.counts);
    const sorted = (of: Readonly<Record<string, readonly string[]>>) =>
      Object.fromEntries(Object.entries(of).map(([name, subsets]) => [name, [...subsets].sort()]));
    expect(sorted(rewardBenchSections)).toEqual(sorted(expected.mapping));
    const benchmark = benchmarkOf("rewardbench");
    for (const { metrics, sections } of expected.sections) {
      const items = Object.entries(metrics).flatMap(([subset, accuracy]) =>
        Array.from(
          { length: 10 },
          (_, i): Answered => ({
            id: `${subset} ${i}`,
            cluster: `${subset} ${i}`,
            subsets: { subset },
            labels: { correct: [true, false] },
            values: i < Math.round(10 * accuracy) ? [1, 0] : [0, 1],
          }),
        ),
      );
      const { figures } = scorecard(benchmark, credited(benchmark, items));
      for (const [name, value] of Object.entries(sections)) {
        const found = figures.find((one) => one.name === name)!.value;
        // a section without rows is 0 in the package, and left out here
        if (found === null) expect(value).toBe(0);
        else expect(found).toBeCloseTo(value, 12);
      }
    }
  });
});
