import { describe, expect, it } from "vitest";
import { answerText, directContext, type Embedder, pointwise, type Score, task, unscored } from "../core/index.ts";
import { fuseNeighbours } from "./neighbours.ts";

/** Points on the circle: the answer's number is the angle in degrees. */
function circle(fail = { times: 0 }): Embedder {
  return {
    name: "circle",
    fingerprint: "circle-1",
    dim: 2,
    embed: (contents) =>
      Promise.resolve(
        contents.map((content) => {
          if (fail.times > 0) {
            fail.times--;
            return unscored("transport", "embedder down");
          }
          const angle = (Number(String(content).split("\n").at(-1)) * Math.PI) / 180;
          return Float32Array.of(Math.cos(angle), Math.sin(angle));
        }),
      ),
  };
}

const angle = pointwise(
  "angle",
  (c) => (answerText(c) === "50" ? unscored("transport", "down") : Number(answerText(c)) / 100),
  {
    version: 1,
    range: [0, 1],
  },
);
const index = ["0", "10", "20", "50", "10"].map((a, i) => task("q", [a], undefined, { id: `n${i}` }));
const scoreOf = async (reward: ReturnType<typeof fuseNeighbours>, answer: string): Promise<Score> =>
  (await reward.score([task("q", [answer])], directContext()))[0]![0]!;

describe("fuseNeighbours", () => {
  it("averages with the nearest known texts, weighted by cosine similarity", async () => {
    const reward = fuseNeighbours(angle, { embedder: circle(), index, k: 2, threshold: 0.9 });
    const score = await scoreOf(reward, "12");
    const [near, far] = [Math.cos((2 * Math.PI) / 180), Math.cos((8 * Math.PI) / 180)];
    // 10° and 20° are nearest; the second entry of 10° is the same text and counts once. float32 vectors: 1e-6
    const expected = (0.12 + near * 0.1 + far * 0.2) / (1 + near + far);
    expect(score).toMatchObject({ value: expect.closeTo(expected, 6), parts: { raw: 0.12 } });
    expect(
      (score as unknown as { facts: { neighbours: { id: string }[] } }).facts.neighbours.map(({ id }) => id),
    ).toEqual(["n1", "n2"]);
    expect(reward.range).toEqual([0, 1]);
  });

  it("gives the plain reward, and says so, where nothing is near", async () => {
    expect(await scoreOf(fuseNeighbours(angle, { embedder: circle(), index, threshold: 0.99 }), "90")).toEqual({
      value: 0.9,
      parts: { raw: 0.9 },
      facts: { alone: true },
    });
  });

  it("does not count the text itself as its neighbour", async () => {
    const score = await scoreOf(fuseNeighbours(angle, { embedder: circle(), index, k: 1, threshold: 0.5 }), "0");
    expect(score).toMatchObject({ facts: { neighbours: [{ id: "n1" }] } });
  });

  it("is unscored where a neighbour or an embedding is, and tries the index again", async () => {
    expect(await scoreOf(fuseNeighbours(angle, { embedder: circle(), index, k: 1 }), "49")).toMatchObject({
      unscored: { reason: "transport", message: "n3: down" },
    });
    const flaky = fuseNeighbours(angle, { embedder: circle({ times: 1 }), index });
    expect(await scoreOf(flaky, "12")).toMatchObject({ unscored: { message: "embedder down" } });
    expect(await scoreOf(flaky, "12")).toMatchObject({ parts: { raw: 0.12 } });
  });

  it("has a fingerprint that follows the index, the embedder and the options", () => {
    const print = (more: Partial<Parameters<typeof fuseNeighbours>[1]> = {}) =>
      fuseNeighbours(angle, { embedder: circle(), index, ...more }).fingerprint;
    expect(new Set([print(), print({ index: index.slice(1) }), print({ k: 1 }), print({ threshold: 0.5 })]).size).toBe(
      4,
    );
    expect(print({ embedder: { ...circle(), fingerprint: null } })).toBeNull();
    expect(() => print({ index: [] })).toThrow(/index is empty/);
    expect(() => print({ threshold: 0 })).toThrow(/threshold/);
  });
});
