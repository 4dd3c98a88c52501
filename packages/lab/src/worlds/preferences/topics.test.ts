import { seedFrom } from "laurel";
import { meanOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { dotAt, drawTopicAnswers, drawTopicWords, meanVector, norm, relevanceParts, type TopicDials } from "./index.ts";

const dials: TopicDials = {
  topics: 12,
  words: 60,
  offTopic: 300,
  dim: 32,
  pull: 0.6,
  push: 0.8,
  prompts: 10,
  asked: 6,
  candidates: 400,
  meanLog: 3.4,
  sdLog: 0.9,
  shortest: 3,
  longest: 250,
  shares: [0.4, 0.8, 0.4, 0.8],
  saturation: 15,
  prices: { off: 0.6, repeat: 0.4, copied: 0.3 },
};
const seed = seedFrom("topics");
const words = drawTopicWords(dials, seed);
const drawn = drawTopicAnswers(words, seed);

describe("the world of topics", () => {
  it("has word vectors of length 1, nearer to words of their topic than to others", () => {
    const vector = (w: number) => words.vectors.subarray(w * 32, (w + 1) * 32);
    for (const w of [0, 59, 700, 1019]) expect(norm(vector(w))).toBeCloseTo(1, 12);
    const mean = (pairs: readonly (readonly [number, number])[]) =>
      meanOf(Float64Array.from(pairs, ([a, b]) => dotAt(words.vectors, a * 32, vector(b))));
    // two words of a topic share 0.6 of 1 = √(0.6² + 0.8²): a mean cosine of 0.36; of different ones 0
    expect(
      Math.abs(
        mean(Array.from({ length: 500 }, (_, i) => [i % 60, (i * 7 + 1) % 60] as const).filter(([a, b]) => a !== b)) -
          0.36,
      ),
    ).toBeLessThan(0.1);
    expect(Math.abs(mean(Array.from({ length: 300 }, (_, i) => [i % 60, 720 + i] as const)))).toBeLessThan(0.1);
  });

  it("has answers of log-normal length within their limits, with words of the stated kinds", () => {
    const lengths = Float64Array.from(drawn.answers, (one) => one.length);
    expect(Math.min(...lengths)).toBe(3);
    expect(Math.max(...lengths)).toBe(250);
    // mean of log length 3.4 before clipping; 4,000 answers
    expect(meanOf(lengths.map(Math.log))).toBeCloseTo(3.4, 1);
    // Dirichlet means: 0.4, 0.8, 0.4, 0.8 of 2.4
    expect(meanOf(drawn.copied)).toBeCloseTo(1 / 6, 1);
    const off = Float64Array.from(drawn.answers, (one) => one.filter((w) => w >= 720).length / one.length);
    expect(meanOf(off)).toBeCloseTo(1 / 3, 1);
    for (const [i, answer] of drawn.answers.entries())
      for (const word of answer)
        expect(word >= 720 || Math.floor(word / 60) === drawn.topics[Math.floor(i / 400)]).toBe(true);
  });

  it("has gold that an answer's words give again where nothing is repeated at its end", () => {
    let checked = 0;
    for (const [i, answer] of drawn.answers.entries()) {
      const prompt = new Set(drawn.prompts[Math.floor(i / 400)]!);
      const last = answer.at(-1)!;
      if (answer.at(-2) === last || prompt.has(last)) continue;
      const copied = answer.filter((w) => prompt.has(w)).length;
      if (copied !== Math.round(drawn.copied[i]! * answer.length) || last < 720) continue;
      const off = answer.filter((w) => w >= 720).length;
      const fresh = new Set(answer.filter((w) => w < 720 && !prompt.has(w))).size;
      const expected = 1 - Math.exp(-fresh / 15) - (0.6 * off + 0.3 * copied) / answer.length;
      expect(drawn.gold[i]).toBeCloseTo(expected, 12);
      checked++;
    }
    expect(checked).toBeGreaterThan(200);
  });

  it("gives relevance, length and repetition of lists of words", () => {
    const list = Int32Array.from([0, 1, 0, 1, 0]);
    const parts = relevanceParts(words, [list], [[0, 1]], 1);
    expect(parts.relevance[0]).toBeCloseTo(dotAt(meanVector(words, [0, 1]), 0, meanVector(words, list)), 12);
    expect([...parts.length, ...parts.repetition]).toEqual([0.05, expect.closeTo(2 / 3, 12)]);
  });
});
