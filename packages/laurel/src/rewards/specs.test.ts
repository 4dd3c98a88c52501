import { describe, expect, it } from "vitest";
import { directContext, type JsonObject, type Reward, task } from "../core/index.ts";
import { length } from "./length.ts";
import { bleu, bleuberi, chrf, editSimilarity, exactMatch, rouge, ter, tokenF1 } from "./reference/index.ts";
import {
  abstention,
  exact,
  format,
  judgement,
  phrases,
  repetition,
  sql,
  structure,
  translationGate,
  verdict,
} from "./verify/index.ts";

/** Each reward of these folders that plain options build, with options that differ from the defaults. */
const builders: readonly (readonly [kind: string, build: (options: never) => Reward, options: object])[] = [
  ["length", length, { unit: "words", form: "target", target: 5, tolerance: 5 }],
  ["reference.bleu", bleu, { tokenise: "intl", smooth: "add-k", smoothValue: 2, lowercase: true }],
  ["reference.bleuberi", bleuberi, { within: "answer-tag" }],
  ["reference.chrf", chrf, { wordOrder: 2 }],
  ["reference.edit", editSimilarity, { unit: "words", normalise: ["lowercase"] }],
  ["reference.exactMatch", exactMatch, {}],
  ["reference.rouge", rouge, { type: "rouge2", stem: true, measure: "recall" }],
  ["reference.ter", ter, { normalised: true }],
  ["reference.tokenF1", tokenF1, { version: "2.0" }],
  ["verify.abstention", abstention, {}],
  ["verify.exact", exact, { normalise: ["squad"], within: "answer-tag" }],
  ["verify.format", format, { tags: "think-answer", patterns: ["a", { pattern: "b", absent: true }], credit: "share" }],
  ["verify.judgement", judgement, { format: 1, consistency: "off" }],
  ["verify.phrases", phrases, { scale: 10, repetition: { n: 5 }, wholeWords: true }],
  ["verify.repetition", repetition, { n: 2, unit: "characters", maxPenalty: -2 }],
  ["verify.sql", sql, { setup: "CREATE TABLE t(a)", ordered: "always" }],
  ["verify.structure", structure, { checks: [{ check: "json", schema: { type: "object" } }, { check: "xml" }] }],
  ["verify.translation", translationGate, { target: "de", maxCopy: 0.2 }],
  ["verify.verdict", verdict, { tail: 40 }],
];

describe.each(builders)("%s", (kind, build, options) => {
  const make = build as (options: object) => Reward;

  it("states a spec that is JSON and builds the same reward again", async () => {
    const reward = make(options);
    const { kind: stated, ...rest } = JSON.parse(JSON.stringify(reward.spec)) as JsonObject;
    const again = make(rest);
    expect(stated).toBe(kind);
    expect(reward.name).toBe(kind);
    expect(reward.fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(again.fingerprint).toBe(reward.fingerprint);
    expect(again.range).toEqual(reward.range);
    await Promise.all([reward, again].map((one) => one[Symbol.asyncDispose]?.()));
  });

  it("gives every candidate the same score in a group as alone, and settles hostile texts", async () => {
    const reward = make(options);
    const answers = [
      "",
      "a",
      "<think>b</think><answer>1</answer>",
      "\ud800",
      "\0",
      "<".repeat(2000),
      "a b ".repeat(500),
    ];
    const reference = {
      answer: kind === "verify.verdict" || kind === "verify.judgement" ? "1" : "SELECT 1",
      texts: ["a b c"],
    };
    const ctx = directContext();
    const [group] = await reward.score([task("Translate this sentence", answers, reference)], ctx);
    expect(group).toHaveLength(answers.length);
    for (const [i, answer] of answers.entries()) {
      const [[alone]] = (await reward.score([task("Translate this sentence", [answer], reference)], ctx)) as [[object]];
      expect(alone).toEqual(group![i]);
      expect(group![i]!.unscored).toBeUndefined();
    }
    await reward[Symbol.asyncDispose]?.();
  });
});
