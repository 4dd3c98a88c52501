import { describe, expect, it } from "vitest";
import { directContext } from "../../../core/context.ts";
import { isScored } from "../../../core/score.ts";
import { task } from "../../../core/task.ts";
import type { JsonObject, Reward, Score } from "../../../core/types.ts";
import { constraints } from "./constraints.ts";
import { looseReadings } from "./loose.ts";
import { ifevalConstraints, ifevalTask } from "./rows.ts";

async function scoreOf(reward: Reward, list: readonly JsonObject[] | undefined, response: string): Promise<Score> {
  const one = task("Write.", [response], list === undefined ? {} : { constraints: list });
  return (await reward.score([one], directContext()))[0]![0]!;
}

const noComma = { id: "punctuation:no_comma" };
const title = { id: "detectable_format:title" };
const twice = { id: "keywords:frequency", keyword: "a", frequency: 1, relation: "at least" };

describe("constraints", () => {
  it("gives the share of instructions followed, with a part for each", async () => {
    const score = await scoreOf(constraints(), [noComma, title, twice, twice], "a dog");
    expect(score).toEqual({
      value: 0.75,
      parts: {
        "punctuation:no_comma": 1,
        "detectable_format:title": 0,
        "keywords:frequency": 1,
        "keywords:frequency#2": 1,
      },
    });
  });
  it("gives all or nothing if asked to", async () => {
    expect(await scoreOf(constraints({ credit: "all" }), [noComma, title], "a dog")).toMatchObject({ value: 0 });
    expect(await scoreOf(constraints({ credit: "all" }), [noComma, title], "<<a>> dog")).toMatchObject({ value: 1 });
  });
  it("forgives a first line under the loose rule only", async () => {
    const response = "Sure, here it is:\na dog";
    expect(await scoreOf(constraints(), [noComma], response)).toMatchObject({ value: 0 });
    expect(await scoreOf(constraints({ mode: "loose" }), [noComma], response)).toMatchObject({ value: 1 });
  });
  it("tells the language on first use", async () => {
    const german = { id: "language:response_language", language: "de" };
    const text = "Das Treffen wurde auf Donnerstag verschoben, weil der Zug zu spät kam.";
    expect(await scoreOf(constraints(), [german], text)).toMatchObject({ value: 1 });
    expect(await scoreOf(constraints(), [german], "The train was late again today.")).toMatchObject({ value: 0 });
  });
  it("is a fault at the floor for a blank answer", async () => {
    expect(await scoreOf(constraints(), [noComma], " \n")).toEqual({ fault: "no-answer", value: 0 });
  });
  it.each([
    ["missing-reference", undefined],
    ["missing-reference", []],
    ["bad-reference", [{ id: "no:such" }]],
    ["bad-reference", [{ id: "toString" }]],
    ["bad-reference", [{ id: "length_constraints:number_words", num_words: 5 }]],
    ["bad-reference", [{ id: "length_constraints:number_words", num_words: "5", relation: "at least" }]],
    ["bad-reference", [{ id: "keywords:existence", keywords: [] }]],
  ])("is unscored with %s for the constraints %j", async (reason, list) => {
    const score = await scoreOf(constraints(), list as JsonObject[] | undefined, "a dog");
    expect(isScored(score) ? undefined : score.unscored.reason).toBe(reason);
  });
  it("refuses options that it does not know", () => {
    expect(() => constraints({ mode: "lax" as "loose" })).toThrow(/lax/);
    expect(() => constraints({ credit: "half" as "all" })).toThrow(/half/);
  });
  it("has a spec that builds it again and a fingerprint that its options change", () => {
    expect(constraints({ mode: "loose" }).spec).toEqual({ kind: "verify.constraints", mode: "loose" });
    expect(constraints({ mode: "loose" }).fingerprint).not.toBe(constraints().fingerprint);
  });
});

describe("looseReadings", () => {
  it("leaves out the first line, the last, both, and asterisks", () => {
    expect(looseReadings("x\n*y*\nz")).toEqual([
      "x\n*y*\nz",
      "x\ny\nz",
      "*y*\nz",
      "x\n*y*",
      "*y*",
      "y\nz",
      "x\ny",
      "y",
    ]);
  });
  it("has no blank readings and no repeats", () => {
    expect(looseReadings("x")).toEqual(["x"]);
    expect(looseReadings(" ")).toEqual([]);
  });
});

describe("ifevalTask", () => {
  const row = { key: 7, prompt: "Go.", instruction_id_list: ["punctuation:no_comma"], kwargs: [{ relation: null }] };
  it("maps IFEval's row", () => {
    expect(ifevalTask(row, ["a"])).toMatchObject({ id: "7", reference: { constraints: [noComma] } });
  });
  it.each([
    [{ ...row, kwargs: [] }, "kwargs"],
    [{ ...row, kwargs: [3] }, "kwargs[0]"],
    [{ ...row, instruction_id_list: [3] }, "instruction_id_list[0]"],
    [{ ...row, instruction_id_list: "x" }, "instruction_id_list"],
  ])("refuses %j and names the field", (bad, field) => {
    expect(() => ifevalConstraints(bad)).toThrow(field);
  });
});
