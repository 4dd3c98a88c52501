import { describe, expect, it } from "vitest";
import { directContext, task, UsageError } from "../../core/index.ts";
import { type BleuOptions, bleu, bleuSignature, corpusBleu, sentenceBleu } from "./bleu.ts";
import { bleuberi, bleuberiBleu } from "./bleuberi.ts";
import { type BleuTokeniser, tokenise } from "./tokenise.ts";

const ctx = directContext();

describe("BLEU", () => {
  it("is 100 for the reference itself and 0 without a common word", () => {
    expect(sentenceBleu("the cat sat on the mat", ["the cat sat on the mat"]).score).toBeCloseTo(100, 9);
    expect(sentenceBleu("dog", ["the cat"]).score).toBe(0);
  });

  it("clips a repeated word at the greatest count that one reference has (Papineni's example)", () => {
    const score = sentenceBleu("the the the the the the the", ["the cat is on the mat", "there is a cat on the mat"], {
      maxOrder: 1,
    });
    expect(score.precisions[0]).toBeCloseTo((100 * 2) / 7, 9);
  });

  it("does not depend on the order of the references", () => {
    const [a, b] = ["the cat sat here now", "a cat was sitting there"];
    expect(sentenceBleu("the cat was here", [a, b])).toEqual(sentenceBleu("the cat was here", [b, a]));
  });

  it("says which tokenisers need a model", () => {
    for (const name of ["ja-mecab", "ko-mecab", "spm", "flores200", "toString"])
      expect(() => tokenise("x", name as BleuTokeniser)).toThrow(/external model, or does not exist/);
    expect(() => bleu({ tokenise: "spm" as BleuTokeniser })).toThrow(UsageError);
    expect(() => bleu({ smooth: "half" } as unknown as BleuOptions)).toThrow(UsageError);
    expect(() => corpusBleu(["a"], [])).toThrow(UsageError);
  });

  it("tokenises as its name says", () => {
    expect(tokenise("Hi, it's 3.14% &amp; more-or 2-3.", "13a")).toEqual([
      "Hi",
      ",",
      "it's",
      "3.14",
      "%",
      "&",
      "more-or",
      "2",
      "-",
      "3",
      ".",
    ]);
    expect(tokenise("我爱AI。", "zh")).toEqual(["我", "爱", "AI", "。"]);
    expect(tokenise("a 😀b", "char")).toEqual(["a", "😀", "b"]);
    expect(tokenise("1€—x 2.5", "intl")).toEqual(["1", "€", "—", "x", "2.5"]);
  });

  it("prints sacreBLEU's signature with the smoothing value", () => {
    expect(bleuSignature({ smooth: "add-k", smoothValue: 2, lowercase: true }, "var", "sentence")).toBe(
      "nrefs:var|case:lc|eff:yes|tok:13a|smooth:add-k[2.00]|version:2.6.0",
    );
  });

  it("is scored by the reward with its parts, and prepares a task's references once for all candidates", async () => {
    const [scores] = await bleu().score([task("q", ["the cat sat", ""], { texts: ["the cat sat", "x"] })], ctx);
    expect(scores![0]).toMatchObject({ parts: { brevityPenalty: 1, precision1: 100, precision3: 100, precision4: 0 } });
    expect(scores![0]!.unscored ?? scores![0]!.value).toBeCloseTo(100, 9);
    expect(scores![1]).toMatchObject({ value: 0 });
    expect((await bleu().score([task("q", ["x"])], ctx))[0]![0]!.unscored?.reason).toBe("missing-reference");
  });
});

describe("BLEUBERI's BLEU", () => {
  it("smooths every order by one and takes the shortest reference (worked by hand)", () => {
    // 2 tokens, both match, one bigram matches; orders 3 and 4 are empty and count 1/1
    const one = bleuberiBleu("the cat", ["the cat sat", "a b c d e f"]);
    expect(one.precisions).toEqual([1, 1, 1, 1]);
    expect(one.brevityPenalty).toBeCloseTo(Math.exp(1 - 3 / 2), 12);
    expect(bleuberiBleu("x y", ["the cat"]).value).toBeCloseTo(((1 / 3) * (1 / 2)) ** 0.25, 12);
  });

  it("holds a one-token prediction down only by brevity, which the paper's code does too", () => {
    const value = bleuberiBleu("x", ["the cat sat on the mat"]).value;
    expect(value).toBeCloseTo(Math.exp(1 - 6) * (1 / 2) ** 0.25, 12);
  });

  it("gives 0 for a blank prediction, and keeps case", () => {
    expect(bleuberiBleu(" \n", ["a"]).value).toBe(0);
    expect(bleuberiBleu("Cat", ["cat"]).value).toBeLessThan(1);
  });

  it("scores only the answer tag where asked, to the end if it is not closed", async () => {
    const answers = [
      "<think>cat</think><answer>the cat sat</answer>",
      "<think></think><answer>the cat sat",
      "the cat sat",
    ];
    const [scores] = await bleuberi({ within: "answer-tag" }).score([task("q", answers, "the cat sat")], ctx);
    expect(scores!.map((score) => score.unscored ?? [score.value, score.fault])).toEqual([
      [Math.exp(0), undefined],
      [1, undefined],
      [0, "no-answer"],
    ]);
  });

  it("leaves blank references out, and is unscored if none remains", async () => {
    const [some] = await bleuberi().score([task("q", ["a b"], { texts: [" ", "a b"] })], ctx);
    expect(some![0]).toMatchObject({ value: 1, parts: { bp: 1 } });
    const [none] = await bleuberi().score([task("q", ["a b"], { texts: [" ", ""] })], ctx);
    expect(none![0]!.unscored?.reason).toBe("missing-reference");
  });
});
