import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext, task, UsageError } from "../../core/index.ts";
import type { FormCheck } from "./checks.ts";
import { citationsIn, citedSentences } from "./citations.ts";
import { lastFence } from "./json.ts";
import { structure } from "./structure.ts";
import { readTags } from "./xml.ts";

const passages = {
  context: {
    passages: [
      { id: "1", text: "x" },
      { id: "doc-2", text: "y" },
    ],
  },
};
const score = async (checks: FormCheck[], ...answers: string[]) =>
  (await structure({ checks }).score([task("q", answers, undefined, passages)], directContext()))[0]!.map(
    (one) => one.unscored ?? one.value,
  );

describe("verify.structure", () => {
  it("accepts JSON that fits a schema, alone or in the last fence", async () => {
    const schema = {
      type: "object",
      required: ["name"],
      properties: { name: { type: "string" }, age: { minimum: 0 } },
    };
    const answers = ['{"name":"a","age":3}', '{"name":1}', '{"age":3}', "not json", '{"name":"a"} trailing'];
    expect(await score([{ check: "json", schema }], ...answers)).toEqual([1, 0, 0, 0, 0]);
    const fenced = 'Here:\n```json\n{"name":"a"}\n```\nDone.';
    expect(await score([{ check: "json", schema }], fenced)).toEqual([0]);
    expect(await score([{ check: "json", schema, within: "fence" }], fenced, '{"name":"a"}')).toEqual([1, 1]);
  });

  it("refuses JSON nested deeper than the limit instead of overflowing the stack", async () => {
    const deep = (n: number) => "[".repeat(n) + "]".repeat(n);
    const schema = { $ref: "#/$defs/a", $defs: { a: { type: "array", items: { $ref: "#/$defs/a" } } } };
    expect(await score([{ check: "json", schema }], deep(100), deep(101), deep(200_000), '["[[[["]'.repeat(1))).toEqual(
      [1, 0, 0, 0],
    );
  });

  it("sees whether XML tags are nested, which are there, and whether one element is all", async () => {
    const answers = ["<a><b/>x</a>", "<a><b>x</a></b>", "<a>", "x < y and <a>z</a>", '<a t=">">x</a> <!-- <c> -->'];
    expect(await score([{ check: "xml", tags: ["a"] }], ...answers)).toEqual([1, 1, 0, 1, 1]);
    expect(await score([{ check: "xml" }], ...answers)).toEqual([1, 0, 0, 1, 1]);
    expect(await score([{ check: "xml", single: true }], ...answers)).toEqual([1, 0, 0, 0, 1]);
    expect(readTags("<a/><a></a>").counts.get("a")).toBe(2);
  });

  it("bounds length and looks for whole words in any case", async () => {
    expect(await score([{ check: "length", unit: "words", min: 2, max: 3 }], "a", "a b", "a b c d")).toEqual([0, 1, 0]);
    const words: FormCheck = { check: "words", required: ["Art"], banned: ["part"] };
    expect(await score([words], "art", "start", "art part", "ART!", "éart")).toEqual([1, 0, 0, 1, 0]);
    expect(await score([{ ...words, whole: false }], "start", "part")).toEqual([1, 0]);
    expect(await score([{ ...words, caseSensitive: true }], "art", "Art")).toEqual([0, 1]);
  });

  it("wants citations that resolve, and is unscored without passages", async () => {
    const answers = ["So [1].", "So [1][doc-2].", "So [3].", "So.", "See [sic] [1]."];
    expect(await score([{ check: "citations" }], ...answers)).toEqual([1, 1, 0, 0, 1]);
    const bare = await structure({ checks: [{ check: "citations" }] }).score([task("q", ["[1]"])], directContext());
    expect(bare[0]![0]!.unscored?.reason).toBe("missing-reference");
  });

  it("refuses checks that make no sense", () => {
    expect(() => structure({ checks: [] })).toThrow(UsageError);
    expect(() => structure({ checks: [{ check: "words" }] })).toThrow(UsageError);
    expect(() => structure({ checks: [{ check: "length" }] })).toThrow(UsageError);
    expect(() => structure({ checks: [{ check: "colour" } as unknown as FormCheck] })).toThrow(/unknown check/);
  });

  it("never throws and stays fast on hostile text", async () => {
    const checks: FormCheck[] = [
      { check: "json", within: "fence" },
      { check: "xml" },
      { check: "words", required: ["aa"] },
      { check: "sections", names: ["a"] },
      { check: "citations" },
    ];
    const hostile = [
      "<a ".repeat(50_000),
      "[".repeat(100_000),
      "```\n".repeat(30_000),
      "<!--".repeat(30_000),
      '"\\'.repeat(50_000),
      "a.".repeat(50_000),
      "[1, ".repeat(30_000),
      "**".repeat(60_000),
    ];
    for (const text of hostile) {
      const started = performance.now();
      expect(await score(checks, text)).toEqual([0]);
      expect(performance.now() - started).toBeLessThan(3000);
    }
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", maxLength: 200 }), async (text) => {
        const [value] = await score(checks, text);
        expect([0, 1]).toContain(value);
      }),
      { numRuns: 100, seed: 1 },
    );
  });
});

describe("citations", () => {
  const known = new Set(["1", "2", "a b"]);

  it("reads lists, ranges, footnotes and known names; other brackets are text", () => {
    expect(citationsIn("x [1][2] y [1, 3; 5-7] [^9] [a b] [sic] [link](u)", known)).toEqual([
      "1",
      "2",
      "3",
      "5",
      "6",
      "7",
      "9",
      "a b",
    ]);
    expect(citationsIn("[1-9999]", known)).toHaveLength(50);
  });

  it("keeps a citation after the stop with its sentence, and does not split numbers or initials", () => {
    expect(citedSentences("Pi is 3.14 here. [1] The U.S. won [2]! e.g. this\n- item one\n这是。那是[1]。")).toEqual([
      "Pi is 3.14 here. [1]",
      "The U.S. won [2]! e.g. this",
      "- item one",
      "这是。",
      "那是[1]。",
    ]);
  });

  it("finds the last closed fence, by language where asked", () => {
    const text = "```sql\nA\n```\n```py\nB\n```\n```sql\nC";
    expect([lastFence(text), lastFence(text, "sql"), lastFence("x")]).toEqual(["B\n", "A\n", undefined]);
  });
});
