import { describe, expect, it } from "vitest";
import { answerText, directContext, type Example, pointwise, promptText, task, unscored } from "../core/index.ts";
import { hashedNgrams } from "../models/embed/index.ts";
import { contrastPairs } from "../recipes/index.ts";
import { consistency, readContrast } from "./contrast-instructions.ts";

const row = (n: number) => ({
  query: `Add ${n} and 1`,
  retrieval: `Add ${n} and 2`,
  query_response_k: `${n + 1}`,
  query_response_j: "?",
  retrieval_response_k: `${n + 2}`,
  retrieval_response_j: "!",
});
const rows = [1, 4, 7, 10].map(row);
const knows = (prompt: string): string => {
  const [a, b] = [...prompt.matchAll(/\d+/g)].map(Number);
  return String(a! + b!);
};
const exact = pointwise(
  "exact",
  (c, { prompt }) => (answerText(c).includes(knows(promptText({ prompt } as never))) ? 1 : 0),
  {
    version: 1,
  },
);
const length = pointwise("length", (c) => answerText(c).length, { version: 1 });

describe("contrast instructions", () => {
  it("reads the released files, with k or j as the right answers, and drops what is no contrast", () => {
    const { items, dropped } = readContrast([...rows, { ...row(2), retrieval: "Add 2 and 1" }]);
    expect(dropped).toBe(1);
    expect(items[1]).toEqual({
      id: "#2",
      query: "Add 4 and 1",
      retrieval: "Add 4 and 2",
      queryAnswer: "5",
      retrievalAnswer: "6",
    });
    expect(readContrast(rows, { preferred: "j" }).items[0]).toMatchObject({ queryAnswer: "?", retrievalAnswer: "!" });
    expect(() => readContrast([{ ...row(1), query_response_k: 3 }])).toThrow(
      "line 1, query_response_k: expected a text",
    );
  });

  it("gives 1 to a reward that knows the answers and a half to one that looks at the answer alone", async () => {
    const { items } = readContrast(rows);
    const right = await consistency(exact, items);
    expect([right.cRes.value, right.cIns.value, right.both.value]).toEqual([1, 1, 1]);
    // lengths are equal but for 9 and 10, never: 11 and 12; C_ins of a reward that is blind to the prompt is ½ by ties
    const blind = await consistency(length, items);
    expect(blind.cIns.value).toBe(0.5);
    expect(blind.cRes.value).toBe(0.5);
    expect(blind.cRes.n).toBe(4);
  });

  it("asks in one direction or both, and sets instructions and answers in templates", async () => {
    const { items } = readContrast(rows);
    // likes the larger answer: right for the retrieved instruction, wrong for the query
    const larger = pointwise("larger", (c) => Number(answerText(c).replace("Answer: ", "")), { version: 1 });
    expect((await consistency(larger, items, { directions: "one" })).cRes.value).toBe(0);
    expect((await consistency(larger, items)).cRes.value).toBe(0.5);
    const template = { instruction: "Question: {instruction}", answer: "Answer: {answer}" };
    expect((await consistency(exact, items, { template })).cRes.value).toBe(1);
    await expect(consistency(exact, items, { template: { answer: "{response}" } })).rejects.toThrow(
      /no field {response}/,
    );
    await expect(consistency(exact, items, { template: { answer: "Answer" } })).rejects.toThrow(/no {answer}/);
  });

  it("leaves out and counts items with an unscored candidate", async () => {
    const some = pointwise("some", (c) => (answerText(c) === "5" ? unscored("undecided", "five") : 1), { version: 1 });
    const { cRes } = await consistency(some, readContrast(rows).items);
    expect(cRes).toMatchObject({ value: 0.5, n: 3, unscored: 1 });
  });
});

describe("contrastPairs", () => {
  const example = (id: string, prompt: string, good: string, p = 1): Example => ({
    task: task(prompt, ["bad", good], undefined, { id }),
    labels: { preferred: [{ first: 1, second: 0, p }] },
    cluster: id,
    subsets: {},
  });

  it("pairs each instruction with the most similar other in the band, with the preferred answers of both", async () => {
    const examples = [
      example("a", "Translate the sentence about the green house", "1"),
      example("b", "Translate the sentence about the green horse", "2"),
      example("c", "How deep is the sea?", "3"),
      example("d", "How deep is the sea?", "4"),
      example("e", "What is a tie?", "5", 0.5),
    ];
    const embedder = hashedNgrams(512);
    const made = await contrastPairs(examples, { embedder, band: [0.5, 0.99] }, directContext());
    expect(made.dropped).toEqual({ unlabelled: 1, repeated: 1, alone: 1 });
    expect(made.items.map(({ id, queryAnswer, retrievalAnswer }) => [id, queryAnswer, retrievalAnswer])).toEqual([
      ["a", "1", "2"],
      ["b", "2", "1"],
    ]);
    await expect(contrastPairs(examples, { embedder, band: [0.9, 0.5] }, directContext())).rejects.toThrow(/band/);
  });
});
