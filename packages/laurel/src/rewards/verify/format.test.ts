import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../test/data.ts";
import { directContext, task, UsageError } from "../../core/index.ts";
import { type FormatOptions, format } from "./format.ts";
import { answerIn, hasThinkBlock, splitThinkAnswer } from "./think-answer.ts";

const vectors = dataPath("reward-vectors/trl_cases.jsonl");
const score = async (options: FormatOptions, ...answers: string[]) =>
  (await format(options).score([task("q", answers)], directContext()))[0]!.map((one) => one.unscored ?? one.value);

describe("verify.format", () => {
  it.skipIf(vectors === undefined)("gives TRL's value on each think_format vector (data: reward-vectors)", async () => {
    const rows = readFileSync(vectors!, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { reward: string; completion: string; expected: number })
      .filter((row) => row.reward === "think_format");
    expect(rows).toHaveLength(10);
    expect(await score({ tags: "think" }, ...rows.map((row) => row.completion))).toEqual(
      rows.map((row) => row.expected),
    );
  });

  it("agrees with TRL's regular expression on any mixture of tags", () => {
    const pattern = /^<think>(?!.*<think>)(.*?)<\/think>.*$/s;
    const pieces = fc.constantFrom("<think>", "</think>", "<answer>", "</answer>", "a", "\n", " ", "<", "think>");
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = `${parts.length % 3 === 0 ? "" : "<think>"}${parts.join("")}`;
        expect(hasThinkBlock(text)).toBe(pattern.test(text));
      }),
      { numRuns: 500, seed: 6 },
    );
  });

  it("requires exactly one thought and one answer for think-answer", async () => {
    const good = "<think>a</think><answer>1</answer>";
    const values = await score(
      { tags: "think-answer" },
      good,
      ` ${good}\n`,
      "<think>a</think> <answer>1</answer>",
      `${good} more`,
      "<think>a</think><answer>1</answer><answer>2</answer>",
      "<answer>1</answer><think>a</think>",
      "<think>a<think>b</think></think><answer>1</answer>",
      "",
    );
    expect(values).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
    expect(await score({ tags: "think-answer", gap: "nothing" }, good, `${good}\n`)).toEqual([1, 0]);
  });

  it("finds headings in three notations, in order where asked", async () => {
    const text = "## Summary\nx\n**Risks:** y\nNext steps: z\n";
    const sections = ["summary", "Risks", "next steps"];
    expect(await score({ sections, ordered: true }, text)).toEqual([1]);
    expect(await score({ sections: ["risks", "summary"] }, text)).toEqual([1]);
    expect(await score({ sections: ["risks", "summary"], ordered: true }, text)).toEqual([0]);
    expect(await score({ sections: ["Conclusion"] }, text)).toEqual([0]);
  });

  it("can give the share of checks that pass, with one part a check", async () => {
    const reward = format({ patterns: ["^\\d+$", { pattern: "foo", absent: true }], credit: "share" });
    const [[one]] = (await reward.score([task("q", ["12 foo"])], directContext())) as [[unknown]];
    expect(one).toEqual({ value: 0, parts: { pattern: 0, "pattern.2": 0 } });
    expect(await score({ patterns: ["^\\d+", "bar"], credit: "share" }, "12 foo")).toEqual([0.5]);
  });

  it("runs in a worker with a time limit, since users' patterns may be slow", () => {
    expect(format({ patterns: ["a+"] })).toMatchObject({ work: "cpu", timeLimit: 100, range: [0, 1] });
  });

  it("refuses options that check nothing and patterns that do not compile", () => {
    expect(() => format({})).toThrow(UsageError);
    expect(() => format({ patterns: ["("] })).toThrow(/does not compile/);
    expect(() => format({ patterns: [{ pattern: "a", flags: "g" }] })).toThrow(UsageError);
  });

  it("stays linear on a hundred thousand tags", () => {
    const hostile = "<think>".repeat(50_000) + "</think>".repeat(50_000);
    const started = performance.now();
    expect(hasThinkBlock(hostile)).toBe(false);
    expect(splitThinkAnswer(`${hostile}<answer></answer>`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("reads an answer tag that is not closed to the end", () => {
    expect(answerIn("<think>x</think><answer>42")).toBe("42");
    expect(answerIn("42")).toBeUndefined();
  });
});
