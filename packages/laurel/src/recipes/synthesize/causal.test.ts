import { describe, expect, it } from "vitest";
import { answerText, directContext, pairwise, seedFrom, task, textOf, unscored } from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { scriptedModel } from "../../models/index.ts";
import { causalPairs, causalRubric, intervene } from "./causal.ts";
import { neutralPairs } from "./neutral.ts";

const ctx = directContext({ seed: seedFrom("crome") });
const pairOf = (
  prompt: string,
  chosen: string,
  rejected: string,
  more: Partial<PreferencePair> = {},
): PreferencePair => {
  const made = task(prompt, [chosen, rejected]);
  return { prompt: made.prompt, chosen: made.candidates[0]!, rejected: made.candidates[1]!, ...more };
};
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const row of rows) out.push(row);
  return out;
}

describe("causalRubric and intervene (Crome's oracle)", () => {
  it("lists attributes once each, at most as many as wanted, and never tells of shortcuts by name", async () => {
    const prompts: string[] = [];
    const model = scriptedModel(({ prompt }) => {
      prompts.push(prompt);
      return "<attribute>Correct: the sum is right</attribute>\n<attribute>correct: again</attribute>\n<attribute>Clear: steps can be followed</attribute>\n<attribute>Third: x</attribute>";
    });
    expect(await causalRubric({ model, most: 2 })(pairOf("2 + 2?", "4", "5").prompt, ctx)).toEqual([
      { name: "Correct", definition: "the sum is right" },
      { name: "Clear", definition: "steps can be followed" },
    ]);
    expect(prompts[0]).toMatch(/\[begin prompt ([0-9a-f]{16})\]\n2 \+ 2\?\n\[end prompt \1\]/);
  });

  it("is unscored where the reply cannot be read after a retry", async () => {
    const never = scriptedModel(["no list"]);
    const prompt = pairOf("q", "a", "b").prompt;
    expect(await causalRubric({ model: never })(prompt, ctx)).toMatchObject({
      unscored: { reason: "judge-unparsable" },
    });
    const ask = { prompt, answer: pairOf("q", "a", "b").chosen, attribute: { name: "x", definition: "y" } };
    expect(await intervene({ model: never })({ ...ask, direction: "degrade" }, ctx)).toHaveProperty("unscored");
    const retried = scriptedModel(["oops", "<rewritten>\nnew text\n</rewritten>"]);
    expect(await intervene({ model: retried })({ ...ask, direction: "upgrade" }, ctx)).toBe("new text");
  });
});

