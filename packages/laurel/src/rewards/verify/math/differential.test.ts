import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { equivalent } from "./equivalent.ts";

interface Recorded {
  pairs: number;
  laurel: { falsePositives: number; falseNegatives: number };
  graders: Record<string, { version: string; falsePositives: number; falseNegatives: number }>;
  disagreements: [
    grader: string,
    of: string,
    gold: string,
    candidate: string,
    verdict: string,
    right: string,
    why: string,
  ][];
}

// Verdicts of Math-Verify, TRL and verl on pairs of known verdict, made by scripts/expected/math-differential.py
const recorded = JSON.parse(
  readFileSync(new URL("../../../../../../test/expected/math/differential.json", import.meta.url), "utf8"),
) as Recorded;

describe("the recorded run of other graders", () => {
  it("has the versions of five graders", () => {
    expect(Object.keys(recorded.graders)).toEqual([
      "math-verify",
      "trl.accuracy_reward",
      "verl.math_reward",
      "verl.math_dapo",
      "verl.prime_math",
    ]);
    for (const { version } of Object.values(recorded.graders)) expect(version).toMatch(/^\d+\.\d+/);
  });
  it("differs from Laurel only where the pair's construction says that Laurel is right", () => {
    expect(recorded.laurel).toEqual({ falsePositives: 0, falseNegatives: 0 });
    for (const [grader, of, gold, candidate, verdict, right] of recorded.disagreements) {
      const told = `${grader}, ${of}: ${gold} against ${candidate}`;
      expect(right, told).toBe("laurel");
      expect(equivalent(gold, candidate).equal, told).toBe(verdict !== "accepts");
    }
  });
});
