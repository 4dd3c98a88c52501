import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolate } from "../../compose/index.ts";
import { directContext, type Embedder, task, UsageError, unscored } from "../../core/index.ts";
import { rewardFrom } from "../../spec/index.ts";
import { r3Value, regularizedRelevance } from "./r3.ts";
import { beforeRunOn, lengthIncentive, repetitionPenalty, wordPunct } from "./regularise.ts";
import { relevance, userText } from "./relevance.ts";

/** Counts of the letters a, b and c, less 1: what is about none of them is negative. */
const letters: Embedder = {
  name: "letters",
  fingerprint: "letters",
  dim: 3,
  embed: async (contents) =>
    contents.map((text) =>
      text === "down"
        ? unscored("transport", "no answer")
        : Float32Array.from(["a", "b", "c"], (letter) => String(text).split(letter).length - 1),
    ),
};
const scored = async (reward: ReturnType<typeof relevance>, ...tasks: ReturnType<typeof task>[]) =>
  reward.score(tasks, directContext());

describe("the parts of R3", () => {
  // fixtures of the specification, worked by hand
  it("splits words and punctuation with Unicode letters", () => {
    expect(wordPunct("Café, déjà-vu!")).toEqual(["Café", ",", "déjà", "-", "vu", "!"]);
    expect(wordPunct("a_1 ?!")).toEqual(["a_1", "?!"]);
    expect(wordPunct("  \n")).toEqual([]);
  });

  it("pays a hundredth a token, up to the bound", () => {
    expect(lengthIncentive(wordPunct("Café, déjà-vu!"))).toBeCloseTo(0.06, 15);
    expect(lengthIncentive(900, { max: 512 })).toBe(5.12);
    expect(lengthIncentive([])).toBe(0);
    expect(() => lengthIncentive(1, { per: 0 })).toThrow(UsageError);
  });

  it("counts different trigrams of all, 1 where there are none", () => {
    expect(repetitionPenalty(["a", "b", "a", "b", "a"])).toBeCloseTo(2 / 3, 15);
    expect(repetitionPenalty(["a", "b"])).toBe(1);
    expect(repetitionPenalty(new Int32Array(10))).toBe(1 / 8);
  });

  it("stays in (0, 1] and is 1 where all words differ", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 }), (words) => {
        const factor = repetitionPenalty(words);
        expect(factor).toBeGreaterThan(0);
        expect(factor).toBeLessThanOrEqual(1);
        expect(repetitionPenalty(words.map((_, i) => `w${i}`))).toBe(1);
      }),
    );
  });

  it("cuts an answer where it runs on", () => {
    expect(beforeRunOn("Paris.\nHuman: And Rome?")).toBe("Paris.");
    expect(beforeRunOn("Paris.\n### Input: x")).toBe("Paris.");
    expect(beforeRunOn("a\n\n--\nb\n\n\n\nc")).toBe("a");
    expect(beforeRunOn("a\n\n____\nb")).toBe("a");
    expect(beforeRunOn("The user: nobody")).toBe("The user: nobody");
  });

  it("reads what the user asks: all turns, without markers and the system's words", () => {
    const asked = task(
      [
        { role: "system", content: "You are kind." },
        { role: "user", content: "Human: Who?\n\n### Input:  x  y" },
        { role: "assistant", content: "Nobody." },
        { role: "user", content: "And why?" },
      ],
      [],
    );
    expect(userText(asked)).toBe("Who? x y And why?");
  });

  it("maps closed relevance on a line that is not clipped: F(1.75) = 2.56", () => {
    expect(interpolate({ from: [0, 3.5], to: [0, 5.12] }).apply(1.75, new Float64Array())).toBeCloseTo(2.56, 12);
    expect(r3Value({ relevance: 1.75, length: 0.1, repetition: 1 }, { branch: "closed" })).toBeCloseTo(2.56, 12);
    expect(r3Value({ relevance: 7, length: 0, repetition: 0.5 }, { branch: "closed" })).toBeCloseTo(5.12, 12);
    expect(r3Value({ relevance: 2, length: 0.5, repetition: 0.5 }, { branch: "open" })).toBe(0.5);
  });

  it("does not let a repetition raise a negative relevance, unless told to", () => {
    expect(r3Value({ relevance: -2, length: 1, repetition: 0.5 }, { branch: "open" })).toBeCloseTo(0, 15);
    expect(r3Value({ relevance: -2, length: 1, repetition: 0.5 }, { branch: "open", negative: true })).toBe(-1);
  });
});

