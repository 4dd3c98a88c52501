import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { folder, laurel } from "../laurel.ts";

describe("laurel import promptfoo", () => {
  it("writes a reward and rows that laurel gate takes, and lists what is not mapped", () => {
    using place = folder();
    const results = Array.from({ length: 40 }, (_, i) => ({
      testIdx: i,
      promptIdx: 0,
      provider: { id: "m" },
      prompt: { raw: `Say ${i}` },
      testCase: {
        vars: { n: i },
        assert: [
          { type: "contains", value: "{{n}}" },
          { type: "latency", threshold: 9 },
        ],
      },
      response: { output: `It is ${i}.` },
    }));
    writeFileSync(place.file("out.json"), JSON.stringify({ results: { version: 3, results } }));
    const ended = laurel(["import", "promptfoo", "out.json"], { cwd: place.path });
    expect(ended.code, ended.err).toBe(0);
    expect(ended.out).toMatch(/contains +40 +0 +0/);
    expect(ended.out).toMatch(/results\[0\]\.testCase\.assert\[1\] {2}latency: it is about the call/);
    expect(readFileSync(place.file("promptfoo.reward.yaml"), "utf8")).toContain("kind: route");
    const gate = ["gate", "promptfoo.rows.jsonl", "--reward", "promptfoo.reward.yaml", "--min", "0.9"];
    const passed = laurel(gate, { cwd: place.path });
    expect(passed.code, passed.err + passed.out).toBe(0);
    const again = laurel(["import", "promptfoo", "out.json"], { cwd: place.path });
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining("exists") });
  });

  it.each([
    ["a missing file", undefined, /cannot be read/],
    ["no YAML", "a: [", /not valid YAML or JSON/],
    ["another file", "a: 1", /no promptfoo configuration/],
  ])("says what is wrong: %s", (_name, text, message) => {
    using place = folder();
    if (text !== undefined) writeFileSync(place.file("c.yaml"), text);
    const ended = laurel(["import", "promptfoo", "c.yaml"], { cwd: place.path });
    expect(ended.err).toMatch(message);
    expect(ended.code).toBe(2);
  });
});
