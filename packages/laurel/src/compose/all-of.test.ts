import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { by } from "../../../../test/fixtures/answers.ts";
import { type Draft, directContext, type Reward, type Score, type Task, task, unscored } from "../core/index.ts";
import { allOf } from "./all-of.ts";
import { sigmoid } from "./numbers.ts";
import { fixedReferences } from "./references.ts";
import { shape } from "./shape.ts";
import { logSigmoidCentred } from "./transforms.ts";

async function scoresOf(
  reward: Reward,
  answers: readonly string[],
  more: Partial<Task> = {},
): Promise<readonly Score[]> {
  return (await reward.score([{ ...task("q", answers), ...more }], directContext()))[0]!;
}

describe("allOf", () => {
  it("sums log-probabilities: exp of the value is the product of the sigmoids (transform-combine, check 5)", async () => {
    const real = fc.double({ min: -20, max: 20, noNaN: true });
    await fc.assert(
      fc.asyncProperty(real, real, real, real, async (r1, r2, ref1, ref2) => {
        const reward = allOf({
          a: shape(by("a", { x: r1 }, { range: undefined }), logSigmoidCentred(), fixedReferences([ref1, ref1])),
          b: shape(by("b", { x: r2 }, { range: undefined }), logSigmoidCentred(), fixedReferences([ref2, ref2])),
        });
        const [score] = await scoresOf(reward, ["x"]);
        const product = sigmoid(r1 - ref1) * sigmoid(r2 - ref2);
        const { value, facts } = score as { value: number; facts: { probability: number } };
        expect(Math.abs(Math.exp(value) - product)).toBeLessThan(1e-12);
        expect(facts.probability).toBe(Math.exp(value));
      }),
    );
  });

  it("weighs its parts, refuses what is no log-probability and has no partial sum", async () => {
    const log = (name: string, x: Draft) => by(name, { x }, { range: [-3, 0] });
    const reward = allOf({ a: log("a", -1), b: log("b", -2) }, { weights: { b: 0.5 } });
    expect((await scoresOf(reward, ["x"]))[0]).toEqual({ value: -2, parts: { a: -1, b: -2 } });
    expect(reward.range).toEqual([-4.5, 0]);
    expect(() => allOf({ a: by("a", {}) })).toThrow(/a can be 1, which is no log-probability/);
    expect(() => allOf({ a: log("a", -1) }, { weights: { a: -1 } })).toThrow(/at least 0/);
    const missing = await scoresOf(allOf({ a: log("a", -1), b: log("b", unscored("transport", "down")) }), ["x"]);
    expect(missing[0]).toMatchObject({ unscored: { reason: "transport", message: "b: down" } });
    const above = await scoresOf(allOf({ a: by("a", { x: 0.5 }, { range: undefined }) }), ["x"]);
    expect(above[0]).toMatchObject({ unscored: { reason: "bug" } });
  });
});
