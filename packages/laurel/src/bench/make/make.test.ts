import { describe, expect, it } from "vitest";
import { answerText, directContext, type Example, promptText, seedFrom, UsageError } from "../../core/index.ts";
import { parseTaskRow } from "../../io/rows.ts";
import { nativeRow } from "../../io/schemas/native.ts";
import { scriptedModel } from "../../models/index.ts";
import { equivalent, extractAnswer } from "../../rewards/verify/index.ts";
import { modelProposer, type SearchRound, searchBenchmark, type Taker } from "../search/index.ts";
import {
  checkPair,
  expressionWriter,
  forms,
  formsOf,
  generatorOf,
  generators,
  pairsOfTopic,
  pairTopics,
  pairWriter,
  topicsOf,
} from "./index.ts";

const seed = seedFrom("make");

async function pairs(topic: Parameters<typeof pairsOfTopic>[0], n: number): Promise<Example[]> {
  const made: Example[] = [];
  for await (const one of pairsOfTopic(topic, { n, seed })) made.push(one);
  return made;
}

describe("generators", () => {
  it.each(generators.map((one) => [one.name, one] as const))(
    "%s: right answers are right and wrong ones wrong by a second way, in every form, and rows read back as they were",
    async (_, generator) => {
      const topics = topicsOf(generator);
      let firsts = 0;
      let n = 0;
      for (const [i, form] of forms.entries()) {
        const topic = pairTopics(generator, [topics[(7 * i) % topics.length]!], [form])[0]!;
        const made = await pairs(topic, 12);
        expect(made.length, topic.name).toBe(12);
        for (const one of made) {
          expect(checkPair(one), one.task.id).not.toBe(false);
          expect(parseTaskRow(nativeRow(one), { line: 1 })).toEqual(one);
          expect(one.labels.correct!.filter((right) => right === true)).toHaveLength(1);
          if (one.labels.correct![0] === true) firsts++;
          n++;
        }
        expect(await pairs(topic, 12)).toEqual(made);
      }
      // a fair coin: an sd of √n / 2
      expect(Math.abs(firsts - n / 2)).toBeLessThan(2 * Math.sqrt(n));
    },
  );

  it("write the answer that they say they do, in every form of arithmetic", async () => {
    const arithmetic = generatorOf("arithmetic");
    const [topic] = topicsOf(arithmetic, { depth: ["3"], operands: ["fractions"] });
    for (const one of pairTopics(arithmetic, [topic!]).filter(({ source }) => source!["form"] !== "number-after"))
      for (const { task, labels } of await pairs(one, 5))
        for (const [i, candidate] of task.candidates.entries()) {
          const said = extractAnswer(answerText(candidate))?.text ?? answerText(candidate);
          const right = equivalent(String(task.reference?.answer), said.replace(/^The result is (.*)\.$/, "$1")).equal;
          expect(right, `${one.name}: ${said}`).toBe(labels.correct![i]);
        }
  });

  it("take ranges of whole numbers and words by a part that only one has", () => {
    const arithmetic = generatorOf("arithmetic");
    expect(topicsOf(arithmetic, { depth: ["1-3", "8"], operands: ["whole"] }).map(({ name }) => name)).toEqual([
      "1 operation, whole",
      "2 operations, whole",
      "3 operations, whole",
      "8 operations, whole",
    ]);
    expect(topicsOf(generatorOf("steer-me"), { elements: ["deadweight"] })[0]!.name).toBe("deadweight loss");
    for (const [chosen, why] of [
      [{ depth: ["0"] }, "whole numbers from 1 to 50"],
      [{ depth: ["3-2"] }, "whole numbers from 1 to 50"],
      [{ operands: ["o"] }, "there is no 'o'"],
      [{ colour: ["red"] }, "no parameter 'colour'"],
    ] as const)
      expect(() => topicsOf(arithmetic, chosen as never)).toThrow(why);
    expect(() => generatorOf("aritmetic")).toThrow(UsageError);
    expect(() => formsOf(["longer"])).toThrow("no form 'longer'");
  });
});

