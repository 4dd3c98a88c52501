import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seedFrom } from "../../../core/index.ts";
import { perturbations } from "./perturbations.ts";

const seed = seedFrom("perturb");
const apply = (name: string, text: string): string | undefined =>
  perturbations.find((one) => one.name === name)!.apply(text, seed);

describe("perturbations", () => {
  it("changes form only where it says so", () => {
    const text = "It's large, but I don't mind. It is fine.";
    expect(apply("lower case", text)).toBe(text.toLowerCase());
    expect(apply("double spaces", "a b\n c")).toBe("a  b\n c");
    expect(apply("no commas, no final stop", text)).toBe("It's large but I don't mind. It is fine");
    expect(apply("contractions written out", text)).toBe("It is large, but I do not mind. It is fine.");
    expect(apply("contractions made", text)).toBe("It's large, but I don't mind. It's fine.");
    expect(apply("other words for the same", "However, it is large.")).toBe("But, it is big.");
    expect(apply("lower case", "already")).toBeUndefined();
    expect(apply("contractions made", "nothing here")).toBeUndefined();
  });

  it("keeps the letters of misspelt words, and the look of disguised ones", () => {
    const text = Array.from({ length: 100 }, (_, i) => `word${"abcdefghij"[i % 10]}tail`).join(" ");
    const typos = apply("typos in 5 % of words", text)!;
    const [before, after] = [text.split(" "), typos.split(" ")];
    const differ = before.filter((word, i) => word !== after[i]);
    expect(differ.length).toBeLessThanOrEqual(5);
    expect(differ.length).toBeGreaterThan(0);
    for (const [i, word] of after.entries()) expect([...word].sort()).toEqual([...before[i]!].sort());
    const disguised = apply("look-alike letters in a fifth of words", text)!;
    expect(disguised).toHaveLength(text.length);
    expect(disguised.replace(/а/g, "a").replace(/о/g, "o").replace(/с/g, "c").replace(/е/g, "e")).toBe(text);
  });

  it("gives the same text for the same seed, never throws, and takes time linear in a hostile text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (text) => {
        for (const one of perturbations) expect(one.apply(text, seed)).toBe(one.apply(text, seed));
      }),
    );
    const hostile = [" ".repeat(200_000), ". ".repeat(100_000), "don".repeat(70_000), "a, ".repeat(70_000)];
    const began = performance.now();
    for (const text of hostile) for (const one of perturbations) one.apply(text, seed);
    // quadratic time would take minutes; linear takes well under a second on a quiet machine
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
