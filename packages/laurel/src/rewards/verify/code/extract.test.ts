import { describe, expect, it } from "vitest";
import { candidate } from "../../../core/index.ts";
import { codeBlocks, programText, withPrefix } from "./extract.ts";

const found = (text: string, rule?: "last" | "first" | "all") => programText(candidate(text), "python", rule);

describe("programText", () => {
  it("takes the last block of the language before any other", () => {
    const text = "```python\na\n```\nthen\n```py\nb\n```\nrun\n```sh\nc\n```\n```\nd\n```";
    expect(found(text)).toEqual({ code: "b", from: "block" });
    expect(found(text, "first")).toEqual({ code: "a", from: "block" });
    expect(found(text, "all")).toEqual({ code: "a\nb", from: "block" });
  });
  it("takes a block without a tag where none has the language's, and the whole text where there is no block", () => {
    expect(found("```\nd\n```")).toEqual({ code: "d", from: "unnamed-block" });
    expect(found("def f(): pass")).toEqual({ code: "def f(): pass", from: "text" });
  });
  it("finds nothing in an empty answer and in one with only other languages", () => {
    expect(found("  \n")).toBeUndefined();
    expect(found("```rust\nx\n```")).toBeUndefined();
    expect(found("```python\n\n```")).toBeUndefined();
  });
  it("takes a block that the answer's length cut off", () => {
    expect(found("```python\nx = 1")).toEqual({ code: "x = 1", from: "block" });
  });
  it("closes a block only with a fence of its own kind and length", () => {
    expect(codeBlocks("````md\n```python\nx\n```\n````\n~~~js\ny\n```\n~~~")).toEqual([
      { tag: "md", code: "```python\nx\n```" },
      { tag: "js", code: "y\n```" },
    ]);
  });
  it("reads no text of a tool or a user", () => {
    const output = [{ role: "tool" as const, content: "```python\nx\n```" }];
    expect(programText({ output }, "python")).toBeUndefined();
  });
});

describe("withPrefix", () => {
  const prefix = 'from typing import List\n\ndef f(x: List[int]) -> int:\n    """Doc."""\n';
  it("appends a body and puts a whole function behind the beginning's imports", () => {
    expect(withPrefix(prefix, "    return 1", "python")).toBe(`${prefix}    return 1`);
    expect(withPrefix(prefix, "def f(x):\n    return 1", "python")).toBe(`${prefix}def f(x):\n    return 1`);
  });
  it("gives a bare header a body where a whole function follows", () => {
    expect(withPrefix("def f(x):\n", "def f(x):\n    return 1", "python")).toBe(
      "def f(x):\n    pass\ndef f(x):\n    return 1",
    );
  });
  it("leaves a whole program of another language alone", () => {
    expect(withPrefix("function f(x) {\n", "const f = (x) => x", "javascript")).toBe("const f = (x) => x");
  });
});
