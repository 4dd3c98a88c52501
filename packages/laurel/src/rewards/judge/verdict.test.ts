import { describe, expect, it } from "vitest";
import type { Generation } from "../../core/index.ts";
import { lastObject, lenientJson } from "./lenient-json.ts";
import { digitLabels, expectedScore, onScale, scale } from "./scales.ts";
import {
  answerTag,
  boxedScores,
  bracketRating,
  bracketVerdict,
  firstWord,
  type Grammar,
  gradedChoice,
  isUnreadable,
  jsonScore,
  labelledScore,
  lastNumber,
  overallJudgment,
  preferredLine,
  readVerdict,
  resultMarker,
  tagged,
} from "./verdict.ts";

const five = scale("1-5");
const ten = scale(1, 10);
const read = <T>(grammar: Grammar<T>, text: string): T | "unreadable" => {
  const said = grammar.read(text);
  return isUnreadable(said) ? "unreadable" : said;
};
const reply = (text: string, more: Partial<Generation> = {}): Generation => ({
  text,
  finish: "stop",
  modelId: "m",
  usage: { model: "m", inputTokens: 0, outputTokens: 0, calls: 1 },
  ...more,
});

describe("grammars", () => {
  it.each([
    ["so [[A]]", "A"],
    ["[[B]] and again [[B]]", "B"],
    ["[[C]]", "tie"],
    ["[[A>>B]]", "A"],
    ["[[B>A]]", "B"],
    ["[[A=B]]", "tie"],
    ["[[A]] no, [[B]]", "unreadable"],
    ["[[A/B]]", "unreadable"],
    ["[A]", "unreadable"],
    ["[[A>A]]", "unreadable"],
    ["[[a]]", "unreadable"],
    ["", "unreadable"],
  ])("bracketVerdict reads %j as %s", (text, wanted) => {
    expect(read(bracketVerdict(), text)).toBe(wanted);
  });
  it("bracketVerdict takes the last, looks only at the tail, and refuses ties, if told", () => {
    expect(read(bracketVerdict({ take: "last" }), "[[A]] no, [[B]]")).toBe("B");
    expect(read(bracketVerdict({ tail: 80 }), `[[A]]${" ".repeat(80)}`)).toBe("unreadable");
    expect(read(bracketVerdict({ tie: false }), "[[C]]")).toBe("unreadable");
  });
  // Prometheus' parser table
  it.each([
    ["good [RESULT] 4", 4],
    ["good [RESULT]4", 4],
    ["[RESULT] 4/5", "unreadable"],
    ["[RESULT] 4.0", "unreadable"],
    ["[RESULT] 2 then [RESULT] 3", 3],
    ["4", "unreadable"],
    ["[RESULT] 6", "unreadable"],
  ])("resultMarker reads %j as %s", (text, wanted) => {
    const said = read(resultMarker(five), text);
    expect(said === "unreadable" ? said : said.score).toBe(wanted);
  });
  // DeepSeek-GRM's parser table
  it.each([
    ["\\boxed{1, 5,10}", [1, 5, 10]],
    ["\\boxed{Answer 1: 3, Answer 2: 4, Answer 3: 5}", [3, 4, 5]],
    ["\\boxed{1, 2, 3} then \\boxed{3,2,1}", [3, 2, 1]],
    ["\\boxed{1, 2}", "unreadable"],
    ["\\boxed{1, 2, 3, 4}", "unreadable"],
    ["\\boxed{0, 2, 3}", "unreadable"],
    ["\\boxed{1, 2, 11}", "unreadable"],
    ["\\boxed{1, 2, 3.5}", "unreadable"],
    ["\\boxed{1, 2, 3", "unreadable"],
  ])("boxedScores reads %j as %j", (text, wanted) => {
    expect(read(boxedScores(3, ten), text)).toEqual(wanted);
  });
  it.each([
    ["fine\nScore: 7", 7],
    ["**Final Score: 7/10**", 7],
    ["Score: 7/5", "unreadable"],
    ["Score: 11", "unreadable"],
    ["Score: 7\nbecause", "unreadable"],
    ["My score: 7", "unreadable"],
  ])("labelledScore reads %j as %s", (text, wanted) => {
    expect(read(labelledScore(ten), text)).toBe(wanted);
  });
  it.each([
    ["so\n7", 7],
    ["I give 7/10.", 7],
    ["7 of 10", "unreadable"],
    ["version v7", "unreadable"],
    ["7.5", "unreadable"],
    ["", "unreadable"],
  ])("lastNumber reads %j as %s", (text, wanted) => {
    expect(read(lastNumber(ten), text)).toBe(wanted);
  });
  it.each([
    ["<answer>1</answer>", "A"],
    ["<answer> [[2]] </answer>", "B"],
    ["<answer>3</answer>", "unreadable"],
    ["<answer>1</answer><answer>2</answer>", "unreadable"],
    ["1", "unreadable"],
    ["<answer>toString</answer>", "unreadable"],
  ])("answerTag reads %j as %s", (text, wanted) => {
    expect(read(answerTag({ "1": "A", "2": "B" }), text)).toBe(wanted);
  });
  it.each([
    ['{"choice": "A++"}', "A++"],
    ['{"choice": "[[A+]]"}', "A+"],
    ['{"choice": "A>B"}', "unreadable"],
    ['{"choice": "a++"}', "unreadable"],
    ['{"choice": ""}', "unreadable"],
    ["A++", "unreadable"],
  ])("gradedChoice reads %j as %s", (text, wanted) => {
    expect(read(gradedChoice(), text)).toBe(wanted);
  });
  it("reads ratings, preferred lines, first words and JSON scores, each only in its own form", () => {
    expect(read(bracketRating(ten), "[[7]]")).toBe(7);
    expect(read(bracketRating(ten), "[[7]] [[8]]")).toBe("unreadable");
    expect(read(preferredLine(), "both good\nPreferred: B")).toBe("B");
    expect(read(preferredLine(), "Preferred: B or A")).toBe("unreadable");
    const overall = (text: string) => read(overallJudgment(), text);
    expect(overall("Both are fine.\n**Overall Judgment**: Answer 2 is\nslightly better.")).toBe("B");
    expect(overall("Therefore, Answer A is the better one; Answer B is better in style.")).toBe("A");
    // as VL-RewardBench's, it takes nothing that stands before the judgment
    expect(overall("Answer 1 is better in style. Overall Judgment: neither.")).toBe("unreadable");
    expect(overall("Answer 1 is better.")).toBe("unreadable");
    expect(overall(`${"Therefore ".repeat(50_000)}${"answer ".repeat(50_000)}`)).toBe("unreadable");
    expect(read(firstWord({ Yes: 1, No: 0 }), "**yes**, it is")).toBe(1);
    expect(read(firstWord({ Yes: 1, No: 0 }), "Yesterday")).toBe("unreadable");
    expect(read(jsonScore(five), 'Sure: {"reason": "ok", "score": "4"}')).toEqual({ score: 4, rationale: "ok" });
    expect(read(jsonScore(five), '{"score": 4.5}')).toBe("unreadable");
    expect(read(jsonScore(five), '{"score": 2, "score": 5}')).toBe("unreadable");
  });
});