describe("causalPairs", () => {
  const rubric = async () => [{ name: "correct", definition: "the sum is right" }];

  it("makes a worse copy of the chosen and a better copy of the rejected answer", async () => {
    const rows = causalPairs([pairOf("2 + 2?", "four", "five", { origin: "t1", strength: 3 })], {
      rubric,
      rewrite: async ({ direction }) => (direction === "degrade" ? "worse copy" : "better"),
      ctx,
    });
    const made = await all(rows);
    expect(made.map(({ chosen, rejected }) => [answerText(chosen), answerText(rejected)])).toEqual([
      ["four", "worse copy"],
      ["better", "five"],
    ]);
    expect(made[0]).toMatchObject({ origin: "t1", meta: { augmentation: "degrade", attribute: "correct" } });
    expect(made[0]!.strength).toBeUndefined();
    expect(rows.ledger).toEqual({
      in: 2,
      out: 2,
      dropped: { "no-rubric": 0, unscored: 0, identical: 0, refuted: 0 },
    });
    expect(rows.lengthChange).toEqual({ degrade: 6, upgrade: 2 });
  });

  it("counts what it leaves out: no rubric, no rewrite, nothing changed, a verifier that disagrees", async () => {
    const counted = async (o: Partial<Parameters<typeof causalPairs>[1]>) => {
      const rows = causalPairs([pairOf("q", "good", "bad")], { rubric, rewrite: async () => "other", ctx, ...o });
      await all(rows);
      return rows.ledger;
    };
    expect((await counted({ rubric: async () => [] })).dropped["no-rubric"]).toBe(2);
    expect((await counted({ perPair: { degrade: 2, upgrade: 0 } })).dropped["no-rubric"]).toBe(1);
    expect((await counted({ rubric: async () => unscored("bug", "x") })).dropped.unscored).toBe(2);
    expect((await counted({ rewrite: async () => unscored("bug", "x") })).dropped.unscored).toBe(2);
    expect((await counted({ rewrite: async ({ answer }) => answerText(answer) })).dropped.identical).toBe(2);
    const shorter = pairwise("shorter", (a, b) => (answerText(a).length < answerText(b).length ? 1 : 0));
    // good before other is shorter, other before bad is not
    expect(await counted({ verify: shorter })).toMatchObject({ in: 2, out: 1, dropped: { refuted: 1 } });
    expect(() => causalPairs([], { rubric, rewrite: async () => "", perPair: { degrade: 0.5 }, ctx })).toThrow(
      /perPair/,
    );
  });

  it("draws the same attributes for the same seed whatever stands beside the pair, and passes over ties", async () => {
    const many = async () => Array.from({ length: 20 }, (_, i) => ({ name: `a${i}`, definition: "x" }));
    const rewrite = async ({ attribute }: { attribute: { name: string } }) => `rewritten for ${attribute.name}`;
    const drawn = async (pairs: PreferencePair[]) =>
      (await all(causalPairs(pairs, { rubric: many, rewrite, perPair: { degrade: 3, upgrade: 0 }, ctx }))).map(
        ({ meta }) => meta!["attribute"],
      );
    const [one, two] = [pairOf("q", "a", "b"), pairOf("r", "c", "d")];
    const alone = await drawn([two]);
    expect(alone).toHaveLength(3);
    expect(new Set(alone).size).toBe(3);
    expect((await drawn([one, { ...one, tie: true }, two])).slice(3)).toEqual(alone);
  });
});

describe("neutralPairs", () => {
  const pair = pairOf("How do I bake sourdough bread at home?", "long answer", "short");

  it("takes an unrelated prompt, never the pair's own or one like it, and labels a tie", async () => {
    const prompts = [
      "How do I bake sourdough bread at home?",
      "How do I bake sourdough bread in my home?",
      "Explain quantum tunnelling",
    ];
    const rows = neutralPairs(Array<PreferencePair>(30).fill(pair), { prompts, tries: 50, ctx });
    const made = await all(rows);
    expect(made).toHaveLength(30);
    for (const { prompt, tie, chosen, meta } of made) {
      expect(textOf(prompt[0]!)).toBe("Explain quantum tunnelling");
      expect(tie).toBe(true);
      expect(answerText(chosen)).toBe("long answer");
      expect(meta).toEqual({ augmentation: "irrelevant-query" });
    }
  });

  it("leaves a pair out where all prompts are related", async () => {
    const rows = neutralPairs([pair], { prompts: ["How do I bake sourdough bread?"], ctx });
    expect(await all(rows)).toEqual([]);
    expect(rows.ledger).toEqual({ in: 1, out: 0, dropped: { related: 1, unscored: 0, identical: 0 } });
    expect(() => neutralPairs([pair], { prompts: [], ctx })).toThrow(/prompts/);
    expect(() => neutralPairs([pair], { prompts: ["x"], maxSimilarity: 2, ctx })).toThrow(/maxSimilarity/);
  });

  it("ties an answer to its paraphrase", async () => {
    const said = ["in other words", "long answer "];
    const paraphrase = async () => said.shift() ?? unscored("bug", "none left");
    const rows = neutralPairs([pair, pair, pair], { kind: "paraphrase", paraphrase, ctx });
    expect((await all(rows)).map(({ rejected, tie }) => [answerText(rejected), tie])).toEqual([
      ["in other words", true],
    ]);
    expect(rows.ledger.dropped).toEqual({ related: 0, unscored: 1, identical: 1 });
  });
});
