import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../../test/data.ts";
import { directContext } from "../../../core/context.ts";
import { task } from "../../../core/task.ts";
import type { Candidate, Json, JsonObject, Reference, Reward, Score, ToolCall } from "../../../core/types.ts";
import { bfclFault } from "./bfcl.ts";
import { bfclTask, type ToolCallOptions, toolCalls } from "./tool-calls.ts";

async function scoreOf(
  reward: Reward,
  reference: Reference,
  output: string | Candidate,
  step?: number,
): Promise<Score> {
  return (await reward.score([task("Go.", [output], reference)], directContext({ step })))[0]![0]!;
}

const add: ToolCall = { name: "add", input: { a: 1, b: 2 } };

describe("toolCalls, match", () => {
  it("scores parts and text alike", async () => {
    const parts: Candidate = {
      output: [{ role: "assistant", content: [{ type: "tool-call", id: "1", name: "add", input: { b: 2, a: 1 } }] }],
    };
    for (const output of [parts, "add(a=1, b=2)", '{"name":"add","arguments":{"a":1,"b":2}}'])
      expect(await scoreOf(toolCalls(), { calls: [add] }, output)).toEqual({
        value: 1,
        parts: { names: 1, keys: 1, values: 1, exact: 1 },
      });
  });
  it("gives 1 or 0 for exact credit", async () => {
    expect(await scoreOf(toolCalls({ credit: "exact" }), { calls: [add] }, "add(a=1, b=3)")).toMatchObject({
      value: 0,
    });
    expect(await scoreOf(toolCalls(), { calls: [add] }, "add(a=1, b=3)")).toMatchObject({ value: 3 / 4 });
  });
  it("follows a trajectory over its turns, in order or free", async () => {
    const turn = (name: string) => ({
      role: "assistant" as const,
      content: [{ type: "tool-call" as const, id: name, name, input: {} }],
    });
    const walk: Candidate = { output: [turn("b"), { role: "tool", content: "ok" }, turn("a"), turn("c")] };
    const calls = ["a", "b", "c"].map((name) => ({ name, input: {} }));
    expect(await scoreOf(toolCalls({ order: "strict" }), { calls }, walk)).toMatchObject({ value: 2 / 3 });
    expect(await scoreOf(toolCalls({ order: "free" }), { calls }, walk)).toMatchObject({ value: 1 });
  });
  it("faults at the floor for no calls and for calls that cannot be read", async () => {
    expect(await scoreOf(toolCalls(), { calls: [add] }, "I will not.")).toEqual({ fault: "no-answer", value: 0 });
    expect(await scoreOf(toolCalls(), { calls: [add] }, "add(a=1")).toMatchObject({ fault: "malformed", value: 0 });
  });
  it("rewards silence where no call is wanted", async () => {
    expect(await scoreOf(toolCalls(), { calls: [] }, "It is noon.")).toMatchObject({ value: 1 });
    expect(await scoreOf(toolCalls(), { calls: [] }, "add(a=1, b=2)")).toMatchObject({ value: 0 });
  });
  it("is unscored without a reference and refuses options that it does not know", async () => {
    expect(await scoreOf(toolCalls(), {}, "x")).toMatchObject({ unscored: { reason: "missing-reference" } });
    expect(() => toolCalls({ order: "any" } as unknown as ToolCallOptions)).toThrow(/order/);
    expect(() => toolCalls({ colour: "red" } as unknown as ToolCallOptions)).toThrow(/colour/);
  });
});

