import { describe, expect, it } from "vitest";
import { directContext, task, UsageError } from "../../core/index.ts";
import { chrf, corpusChrf, sentenceChrf } from "./chrf.ts";
import { type RougeType, rouge, rougeScores, rougeTokens } from "./rouge.ts";
import { corpusTer, sentenceTer, ter } from "./ter.ts";

const ctx = directContext();

describe("chrF", () => {
  it("takes the best of several references and is scored in [0, 100]", async () => {
    expect(sentenceChrf("the cat", ["zzz", "the cat"])).toBe(100);
    const [scores] = await chrf({ wordOrder: 2 }).score([task("q", ["the cat", ""], "the cat")], ctx);
    expect(scores).toEqual([{ value: 100 }, { value: 0 }]);
    expect(() => chrf({ charOrder: 0 })).toThrow(UsageError);
    expect(() => corpusChrf(["a"], [])).toThrow(UsageError);
  });
});

describe("TER", () => {
  it("counts a moved block as one edit", () => {
    expect(sentenceTer("b c d a", ["a b c d"])).toEqual({ score: 25, edits: 1, referenceLength: 4 });
    expect(sentenceTer("a b", ["a b c", "a b x y z"])).toEqual({ score: 25, edits: 1, referenceLength: 4 });
  });

  it("is turned round by the reward, and cut at 0", async () => {
    const [scores] = await ter().score([task("q", ["a b c d", "x x x x x x x x x"], "a b c d")], ctx);
    expect(scores).toEqual([
      { value: 100, parts: { ter: 0 } },
      { value: 0, parts: { ter: 225 } },
    ]);
    expect(() => corpusTer(["a"], [])).toThrow(UsageError);
  });

  it("takes a long hostile text in its stride", () => {
    const started = performance.now();
    expect(sentenceTer("a b ".repeat(20_000), ["b a ".repeat(30)]).edits).toBeGreaterThan(39_000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe("ROUGE", () => {
  it("splits lines for rougeLsum and not for rougeL", () => {
    const scores = rougeScores("c d\na b", ["a b\nc d"], { types: ["rougeL", "rougeLsum"] });
    expect(scores.rougeL.f1).toBe(0.5);
    expect(scores.rougeLsum.f1).toBe(1);
  });

  it("chooses the best target type by type", () => {
    const scores = rougeScores("a b c", ["c b a", "a b x y"], { types: ["rouge1", "rouge2"] });
    expect(scores.rouge1.f1).toBe(1);
    expect(scores.rouge2).toEqual({ precision: 0.5, recall: 1 / 3, f1: 0.4 });
  });

  it("stems words longer than three letters only", () => {
    expect(rougeTokens("Running was fun, flies DIED; été", true)).toEqual(["run", "was", "fun", "fli", "die", "t"]);
  });

  it("gives the wanted measure as the reward", async () => {
    const one = task("q", ["the cat"], "the cat sat down");
    const value = async (measure: "precision" | "recall" | "f1") => (await rouge({ measure }).score([one], ctx))[0]![0];
    expect(await value("precision")).toMatchObject({ value: 1 });
    expect(await value("recall")).toMatchObject({ value: 0.5, parts: { precision: 1, recall: 0.5 } });
    expect(() => rouge({ type: "rouge0" as RougeType })).toThrow(UsageError);
    expect(() => rougeScores("a", ["a"], { types: ["rougeW" as RougeType] })).toThrow(UsageError);
  });
});