describe("reference.relevance", () => {
  it("is the inner product with the prompt, or the cosine, or with the nearest reference", async () => {
    const one = task("a b", ["aab", "c", ""], { texts: ["c", "cc"] });
    expect((await scored(relevance({ embedder: letters }), one))[0]).toMatchObject([
      { value: 3 },
      { value: 0 },
      { value: 0 },
    ]);
    const cosine = await scored(relevance({ embedder: letters, metric: "cosine" }), one);
    expect(cosine[0]![0]).toMatchObject({ value: expect.closeTo(3 / Math.sqrt(10), 12) });
    const nearest = await scored(relevance({ embedder: letters, source: "reference" }), one);
    expect(nearest[0]).toMatchObject([{ value: 0 }, { value: 2 }, { value: 0 }]);
  });

  it("keeps missing references, failures and vectors of another length apart", async () => {
    const byReference = relevance({ embedder: letters, source: "reference" });
    const [rows] = await scored(byReference, task("a", ["a", "down"], { texts: ["a"] }));
    expect(rows).toMatchObject([{ value: 1 }, { unscored: { reason: "transport" } }]);
    expect((await scored(byReference, task("a", ["a"])))[0]![0]).toMatchObject({
      unscored: { reason: "missing-reference" },
    });
    const uneven: Embedder = { ...letters, embed: async (all) => all.map((_, i) => new Float32Array(i + 1)) };
    await expect(scored(relevance({ embedder: uneven }), task("a", ["b"]))).rejects.toThrow(/dimensions/);
    expect(() => relevance({ embedder: letters, metric: "l2" as "dot" })).toThrow(UsageError);
  });
});

describe("reference.r3", () => {
  const reward = regularizedRelevance({ embedder: letters });

  it("multiplies relevance, length and repetition for an open prompt", async () => {
    const [[score] = []] = await scored(reward, task("a", ["a b a b a\nHuman: more"]));
    // relevance 3, five tokens, trigrams 2/3
    expect(score).toMatchObject({
      value: expect.closeTo(3 * 0.05 * (2 / 3), 12),
      parts: { relevance: 3, length: 0.05, repetition: expect.closeTo(2 / 3, 12) },
      facts: { branch: "open" },
    });
  });

  it("holds a closed prompt's answer against the reference, whatever its length", async () => {
    const closed = { context: { promptBranch: "closed" } };
    const [rows, missing] = await scored(
      reward,
      task("a", ["c", "c x y z"], "c", closed),
      task("a", ["c"], undefined, closed),
    );
    expect(rows).toMatchObject(
      [1, 1].map(() => ({ value: expect.closeTo((1 / 3.5) * 5.12, 12), facts: { branch: "closed" } })),
    );
    expect(missing).toMatchObject([{ unscored: { reason: "missing-reference" } }]);
    const lenient = regularizedRelevance({ embedder: letters, fallback: "open" });
    expect((await scored(lenient, task("a", ["a"], undefined, closed)))[0]).toMatchObject([{ value: 0.01 }]);
  });

  it("switches factors off, and scores an empty answer 0", async () => {
    const bare = regularizedRelevance({ embedder: letters, use: { length: false, repetition: false, branch: false } });
    const closed = task("a", ["a a a a", ""], "c", { context: { promptBranch: "closed" } });
    expect((await scored(bare, closed))[0]).toMatchObject([{ value: 4 }, { value: 0 }]);
    expect((await scored(reward, task("a", ["", "  "])))[0]).toMatchObject([{ value: 0 }, { value: 0 }]);
  });

  it("says of an unknown branch that it is none, and of wrong options what they are", async () => {
    const odd = task("a", ["a"], "c", { context: { promptBranch: "half" } });
    expect((await scored(reward, odd))[0]).toMatchObject([{ unscored: { reason: "unsupported" } }]);
    expect(() => regularizedRelevance({ embedder: letters, maxTokens: 0 })).toThrow(/maxTokens/);
    expect(() => regularizedRelevance({ embedder: letters, from: [1, 1] })).toThrow(/from/);
  });

  it("has no fingerprint where a function without a version decides the branch", () => {
    expect(regularizedRelevance({ embedder: letters, branch: () => "open" }).fingerprint).toBeNull();
    expect(regularizedRelevance({ embedder: letters, branch: () => "open", version: 1 }).fingerprint).not.toBeNull();
    expect(reward.fingerprint).not.toBe(regularizedRelevance({ embedder: letters, maxTokens: 100 }).fingerprint);
  });

  it("is built from a spec, and prefers a short answer on the topic to a long one off it, and both to a copy", async () => {
    const built = await rewardFrom({ kind: "reference.r3", embedder: "hash", from: [0, 1] });
    expect((await rewardFrom(built.spec)).fingerprint).toBe(built.fingerprint);
    const asked = task("Why does bread dough rise before baking?", [
      "Bread dough rises because yeast makes gas, and the dough holds the gas before baking.",
      "The railway strike lasted for weeks and shops ran out of fruit, so people queued in long lines for what there was.",
      "Why does bread dough rise before baking?",
    ]);
    const [scores] = await built.score([asked], directContext());
    const values = scores!.map((score) => (score.unscored === undefined ? score.value : Number.NaN));
    expect(values[0]).toBeGreaterThan(values[1]!);
    expect(values[0]).toBeGreaterThan(values[2]!);
  });
});
