import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { by, number, values } from "../../../../test/fixtures/answers.ts";
import {
  answerText,
  directContext,
  fault,
  pointwise,
  type Reward,
  type Score,
  type Task,
  task,
  unscored,
} from "../core/index.ts";
import { groupZScore, standardise } from "./standardise.ts";

async function scoresOf(
  reward: Reward,
  answers: readonly string[],
  more: Partial<Task> = {},
): Promise<readonly Score[]> {
  return (await reward.score([{ ...task("q", answers), ...more }], directContext()))[0]!;
}

describe("standardise", () => {
  it("gives z-scores within the group, 0 for a flat one, and says how many members counted", async () => {
    const scores = await scoresOf(standardise(number()), ["1", "2", "3"]);
    expect(scores).toEqual([-1, 0, 1].map((value, i) => ({ value, parts: { raw: i + 1 }, facts: { group: 3 } })));
    expect(values(await scoresOf(standardise(number(), { sd: "population" }), ["1", "3"]))).toEqual([-1, 1]);
    expect(values(await scoresOf(standardise(number()), ["0.1", "0.1", "0.1"]))).toEqual([0, 0, 0]);
    expect(standardise(number()).sees).toBe("group");
  });

  it("leaves a lone scored member unscored, and counts a faulty one at its floor", async () => {
    const child = by("child", { a: 1, b: unscored("transport", "down"), c: fault("crashed") });
    expect(await scoresOf(standardise(child), ["a", "b"])).toMatchObject([
      { unscored: { reason: "incomplete-group" } },
      { unscored: { reason: "transport" } },
    ]);
    const scores = await scoresOf(standardise(child), ["a", "b", "c"]);
    expect(scores[0]).toMatchObject({ value: expect.closeTo(Math.SQRT1_2, 12), facts: { group: 2 } });
    expect(scores[2]).toMatchObject({ value: expect.closeTo(-Math.SQRT1_2, 12), fault: "crashed" });
    expect(() => standardise(child, { atLeast: 1 })).toThrow(/at least 2/);
  });

  it("does not depend on the candidates' order, to the last bit", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 2, maxLength: 8 }),
        async (list) => {
          const answers = list.map(String);
          const forth = values(await scoresOf(standardise(number()), answers));
          const back = values(await scoresOf(standardise(number()), [...answers].reverse()));
          expect(back.reverse()).toEqual(forth);
        },
      ),
    );
  });

  it("averages the z-scores of rewards whose scales have nothing in common", async () => {
    const other = pointwise("other", (c) => 1000 * Number(answerText(c)), { version: 1 });
    const got = values(await scoresOf(groupZScore({ number: number(), other }, { eps: 0 }), ["1", "2", "3"]));
    expect(got).toEqual([-1, 0, 1]);
    // BLEUBERI's default eps of 1e-6 shrinks them by that much of an sd of 1
    const shrunk = values(await scoresOf(groupZScore({ number: number() }), ["1", "2", "3"]));
    expect(shrunk[2]).toBeCloseTo(1 / (1 + 1e-6), 12);
  });
});
