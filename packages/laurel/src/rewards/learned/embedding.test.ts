import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { preferenceMatrix, toComparer, toReward } from "../../compose/index.ts";
import { type Comparer, directContext, isScored, type Task, unscored } from "../../core/index.ts";
import { length } from "../length.ts";
import { btAsEmbedding, preferenceEmbedding, skewScore } from "./embedding.ts";
import { embeddingHead } from "./embedding-head.ts";

const task = (...answers: string[]): Task => ({
  id: "t",
  prompt: [{ role: "user", content: "q" }],
  candidates: answers.map((content) => ({ output: [{ role: "assistant", content }] })),
});
const text = (c: Task["candidates"][number]): string => c.output[0]!.content as string;
/** An embedding by the answer's text. */
const byText =
  (vectors: Record<string, readonly number[]>) =>
  (of: Task): Float32Array[] =>
    of.candidates.map((c) => Float32Array.from(vectors[text(c)]!));
const all = (n: number) => Array.from({ length: n * n }, (_, at) => [Math.floor(at / n), at % n] as const);
const vectors = fc.integer({ min: 1, max: 4 }).chain((k) => {
  const vector = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 2 * k, maxLength: 2 * k });
  return fc.tuple(vector, vector);
});

describe("skewScore", () => {
  it("is v_i0 v_j1 − v_i1 v_j0 with the sign of the released loss, block by block", () => {
    expect(skewScore([2, 3], [5, 7])).toBe(2 * 7 - 3 * 5);
    expect(skewScore([2, 3, 1, 0], [5, 7, 0, 1])).toBe(-1 + 1);
    expect(skewScore([2, 3, 1, 0], [5, 7, 0, 1], [2, 10])).toBe(-2 + 10);
  });

  it("turns its sign with the order, and is 0 of a vector with itself", () => {
    fc.assert(
      fc.property(vectors, ([a, b]) => {
        expect(skewScore(a, b)).toBe(0 - skewScore(b, a));
        expect(skewScore(a, a)).toBe(0);
      }),
    );
  });

  it("refuses odd or unequal dimensions and gates that are not above 0", () => {
    expect(() => skewScore([1, 2, 3], [1, 2, 3])).toThrow("one even dimension");
    expect(() => skewScore([1, 2], [1, 2, 3, 4])).toThrow("one even dimension");
    expect(() => skewScore([1, 2], [1, 2], [0])).toThrow("above 0");
    expect(() => skewScore([1, 2], [1, 2], [1, 1])).toThrow("one a block");
  });
});