describe("readVerdict", () => {
  it("keeps the raw text of what it cannot read", () => {
    expect(readVerdict(bracketVerdict(), reply("A is better"))).toMatchObject({
      unscored: { reason: "judge-unparsable", raw: "A is better", transient: false },
    });
  });
  it("reads no verdict from a thought, a cut reply or a filtered one", () => {
    expect(readVerdict(bracketVerdict(), reply("<think>[[A]]</think>\n[[B]]"))).toBe("B");
    expect(readVerdict(bracketVerdict(), reply("<think>[[A]]"))).toHaveProperty("unscored.reason", "judge-unparsable");
    expect(readVerdict(resultMarker(ten), reply("[RESULT] 1", { finish: "length" }))).toHaveProperty(
      "unscored.reason",
      "judge-unparsable",
    );
    expect(readVerdict(bracketVerdict(), reply("[[A]]", { finish: "filter" }))).toHaveProperty(
      "unscored.reason",
      "judge-refusal",
    );
  });
});

describe("JSON of language models", () => {
  it("forgives commas, quotes, bare keys and comments, and nothing else", () => {
    expect(lenientJson("{scores: {'model-1': 2,}, \"best-to-worst\": ['model-1',]} // done")?.value).toEqual({
      scores: { "model-1": 2 },
      "best-to-worst": ["model-1"],
    });
    expect(lenientJson('{"a": 1}')).toEqual({ value: { a: 1 }, repaired: false, end: 8 });
    for (const text of ['{"a": 1', "{a 1}", "{a: maybe}", '{"a": 1 "b": 2}', '{"a": "x}'])
      expect(lenientJson(text)).toBeUndefined();
  });
  it("finds the last whole object in prose and fences", () => {
    expect(lastObject('As {this} says {"a": 1}\n```json\n{"a": {"b": "}"}}\n```')?.value).toEqual({ a: { b: "}" } });
    expect(lastObject("no object")).toBeUndefined();
  });
  it("stays fast on hostile text", () => {
    const before = performance.now();
    for (const piece of ["{", '{"a":', "[", "{{[", '{"']) lastObject(piece.repeat(200_000));
    tagged("</answer>".repeat(100_000), "answer");
    tagged("<answer>".repeat(100_000), "answer");
    read(bracketVerdict(), "[[".repeat(500_000));
    read(lastNumber(ten), "1.".repeat(500_000));
    expect(performance.now() - before).toBeLessThan(3000);
  });
});

describe("scales", () => {
  it("take a number or its text alone", () => {
    expect([
      onScale("4", five),
      onScale(4, five),
      onScale("4.0", five),
      onScale("04", five),
      onScale(" 4", five),
    ]).toEqual([4, 4, undefined, 4, undefined]);
    expect(onScale("−0.5", scale(-1, 1, { whole: false }))).toBe(-0.5);
  });
  it("expectedScore weighs the values by their probability and adds up variants", () => {
    const top = [
      { token: "4", logprob: Math.log(0.4) },
      { token: " 4", logprob: Math.log(0.2) },
      { token: "5", logprob: Math.log(0.2) },
      { token: "The", logprob: Math.log(0.2) },
    ];
    const said = expectedScore(reply("4", { logprobs: [{ ...top[0]!, top }] }), digitLabels(five));
    // by hand: (0.6·4 + 0.2·5)/0.8 = 4.25; mass 0.8; to 1e-12 because of exp and log
    expect((said as { score: number }).score).toBeCloseTo(4.25, 12);
    expect((said as { mass: number }).mass).toBeCloseTo(0.8, 12);
  });
  it("expectedScore refuses where little of the probability is on the scale", () => {
    const top = [
      { token: "4", logprob: Math.log(0.3) },
      { token: "The", logprob: Math.log(0.7) },
    ];
    expect(expectedScore(reply("The", { logprobs: [{ ...top[1]!, top }] }), digitLabels(five))).toHaveProperty(
      "unscored.reason",
      "judge-unparsable",
    );
    expect(() => digitLabels(ten)).toThrow(/one token a value/);
  });
});
