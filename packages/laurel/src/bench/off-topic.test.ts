import { describe, expect, it } from "vitest";
import { answerText, candidate, pointwise, seedFrom, task, unscored } from "../core/index.ts";
import { hashedNgrams } from "../models/embed/index.ts";
import { length } from "../rewards/length.ts";
import { relevance } from "../rewards/reference/index.ts";
import { offTopic, offTopicPairs } from "./off-topic.ts";

const seed = seedFrom("off-topic");
const topics = ["bread dough yeast", "railway strike union", "quantum spin lattice", "tennis serve racket"];
const tasks = topics.map((topic, t) =>
  task(`Tell me about ${topic}.`, [`The ${topic} matters.`, `${`${topic} `.repeat(40)}ends.`], undefined, {
    id: `t${t}`,
  }),
);

describe("off-topic", () => {
  it("pairs a prompt's short answer with a long one to another prompt, by seed alone", () => {
    const pairs = offTopicPairs(tasks, { short: 10, long: 100, seed });
    expect(pairs.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
    for (const [t, { candidates }] of pairs.entries()) {
      expect(answerText(candidates[0]!)).toBe(`The ${topics[t]} matters.`);
      expect(answerText(candidates[1]!)).not.toContain(topics[t]);
    }
    expect(offTopicPairs(tasks, { short: 10, long: 100, seed })).toEqual(pairs);
  });

  it("gives no pair where there is no short answer, or no long one elsewhere", () => {
    expect(offTopicPairs(tasks, { short: 2, long: 100, seed })).toEqual([]);
    expect(offTopicPairs([tasks[0]!], { short: 10, long: 100, seed })).toEqual([]);
    expect(() => offTopicPairs(tasks, { short: 100, long: 100, seed })).toThrow(/above/);
  });

  it("finds that length is always fooled and relevance never", async () => {
    const pairs = offTopicPairs(tasks, { short: 10, long: 100, seed });
    expect((await offTopic(length(), pairs)).fooled).toMatchObject({ value: 1, n: 4 });
    expect((await offTopic(relevance({ embedder: hashedNgrams() }), pairs)).fooled).toMatchObject({ value: 0, n: 4 });
  });

  it("counts ties half, and pairs without scores apart", async () => {
    const flat = pointwise("flat", (one) => (answerText(one).includes("tennis") ? unscored("bug", "no") : 1));
    const pairs = tasks.slice(0, 3).map((one) => ({ ...one, candidates: [one.candidates[0]!, candidate("tennis")] }));
    await expect(offTopic(flat, pairs)).rejects.toThrow(/both scores/);
    const half = [...pairs, { ...tasks[0]!, candidates: [candidate("a"), candidate("b")] }];
    expect((await offTopic(flat, half)).fooled).toMatchObject({ value: 0.5, n: 1, unscored: 3 });
  });
});