describe("toolCalls, toolrl", () => {
  const good = '<think>t</think>\n<tool_call>\n{"name":"add","parameters":{"a":1,"b":2}}\n</tool_call>';
  const rule = { rule: "toolrl" } as const;
  it("adds format and correctness", async () => {
    expect(await scoreOf(toolCalls(rule), { calls: [add] }, good)).toMatchObject({
      value: 4,
      parts: { format: 1, correctness: 3, score: 4, max: 4 },
    });
    expect(await scoreOf(toolCalls(rule), { calls: [add] }, `So: ${good}`)).toMatchObject({
      value: 3,
      parts: { format: 0, correctness: 3 },
    });
  });
  it("keeps the format part of a fault", async () => {
    expect(await scoreOf(toolCalls(rule), { calls: [add] }, good.replace('"add"', "add"))).toMatchObject({
      value: -2,
      fault: "malformed",
      parts: { format: 1, correctness: -3 },
    });
    expect(await scoreOf(toolCalls(rule), { calls: [add] }, "no")).toMatchObject({ value: -3, fault: "no-answer" });
  });
  it("reads the shape off a gold text; without calls there only the format counts", async () => {
    const texts = ["<think>g</think>\n<response>yes</response>"];
    expect(await scoreOf(toolCalls(rule), { texts }, "<think>t</think>\n<response>no</response>")).toMatchObject({
      value: 1,
      parts: { correctness: 0 },
    });
    expect(await scoreOf(toolCalls(rule), { texts: [good] }, good)).toMatchObject({ value: 4 });
    const broken = { texts: ["<tool_call>\noops\n</tool_call>"] };
    expect(await scoreOf(toolCalls(rule), broken, good)).toMatchObject({ unscored: { reason: "bad-reference" } });
  });
  it("scales with the training step and then has no fingerprint", async () => {
    const linear = toolCalls({ ...rule, scales: "linear" });
    expect(await scoreOf(linear, { calls: [add] }, good, 0)).toMatchObject({ value: 4, parts: { format: 2 } });
    expect(await scoreOf(linear, { calls: [add] }, good, 150)).toMatchObject({ value: 4, parts: { format: 1 } });
    expect(await scoreOf(linear, { calls: [add] }, "no", 150)).toMatchObject({ value: -4 });
    const stepped = toolCalls({ ...rule, scales: "step-30" });
    expect(await scoreOf(stepped, { calls: [add] }, good, 0)).toMatchObject({ value: 2 });
    expect(await scoreOf(stepped, { calls: [add] }, good, 40)).toMatchObject({ value: 3.5 });
    expect(linear.fingerprint).toBeNull();
    expect(toolCalls(rule).fingerprint).not.toBeNull();
  });
  it("adds the length reward if asked to", async () => {
    const thought = good.replace("<think>t", `<think>${"w ".repeat(256)}`);
    expect(await scoreOf(toolCalls({ ...rule, length: "fixed" }), { calls: [add] }, thought)).toMatchObject({
      value: 4.5,
      parts: { length: 0.5 },
    });
  });
  it("reads calls of an API, which are well written by themselves", async () => {
    expect(await scoreOf(toolCalls({ ...rule, format: "python" }), { calls: [add] }, "[add(a=1, b=2)]")).toMatchObject({
      value: 4,
    });
  });
});

/** A call built from what a BFCL row accepts: the first value of each argument. */
function accepted(wanted: JsonObject): ToolCall {
  const [name, args] = Object.entries(wanted)[0] as [string, JsonObject];
  const pick = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(pick);
    if (typeof value !== "object" || value === null) return value;
    // a dictionary's entries are lists of accepted values
    const entries = Object.entries(value as Record<string, Json[]>);
    return Object.fromEntries(
      entries.filter(([, v]) => v.some((one) => one !== "")).map(([k, v]) => [k, pick(v.find((one) => one !== "")!)]),
    );
  };
  const input: Record<string, Json> = {};
  for (const [key, values] of Object.entries(args as Record<string, Json[]>)) {
    const value = values.find((one) => one !== "");
    if (value !== undefined) input[key] = pick(value);
  }
  return { name, input };
}

