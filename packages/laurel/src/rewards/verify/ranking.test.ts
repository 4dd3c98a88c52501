import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext } from "../../core/context.ts";
import { task } from "../../core/task.ts";
import type { Json, Score } from "../../core/types.ts";
import { listFormatReward, ranking, readRanking, weightedPairReward } from "./ranking.ts";

const named = (scores: readonly number[]) => Object.fromEntries(scores.map((score, i) => [`model-${i + 1}`, score]));

describe("weightedPairReward", () => {
  // the specification's fixtures
  it.each([
    ["a perfect order", [5, 4, 2, 1], [4, 3, 2, 1], 1],
    ["a full reversal", [1, 2, 4, 5], [4, 3, 2, 1], 0],
    ["all equal, without gold ties", [3, 3, 3], [5, 3, 1], 1 / 2],
    ["all equal, gold 5 3 3 1", [2, 2, 2, 2], [5, 3, 3, 1], 1 - 8.5 / 18],
    ["reversal, gold 5 3 3 1", [1, 2, 3, 4], [5, 3, 3, 1], 1 / 18],
    ["one name", [1], [1], 0],
  ])("%s", (_, predicted, gold, value) => {
    expect(weightedPairReward(named(predicted), named(gold))).toBeCloseTo(value, 12);
  });
  it("looks at the names that both sides score, and is 0 with fewer than two", () => {
    expect(weightedPairReward({ a: 2, b: 1, x: 9 }, { a: 5, b: 1, c: 3 })).toBe(1);
    expect(weightedPairReward({}, { a: 5, b: 1 })).toBe(0);
  });
  it("does not depend on the order of the names nor on the scale of the prediction", () => {
    const scores = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(scores, scores, (predicted, gold) => {
        const n = Math.min(predicted.length, gold.length);
        const p = named(predicted.slice(0, n));
        const g = named(gold.slice(0, n));
        const turned = Object.fromEntries(Object.entries(g).reverse());
        const doubled = Object.fromEntries(Object.entries(p).map(([name, score]) => [name, 2 * score + 1]));
        expect(weightedPairReward(p, turned)).toBeCloseTo(weightedPairReward(p, g), 12);
        expect(weightedPairReward(doubled, g)).toBeCloseTo(weightedPairReward(p, g), 12);
      }),
    );
  });
});

const thought = `<think>${"x".repeat(51)}</think>\n`;
const names = ["model-1", "model-2"];
const full = '{"scores": {"model-1": 2, "model-2": 4}, "best-to-worst": ["model-2", "model-1"]}';

describe("listFormatReward", () => {
  // each component alone, from the specification's list
  it.each([
    ["everything", thought + full, 1],
    ["a short thought", `<think>x</think>${full}`, 0.95],
    ["no thought", full, 0.8],
    ["one tag and nothing else", "<think>x", 0.05],
    ["both tags and nothing else", "<think>x</think>", 0.15],
    ["JSON and nothing else", "{}", 0.2],
    ["JSON that brackets save", "Here: {} ok", 0.15],
    ["a code fence", `\`\`\`json\n${full}\n\`\`\``, 0.8],
    ["half the names", '{"scores": {"model-1": 2}}', 0.2 + 0.1 + 0.1],
    ["a ranking alone", '{"best-to-worse": ["model-1", "model-2"]}', 0.2 + 0.1],
    ["a ranking against the scores", full.replace('["model-2", "model-1"]', '["model-1", "model-2"]'), 0.6],
    ["JSON to repair", "{scores: {'model-1': 2, 'model-2': 4,}, 'best-to-worst': ['model-2', 'model-1'],}", 0.75],
    ["nothing", "", 0],
  ])("%s", (_, text, value) => {
    expect(listFormatReward(text, names)).toBeCloseTo(value, 12);
  });
});

describe("readRanking", () => {
  it("leaves out names that were not asked for, repeats and scores that are no numbers", () => {
    const text =
      '{"scores": {"model-1": "5", "model-2": 4, "other": 1}, "best-to-worst": ["model-2", "model-2", "other"]}';
    expect(readRanking(text, names)).toEqual({ scores: { "model-2": 4 }, ranking: ["model-2"], json: "whole" });
  });
  it.each(["{ ", "{a:", ",", "'", "<think>"])(
    "takes under half a second of processor time on 200,000 characters of %j",
    (unit) => {
      const before = process.cpuUsage();
      listFormatReward(unit.repeat(200_000 / unit.length), names);
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
    },
  );
});

describe("ranking", () => {
  const score = async (text: string, answer?: Json): Promise<Score> => {
    const one = task("Rank.", [text], answer === undefined ? {} : { answer });
    return (await ranking().score([one], directContext()))[0]![0]!;
  };
  it("mixes format and accuracy 0.1 to 0.9", async () => {
    expect(await score(full, { "model-1": 1, "model-2": 5 })).toMatchObject({ parts: { accuracy: 1 } });
    const { value } = (await score(full, { "model-1": 5, "model-2": 1 })) as { value: number };
    expect(value).toBeCloseTo(0.1 * 0.8, 12);
  });
  it("keeps what its form earned when there is no JSON", async () => {
    const gold = { "model-1": 5, "model-2": 1 };
    expect(await score("<think>x</think> both good", gold)).toMatchObject({
      fault: "malformed",
      parts: { accuracy: 0 },
    });
    expect(await score(" ", gold)).toEqual({ fault: "no-answer", value: 0 });
  });
  it("is unscored without gold scores", async () => {
    expect(await score(full)).toMatchObject({ unscored: { reason: "missing-reference" } });
    expect(await score(full, { "model-1": 5 })).toMatchObject({ unscored: { reason: "bad-reference" } });
    expect(await score(full, { a: "x", b: 1 })).toMatchObject({ unscored: { reason: "bad-reference" } });
  });
  it("refuses weights below 0", () => {
    expect(() => ranking({ format: -1 })).toThrow(/format/);
  });
});
