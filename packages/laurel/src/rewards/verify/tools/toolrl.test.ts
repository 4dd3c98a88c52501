import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json, ToolCall } from "../../../core/types.ts";
import { callLikeness, matchCalls, multisetJaccard } from "./similarity.ts";
import {
  toolRlCalls,
  toolRlCorrectness,
  toolRlFormat,
  toolRlLength,
  toolRlLengthGoal,
  toolRlScales,
} from "./toolrl.ts";

const call = (name: string, input: Record<string, Json> = {}): ToolCall => ({ name, input });

describe("multisetJaccard", () => {
  it("is 1 for equal and for two empty lists, 0 if one is empty, else shared / union of multisets", () => {
    expect(multisetJaccard([], [])).toBe(1);
    expect(multisetJaccard(["a", "b"], ["b", "a"])).toBe(1);
    expect(multisetJaccard(["a"], [])).toBe(0);
    expect(multisetJaccard(["a", "a", "b"], ["a", "a", "a"])).toBe(2 / 4);
  });
});

describe("toolRlCorrectness", () => {
  // scores worked out by hand from the paper's formula
  it.each<[string, ToolCall[], ToolCall[], number, number]>([
    ["one foreign key", [call("a", { x: 1, y: 2 })], [call("a", { x: 1, z: 2 })], 7 / 3, 4],
    ["equal lists", [call("a", { x: 1 })], [call("a", { x: 1 })], 3, 3],
    ["equal but for the order of keys", [call("a", { x: 1, y: 2 })], [call("a", { y: 2, x: 1 })], 4, 4],
    [
      "another order of calls, by the graded path",
      [call("a"), call("b", { x: 1 })],
      [call("b", { x: 1 }), call("a")],
      4,
      4,
    ],
    ["no calls made", [call("a", { x: 1 })], [], 0, 3],
    ["another function", [call("a", { x: 1 })], [call("b", { x: 1 })], 0, 3],
    ["right key, wrong value", [call("a", { x: 1 })], [call("a", { x: 2 })], 2, 3],
    ["a text for a number", [call("a", { x: 1 })], [call("a", { x: "1" })], 2, 3],
    ["no parameters on either side", [call("a"), call("a")], [call("a")], 1 / 2 + 1, 3],
    ["one call too many", [call("a", { x: 1 })], [call("a", { x: 1 }), call("c")], 1 / 2 + 2, 3],
    [
      "the better of two calls of the name",
      [call("a", { x: 1 })],
      [call("a", { x: 9 }), call("a", { x: 1 })],
      1 / 2 + 2,
      3,
    ],
    ["nested values", [call("a", { x: { p: [1, 2] } })], [call("a", { x: { p: [1, 2.0] } })], 3, 3],
    ["missing key", [call("a", { x: 1, y: 2 })], [call("a", { x: 1 })], 1 + 1 / 2 + 1, 4],
    [
      "greedy takes for the first what the second needs",
      [call("a", { x: 1 }), call("a", { x: 1, y: 2 })],
      [call("a", { x: 1, y: 2 }), call("a", { z: 0 })],
      1 + (1 / 2 + 1) + 0,
      6,
    ],
  ])("%s", (_, wanted, given, score, max) => {
    const result = toolRlCorrectness(wanted, given);
    expect(result.max).toBe(max);
    expect(result.score).toBeCloseTo(score, 12);
    expect(result.value).toBeCloseTo((6 * score) / max - 3, 12);
  });
  it("gives 0.5 on the specification's example", () => {
    expect(toolRlCorrectness([call("a", { x: 1, y: 2 })], [call("a", { x: 1, z: 2 })]).value).toBeCloseTo(0.5, 12);
  });
  it("pairs better where the best pairing is asked for", () => {
    const wanted = [call("a", { x: 1 }), call("a", { x: 1, y: 2 })];
    const given = [call("a", { x: 1, y: 2 }), call("a", { x: 1 }), call("a", { z: 0 })];
    // greedy: the first wanted call takes the call that equals it, so both agree here
    expect(toolRlCorrectness(wanted, given, { pairing: "optimal" }).score).toBeGreaterThanOrEqual(
      toolRlCorrectness(wanted, given).score,
    );
    const crossed = [call("a", { x: 1, y: 2 }), call("a", { z: 0 })];
    // optimal: the second wanted call gets the equal one (1 + 2), the first nothing of worth
    expect(toolRlCorrectness(wanted, crossed, { pairing: "optimal" }).score).toBe(1 + 3);
    expect(toolRlCorrectness(wanted, crossed).score).toBe(1 + 1.5);
  });
  it("never pairs worse when optimal, and reaches the top only for the same calls", () => {
    const value = fc.constantFrom<Json>(0, 1, "a");
    const calls = fc.array(
      fc.record({
        name: fc.constantFrom("f", "g"),
        input: fc.dictionary(fc.constantFrom("x", "y", "z"), value, { noNullPrototype: true }),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(calls, calls, (wanted, given) => {
        const greedy = toolRlCorrectness(wanted, given);
        const optimal = toolRlCorrectness(wanted, given, { pairing: "optimal" });
        expect(optimal.score).toBeGreaterThanOrEqual(greedy.score - 1e-12);
        expect(greedy.value).toBeGreaterThanOrEqual(-3);
        expect(optimal.value).toBeLessThanOrEqual(3 + 1e-12);
        expect(toolRlCorrectness(wanted, wanted).value).toBe(3);
        // equality is never more than overlap, so that the refined grade is no higher than the fine one
        const refined = toolRlCorrectness(wanted, given, { granularity: "refined", pairing: "optimal" });
        expect(refined.score).toBeLessThanOrEqual(optimal.score + 1e-12);
      }),
    );
  });
  it("grades coarser where asked to", () => {
    const wanted = [call("a", { x: 1, y: 2 }), call("b", { z: 3 })];
    const given = [call("a", { x: 1, w: 2 }), call("b", { z: 3 })];
    const at = (granularity: "fine" | "refined" | "intermediate" | "coarse") => {
      const { score, max } = toolRlCorrectness(wanted, given, { granularity });
      return [score, max];
    };
    expect(at("fine")).toEqual([1 + (1 / 3 + 1) + 2, 6]);
    expect(at("refined")).toEqual([1 + 1 + 2, 6]);
    expect(at("intermediate")).toEqual([1 + 1, 3]);
    expect(at("coarse")).toEqual([0, 3]);
    expect(toolRlCorrectness(wanted, given, { granularity: "coarse" }).value).toBe(-3);
  });
});

describe("toolRlFormat", () => {
  const call1 = '<think>t</think>\n<tool_call>\n{"name":"a","parameters":{}}\n</tool_call>';
  it.each([
    [call1, true, false, true],
    [`${call1}\n<response>r\ns</response>`, true, true, true],
    ["<think>t\n</think>\n<response>r</response>", false, true, true],
    ["<think>t</think>", false, false, true],
    [`${call1} `, true, false, false],
    [`x${call1}`, true, false, false],
    [call1, true, true, false],
    [`${call1}\n<response>r</response>`, true, false, false],
    ["<think>t</think><response>r</response>", false, true, false],
    ["<think>t</think>\n<response>r</response></response>", false, true, false],
    ["<think>a</think>\n<think>t</think>\n<response>r</response>", false, true, false],
    ['<think>t</think>\n<tool_call>{"name":"a"}</tool_call>', true, false, false],
    ["", false, false, false],
  ])("%j with a call %s and a response %s: %s", (text, hasCall, response, formed) => {
    expect(toolRlFormat(text, { call: hasCall, response })).toBe(formed);
  });
});

describe("toolRlCalls", () => {
  it("reads one object a line", () => {
    const text = '<tool_call>\n{"name":"a","parameters":{"x":1}}\n {"name":"b","parameters":{}}\n</tool_call>';
    expect(toolRlCalls(text)).toEqual([call("a", { x: 1 }), call("b")]);
  });
  it.each([
    "none",
    "<tool_call>\n{}\n</tool_call>",
    '<tool_call>\n{"name":"a"}\n</tool_call>',
    "<tool_call>\n{\n}\n</tool_call>",
    "<tool_call>\n\n</tool_call>",
    '<tool_call>\n{"name":"a","parameters":{}}\n\n{"name":"b","parameters":{}}\n</tool_call>',
  ])("reads nothing from %j", (text) => {
    expect(toolRlCalls(text)).toBeUndefined();
  });
  it("takes the last of repeated keys", () => {
    expect(toolRlCalls('<tool_call>\n{"name":"a","parameters":{"x":1,"x":2}}\n</tool_call>')).toEqual([
      call("a", { x: 2 }),
    ]);
  });
});

describe("toolRlScales and the length reward", () => {
  it("follow the paper's schedules", () => {
    expect(toolRlScales("fixed", 99)).toEqual({ format: [0, 1], correctness: [-3, 3] });
    expect(toolRlScales("equal", 99)).toEqual({ format: [0, 1], correctness: [-1, 1] });
    expect(toolRlScales("step-30", 29)).toEqual({ format: [0, 1], correctness: [-1, 1] });
    expect(toolRlScales("step-30", 30)).toEqual({ format: [0, 0.5], correctness: [-3, 3] });
    expect(toolRlScales("linear", 0)).toEqual({ format: [-2, 2], correctness: [-2, 2] });
    expect(toolRlScales("linear", 75)).toEqual({ format: [-1.5, 1.5], correctness: [-2.5, 2.5] });
    expect(toolRlScales("linear", 999)).toEqual({ format: [-1, 1], correctness: [-3, 3] });
  });
  it("round to two places, halves to the even one, and stop at 1", () => {
    const thought = (words: number) => `<think>${"w ".repeat(words)}</think>`;
    expect(toolRlLength(thought(64), 512)).toBe(0.12);
    expect(toolRlLength(thought(192), 512)).toBe(0.38);
    expect(toolRlLength(thought(600), 512)).toBe(1);
    expect(toolRlLength("no thought", 512)).toBe(0);
    expect([toolRlLengthGoal(0), toolRlLengthGoal(105)]).toEqual([384, 640]);
  });
});

describe("matchCalls", () => {
  const wanted = [call("a", { x: 1 }), call("b", { y: 2 })];
  it("is 1 for the same calls in any order, unless the order counts", () => {
    const turned = [...wanted].reverse();
    expect(matchCalls(wanted, turned)).toEqual({ value: 1, names: 1, keys: 1, values: 1, exact: 1 });
    expect(matchCalls(wanted, turned, { order: "strict" })).toEqual({
      value: 0.5,
      names: 1,
      keys: 0.5,
      values: 0.5,
      exact: 0,
    });
    expect(matchCalls(wanted, wanted, { order: "strict" }).exact).toBe(1);
  });
  it("counts calls that nobody asked for, unless they are free", () => {
    const more = [call("a", { x: 1 }), call("z"), call("b", { y: 2 })];
    expect(matchCalls(wanted, more)).toMatchObject({ value: 2 / 3, exact: 0 });
    expect(matchCalls(wanted, more, { extra: "ignore", order: "strict" })).toMatchObject({ value: 1, exact: 1 });
  });
  it("is 1 if no call is wanted and none is made, else 0", () => {
    expect(matchCalls([], [])).toMatchObject({ value: 1, exact: 1 });
    expect(matchCalls([], [call("a")])).toMatchObject({ value: 0, exact: 0 });
  });
  it("gives half-right calls a share: name 1, keys 1/3, one of two values", () => {
    expect(callLikeness(call("a", { x: 1, y: 2 }), call("a", { x: 1, z: 2 }))).toEqual({
      keys: 1 / 3,
      values: 1 / 2,
      score: (1 + 1 / 3 + 1) / 4,
    });
  });
});