function python(value: Json | undefined): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map((one) => python(one as Json)).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([key, one]) => `${JSON.stringify(key)}: ${python(one)}`)
      .join(", ")}}`;
  return JSON.stringify(value);
}

const write = {
  python: (calls: ToolCall[]) =>
    `[${calls
      .map(
        ({ name, input }) =>
          `${name}(${Object.entries(input)
            .map(([key, value]) => `${key}=${python(value)}`)
            .join(", ")})`,
      )
      .join(", ")}]`,
  json: (calls: ToolCall[]) => JSON.stringify(calls.map(({ name, input }) => ({ name, arguments: input }))),
  hermes: (calls: ToolCall[]) =>
    calls
      .map(({ name, input }) => `<tool_call>\n${JSON.stringify({ name, arguments: input })}\n</tool_call>`)
      .join("\n"),
} as const;

const files = ["simple_python", "multiple", "parallel"];

describe.skipIf(dataPath("bfcl") === undefined)(
  "toolCalls, bfcl, on the leaderboard's rows (shared data; skipped where absent)",
  () => {
    const rows = (file: string): JsonObject[] =>
      readFileSync(dataPath(`bfcl/${file}.jsonl`)!, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as JsonObject);

    it.each(files)("accepts the calls of every row of %s in every format, in any order", async (file) => {
      const reward = toolCalls({ rule: "bfcl" });
      const all = rows(file);
      expect(all.length).toBe(file === "simple_python" ? 400 : 200);
      for (const row of all) {
        const calls = (row["ground_truth"] as JsonObject[]).map(accepted);
        const turned = [...calls].reverse();
        const outputs = [write.python(calls), write.json(calls), write.hermes(calls), write.python(turned)];
        const scores = (await reward.score([bfclTask(row, outputs)], directContext()))[0]!;
        for (const [i, score] of scores.entries()) expect(score, `${row["id"]}: ${outputs[i]}`).toEqual({ value: 1 });
      }
    });

    it.each(files)("refuses every row of %s with a changed name, value, parameter or count", (file) => {
      let changed = 0;
      for (const row of rows(file)) {
        const reference = { functions: row["function"] as Json[], calls: row["ground_truth"] as JsonObject[] };
        const calls = reference.calls.map(accepted);
        const first = calls[0]!;
        const keys = Object.keys(first.input);
        const wrong: ToolCall[][] = [
          [{ ...first, name: `${first.name}x` }, ...calls.slice(1)],
          [{ ...first, input: { ...first.input, no_such_parameter: 1 } }, ...calls.slice(1)],
          [...calls, first],
          calls.slice(1),
          ...keys.map((key) => [
            { ...first, input: { ...first.input, [key]: { no: "such value" } } },
            ...calls.slice(1),
          ]),
          ...keys
            .filter((key) => typeof first.input[key] === "number")
            .map((key) => [{ ...first, input: { ...first.input, [key]: 987_654_321 } }, ...calls.slice(1)]),
          ...keys
            .filter((key) => typeof first.input[key] === "string")
            .map((key) => [{ ...first, input: { ...first.input, [key]: "no such value" } }, ...calls.slice(1)]),
        ];
        for (const one of wrong) {
          expect(bfclFault(reference, one), `${row["id"]} ${JSON.stringify(one)}`).toBeTypeOf("string");
          changed++;
        }
      }
      expect(changed).toBeGreaterThan(1000);
    });
  },
);

describe("bfclFault", () => {
  const functions = [
    {
      name: "geo.find",
      parameters: {
        type: "dict",
        properties: {
          city: { type: "string" },
          radius: { type: "float" },
          limit: { type: "integer" },
          tags: { type: "array", items: { type: "string" } },
          area: { type: "dict", properties: { unit: { type: "string" } } },
        },
        required: ["city"],
      },
    },
  ];
  const calls = [
    {
      "geo.find": {
        city: ["San Francisco", "San Francisco, CA"],
        radius: [5, ""],
        limit: [3, ""],
        tags: [["a b", "c"], ""],
        area: [{ unit: ["km", ""] }, ""],
      },
    },
  ];
  const fault = (input: JsonObject, name = "geo.find", underscores = false) =>
    bfclFault({ functions, calls }, [{ name, input }], underscores);
  it.each([
    [{ city: "san-francisco" }, undefined],
    [{ city: "San Francisco CA", radius: 5, limit: 3 }, undefined],
    [{ city: "San Francisco", tags: ["A,B", "C"], area: { unit: "KM" } }, undefined],
    [{ city: "San Francisco", area: {} }, undefined],
    [{}, "city is missing"],
    [{ city: "Oakland" }, "city has a value that is not accepted"],
    [{ city: 3 }, "city is not of type string"],
    [{ city: "San Francisco", radius: "5" }, "radius is not of type float"],
    [{ city: "San Francisco", limit: 3.5 }, "limit is not of type integer"],
    [{ city: "San Francisco", limit: true }, "limit is not of type integer"],
    [{ city: "San Francisco", tags: ["c", "a b"] }, "tags has a value that is not accepted"],
    [{ city: "San Francisco", tags: [1] }, "tags has a value that is not accepted"],
    [{ city: "San Francisco", area: { unit: "mi" } }, "area has a value that is not accepted"],
    [{ city: "San Francisco", area: { size: 1 } }, "area has a value that is not accepted"],
    [{ city: "San Francisco", colour: "red" }, "colour is not expected"],
  ])("%j: %s", (input, wrong) => {
    expect(fault(input)).toBe(wrong);
  });
  it("takes underscores for dots only if asked to", () => {
    expect(fault({ city: "San Francisco" }, "geo_find")).toBeTypeOf("string");
    expect(fault({ city: "San Francisco" }, "geo_find", true)).toBeUndefined();
  });
  it("takes a name of a variable where the accepted values are such", () => {
    const one = { functions, calls: [{ "geo.find": { city: ["x"], limit: ["n", ""] } }] };
    expect(bfclFault(one, [{ name: "geo.find", input: { city: "x", limit: "n" } }])).toBeUndefined();
    expect(bfclFault(one, [{ name: "geo.find", input: { city: "x", limit: "m" } }])).toBeTypeOf("string");
  });
  it("finds the pairing where the first fit would take another's call", () => {
    const loose = { city: ["x"], limit: [1, 2, ""] };
    const tight = { city: ["x"], limit: [1] };
    const both = { functions, calls: [{ "geo.find": loose }, { "geo.find": tight }] };
    const made = [1, 2].map((limit) => ({ name: "geo.find", input: { city: "x", limit } }));
    expect(bfclFault(both, made)).toBeUndefined();
  });
  it("is unscored with bad-reference for a call of a function that is not described", async () => {
    const answer = { functions, calls: [{ other: {} }] };
    expect(await scoreOf(toolCalls({ rule: "bfcl" }), { answer }, "other(a=1)")).toMatchObject({
      unscored: { reason: "bad-reference" },
    });
  });
});
