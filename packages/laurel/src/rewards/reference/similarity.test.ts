import { describe, expect, it } from "vitest";
import { directContext, type Embedder, task, UsageError, unscored } from "../../core/index.ts";
import { cosineSimilarity, similarity } from "./similarity.ts";

/** Counts of the letters a, b and c; keeps what it was asked. */
function letters(fingerprint: string | null = "letters"): Embedder & { asked: string[][] } {
  const asked: string[][] = [];
  return {
    name: "letters",
    fingerprint,
    dim: 3,
    asked,
    async embed(contents) {
      asked.push(contents.map(String));
      return contents.map((text) =>
        text === "down"
          ? unscored("transport", "no answer")
          : Float32Array.from(["a", "b", "c"], (letter) => String(text).split(letter).length - 1),
      );
    },
  };
}

describe("reference.similarity", () => {
  it("gives the cosine with the nearest reference, and embeds each text once for all tasks", async () => {
    const embedder = letters();
    const tasks = [task("q", ["ab", "c"], { texts: ["a", "aabb"] }), task("r", ["ab"], { texts: ["c"] })];
    const scores = await similarity(embedder).score(tasks, directContext());
    expect(scores[0]![0]).toEqual({ value: expect.closeTo(1, 12) });
    expect(scores[0]![1]).toEqual({ value: 0 });
    expect(scores[1]![0]).toEqual({ value: 0 });
    expect(embedder.asked).toEqual([["a", "aabb", "c", "ab"].sort()].map((texts) => expect.arrayContaining(texts)));
    expect(embedder.asked[0]).toHaveLength(4);
  });

  it("keeps faults, missing references and the embedder's failures apart", async () => {
    const tasks = [
      task("q", ["", "down", "xyz", "a"], "a"),
      task("r", ["a"]),
      task("s", ["a"], { texts: ["down", "a"] }),
    ];
    const [first, second, third] = await similarity(letters()).score(tasks, directContext());
    expect(first).toMatchObject([
      { value: -1, fault: "no-answer" },
      { unscored: { reason: "transport" } },
      { unscored: { reason: "undecided" } },
      { value: 1 },
    ]);
    expect(second).toMatchObject([{ unscored: { reason: "missing-reference" } }]);
    expect(third).toMatchObject([{ value: 1 }]);
  });

  it("turns an embedder that throws, or gives too few vectors, into unscored", async () => {
    const throwing: Embedder = { name: "t", fingerprint: null, dim: 1, embed: () => Promise.reject(new Error("boom")) };
    const short: Embedder = { name: "s", fingerprint: null, dim: 1, embed: async () => [new Float32Array([1])] };
    for (const embedder of [throwing, short]) {
      const scores = await similarity(embedder).score([task("q", ["a"], "b")], directContext());
      expect(scores[0]![0]!.unscored?.reason).toBe("bug");
    }
  });

  it("has the embedder's identity in its fingerprint", () => {
    expect(similarity(letters("one")).fingerprint).not.toBe(similarity(letters("two")).fingerprint);
    expect(similarity(letters(null)).fingerprint).toBeNull();
  });

  it("refuses vectors of different lengths", () => {
    expect(() => cosineSimilarity([1], [1, 2])).toThrow(UsageError);
    expect(cosineSimilarity([1, 2], [-1, -2])).toBe(-1);
  });
});
