import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { candidate, directContext, pointwise, task, UsageError } from "../core/index.ts";
import { type CosineOptions, cosineLength, cosineScaled, length, softOverlong } from "./length.ts";

interface Row {
  reward: string;
  options: Record<string, number>;
  completion_tokens: number;
  correct: boolean;
  expected: number;
  tolerance?: number;
}
const vectors = dataPath("reward-vectors/trl_cases.jsonl");
const rowsOf = (name: string): Row[] =>
  readFileSync(vectors!, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row)
    .filter((row) => row.reward === name);
const ctx = directContext();
const tokens = (count: number) => candidate("x", { tokens: { count, tokenizer: "test" } });

describe("length", () => {
  it("counts code points, words or the stated tokens", async () => {
    const one = candidate("a 👍 שלום\n", { tokens: { count: 7, tokenizer: "test" } });
    const value = async (unit: "characters" | "words" | "tokens") =>
      (await length({ unit }).score([task("q", [one])], ctx))[0]![0];
    expect(await value("characters")).toMatchObject({ value: 9 });
    expect(await value("words")).toMatchObject({ value: 3 });
    expect(await value("tokens")).toMatchObject({ value: 7 });
  });

  it("is unscored where tokens are asked for and not stated", async () => {
    const [[score]] = (await length({ unit: "tokens" }).score([task("q", ["x"])], ctx)) as [[{ unscored: unknown }]];
    expect(score.unscored).toMatchObject({ reason: "unsupported" });
  });

  it("falls linearly from the target and is 0 beyond the tolerance", async () => {
    const reward = length({ unit: "words", form: "target", target: 4, tolerance: 2 });
    const scores = await reward.score([task("q", ["a b c d", "a b c", "a", ""])], ctx);
    expect(scores[0]!.map((score) => score.unscored ?? score.value)).toEqual([1, 0.5, 0, 0]);
  });

  it("gives 1 inside a range and 0 outside", async () => {
    const reward = length({ form: "range", min: 2, max: 3 });
    const scores = await reward.score([task("q", ["a", "ab", "abc", "abcd"])], ctx);
    expect(scores[0]!.map((score) => score.unscored ?? score.value)).toEqual([0, 1, 1, 0]);
  });

  it.skipIf(vectors === undefined)("gives TRL's soft overlong punishment (data: reward-vectors)", async () => {
    const rows = rowsOf("soft_overlong_punishment");
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      const { max_completion_len: max, soft_punish_cache: cache } = row.options;
      const reward = length({ unit: "tokens", form: "limit", max: max!, cache: cache! });
      const [[score]] = (await reward.score([task("q", [tokens(row.completion_tokens)])], ctx)) as [[object]];
      expect(score).toMatchObject({ value: row.expected });
    }
  });

  it("has no jump at the limit and no division by a cache of 0", () => {
    expect([softOverlong(80, 100, 20), softOverlong(100, 100, 20), softOverlong(101, 100, 20)]).toEqual([0, -1, -1]);
    expect([softOverlong(100, 100, 0), softOverlong(101, 100, 0)]).toEqual([0, -1]);
  });

  it.skipIf(vectors === undefined)("gives TRL's cosine-scaled reward (data: reward-vectors)", async () => {
    const rows = rowsOf("cosine_scaled");
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      const options: CosineOptions = {
        maxLength: row.options["max_len"]!,
        minWrong: row.options["min_value_wrong"],
        maxWrong: row.options["max_value_wrong"],
        minCorrect: row.options["min_value_correct"],
        maxCorrect: row.options["max_value_correct"],
      };
      const correct = pointwise("fixed", () => row.correct, { version: 1, range: [0, 1] });
      const reward = cosineLength(correct, options);
      const [[score]] = (await reward.score([task("q", [tokens(row.completion_tokens)])], ctx)) as [
        [{ value: number }],
      ];
      expect(Math.abs(score.value - row.expected)).toBeLessThan(row.tolerance!);
    }
  });

  it("stays at the end of the cosine for answers beyond the greatest length", () => {
    expect(cosineScaled(1000, false, { maxLength: 100 })).toBeCloseTo(-0.5, 12);
    expect(cosineScaled(1000, true, { maxLength: 100 })).toBeCloseTo(0.5, 12);
  });

  it("counts a correctness fault as wrong and keeps an unscored one unscored", async () => {
    const faulty = pointwise("faulty", () => ({ fault: "no-answer" }), { version: 1, range: [0, 1] });
    const scored = await cosineLength(faulty, { maxLength: 10 }).score([task("q", [tokens(0)])], ctx);
    expect(scored[0]![0]).toMatchObject({ value: -1, facts: { faults: ["correct"] } });
    const open = pointwise("open", () => ({ unscored: { reason: "undecided", message: "", transient: false } }));
    const kept = await cosineLength(open, { maxLength: 10 }).score([task("q", [tokens(0)])], ctx);
    expect(kept[0]![0]!.unscored?.reason).toBe("undecided");
  });

  it("refuses options that make no sense", () => {
    expect(() => length({ form: "target", target: 1, tolerance: 0 })).toThrow(UsageError);
    expect(() => length({ form: "limit", max: 10, cache: 20 })).toThrow(UsageError);
    expect(() => length({ form: "range" })).toThrow(UsageError);
  });
});
