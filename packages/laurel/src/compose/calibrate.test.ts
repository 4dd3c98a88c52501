import { describe, expect, it } from "vitest";
import { by, number, values } from "../../../../test/fixtures/answers.ts";
import { directContext, type Reward, type Score, type Task, task, unscored } from "../core/index.ts";
import { calibrateFalseNegatives, temperature } from "./calibrate.ts";
import { sigmoid } from "./numbers.ts";
import { shape } from "./shape.ts";

async function scoresOf(
  reward: Reward,
  answers: readonly string[],
  more: Partial<Task> = {},
): Promise<readonly Score[]> {
  return (await reward.score([{ ...task("q", answers), ...more }], directContext()))[0]!;
}

describe("calibration", () => {
  it("lifts low scores by the helper and can turn the order round at the threshold", async () => {
    const rm = by("rm", { low: 0.45, high: 0.5, worst: 0 });
    const helper = by("helper", { low: 1, high: 1, worst: unscored("bug", "none") });
    const reward = calibrateFalseNegatives(rm, helper);
    const scores = await scoresOf(reward, ["low", "high", "worst"]);
    expect(values(scores).slice(0, 2)).toEqual([0.55, 0.5]);
    expect(scores[2]).toMatchObject({ unscored: { reason: "bug", message: "helper: none" } });
    const capped = calibrateFalseNegatives(by("rm", { x: 0.9 }), by("h", { x: 1 }), { below: 1, alpha: 0.5 });
    expect(values(await scoresOf(capped, ["x"]))).toEqual([1]);
    expect(() => calibrateFalseNegatives(number(), helper)).toThrow(/states no range/);
  });

  it("applies a temperature through shape", async () => {
    const reward = shape(number(), temperature({ temperature: 2 }));
    expect(values(await scoresOf(reward, ["2"]))).toEqual([sigmoid(1)]);
    expect(reward.range).toEqual([0, 1]);
  });
});
