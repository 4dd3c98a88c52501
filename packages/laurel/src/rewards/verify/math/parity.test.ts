import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../../test/data.ts";
import { equivalent } from "./equivalent.ts";
import { extractAnswer } from "./extract.ts";
import { goldAnswer } from "./math.ts";

interface Case {
  id: number;
  gold: string;
  pred: string;
  expected: boolean;
  options?: { precision?: number };
}

/** Cases of Math-Verify's own tests whose stated verdict we do not give, and why. */
const exceptions: Readonly<Record<number, string>> = {
  31: "expects no answer because single dollars span lines there; the response does say 9, and 9 is right",
  187: "switched off by an option of Math-Verify; −2 ≤ x ≤ 7 and x ∈ [−2, 7] are one condition, as its own cases 184 and 186 say",
  258: "1 − 1/e is not 1 + 1/e; the data's own note says so",
  267: "with strict off Math-Verify renames variables; f(x) and f(y) are different expressions here, as its strict mode says",
};

const path = dataPath("math-equivalence/math_verify_cases.jsonl");

describe("Math-Verify's own cases", () => {
  it.skipIf(path === undefined)(
    "come out the same but for the listed exceptions (needs the math-equivalence data)",
    () => {
      const cases = readFileSync(path!, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Case);
      expect(cases).toHaveLength(180);
      const different = cases.filter((one) => {
        const candidate = extractAnswer(one.pred);
        // precision 2 is the only one that a case depends on: two decimals there, two significant digits here
        const options = one.options?.precision === 2 ? { significantDigits: 2 } : {};
        const equal =
          candidate !== undefined && equivalent(goldAnswer(one.gold)!, candidate.text, options).equal === true;
        return equal !== one.expected;
      });
      expect(different.map((one) => one.id)).toEqual(Object.keys(exceptions).map(Number));
    },
  );
});

const steps = dataPath("rewardmath/rewardbench_math_prm.Math_Shepherd.jsonl");

/** Problems of RewardBench's math-prm subset whose rejected solution ends in the right answer all the same (read one by one). */
const sameAnswer = [
  34, 47, 63, 65, 71, 107, 110, 136, 141, 143, 155, 157, 203, 206, 217, 230, 288, 309, 345, 352, 394, 396, 420,
];

describe("RewardBench's math-prm solutions", () => {
  it.skipIf(steps === undefined)(
    "have a boxed answer in each right one, and the wrong ones differ but for 23 (needs the rewardmath data)",
    () => {
      const answers = new Map<number, Record<string, string | undefined>>();
      for (const line of readFileSync(steps!, "utf8").trimEnd().split("\n")) {
        const row = JSON.parse(line) as { problem_id: number; solution_type: string; steps: string[] };
        const found = extractAnswer(row.steps.join("\n"));
        if (row.solution_type === "chosen") expect(found?.strategy).toBe("boxed");
        answers.set(row.problem_id, { ...answers.get(row.problem_id), [row.solution_type]: found?.text });
      }
      expect(answers.size).toBe(447);
      const verdicts = [...answers].map(([id, { chosen, rejected }]) => ({
        id,
        equal: rejected === undefined ? false : equivalent(chosen!, rejected).equal,
      }));
      expect(verdicts.filter((one) => typeof one.equal !== "boolean")).toEqual([]);
      expect(verdicts.filter((one) => one.equal === true).map((one) => one.id)).toEqual(sameAnswer);
    },
  );
});
