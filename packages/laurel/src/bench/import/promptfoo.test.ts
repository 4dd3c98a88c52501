import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext, type JsonObject, task } from "../../core/index.ts";
import { rewardFrom } from "../../spec/index.ts";
import { importPromptfoo } from "./promptfoo.ts";
import { knownTypes, mapAssertion } from "./promptfoo-assertions.ts";

// what the package promptfoo and its documentation list (scripts/expected/promptfoo.ts)
const { base, special, documented } = JSON.parse(
  readFileSync(new URL("../../../../../test/expected/promptfoo/types.json", import.meta.url), "utf8"),
) as Record<"base" | "special" | "documented", string[]>;
const types = [...base, ...special];

async function rated(spec: unknown, answer: string, texts?: readonly string[]): Promise<number | undefined> {
  const reward = await rewardFrom(spec);
  const one = task("p", [answer], texts === undefined ? undefined : { texts });
  const [scores] = await reward.score([one], directContext());
  const [score] = scores!;
  return score?.unscored === undefined ? score?.value : undefined;
}

describe("mapAssertion", () => {
  it("knows every type of promptfoo's code and documentation, and maps it or says why not", () => {
    expect([...knownTypes].sort()).toEqual([...types].sort());
    expect(documented.filter((type) => !types.includes(type))).toEqual([]);
    for (const type of types) {
      const mapped = mapAssertion({ type, value: "x" });
      expect(mapped.spec !== undefined || mapped.reason !== "").toBe(true);
    }
    expect(mapAssertion({ type: "made-up" })).toMatchObject({ reason: expect.stringContaining("does not have it") });
    expect(mapAssertion({ type: "toString" })).toHaveProperty("reason");
  });

  it("decides as promptfoo does, also with not-", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", "B", "b", ".", "(", " "), maxLength: 6 });
    const piece = fc.string({ unit: fc.constantFrom("a", "B", "b", ".", "("), minLength: 1, maxLength: 2 });
    const meaning: Record<string, (answer: string, values: readonly string[]) => boolean> = {
      contains: (answer, [value]) => answer.includes(value!),
      icontains: (answer, [value]) => answer.toLowerCase().includes(value!.toLowerCase()),
      "contains-all": (answer, values) => values.every((one) => answer.includes(one)),
      "icontains-all": (answer, values) => values.every((one) => answer.toLowerCase().includes(one.toLowerCase())),
      "contains-any": (answer, values) => values.some((one) => answer.includes(one)),
      "icontains-any": (answer, values) => values.some((one) => answer.toLowerCase().includes(one.toLowerCase())),
      "starts-with": (answer, [value]) => answer.startsWith(value!),
      equals: (answer, [value]) => answer === value,
    };
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.keys(meaning)),
        fc.boolean(),
        text,
        fc.array(piece, { minLength: 1, maxLength: 3 }),
        async (type, not, answer, values) => {
          const value = /-a(?:ll|ny)$/.test(type) ? values : values[0];
          const mapped = mapAssertion({ type: not ? `not-${type}` : type, value });
          expect(await rated(mapped.spec, answer)).toBe(meaning[type]!(answer, values) === not ? 0 : 1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each<[JsonObject, string, number]>([
    [{ type: "is-json" }, '{"a":1}', 1],
    [{ type: "is-json" }, "no", 0],
    [{ type: "not-is-json" }, "no", 1],
    [{ type: "is-json", value: { type: "object", required: ["b"] } }, '{"a":1}', 0],
    [{ type: "equals", value: { a: [1] } }, '{ "a": [1] }', 1],
    [{ type: "is-xml" }, "<a><b/></a>", 1],
    [{ type: "is-xml", value: ["a.b", "a.c"] }, "<a><b/></a>", 0],
    [{ type: "word-count", value: 3 }, "one two three", 1],
    [{ type: "word-count", value: { max: 2 } }, "one two three", 0],
    [{ type: "regex", value: "^\\d+$" }, "123", 1],
    [{ type: "contains-any", value: "x, two" }, "one two", 1],
  ])("%j of %j is %d", async (assertion, answer, value) => {
    expect(await rated(mapAssertion(assertion).spec, answer)).toBe(value);
  });

  it("takes reference texts along, on promptfoo's scale", async () => {
    for (const type of ["bleu", "rouge-n", "levenshtein"]) {
      const mapped = mapAssertion({ type, value: "the cat sat on the mat" });
      expect(mapped).toMatchObject({ texts: ["the cat sat on the mat"] });
      expect(await rated(mapped.spec, "the cat sat on the mat", ["the cat sat on the mat"])).toBeCloseTo(1, 9);
    }
  });

  it.each<[JsonObject, RegExp]>([
    [{ type: "contains" }, /not a text/],
    [{ type: "contains-all", value: [] }, /neither a text nor a list/],
    [{ type: "contains-all", value: '"a, b", c' }, /quoted list/],
    [{ type: "regex", value: "(" }, /does not compile/],
    [{ type: "is-json", value: "file://schema.json" }, /another file/],
    [{ type: "equals", value: "x", transform: "output.trim()" }, /transform/],
    [{ type: "word-count", value: "many" }, /neither a number/],
  ])("lists %j with the reason", (assertion, reason) => {
    expect(mapAssertion(assertion)).toMatchObject({ reason: expect.stringMatching(reason) });
  });
});

describe("importPromptfoo", () => {
  const config = {
    prompts: ["Translate {{ word }} into {{language}}.", "file://prompt.txt", { raw: "Only {{word}}" }],
    assertionTemplates: { polite: { type: "icontains", value: "please" } },
    defaultTest: { vars: { language: "French" }, assert: [{ type: "latency", threshold: 100 }] },
    tests: [
      {
        vars: { word: "cat" },
        assert: [
          { type: "contains", value: "chat", weight: 3, metric: "right word" },
          { $ref: "#/assertionTemplates/polite" },
        ],
      },
      {
        vars: { word: "dog", language: "German" },
        assert: [
          { type: "contains", value: "{{ word | upper }}" },
          { type: "llm-rubric", value: "is kind" },
        ],
      },
      { vars: { word: ["a", "b"] }, assert: [{ type: "equals", value: "x" }] },
      {
        vars: { word: "x" },
        assert: [
          {
            type: "assert-set",
            threshold: 0.5,
            weight: 2,
            assert: [
              { type: "contains", value: "{{word}}" },
              { type: "regex", value: "y" },
            ],
          },
        ],
      },
      "file://more.yaml",
    ],
    scenarios: [],
  };

  it("accounts for every assertion, and for all else that is not taken over", () => {
    const { assertions, notes } = importPromptfoo(config, "c.yaml");
    expect(assertions.filter((one) => one.state === "mapped").map((one) => one.where)).toEqual([
      "tests[0].assert[0]",
      "tests[0].assert[1]",
      "tests[2].assert[0]",
      "tests[3].assert[0].assert[0]",
      "tests[3].assert[0].assert[1]",
    ]);
    expect(assertions.filter((one) => one.state === "not mapped")).toMatchObject([
      ...new Array(2).fill({ type: "latency" }),
      { where: "tests[1].assert[0]", note: "it has template code that is not run" },
      { where: "tests[1].assert[1]", type: "llm-rubric", note: expect.stringContaining("a model grades it") },
      ...new Array(2).fill({ type: "latency" }),
    ]);
    expect(notes.join("\n")).toMatch(
      /scenarios[\s\S]*prompts\[1\][\s\S]*tests\[2\]\.vars\.word[\s\S]*tests\[3\]\.assert\[0\]\.threshold[\s\S]*tests\[4\]/,
    );
  });

  it("gives rows whose rule is the weighted mean of what is mapped", async () => {
    const { reward, rows } = importPromptfoo(config, "c.yaml");
    expect(rows.map((row) => row["prompt"])).toEqual([
      "Translate cat into French.",
      "Only cat",
      "Translate dog into German.",
      "Only dog",
      "Translate x into French.",
      "Only x",
    ]);
    const route = await rewardFrom(reward);
    const scoreOf = async (row: JsonObject, answer: string) => {
      const one = task(String(row["prompt"]), [answer], undefined, { context: row["context"] as JsonObject });
      return (await route.score([one], directContext()))[0]![0]!;
    };
    expect(await scoreOf(rows[0]!, "un chat")).toMatchObject({ value: 0.75 });
    expect(await scoreOf(rows[0]!, "un chat, please")).toMatchObject({ value: 1 });
    // a test of which nothing is mapped is not scored, rather than passed
    expect(await scoreOf(rows[2]!, "Hund")).toMatchObject({ unscored: { reason: "unsupported" } });
    expect(await scoreOf(rows[4]!, "x")).toMatchObject({ value: 0.5 });
  });

  it("reads a results file with its outputs, a candidate a provider", () => {
    const result = (testIdx: number, provider: string, output: unknown, more: object = {}) => ({
      testIdx,
      promptIdx: 0,
      provider: { id: provider },
      prompt: { raw: '[{"role":"user","content":"hi"}]' },
      vars: { name: "Bo" },
      testCase: { assert: [{ type: "contains", value: "{{name}}" }] },
      response: { output },
      ...more,
    });
    const { rows, notes, assertions } = importPromptfoo(
      {
        results: {
          version: 3,
          results: [
            result(0, "a", "Bo"),
            result(0, "b", { x: 1 }),
            result(0, "a", "again"),
            result(1, "a", null, { error: "429" }),
          ],
        },
      },
      "r.json",
    );
    expect(rows).toMatchObject([
      {
        id: "test 0, prompt 0",
        prompt: [{ role: "user", content: "hi" }],
        candidates: [
          { id: "a", output: "Bo" },
          { id: "b", output: '{"x":1}' },
          { id: "a 2", output: "again" },
        ],
        context: { promptfoo: "rule-1" },
      },
    ]);
    expect(assertions).toHaveLength(2);
    expect(notes).toEqual(["results[3].response.output: there is none (429)"]);
  });

  it("refuses what is neither", () => {
    expect(() => importPromptfoo([], "x")).toThrow(/expected an object/);
    expect(() => importPromptfoo({ a: 1 }, "x")).toThrow(/no promptfoo configuration/);
  });
});
