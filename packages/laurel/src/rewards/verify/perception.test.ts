import { describe, expect, it } from "vitest";
import { directContext, task } from "../../core/index.ts";
import { perceptionReward } from "./perception.ts";

const ctx = directContext();
const facts = ["AB = 5", "BC = 12"];
const scoreOf = async (text: string, options = {}) =>
  (await perceptionReward(options).score([task("How long is AC?", [text], { answer: "13", facts })], ctx))[0]![0]!;
const written = (thought: string, answer: string): string =>
  `<think>\n${thought}\n</think>\n<answer>\n\\boxed{${answer}}\n</answer>`;

describe("perceptionReward", () => {
  it("adds 0.9 for the answer, 0.1 for the form and 0.7 for the facts", async () => {
    for (const [text, value] of [
      [written("AB = 5 and BC = 12.", "13"), 1.7],
      [written("AB = 5.", "13"), 1.35],
      [written("By the sides.", "13"), 1],
      [written("AB = 5 and BC = 12.", "17"), 0.8],
      ["AB = 5 and BC = 12, so \\boxed{13}", 1.6],
      [written("AB = 5 and BC = 12.", "13").replaceAll("\n", ""), 1.6],
      // a box in the thought alone is no answer in the right form
      ["<think>\n\\boxed{13}\n</think>\n<answer>\n13\n</answer>", 0.9],
    ] as const)
      expect(await scoreOf(text), text).toMatchObject({ value: expect.closeTo(value, 12) as number });
  });

  it("takes off up to 2 for repeated 20-grams", async () => {
    const { parts } = (await scoreOf(written("so ".repeat(100), "13"))) as { parts: Record<string, number> };
    // 100 words and the tags' make 20-grams of which nearly all are the same
    expect(parts["repetition"]).toBeLessThan(-1.2);
    expect(parts["accuracy"]).toBe(1);
  });

  it("takes a judge of the facts, another answer check and other weights; without facts it has no score", async () => {
    const judge = async () => [1, 1];
    expect(await scoreOf(written("I see five and twelve.", "13"), { judge })).toMatchObject({
      value: expect.closeTo(1.7, 12) as number,
      parts: { visual: 1, "visual.fact1": 1 },
    });
    expect(await scoreOf(written("AB = 5.", "13"), { weights: { visual: 0 } })).toMatchObject({ value: 1 });
    const [[bare]] = (await perceptionReward().score([task("q", ["\\boxed{13}"], "13")], ctx)) as [[object]];
    expect(bare).toMatchObject({ unscored: { reason: "missing-reference" } });
  });
});
