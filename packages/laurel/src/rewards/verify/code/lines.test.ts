import { describe, expect, it } from "vitest";
import { directContext, type LanguageModel, seedFrom } from "../../../core/index.ts";
import { type LineVariant, mutateLines } from "./lines.ts";
import { ruleMutator } from "./rule-mutator.ts";
import { statements } from "./statements.ts";

const program = [
  "def f(xs, k):",
  "    total = 0",
  "    for x in xs:",
  "        if x < k:",
  "            total += x * 2",
  "    return total + k",
].join("\n");

async function all(source: string, more: Partial<Parameters<typeof mutateLines>[1]> = {}): Promise<LineVariant[]> {
  const variants: LineVariant[] = [];
  for await (const one of mutateLines(source, { writer: ruleMutator(), seed: seedFrom(1), ...more }))
    variants.push(one);
  return variants;
}

describe("statements", () => {
  it("joins the lines of open brackets, strings, backslashes and decorators, and leaves out comments and empty lines", () => {
    const source = [
      "# note",
      "",
      "@cache",
      "def f(a,",
      "      b):",
      '    """One',
      "    two # three",
      '    """',
      "    x = a + \\",
      "        b",
      "    return '(' + x",
    ].join("\n");
    expect(statements(source, "python").map(({ first, last }) => [first, last])).toEqual([
      [2, 4],
      [5, 7],
      [8, 9],
      [10, 10],
    ]);
  });
  it("reads JavaScript's comments and templates", () => {
    const source = ["/* a", "b */", "const x = `(", "`; // (", "f(", "  1);"].join("\n");
    expect(statements(source, "javascript").map(({ first, last }) => [first, last])).toEqual([
      [2, 3],
      [4, 5],
    ]);
  });
  it("covers every line of code once", () => {
    expect(statements(program, "python").map(({ first }) => first)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe("mutateLines", () => {
  it("changes one statement at a time and nothing else", async () => {
    const variants = await all(program, { perLine: 3 });
    expect(variants.length).toBeGreaterThan(8);
    for (const { line, code } of variants) {
      const [before, after] = [program.split("\n"), code.split("\n")];
      expect(after.slice(0, line)).toEqual(before.slice(0, line));
      expect(after.slice(after.length - (before.length - line - 1))).toEqual(before.slice(line + 1));
      expect(code).not.toBe(program);
    }
    expect(new Set(variants.map(({ code }) => code)).size).toBe(variants.length);
  });
  it("gives the same variants for the same seed, whatever statements stand beside", async () => {
    expect(await all(program)).toEqual(await all(program));
    expect(await all(program, { seed: seedFrom(2) })).not.toEqual(await all(program));
  });
  it("makes the mutations of the specification", async () => {
    const notes = new Set(
      (await all(`${program}\n    y = g(a, b)`, { perLine: 9, kinds: ["mutation"] })).map(({ note }) => note),
    );
    for (const note of ["comparison", "operator", "assignment operator", "off by one", "swapped arguments"])
      expect(notes).toContain(note);
    const kept = (await all(program, { perLine: 9, kinds: ["refactor"] })).map(({ code }) => code);
    expect(kept.some((code) => code.includes("result_ = total + k"))).toBe(true);
    expect(kept.some((code) => code.includes("return k + total"))).toBe(true);
    expect(kept.some((code) => code.includes("k > x"))).toBe(true);
  });
  it("reaches into no string and no comment", async () => {
    expect(await all('s = "1 + 2 < 3 and True" # 4 + 5', { perLine: 9, kinds: ["mutation"] })).toEqual([]);
  });
  it("takes a language model's statement, with the original's indentation", async () => {
    const model = {
      name: "m",
      fingerprint: "m",
      supports: {} as LanguageModel["supports"],
      generate: async () => [
        [
          {
            text: "```python\nreturn x - 1\n```",
            finish: "stop" as const,
            modelId: "m",
            usage: { model: "m", inputTokens: 1, outputTokens: 1, calls: 1 },
          },
        ],
      ],
    };
    const writer = { model, ctx: directContext() };
    const made = await all("def f(x):\n    return x + 1", { writer, kinds: ["mutation"] });
    expect(made.map(({ code }) => code)).toContain("def f(x):\n    return x - 1");
  });
});
