import { describe, expect, it } from "vitest";
import { textStyle } from "./text-style.ts";

describe("textStyle", () => {
  it("counts headers, list items and bold spans, as the Arena does", () => {
    const text =
      "# A\n## B\n####### none\n- one\n * two\n+ three\n1. four\n 12. five\n3.six\n**b** and __c__ but *d*, **e\nf**";
    expect(textStyle(text)).toEqual({ length: [...text].length, headers: 2, lists: 5, bold: 2 });
  });

  it("leaves fenced code out of the counts and keeps it in the length, in code points", () => {
    expect(textStyle("😀\n```\n# no\n- no\n```\n# yes")).toEqual({ length: 25, headers: 1, lists: 0, bold: 0 });
  });

  it.each([
    ["blank lines", "\n".repeat(200_000)],
    ["blanks", `${" ".repeat(200_000)}x`],
    ["open bold", "**a".repeat(60_000)],
    ["open fences", "```a".repeat(50_000)],
    ["digits", "1".repeat(200_000)],
  ])("is quick on hostile text: %s", (_, text) => {
    const from = performance.now();
    textStyle(text);
    expect(performance.now() - from).toBeLessThan(500);
  });
});
