import { describe, expect, it } from "vitest";
import { directContext, task } from "../../core/index.ts";
import { normalise, squadWords } from "./normalise.ts";
import { exactMatch, squadCorpus, squadExactMatch, squadF1, tokenF1 } from "./token-f1.ts";

describe("SQuAD token F1", () => {
  it("is 2PR/(P+R) of shared words after the normaliser", () => {
    expect(squadF1("The cat sat.", ["a cat"])).toEqual({ precision: 0.5, recall: 1, f1: 2 / 3 });
  });

  it("counts a repeated word only as often as the reference has it", () => {
    expect(squadF1("cat cat cat", ["cat dog"])).toEqual({ precision: 1 / 3, recall: 0.5, f1: 0.4 });
  });

  it("takes the best of several references", () => {
    expect(squadF1("red", ["blue", "red car", "red"]).f1).toBe(1);
  });

  it("follows version 1.1 or 2.0 where a text has no words", () => {
    expect(squadF1("the", ["a"]).f1).toBe(0);
    expect(squadF1("the", ["a"], { version: "2.0" }).f1).toBe(1);
    expect(squadF1("x", [""], { version: "2.0" }).f1).toBe(0);
  });

  it("normalises as the script does, with word borders of every script", () => {
    expect(squadWords("An apple, the U.S.A.'s a")).toEqual(["apple", "usas"]);
    expect(squadWords("über-a élan a é")).toEqual(["übera", "élan", "é"]);
    expect(normalise("éa the", ["articles"])).toBe("éa  ");
  });

  it("gives corpus figures in percent", () => {
    expect(squadCorpus(["a b", "x"], [["b c"], ["x"]])).toEqual({ exactMatch: 50, f1: (100 * (2 / 3 + 1)) / 2 });
  });

  it("is scored by the reward against reference texts, and unscored without", async () => {
    const ctx = directContext();
    const scored = await tokenF1().score([task("q", ["the cat sat"], { texts: ["cat", "dog"] })], ctx);
    expect(scored[0]![0]).toEqual({ value: 2 / 3, parts: { precision: 0.5, recall: 1 } });
    const missing = await tokenF1().score([task("q", ["x"])], ctx);
    expect(missing[0]![0]!.unscored?.reason).toBe("missing-reference");
    const exact = await exactMatch().score([task("q", ["The Cat!", "cats"], "cat")], ctx);
    expect(exact[0]).toEqual([{ value: 1 }, { value: 0 }]);
    expect(squadExactMatch("The Cat!", ["cat"])).toBe(true);
  });
});
