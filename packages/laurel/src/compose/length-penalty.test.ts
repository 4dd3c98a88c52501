import { describe, expect, it } from "vitest";
import { values } from "../../../../test/fixtures/answers.ts";
import { directContext, pointwise, type Reward, type Score, type Task, task } from "../core/index.ts";
import { lengthPenalty } from "./length-penalty.ts";

async function scoresOf(
  reward: Reward,
  answers: readonly string[],
  more: Partial<Task> = {},
): Promise<readonly Score[]> {
  return (await reward.score([{ ...task("q", answers), ...more }], directContext()))[0]!;
}

describe("lengthPenalty", () => {
  it("takes off a price for each unit above the limit, up to the cap", async () => {
    const child = pointwise("one", () => 1, { version: 1, range: [0, 1] });
    const reward = lengthPenalty(child, { limit: 2, perToken: 0.1, unit: "words", most: 0.25 });
    const scores = await scoresOf(reward, ["a b", "a b c", " a  b c d e "]);
    expect(values(scores)).toEqual([1, 0.9, 0.75]);
    expect(scores[2]).toMatchObject({ parts: { raw: 1, length: 5 } });
    expect(reward.range).toEqual([-0.25, 1]);
    expect(lengthPenalty(child).range).toBeUndefined();
    expect(
      values(await scoresOf(lengthPenalty(child, { limit: 1, perToken: 0.5, unit: "characters" }), ["é🙂"])),
    ).toEqual([0.5]);
  });

  it("counts tokens only where the candidate has a count", async () => {
    const child = pointwise("one", () => 1, { version: 1, range: [0, 1] });
    const counted = { output: [{ role: "assistant" as const, content: "x" }], tokens: { count: 310, tokenizer: "t" } };
    const [row] = await lengthPenalty(child).score([task("q", [counted, "x"])], directContext());
    expect(row).toMatchObject([{ value: 0.9 }, { unscored: { reason: "unsupported" } }]);
  });
});