describe("preferenceEmbedding", () => {
  const rounds = byText({ rock: [1, 0], scissors: [-0.5, Math.sqrt(3) / 2], paper: [-0.5, -Math.sqrt(3) / 2] });

  it("holds a taste that goes round: rock beats scissors beats paper beats rock", async () => {
    const comparer = preferenceEmbedding({ embed: rounds, tau: 1 });
    const [answers] = await comparer.compare(
      [
        {
          task: task("rock", "scissors", "paper"),
          pairs: [
            [0, 1],
            [1, 2],
            [2, 0],
          ],
        },
      ],
      directContext(),
    );
    for (const one of answers!) {
      // s = sin 120° = √3/2 for each step of the circle
      expect(one).toMatchObject({ p: expect.closeTo(1 / (1 + Math.exp(-Math.sqrt(3) / 2)), 6) });
    }
  });

  it("gives probabilities that sum to 1 exactly, and ½ of a candidate with itself", async () => {
    await fc.assert(
      fc.asyncProperty(vectors, async ([a, b]) => {
        const comparer = preferenceEmbedding({ embed: byText({ a, b }) });
        const [answers] = await comparer.compare([{ task: task("a", "b"), pairs: all(2) }], directContext());
        const p = answers!.map((one) => (one.unscored === undefined ? one.p : Number.NaN));
        expect(p[0]).toBe(0.5);
        expect(p[3]).toBe(0.5);
        expect(Math.abs(p[1]! + p[2]! - 1)).toBeLessThanOrEqual(1e-12);
      }),
    );
  });

  it("embeds each candidate of a group once, however many pairs are asked", async () => {
    let embedded = 0;
    const comparer: Comparer = preferenceEmbedding({
      embed(of) {
        embedded += of.candidates.length;
        return of.candidates.map((c) => Float32Array.of(text(c).length, 1));
      },
      tau: 1,
    });
    const answers = ["a", "bb", "ccc", "dddd", "eeeee"];
    const scores = await toReward(comparer, { aggregate: "mean-score" }).score([task(...answers)], directContext());
    expect(embedded).toBe(5);
    // mean of r_i − r_j over the other four: 1 − 3.5, 2 − 3.25 …
    expect(scores[0]!.map((s) => (isScored(s) ? s.value : s))).toEqual([-2.5, -1.25, 0, 1.25, 2.5]);
  });

  it("records in a scalar's facts what a cyclic taste loses by it", async () => {
    const reward = toReward(preferenceEmbedding({ embed: rounds }), { aggregate: "mean-score" });
    const [scores] = await reward.score([task("rock", "scissors", "paper")], directContext());
    for (const score of scores!) expect(score).toMatchObject({ facts: { intransitivity: 1 } });
  });

  it("leaves only the pairs of a candidate without an embedding unscored", async () => {
    const comparer = preferenceEmbedding({
      embed: (of) => of.candidates.map((c) => Float32Array.of(text(c) === "bad" ? Number.NaN : 1, 0)),
    });
    const matrix = await preferenceMatrix(comparer, task("one", "bad", "two"), directContext());
    expect([...matrix.weight]).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 0]);
    const lost = preferenceEmbedding({
      embed: () => [Float32Array.of(1, 0), unscored("transport", "down")],
    });
    const [answers] = await lost.compare([{ task: task("a", "b"), pairs: [[0, 1]] }], directContext());
    expect(answers![0]).toMatchObject({ unscored: { reason: "transport" } });
  });

  it("says what is wrong with an embedding of odd length, and with a tau that is none", async () => {
    const odd = preferenceEmbedding({ embed: () => [Float32Array.of(1), Float32Array.of(2)] });
    const [answers] = await odd.compare([{ task: task("a", "b"), pairs: [[0, 1]] }], directContext());
    expect(answers![0]).toMatchObject({
      unscored: { reason: "bug", message: expect.stringContaining("even dimension") },
    });
    expect(() => preferenceEmbedding({ embed: () => [], tau: 0 })).toThrow("above 0");
  });

  it("weighs the blocks by the prompt's gate", async () => {
    const embed = byText({ a: [1, 0, 0, 1], b: [0, 1, 1, 0] });
    const gate = (of: Task) => (of.id === "t" ? [2, 1] : [1, 2]);
    const comparer = preferenceEmbedding({ embed, gate, tau: 1 });
    const other = { ...task("a", "b"), id: "u" };
    const answers = await comparer.compare(
      [
        { task: task("a", "b"), pairs: [[0, 1]] },
        { task: other, pairs: [[0, 1]] },
      ],
      directContext(),
    );
    expect(answers.map((one) => (one[0] as { strength: number }).strength)).toEqual([1, -1]);
  });
});

describe("btAsEmbedding", () => {
  it("compares as the scalar reward itself does", async () => {
    const of = task("a", "bbbb", "cc");
    const jobs = [{ task: of, pairs: all(3).filter(([i, j]) => i !== j) }];
    const [own] = await btAsEmbedding(length()).compare(jobs, directContext());
    const [scalar] = await toComparer(length()).compare(jobs, directContext());
    expect(own).toEqual(scalar);
  });
});

describe("embeddingHead", () => {
  const tensor = (shape: readonly number[], values: readonly number[]) => ({
    shape,
    values: Float32Array.from(values),
  });
  const own = [
    ["embedding.weight", tensor([2, 2], [1, 0, 0, 1])],
    ["embedding.bias", tensor([2], [0, 1])],
  ] as const;
  const [a, b] = [Float32Array.of(2, 0), Float32Array.of(-1, 0)];

  it("compares v = V φ + b by the skew product over τ, and only compares", () => {
    const config = { dim: 2, components: 2, tau: 0.5 };
    expect(embeddingHead.score).toBeUndefined();
    expect(embeddingHead.tensors(config)).toEqual({ "embedding.weight": [2, 2], "embedding.bias": [2] });
    const compare = embeddingHead.compare!(new Map(own), config);
    // v = (2, 1) and (−1, 1): s = 3, over τ 6
    expect(compare({ candidate: a }, { candidate: b }).strength).toBeCloseTo(6, 6);
    expect(compare({ candidate: b }, { candidate: a }).p).toBeCloseTo(1 / (1 + Math.exp(6)), 8);
  });

  it("weighs the blocks by a gate of the prompt, where it has one", () => {
    const config = { dim: 2, components: 2, tau: 1, prompt: 1 };
    expect(embeddingHead.inputs(config)).toEqual({ candidate: 2, prompt: 1 });
    const compare = embeddingHead.compare!(
      new Map([
        ...own,
        ["gate.layers.0.weight", tensor([1, 1], [1])],
        ["gate.layers.0.bias", tensor([1], [0])],
        ["gate.scale", tensor([1], [2])],
      ]),
      config,
    );
    const prompt = Float32Array.of(1);
    expect(compare({ candidate: a, prompt }, { candidate: b, prompt }).strength).toBeCloseTo(6, 6);
  });
});
