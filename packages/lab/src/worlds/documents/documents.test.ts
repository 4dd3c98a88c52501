import { directContext, isScored, seedFrom } from "laurel";
import { contextUse, foreignPassages } from "laurel/rewards";
import { describe, expect, it } from "vitest";
import {
  contextCheck,
  drawDocuments,
  drawKnowledge,
  exactEntails,
  factsIn,
  ragScenarios,
  sentenceOf,
} from "./index.ts";

const knowledge = drawKnowledge(seedFrom(1));
const dials = { candidates: 4, errors: 0.4, prior: 0.6 };
const ctx = directContext();

describe("the document world", () => {
  it("knows 400 facts, reads back what it writes, and entails exactly what is stated", () => {
    expect(knowledge.facts.size).toBe(400);
    const facts = [...knowledge.facts.values()];
    const text = facts.map(sentenceOf).join(" ");
    expect(new Set(factsIn(text).map(sentenceOf))).toEqual(new Set(facts.map(sentenceOf)));
    const [a, b] = [sentenceOf(facts[0]!), sentenceOf(facts[1]!)];
    expect([
      exactEntails([a, b], a),
      exactEntails([a], b),
      exactEntails([a], `${a} ${b}`),
      exactEntails([a], "So."),
    ]).toEqual([1, 0, 0, 0]);
  });

  it.each(ragScenarios)("%s: the check reads exactly the errors that were switched on", async (scenario) => {
    const items = drawDocuments(knowledge, scenario, dials, { tasks: 60 }, seedFrom(2));
    const scores = await contextCheck.score(
      items.map(({ task }) => task),
      ctx,
    );
    for (const [i, { gold, task }] of items.entries()) {
      expect(
        scores[i]!.map((score) => isScored(score) && score.value),
        task.id,
      ).toEqual(gold);
      expect(task.context!["passages"]).toHaveLength(6);
    }
  });

  it("gives pairs that differ, with errors at their rate in tasks that need not", () => {
    const pairs = drawDocuments(
      knowledge,
      "citation",
      { ...dials, candidates: 2 },
      { tasks: 50, differ: true },
      seedFrom(3),
    );
    for (const { gold } of pairs) expect(gold[0]).not.toBe(gold[1]);
    const golds = drawDocuments(knowledge, "conflict", dials, { tasks: 500 }, seedFrom(4)).flatMap(({ gold }) => gold);
    // mean 1 − 0.4; four standard errors of 2,000 draws
    expect(Math.abs(golds.reduce((sum, one) => sum + one, 0) / golds.length - 0.6)).toBeLessThan(0.032);
  });

  it("finds the check to read the passages: other tasks' passages take its score away", async () => {
    const tasks = drawDocuments(knowledge, "multi-hop", dials, { tasks: 20 }, seedFrom(5)).map(({ task }) => task);
    const use = contextUse(contextCheck, { ablate: foreignPassages(tasks, seedFrom(6)), version: 1 });
    const scores = (await use.score(tasks, ctx)).flat();
    for (const score of scores) expect(isScored(score) && score.parts!["changed"]).toBe(0);
  });
});
