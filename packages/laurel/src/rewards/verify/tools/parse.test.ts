import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { candidate } from "../../../core/task.ts";
import type { Candidate, ToolCall } from "../../../core/types.ts";
import { callsOfCandidate, parseCalls } from "./parse.ts";

const add: ToolCall = { name: "add", input: { a: 1, b: "x" } };
const go: ToolCall = { name: "math.go", input: {} };

describe("parseCalls", () => {
  it.each([
    ["json", '[{"name":"add","arguments":{"a":1,"b":"x"}},{"name":"math.go","arguments":"{}"}]'],
    [
      "json",
      '{"tool_calls":[{"type":"function","function":{"name":"add","arguments":"{\\"a\\":1,\\"b\\":\\"x\\"}"}},{"name":"math.go","parameters":{}}]}',
    ],
    ["json", '```json\n[{"name":"add","input":{"a":1,"b":"x"}},{"name":"math.go","input":{}}]\n```'],
    [
      "hermes",
      'Let me see.\n<tool_call>\n{"name":"add","arguments":{"a":1,"b":"x"}}\n</tool_call>\n<tool_call>{"name":"math.go","arguments":{}}</tool_call>',
    ],
    [
      "hermes",
      '<tool_call>\n{"name":"add","parameters":{"a":1,"b":"x"}}\n{"name":"math.go","parameters":{}}\n</tool_call>',
    ],
    ["python", '[add(a=1, b="x"), math.go()]'],
    ["python", "add(a=1, b='x')\nmath.go()"],
    ["python", "```python\nadd(a=1,b='''x''',); math.go()\n```"],
    [
      "xml",
      "<function=add><parameter=a>1</parameter><parameter=b>\nx\n</parameter></function><function=math.go></function>",
    ],
    [
      "xml",
      '<invoke name="add"><parameter name="a">1</parameter><parameter name="b">x</parameter></invoke> <invoke name="math.go"></invoke>',
    ],
    [
      "xml",
      "<tool_call>\n<function=add>\n<parameter=a>\n1\n</parameter>\n<parameter=b>\nx\n</parameter>\n</function>\n</tool_call><tool_call><function=math.go></function></tool_call>",
    ],
  ] as const)("reads %s, also when the format is to be found out: %s", (format, text) => {
    expect(parseCalls(text, format)).toEqual({ calls: [add, go] });
    expect(parseCalls(text, "auto")).toEqual({ calls: [add, go] });
  });
  it("finds no calls in prose", () => {
    for (const text of ["", "I cannot do that (sorry).", "The sum is [1].", "[]"])
      expect(parseCalls(text, "auto"), text).toEqual({ calls: [] });
  });
  it.each([
    ["auto", '<tool_call>{"name": "add"'],
    ["auto", "<tool_call>{oops}</tool_call>"],
    ["auto", '<tool_call>{"name": "add"}</tool_call>'],
    ["auto", '<tool_call>{"arguments": {}}</tool_call>'],
    ["auto", "[add(a=1]"],
    ["auto", "add(1, 2)"],
    ["auto", "add(a=1) and more"],
    ["auto", "add(a='x)"],
    ["auto", "add(a='\\xzz')"],
    ["auto", "add(a=1e999)"],
    ["auto", `add(a=${"[".repeat(1000)})`],
    ["auto", '{"name": "add", "arguments": "no"}'],
    ["auto", "[1, 2]"],
    ["auto", "<function=add><parameter=a>1"],
    ["json", "add(a=1)"],
    ["python", "{}"],
  ] as const)("calls malformed (%s): %s", (format, text) => {
    expect(parseCalls(text, format).malformed).toBeTypeOf("string");
  });
  it("reads Python literals", () => {
    const text = `f(a=[1, -2.5, 1_000, .5, 1e3], b=(1, 2), c=(3), d=(4,), e={"k": None, 'l': [True, False]}, g='it\\'s\\n\\u00e9' "!", h=x.y)`;
    expect(parseCalls(text, "python").calls).toEqual([
      {
        name: "f",
        input: {
          a: [1, -2.5, 1000, 0.5, 1000],
          b: [1, 2],
          c: 3,
          d: [4],
          e: { k: null, l: [true, false] },
          g: "it's\né!",
          h: "x.y",
        },
      },
    ]);
  });
  it("reads back any JSON arguments that were written as JSON, Hermes or Python", () => {
    const python = (value: unknown): string => {
      if (value === null) return "None";
      if (value === true) return "True";
      if (value === false) return "False";
      if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
      if (typeof value === "object")
        return `{${Object.entries(value as object)
          .map(([key, one]) => `${JSON.stringify(key)}: ${python(one)}`)
          .join(", ")}}`;
      return JSON.stringify(value);
    };
    const value = fc.jsonValue({ maxDepth: 3 }).map((one) => JSON.parse(JSON.stringify(one).replaceAll("-0", "0")));
    fc.assert(
      fc.property(value, (x) => {
        // surrogates and other characters that JSON escapes in its own way are left to JSON
        fc.pre(!/\\u|\\\/|__proto__|<\/tool_call>/.test(JSON.stringify(x)));
        const call = { name: "f", input: { x } };
        const json = JSON.stringify({ name: "f", arguments: { x } });
        expect(parseCalls(json, "auto").calls).toEqual([call]);
        expect(parseCalls(`<tool_call>${json}</tool_call>`, "auto").calls).toEqual([call]);
        expect(parseCalls(`f(x=${python(x)})`, "auto").calls).toEqual([call]);
      }),
    );
  });
  it.each([
    ["<tool_call>", "<tool_call>".repeat(20_000)],
    ["function tags", "<function=".repeat(20_000)],
    ["parameter tags", `<function=f>${"<parameter=a>".repeat(10_000)}</function>`],
    ["nested function tags", `${"<function=f>".repeat(10_000)}</function>`],
    ["open invoke tags", '<invoke name="'.repeat(20_000)],
    ["brackets", `f(a=${"[".repeat(100_000)}`],
    ["dots", `f(a=${"a.".repeat(50_000)})`],
    ["digits", `f(a=${"1_".repeat(50_000)}x)`],
    ["calls", "f(a=1)\n".repeat(20_000)],
  ])("takes under half a second of processor time on many %s", (_, text) => {
    const before = process.cpuUsage();
    parseCalls(text, "auto");
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
  });
});

describe("callsOfCandidate", () => {
  const made: Candidate = {
    output: [
      { role: "assistant", content: [{ type: "tool-call", id: "1", name: "add", input: { a: 1, b: "x" } }] },
      { role: "tool", content: [{ type: "tool-result", id: "1", output: "2" }] },
      {
        role: "assistant",
        content: [
          { type: "text", text: "Then:" },
          { type: "tool-call", id: "2", name: "math.go", input: "{}" },
        ],
      },
    ],
  };
  it("takes the parts of all turns, in order", () => {
    expect(callsOfCandidate(made, "auto")).toEqual({ calls: [add, go] });
  });
  it("reads the text where there are no parts", () => {
    expect(callsOfCandidate(candidate("[math.go()]"), "auto")).toEqual({ calls: [go] });
    expect(callsOfCandidate(candidate("[math.go()]"), "parts")).toEqual({ calls: [] });
  });
  it("is malformed where a part's input is no object", () => {
    const bad: Candidate = {
      output: [{ role: "assistant", content: [{ type: "tool-call", id: "1", name: "f", input: 3 }] }],
    };
    expect(callsOfCandidate(bad, "auto").malformed).toBeTypeOf("string");
  });
});