describe("a search with a language model", () => {
  const right: Taker = {
    name: "prefers the longer",
    fingerprint: null,
    answer: async (examples) =>
      examples.map(({ task, labels }) => {
        const [a, b] = task.candidates.map((one) => answerText(one).length) as [number, number];
        return a === b ? 0.5 : labels.correct![a > b ? 0 : 1] === true ? 1 : 0;
      }),
  };
  const search = async (...all: Parameters<typeof searchBenchmark>): Promise<SearchRound[]> => {
    const rounds: SearchRound[] = [];
    for await (const round of searchBenchmark(...all)) rounds.push(round);
    return rounds;
  };

  it("takes names of the list alone, and is told the accuracy so far", async () => {
    const generator = generatorOf("arithmetic");
    const topics = pairTopics(generator, topicsOf(generator, { depth: ["2"] }));
    const prompts: string[] = [];
    const model = scriptedModel(({ prompt, call }) => {
      prompts.push(prompt);
      const form = call === 0 ? "right-longer" : "wrong-longer";
      return `Let me see.\n[{"name": "arithmetic: 2 operations, whole; ${form}"}, {"name": "Astronomy"}]`;
    });
    const rounds = await search(modelProposer(model, { topics }), pairWriter(), [right], {
      iterations: 2,
      questions: 10,
      seed,
    });
    expect(rounds.map((round) => round.topics.map(({ topic }) => topic.name))).toEqual([
      ["arithmetic: 2 operations, whole; right-longer"],
      ["arithmetic: 2 operations, whole; wrong-longer"],
    ]);
    expect(prompts[1]).toContain("right-longer (arithmetic, depth 2, operands whole, right-longer): 1.00");
    expect(prompts[1]).not.toContain("\narithmetic: 2 operations, whole; right-longer\n");
  });

  it("writes questions of its own, whose answers are computed, and leaves out those that cannot be", async () => {
    const model = scriptedModel(({ prompt, call }) =>
      prompt.includes("Name 10 topics")
        ? '[{"name": "Change at a till", "parent": "money", "requirement": "two purchases"}]'
        : JSON.stringify([
            ...Array.from({ length: 8 }, (_, i) => ({
              question: `You pay ${20 + i + 10 * call} with a fifty for two things. What is the change?`,
              expression: `50 - ${20 + i}`,
              wrong: `50 + ${20 + i}`,
            })),
            { question: "The same?", expression: "2 + 2", wrong: "4" },
            { question: "Unreadable?", expression: "two plus two", wrong: "3" },
          ]),
    );
    const [round] = await search(
      modelProposer(model),
      expressionWriter(model, { forms: formsOf(["alike"]) }),
      [right],
      {
        iterations: 1,
        questions: 12,
        seed,
      },
    );
    const [topic] = round!.topics;
    expect(topic!.topic).toEqual({ name: "Change at a till", parents: ["money"], requirement: "two purchases" });
    expect(topic!.questions).toHaveLength(12);
    for (const { example } of topic!.questions) {
      expect(promptText(example.task)).toMatch(/^You pay \d+ with a fifty/);
      const place = example.labels.correct!.indexOf(true);
      expect(answerText(example.task.candidates[place]!)).toBe(
        `The answer is \\boxed{${example.task.reference!.answer}}.`,
      );
      expect(checkPair(example)).toBeNull();
    }
  });

  it("stops with the proposer's name where it gives no list", async () => {
    const model = scriptedModel(() => "I would rather not.", { name: "shy" });
    await expect(search(modelProposer(model), pairWriter(), [right])).rejects.toThrow("shy proposed no topics");
    expect(
      await modelProposer(model, { topics: [] }).propose(
        [],
        3,
        {
          iteration: 0,
          target: [0.1, 0.3],
          taken: new Set(),
          seed,
        },
        directContext(),
      ),
    ).toEqual([]);
  });
});
