import { describe, expect, it } from "vitest";
import { directContext, task } from "../../core/index.ts";
import { type Scripted, scriptedModel } from "../../models/index.ts";
import { hypothesisJudge } from "./hypotheses.ts";

const part = (text: string, context: string) => ({ text, context, variables: ["age", "weight"], relation: text });

/** A reader that knows how two texts are taken apart, and answers the other questions from a list. */
function reader(answers: { context?: Scripted; variables?: Scripted; relation?: Scripted }) {
  const asked: string[] = [];
  const model = scriptedModel(
    ({ prompt }) => {
      if (prompt.includes("Take it apart")) {
        const gold = prompt.includes("GOLD");
        const hypotheses = gold
          ? [part("gold one", "adults"), part("gold two", "None")]
          : [part("said one", "grown-ups"), part("said two", "children")];
        return JSON.stringify({ hypotheses: prompt.includes("NOTHING") ? [] : hypotheses });
      }
      const kind = prompt.includes("same context")
        ? "context"
        : prompt.includes("How many variables")
          ? "variables"
          : "relation";
      asked.push(`${kind}: ${prompt.includes("GOLD") ? "whole" : prompt.includes("gold one") ? "parts" : "contexts"}`);
      if (kind === "context")
        return answers.context ?? JSON.stringify({ same: prompt.includes("adults") && prompt.includes("grown-ups") });
      return (
        answers[kind] ??
        (kind === "variables" ? '{"first": 2, "second": 2, "same": 2}' : '{"relation": "more general"}')
      );
    },
    { version: 1 },
  );
  return { model, asked };
}

const score = async (options: Parameters<typeof hypothesisJudge>[0], said = "SAID", gold = "GOLD") =>
  (
    await hypothesisJudge(options).score([{ ...task("?", [said]), reference: { texts: [gold] } }], directContext())
  )[0]![0]!;

describe("hypothesisJudge", () => {
  it("gives 0.125 where one of two is matched with F1 1 and relation ½, as the specification has it", async () => {
    const { model, asked } = reader({});
    expect(await score({ model })).toMatchObject({
      value: 0.125,
      parts: { recallContext: 0.5, variableF1: 1, relation: 0.5, meanAccuracy: 0.25 },
    });
    // contexts are asked about in order; None against a context is no match without a question
    expect(asked).toEqual(["context: contexts", "variables: parts", "relation: parts"]);
  });
  it("asks about the whole texts for parity with the released evaluator", async () => {
    const { model, asked } = reader({});
    await score({ model, parity: true });
    expect(asked.slice(1)).toEqual(["variables: whole", "relation: whole"]);
  });
  it("leaves a candidate unscored where a facet cannot be read, and never guesses", async () => {
    for (const bad of [
      { variables: '{"first": 1, "second": 1, "same": 2}' },
      { relation: '{"relation": "A"}' },
      { context: "yes" },
    ])
      expect(await score({ model: reader(bad).model })).toMatchObject({ unscored: { reason: "judge-unparsable" } });
  });
  it("takes a text without parts as one of the context None, and an empty answer as a fault", async () => {
    // both None: one match of one, F1 1 and relation ½
    expect(await score({ model: reader({}).model }, "NOTHING said", "GOLD NOTHING")).toMatchObject({ value: 0.5 });
    expect(await score({ model: reader({}).model }, " ")).toMatchObject({ fault: "no-answer", value: 0 });
  });
});
