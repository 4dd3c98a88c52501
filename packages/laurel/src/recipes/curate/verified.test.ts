import { describe, expect, it } from "vitest";
import { answerText, directContext, pairwise, pointwise, task, UsageError, unscored } from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { annotatePairs } from "./annotate.ts";
import { type CuratedPair, consistencyFilter, recycle } from "./consistency.ts";
import { adaptiveRetrieve } from "./retrieve.ts";

const ctx = directContext();
const said = pointwise("said", (candidate) => {
  const value = Number(answerText(candidate));
  return Number.isFinite(value) ? value : unscored("unsupported", "no number");
});
const pair = (a: string, b: string): PreferencePair => {
  const { prompt, candidates } = task("q", [a, b]);
  return { prompt, chosen: candidates[0]!, rejected: candidates[1]! };
};
async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const row of rows) out.push(row);
  return out;
}

describe("consistencyFilter (Skywork-Reward-V2, stage 2)", () => {
  it("keeps what the gold model agrees with, drops what it contradicts or cannot tell", async () => {
    const rows = consistencyFilter([pair("2", "0"), pair("0", "2"), pair("1", "1"), pair("?", "1")], {
      gold: said,
      ctx,
    });
    expect((await all(rows)).map(({ decision }) => decision)).toEqual(["keep", "drop", "drop", "reannotate"]);
    expect(rows.ledger).toEqual({ in: 4, out: 1, dropped: { drop: 2, reannotate: 1 } });
  });

  it("asks for a second vote, and keeps all votes", async () => {
    const column = (one: PreferencePair) => (answerText(one.chosen) === "2" ? 0.9 : null);
    const rows = await all(consistencyFilter([pair("2", "0"), pair("3", "0")], { gold: said, others: [column], ctx }));
    expect(rows.map(({ decision, others }) => [decision, others])).toEqual([
      ["keep", [0.9]],
      ["reannotate", [null]],
    ]);
    // σ(2)
    expect(rows[0]!.gold).toBeCloseTo(0.8808, 4);
  });

  it("decides the same in batches of any size, in the order of the pairs", async () => {
    const pairs = Array.from({ length: 23 }, (_, i) => pair(String(i % 5), String(i % 3)));
    const by = async (batch: number) => all(consistencyFilter(pairs, { gold: said, ctx, batch }));
    expect(await by(4)).toEqual(await by(256));
    expect((await by(4)).map((one) => one.pair)).toEqual(pairs);
  });

  it("refuses to need more votes than there are", () => {
    expect(() => consistencyFilter([], { gold: said, others: [said], need: 2, ctx })).toThrow(UsageError);
    expect(() => consistencyFilter([], { gold: said, need: 0, ctx })).toThrow(UsageError);
  });

  it("recycles dropped pairs the other way round where all votes are sure enough", () => {
    const curated = (gold: number, others: (number | null)[]): CuratedPair => ({
      pair: pair("a", "b"),
      decision: gold > 0.5 ? "keep" : "drop",
      gold,
      others,
    });
    const turned = [
      ...recycle([curated(0.1, [null, 0.2]), curated(0.1, [0.6]), curated(0.9, []), curated(0.4, [])], {
        minConfidence: 0.7,
      }),
    ];
    expect(turned.map(({ chosen, meta }) => [answerText(chosen), meta])).toEqual([["b", { recycled: true }]]);
    expect(() => [...recycle([], { minConfidence: 0.2 })]).toThrow(UsageError);
  });
});

describe("adaptiveRetrieve", () => {
  const pool = [
    [1, 0],
    [1, 0.1],
    [1, 0.2],
    [0, 1],
    [0.1, 1],
  ];

  it("takes k_max neighbours of a wrong pair, ⌈k_max (1 − p)⌉ of a right one, the most wrong first and none twice", () => {
    const gold = [
      { vector: [2, 0], probability: 0.9 },
      { vector: [0, 3], probability: 0.2 },
    ];
    // ⌈2 · 0.1⌉ = 1 for the first, 2 for the second
    expect(adaptiveRetrieve(gold, pool, { kMax: 2 }).map(({ index, cause }) => [index, cause])).toEqual([
      [3, 1],
      [4, 1],
      [0, 0],
    ]);
    expect(adaptiveRetrieve(gold, pool, { kMax: 2, labelled: new Set([0, 3]) }).map(({ index }) => index)).toEqual([
      4, 2, 1,
    ]);
  });

  it("refuses an empty gold set, vectors of another length, and odd probabilities", () => {
    expect(() => adaptiveRetrieve([], pool)).toThrow(/checked/);
    expect(() => adaptiveRetrieve([{ vector: [1], probability: 0 }], pool)).toThrow(/numbers/);
    expect(() => adaptiveRetrieve([{ vector: [1, 0], probability: 2 }], pool)).toThrow(/probability/);
  });
});

describe("annotatePairs", () => {
  const texts = (rows: readonly PreferencePair[]) =>
    rows.map(({ chosen, rejected, target, tie }) => [answerText(chosen), answerText(rejected), target, tie]);
  const higher = pairwise("higher", (a, b) => (Number(answerText(a)) > Number(answerText(b)) ? 1 : 0));

  it("labels as the votes go, whatever the label was, and asks in both orders", async () => {
    const asked: string[] = [];
    const judge = pairwise("noted", (a, b) => {
      asked.push(answerText(a));
      return Number(answerText(a)) > Number(answerText(b)) ? 1 : 0;
    });
    const rows = annotatePairs([pair("1", "2"), { ...pair("4", "3"), tie: true, strength: 2 }], { judge, ctx });
    expect(texts(await all(rows))).toEqual([
      ["2", "1", undefined, undefined],
      ["4", "3", undefined, undefined],
    ]);
    expect(asked.filter((first) => first === "1")).toHaveLength(3);
    expect(asked.filter((first) => first === "2")).toHaveLength(2);
  });

  it("leaves out pairs on which the judge goes by place, or cannot be read", async () => {
    const first = pairwise("first", () => 1);
    const byPlace = annotatePairs([pair("1", "2")], { judge: first, ctx });
    expect(await all(byPlace)).toEqual([]);
    expect(byPlace.ledger.dropped).toEqual({ unresolved: 1, unscored: 0 });
    const silent = pairwise("silent", () => unscored("bug", "no"));
    const lost = annotatePairs([pair("1", "2")], { judge: silent, ctx });
    expect(await all(lost)).toEqual([]);
    expect(lost.ledger.dropped.unscored).toBe(1);
  });

  it("gives each vote a repeat of its own, and states the share of votes", async () => {
    const repeats = new Set<number>();
    const fickle = pairwise("fickle", (a, b, _task, { repeat }) => {
      repeats.add(repeat);
      if (repeat === 0) return 0.5;
      return Number(answerText(a)) > Number(answerText(b)) ? 1 : 0;
    });
    const rows = await all(annotatePairs([pair("2", "1")], { judge: fickle, ctx }));
    expect(rows[0]!.target).toBe(0.8);
    expect(repeats.size).toBe(5);
    expect(await all(annotatePairs([pair("2", "1")], { judge: fickle, minAgreement: 0.9, ctx }))).toEqual([]);
    expect(() => annotatePairs([], { judge: higher, minAgreement: 0.5, ctx })).toThrow(UsageError);
    expect(() => annotatePairs([], { judge: higher, votes: 0, ctx })).toThrow(UsageError);
  });
});
