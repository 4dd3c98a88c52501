import { describe, expect, it } from "vitest";
import { type Example, task } from "../core/index.ts";
import { Inspector } from "./inspect.ts";

const example = (prompt: string, answers: string[], more: Partial<Example> = {}): Example => ({
  task: task(prompt, answers),
  labels: {},
  cluster: prompt,
  subsets: {},
  ...more,
});

describe("Inspector", () => {
  it("counts rows, lengths, fields, duplicates and subsets", () => {
    const seen = new Inspector();
    seen.add(example("ab", ["1", "22"], { labels: { correct: [true, false] }, subsets: { kind: "x" } }));
    seen.add(example("ab", ["333", "333", "4"], { subsets: { kind: "x" } }));
    seen.add(example("abcd", ["5"], { subsets: { kind: "y" } }));
    expect(seen.counts()).toEqual({
      tasks: 3,
      candidates: 6,
      candidatesPerTask: { 1: 1, 2: 1, 3: 1 },
      promptCharacters: { n: 3, min: 2, median: 2, max: 4 },
      answerCharacters: { n: 6, min: 1, median: 1, max: 3 },
      fields: { "labels.correct": 1 },
      repeatedPrompts: 1,
      repeatedCandidates: 1,
      subsets: { kind: { x: 2, y: 1 } },
    });
  });

  it("has zeros for no rows", () => {
    expect(new Inspector().counts()).toMatchObject({ tasks: 0, answerCharacters: { n: 0, min: 0, median: 0, max: 0 } });
  });
});
