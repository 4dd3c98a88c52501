import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EquivalenceOptions, equivalent, parseMath } from "./equivalent.ts";

const equal = (gold: string, candidate: string, options: EquivalenceOptions = {}) =>
  equivalent(gold, candidate, options).equal;

describe("equivalent", () => {
  it("decides plain integers exactly, however near", () => {
    expect(equal("123456789012345678901", "123456789012345678902")).toBe(false);
    expect(equal("123456789012345678901", "123,456,789,012,345,678,901")).toBe(true);
  });
  it("takes a decimal of six digits for what it rounds or cuts off, and fewer only when told", () => {
    expect(equal("\\frac{1}{3}", "0.333333")).toBe(true);
    expect(equal("\\frac{2}{3}", "0.666667")).toBe(true);
    expect(equal("\\frac{1}{3}", "0.33")).toBe(false);
    expect(equal("\\frac{1}{3}", "0.33", { significantDigits: 2 })).toBe(true);
    expect(equal("\\sqrt{2}", "1.414214")).toBe(true);
    expect(equal("\\sqrt{2}", "1.414213")).toBe(true);
    expect(equal("\\sqrt{2}", "1.414215")).toBe(false);
    expect(equal("\\sqrt{2}", "1.41")).toBe(false);
  });
  it("keeps short decimals exact and passes over floating-point noise", () => {
    expect(equal("123456.78", "123456.8")).toBe(false);
    expect(equal("0.3", "0.30000000000000004")).toBe(true);
    expect(equal("0.3", "0.3000001")).toBe(false);
  });
  it("accepts within a stated tolerance", () => {
    expect(equal("100", "101", { tolerance: { relative: 0.01 } })).toBe(true);
    expect(equal("100", "102", { tolerance: { relative: 0.01 } })).toBe(false);
    expect(equal("\\pi", "3.14", { tolerance: { absolute: 0.01 } })).toBe(true);
  });
  it("follows the percent policy", () => {
    expect(equal("28\\%", "28")).toBe(true);
    expect(equal("28\\%", "0.28")).toBe(true);
    expect(equal("28\\%", "28", { percent: "strict" })).toBe(false);
    expect(equal("28\\%", "0.28", { percent: "strict" })).toBe(true);
  });
  it("follows the unit policy", () => {
    expect(equal("5\\text{ m}", "500\\text{ cm}")).toBe(true);
    expect(equal("5\\text{ m}", "5\\text{ cm}")).toBe(false);
    expect(equal("5\\text{ m}", "5")).toBe(true);
    expect(equal("5\\text{ m}", "5", { units: "required" })).toBe(false);
    expect(equal("5\\text{ m}", "5\\text{ cm}", { units: "ignore" })).toBe(true);
    expect(equal("15\\mbox{ cm}^2", "15")).toBe(true);
    expect(equal("60\\text{ km/h}", "60\\text{ kilometers per hour}")).toBe(true);
    expect(equal("60\\text{ km/h}", "60\\text{ miles per hour}")).toBe(false);
    expect(equal("90^\\circ", "\\frac{\\pi}{2}")).toBe(true);
    expect(equal("3 \\text{ apples}", "3 \\text{ pears}")).toBe(true);
  });
  it("reads the number format that it is told", () => {
    expect(equal("1234.56", "1.234,56")).toBe(true);
    expect(equal("1234", "1.234", { numbers: "comma" })).toBe(true);
    expect(equal("1234", "1.234")).toBe(false);
    expect(equal("1234.5", "1 234,5")).toBe(true);
  });
  it("tells a hedge from an answer", () => {
    expect(equal("42", "41 or 42")).toBe(false);
    expect(equal("42", "42, 41")).toBe(false);
    expect(equal("x = 2", "x = 2 or x = 3")).toBe(false);
    expect(equal("[0,1]", "(-\\infty, \\infty)")).toBe(false);
  });
  it("compares words as words, and does not read 1,000 as a list", () => {
    expect(equal("no", "on")).toBe(false);
    expect(equal("No", "no")).toBe(true);
    expect(equal("1, 0", "1,000")).toBe(false);
  });
  it("keeps order in tuples and drops it in sets", () => {
    expect(equal("(1,2)", "(2,1)")).toBe(false);
    expect(equal("\\{1,2\\}", "\\{2,1\\}")).toBe(true);
    expect(equal("(1,2)", "[1,2]")).toBe(false);
  });
  it("compares real expressions on their common domain and respects signs there", () => {
    expect(equal("2\\ln x", "\\ln x^2")).toBe(true);
    expect(equal("x", "\\sqrt{x^2}")).toBe(false);
    expect(equal("|x|", "\\sqrt{x^2}")).toBe(true);
    expect(equal("-2", "\\sqrt[3]{-8}")).toBe(true);
    expect(equal("\\frac{x^2-1}{x-1}", "x+1")).toBe(true);
  });
  it("continues factorials between the whole numbers", () => {
    expect(equal("(n+1)!", "(n+1) \\cdot n!")).toBe(true);
    expect(equal("\\binom{n}{2}", "\\frac{n(n-1)}{2}")).toBe(true);
    expect(equal("\\binom{n}{2}", "\\frac{n(n+1)}{2}")).toBe(false);
    expect(equal("(n+1)!", "n \\cdot n!")).toBe(false);
  });
  it("works out whole sums, determinants and floors", () => {
    expect(equal("55", "\\sum_{k=1}^{10} k")).toBe(true);
    expect(equal("-2", "\\begin{vmatrix}1&2\\\\3&4\\end{vmatrix}")).toBe(true);
    expect(equal("3", "\\lfloor \\pi \\rfloor")).toBe(true);
  });
  it("says over-long for the candidate's size and bad-reference for the gold's", () => {
    const deep = `${"(".repeat(500)}1${")".repeat(500)}`;
    expect(equal("1", deep)).toBe("over-long");
    expect(equal(deep, "1")).toBe("bad-reference");
  });
  it("is undecided only where the gold answer has no value", () => {
    expect(equal("\\frac{1}{0}", "5")).toBe("undecided");
    expect(equal("3:4", "\\frac{1}{0}:4")).toBe(false);
    expect(equal("5", "\\frac{1}{0}")).toBe(false);
  });
  it("reads 1/2x either way", () => {
    expect(equal("\\frac{1}{2x}", "1/2x")).toBe(true);
    expect(equal("\\frac{x}{2}", "1/2x")).toBe(true);
    expect(equal("2x", "1/2x")).toBe(false);
  });
  it("is reflexive and symmetric on random fractions, and never equates different ones", () => {
    const fraction = fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: 1, max: 9999 }));
    fc.assert(
      fc.property(fraction, fraction, ([a, b], [c, d]) => {
        const left = `\\frac{${a}}{${b}}`;
        const right = `${c}/${d}`;
        const truth = a * d === b * c;
        return equal(left, right) === truth && equal(right, left) === truth && equal(left, `${a}/${b}`) === true;
      }),
      { seed: 7, numRuns: 500 },
    );
  });
  it("never throws, whatever the text", () => {
    const piece = fc.constantFrom(
      "1",
      "x",
      "\\frac",
      "{",
      "}",
      "(",
      ")",
      "[",
      "]",
      "^",
      "_",
      "+",
      "-",
      "\\sqrt",
      "\\pm",
      ",",
      ";",
      "=",
      "<",
      "\\text{a}",
      "\\begin{pmatrix}",
      "\\end{pmatrix}",
      "&",
      "\\\\",
      "|",
      "\\{",
      "\\}",
      "!",
      "%",
      "\\sin",
      "\\cup",
      ":",
      "$",
      "½",
      "\\sum",
      "\\langle",
      "1,2",
      "3.5",
      " ",
      "or",
      "and",
      "cm",
      "'",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.array(piece, { maxLength: 14 }), (a, b) => {
        const verdict = equivalent(a.join(""), b.join(""));
        return verdict.rule.length > 0;
      }),
      { seed: 11, numRuns: 3000 },
    );
  });
});

describe("parseMath", () => {
  it("gives a tree, and says where a text is no mathematics", () => {
    expect(parseMath("2\\frac{1}{2}")).toEqual({ k: "num", v: { n: 5n, d: 2n } });
    expect(parseMath("(1")).toEqual({ k: "num", v: { n: 1n, d: 1n } });
    expect(() => parseMath("1 + )")).toThrow(/unexpected/);
  });
});
