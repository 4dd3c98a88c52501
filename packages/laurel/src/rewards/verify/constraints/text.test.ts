import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keyword } from "./patterns.ts";
import { countWords, isBlank, isLower, isUpper, strip, stripEnd, stripStart } from "./text.ts";

describe("strings as Python has them", () => {
  it("strips Python's white space, which has U+001C and U+0085 but not U+FEFF", () => {
    expect(strip(" \x1c\x85\u3000a b\u2029\n")).toBe("a b");
    expect(strip("\ufeffa")).toBe("\ufeffa");
    expect(isBlank("\x1f\xa0")).toBe(true);
    expect([stripStart('""a"', '"'), stripEnd('a""', '"')]).toEqual(['a"', "a"]);
  });
  it("tells case by cased characters only", () => {
    expect([isUpper("A1!"), isUpper("1!"), isUpper("Aa"), isUpper("Ⅷ"), isUpper("ǅ")]).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
    expect([isLower("a1!"), isLower(""), isLower("ªß"), isLower("aǅ")]).toEqual([true, false, true, false]);
  });
  it("counts runs of letters, digits and underscores, but not marks", () => {
    expect(countWords("don't stop_it 3½ 中文 😀 é")).toBe(6);
    // a combining vowel sign is no word character to Python, so it splits a word
    expect(countWords("कि")).toBe(1);
    expect(countWords("किक")).toBe(2);
  });
});

describe("keyword", () => {
  it("finds plain words as their regular expression does", () => {
    const word = fc.constantFrom("a", "ab", "a b", "b-a", "it's", "_a", "k");
    const piece = fc.constantFrom("a", "b", "A", "B", " ", "-", "'", "it's", "é", "_", "K", "中", ".", "9");
    fc.assert(
      fc.property(word, fc.array(piece, { maxLength: 12 }), (one, pieces) => {
        const response = pieces.join("");
        // the same word in a group is no plain word any more
        const [plain, pattern] = [keyword(one), keyword(`(?:${one})`)];
        expect(plain.isIn(response)).toBe(pattern.isIn(response));
        expect(plain.isWordIn(response)).toBe(pattern.isWordIn(response));
        expect(plain.countIn(response)).toBe(pattern.countIn(response));
      }),
      { numRuns: 500 },
    );
  });
  it("takes a quantified group literally, since it could take exponential time", () => {
    expect(keyword("(a+)+b").isIn(`${"a".repeat(60)}c`)).toBe(false);
    expect(keyword("(a+)+b").isIn("(A+)+B")).toBe(true);
  });
});
