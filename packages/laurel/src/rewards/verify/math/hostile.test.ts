import { describe, expect, it } from "vitest";
import { directContext, isScored, task } from "../../../core/index.ts";
import { equivalent } from "./equivalent.ts";
import { hostileAnswers } from "./hostile.ts";
import { math } from "./math.ts";

const answers = Object.entries(hostileAnswers());
const golds = [
  "42",
  "\\frac{x^2+1}{y}",
  "(1,2)\\cup(3,4)",
  "\\{1,2,3\\}",
  "x^2+y^2=1",
  "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}",
];
/** Milliseconds of processor time that one verdict may take (not wall time, since other processes may hold the processor). */
const LIMIT = 100;

function processor(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function best(run: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < 3; k++) {
    const start = processor();
    run();
    least = Math.min(least, processor() - start);
    if (least < LIMIT / 4) break;
  }
  return least;
}

describe("hostile answers", () => {
  it("are more than a hundred", () => expect(answers.length).toBeGreaterThan(100));

  it.each(answers)("%s is decided in time against each gold answer", (_, answer) => {
    for (const gold of golds) {
      const taken = best(() => void equivalent(gold, answer));
      expect(taken, `against ${gold}`).toBeLessThan(LIMIT);
    }
  });

  it("are never right against 42, unless they are worth 42", () => {
    const worth42 = new Set([
      "parentheses",
      "bars around",
      "minus under the depth",
      "cancelling hugeness",
      "exponent of a million minus itself",
      "left right",
      "percent signs",
      "degree signs",
      "braces",
      "boxes in boxes",
      "pluses",
      "text in text",
      "newline trap",
      "units in a row",
      "unit powers",
      "right to left marks",
      "cancelling hugeness beyond the bits",
    ]);
    const accepted = answers.filter(([name, answer]) => !worth42.has(name) && equivalent("42", answer).equal === true);
    expect(accepted.map(([name]) => name)).toEqual([]);
  });

  it("inside a response never make it unscored, and take less than the limit", async () => {
    const reward = math();
    const context = directContext();
    for (const [name, answer] of answers)
      for (const text of [answer, `The answer is \\boxed{${answer}}.`, `The answer is ${answer}`]) {
        let least = Number.POSITIVE_INFINITY;
        for (let k = 0; k < 3 && least > LIMIT / 4; k++) {
          const start = processor();
          const [[score] = []] = await reward.score([task("q", [text], "42", { id: "1" })], context);
          least = Math.min(least, processor() - start);
          expect(isScored(score!), `${name}: ${JSON.stringify(score)}`).toBe(true);
        }
        expect(least, name).toBeLessThan(LIMIT);
      }
  });
});
