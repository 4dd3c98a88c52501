import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameOutput } from "./stdout.ts";

describe("sameOutput", () => {
  it("by lines ignores white space at the ends of lines and empty lines at the end, and nothing else", () => {
    expect(sameOutput("1 2 \r\n3\t\n\n", "1 2\n3")).toBe(true);
    expect(sameOutput("1  2", "1 2")).toBe(false);
    expect(sameOutput("\n1", "1")).toBe(false);
    expect(sameOutput(" 1", "1")).toBe(false);
    expect(sameOutput("", "\n\n")).toBe(true);
  });
  it("by tokens ignores all white space between", () => {
    expect(sameOutput("1  2\n\n3", "1 2 3", "tokens")).toBe(true);
    expect(sameOutput("12 3", "1 2 3", "tokens")).toBe(false);
  });
  it("exactly compares every character", () => {
    expect(sameOutput("1\n", "1", "exact")).toBe(false);
    expect(sameOutput("1\n", "1\n", "exact")).toBe(true);
  });
  it("lets numbers differ by the tolerance, and words not", () => {
    expect(sameOutput("0.3333333 yes", "0.33333333 yes", "lines", { absolute: 1e-6 })).toBe(true);
    expect(sameOutput("0.33 yes", "0.3333 yes", "lines", { absolute: 1e-6 })).toBe(false);
    expect(sameOutput("1.0 yes", "1 no", "lines", { absolute: 1e-6 })).toBe(false);
    expect(sameOutput("1 2 3", "1 2", "tokens", { absolute: 1 })).toBe(false);
  });
  it("is reflexive and symmetric under every rule", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.constantFrom("lines", "tokens", "exact" as const), (a, b, rule) => {
        const by = rule as "lines";
        expect(sameOutput(a, a, by)).toBe(true);
        expect(sameOutput(a, b, by)).toBe(sameOutput(b, a, by));
      }),
    );
  });
  it("takes linear time on a long line of white space", () => {
    const began = performance.now();
    sameOutput(`${" ".repeat(1 << 20)}x`, "y");
    expect(performance.now() - began).toBeLessThan(1000);
  });
});
