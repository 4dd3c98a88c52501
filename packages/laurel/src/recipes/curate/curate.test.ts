import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  directContext,
  pairwise,
  pointwise,
  seedFrom,
  task,
  UsageError,
  unscored,
} from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { balanceLengths, dropLongerChosen } from "./balance.ts";
import { bestWorstPairs, labelByReference, pairByGap, pairsFromScores, panelPairs, scoredBy } from "./pairs.ts";
import { filterByReward, keepSuccessful, selectBy, uncertainOnly } from "./select.ts";

const seed = seedFrom("curate");
const ctx = directContext({ seed });

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const row of rows) out.push(row);
  return out;
}

/** A reward that reads the number which an answer says; nothing for another answer. */
const said = pointwise("said", (candidate) => {
  const value = Number(answerText(candidate));
  return Number.isFinite(value) ? value : unscored("unsupported", "no number");
});

const scored = (id: string, scores: readonly (number | null)[]) => ({
  task: task("q", scores.map(String), undefined, { id }),
  scores,
});
const texts = (pairs: readonly PreferencePair[]) =>
  pairs.map(({ chosen, rejected }) => [answerText(chosen), answerText(rejected)]);

describe("pairsFromScores", () => {
  it("keeps gaps above the threshold only: 7, 6, 4, 8 at 2 gives (7, 4) and (8, 4) (COIG-P's fixture)", async () => {
    const rows = pairsFromScores([scored("a", [7, 6, 4, 8])], { pick: "all", minGap: 2 });
    expect(texts(await all(rows)).sort()).toEqual([
      ["7", "4"],
      ["8", "4"],
    ]);
    expect(rows.ledger).toEqual({ in: 6, out: 2, dropped: { "too-few": 0, gap: 4, divided: 0 } });
  });

  it("picks the best and the worst, the widest gaps, or pairs drawn before their gaps are known", async () => {
    const row = scored("a", [3, 9, 1, 5]);
    expect(texts(await all(bestWorstPairs([row])))).toEqual([["9", "1"]]);
    expect(texts(await all(pairsFromScores([row], { pick: "gap", perTask: 2 })))).toEqual([
      ["9", "1"],
      ["9", "3"],
    ]);
    const many = Array.from({ length: 300 }, (_, i) => scored(`t${i}`, [1, 2, 5, 9]));
    const drawn = pairByGap(many, { perTask: 2, seed });
    // of the 6 pairs of 1, 2, 5, 9 five have a gap above 2: 500 of 600 expected, sd 7.5 or less
    expect((await all(drawn)).length).toBeGreaterThan(460);
    expect(drawn.ledger.in).toBe(600);
    expect(drawn.ledger.dropped.gap).toBeGreaterThan(60);
    expect(await all(pairByGap(many, { perTask: 2, seed }))).toEqual(await all(pairByGap(many, { perTask: 2, seed })));
  });

  it("never pairs equal or missing scores, and the chosen one is always higher", async () => {
    const value = fc.option(fc.integer({ min: 0, max: 5 }), { nil: null });
    const pick = fc.constantFrom("all", "best-worst", "gap", "random");
    await fc.assert(
      fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 6 }), pick, async (scores, how) => {
        const rows = pairsFromScores([scored("x", scores)], { pick: how, perTask: 3, seed });
        const pairs = await all(rows);
        for (const { meta, strength } of pairs) {
          expect(meta!["chosenScore"]).toBeGreaterThan(meta!["rejectedScore"] as number);
          expect(strength).toBe((meta!["chosenScore"] as number) - (meta!["rejectedScore"] as number));
        }
        const { in: seen, out, dropped } = rows.ledger;
        expect(out + dropped["too-few"] + dropped.gap + dropped.divided).toBe(seen);
      }),
    );
  });

  it("averages judges, leaving out the one that failed, and asks for all of them to agree where told", async () => {
    const half = pointwise("half", (candidate) => (answerText(candidate) === "9" ? unscored("bug", "no") : 4));
    const rows = await all(scoredBy([task("q", ["9", "2"])], [said, half], ctx));
    expect(rows[0]!.scores).toEqual([9, 3]);
    const inverse = pointwise("inverse", (candidate) => -Number(answerText(candidate)) / 10);
    const divided = panelPairs(scoredBy([task("q", ["9", "2"])], [said, inverse], ctx), { minGap: 1 });
    expect(await all(divided)).toEqual([]);
    expect(divided.ledger.dropped.divided).toBe(1);
    const lenient = panelPairs(scoredBy([task("q", ["9", "2"])], [said, inverse], ctx), {
      minGap: 1,
      unanimous: false,
    });
    const [pair] = await all(lenient);
    expect(texts([pair!])).toEqual([["9", "2"]]);
    expect(pair!.meta).toMatchObject({ agreement: 0.5 });
    const agreed = await all(panelPairs(scoredBy([task("q", ["9", "2"])], [said, said], ctx), { minGap: 1 }));
    expect(agreed[0]!.meta).toMatchObject({ agreement: 1 });
  });

  it("says what is missing", async () => {
    expect(() => pairsFromScores([], { pick: "random" })).toThrow(/seed/);
    expect(() => pairsFromScores([], { pick: "all", minGap: -1 })).toThrow(/minGap/);
    expect(() => pairsFromScores([], { pick: "gap", perTask: 0 })).toThrow(/perTask/);
    const wrong = pairsFromScores([{ task: task("q", ["1"]), scores: [1, 2] }], { pick: "all" });
    await expect(all(wrong)).rejects.toThrow(UsageError);
    await expect(all(pairsFromScores([scored("a", [1, 2])], { pick: "all", unanimous: true }))).rejects.toThrow(
      /judge/,
    );
  });
});

describe("labelByReference", () => {
  it("puts the reference before the samples that are worse, by a verifier or a comparer", async () => {
    const tasks = [task("q", ["3", "7", "5", "?"], "5"), task("q", ["1"])];
    const byReward = labelByReference(tasks, said, ctx);
    expect(texts(await all(byReward))).toEqual([["5", "3"]]);
    expect(byReward.ledger).toEqual({ in: 5, out: 1, dropped: { "no-reference": 1, "not-worse": 2, unscored: 1 } });
    const higher = pairwise("higher", (a, b) => (Number(answerText(a)) > Number(answerText(b)) ? 1 : 0));
    expect(texts(await all(labelByReference([task("q", ["3", "7"], { texts: ["5"] })], higher, ctx)))).toEqual([
      ["5", "3"],
    ]);
  });
});

describe("selectBy", () => {
  const rows = [5, 1, 4, 2, 3];

  it("keeps the highest, the lowest or the middle, in the order of the rows", () => {
    const kept = (mode: "highest" | "lowest" | "middle") =>
      selectBy(rows, (x) => x, { mode, n: 3 }).kept.map(({ row }) => row);
    expect(kept("highest")).toEqual([5, 4, 3]);
    expect(kept("lowest")).toEqual([1, 2, 3]);
    expect(kept("middle")).toEqual([4, 2, 3]);
  });

  it("takes a share of the scored rows, or bounds, and never a row without score", () => {
    const score = (x: number) => (x === 5 ? null : x);
    const shared = selectBy(rows, score, { share: 0.5 });
    expect(shared.kept.map(({ row }) => row)).toEqual([4, 3]);
    expect(shared.unscored).toBe(1);
    expect(shared.dropped).toHaveLength(3);
    expect(selectBy(rows, (x) => x, { least: 2, below: 4 }).kept.map(({ score: x }) => x)).toEqual([2, 3]);
  });

  it("takes turns among groups where it balances", () => {
    const names = ["a9", "a8", "a7", "b1", "b2", "c5"];
    const { kept } = selectBy(names, (x) => Number(x[1]), { n: 4, balanceBy: (x) => x[0]! });
    expect(kept.map(({ row }) => row)).toEqual(["a9", "a8", "b2", "c5"]);
  });

  it("draws at random by a seed alone, and refuses what it cannot do", () => {
    const many = Array.from({ length: 100 }, (_, i) => i);
    const draw = (name: string) => selectBy(many, (x) => x, { mode: "random", n: 10, seed: seedFrom(name) }).kept;
    expect(draw("a")).toEqual(draw("a"));
    expect(draw("a")).not.toEqual(draw("b"));
    expect(() => selectBy(rows, (x) => x, { mode: "random" })).toThrow(/seed/);
    expect(() => selectBy(rows, (x) => x, { n: 1, share: 0.5 })).toThrow(/not both/);
    expect(() => selectBy(rows, (x) => x, { share: 2 })).toThrow(/share/);
    expect(() => selectBy(rows, () => Number.NaN)).toThrow(/NaN/);
  });
});

describe("balanceLengths", () => {
  const pair = (chosen: number, rejected: number, tie?: boolean): PreferencePair => {
    const { prompt, candidates } = task("q", ["x".repeat(chosen), "y".repeat(rejected)]);
    return { prompt, chosen: candidates[0]!, rejected: candidates[1]!, ...(tie === true ? { tie } : {}) };
  };

  it("keeps as many pairs of each side in every band, so that length alone gets one half", async () => {
    // three much longer and one much shorter, one a little longer and two a little shorter, one equal, one tie
    const pairs = [
      ...[pair(100, 10), pair(90, 9), pair(110, 11), pair(10, 100)],
      ...[pair(11, 10), pair(10, 11), pair(20, 22), pair(5, 5), pair(30, 3, true)],
    ];
    const rows = balanceLengths(pairs, { seed });
    const kept = await all(rows);
    const lengths = kept
      .filter(({ tie }) => tie !== true)
      .map(({ chosen, rejected }) => answerText(chosen).length - answerText(rejected).length);
    expect(lengths.filter((x) => x > 0)).toHaveLength(2);
    expect(lengths.filter((x) => x < 0)).toHaveLength(2);
    expect(rows.ledger).toEqual({ in: 9, out: 6, dropped: { longer: 2, shorter: 1 } });
    expect(await all(balanceLengths(pairs, { seed }))).toEqual(kept);
    expect(() => balanceLengths(pairs, { seed, band: 0 })).toThrow(/band/);
  });

  it("leaves length with half of the pairs, whatever they are", async () => {
    const length = fc.integer({ min: 0, max: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(length, length), { maxLength: 40 }), async (sizes) => {
        const kept = await all(
          balanceLengths(
            sizes.map(([a, b]) => pair(a, b)),
            { seed },
          ),
        );
        const longer = kept.map(({ chosen, rejected }) =>
          Math.sign(answerText(chosen).length - answerText(rejected).length),
        );
        expect(longer.reduce((sum, one) => sum + one, 0)).toBe(0);
      }),
    );
  });
});

describe("keepSuccessful", () => {
  it("keeps runs that are called a success: above one half, or from a threshold on", async () => {
    const runs = ["1", "0.5", "0", "?"].map((text) => task("q", [text]));
    const kept = async (threshold?: number) =>
      (await keepSuccessful(runs, said, { threshold }, ctx)).kept.map(({ score }) => score);
    expect(await kept()).toEqual([1]);
    expect(await kept(0.5)).toEqual([1, 0.5]);
  });
});

describe("filterByReward and uncertainOnly", () => {
  it("drops the low tail of samples", async () => {
    const samples = ["3", "-4", "2", "?"].map((text) => task("q", [text]));
    const { kept, unscored: lost } = await filterByReward(samples, said, { above: 0 }, ctx);
    expect(kept.map(({ score }) => score)).toEqual([3, 2]);
    expect(lost).toBe(1);
    const sources = ["a 1", "a 2", "b 10", "b 20"].map((text) => task(text[0]!, [text.slice(2)]));
    const within = ({ prompt }: { prompt: readonly { content: unknown }[] }) => String(prompt[0]!.content);
    const byShare = async (keep: Parameters<typeof filterByReward>[2]) =>
      (await filterByReward(sources, said, keep, ctx)).kept.map(({ score }) => score);
    expect(await byShare({ share: 0.5 })).toEqual([10, 20]);
    expect(await byShare({ share: 0.5, within })).toEqual([2, 20]);
    await expect(filterByReward([task("q", ["1", "2"])], said, { above: 0 }, ctx)).rejects.toThrow(/not one/);
    await expect(filterByReward(samples, said, {}, ctx)).rejects.toThrow(/either/);
  });

  it("keeps pairs on which the model is wrong or unsure", async () => {
    const pair = (a: string, b: string): PreferencePair => {
      const { prompt, candidates } = task("q", [a, b]);
      return { prompt, chosen: candidates[0]!, rejected: candidates[1]! };
    };
    // σ(0.4) = 0.599, σ(0.41) = 0.601: around the bound of 0.6
    const pairs = [pair("3", "0"), pair("0.4", "0"), pair("0.41", "0"), pair("0", "2"), pair("?", "0")];
    const { kept } = await uncertainOnly(pairs, said, {}, ctx);
    expect(texts(kept.map(({ row }) => row))).toEqual([
      ["0.4", "0"],
      ["0", "2"],
    ]);
    const sure = pairwise("sure", (a) => (answerText(a) === "3" ? 0.9 : 0.2));
    expect((await uncertainOnly(pairs, sure, {}, ctx)).kept).toHaveLength(4);
  });
});

describe("dropLongerChosen", () => {
  const pair = (chosen: number, rejected: number, tie = false): PreferencePair => {
    const { prompt, candidates } = task("q", ["x".repeat(chosen), "x".repeat(rejected)]);
    return { prompt, chosen: candidates[0]!, rejected: candidates[1]!, ...(tie ? { tie } : {}) };
  };

  it("leaves out pairs whose chosen answer is more than twice as long, and no ties", async () => {
    const rows = dropLongerChosen([pair(20, 10), pair(21, 10), pair(5, 50), pair(99, 1, true)]);
    expect((await all(rows)).map(({ chosen }) => answerText(chosen).length)).toEqual([20, 5, 99]);
    expect(rows.ledger).toEqual({ in: 4, out: 3, dropped: { longer: 1 } });
  });

  it("goes by a difference and a length of one's own", async () => {
    const tenths = dropLongerChosen([pair(20, 10), pair(25, 10)], {
      maxDiff: 1,
      length: (one) => answerText(one).length / 10,
    });
    expect(await all(tenths)).toHaveLength(1);
    expect(() => dropLongerChosen([], { maxRatio: 0.5 })).toThrow(/maxRatio/);
    expect(() => dropLongerChosen([], { maxDiff: -1 })).toThrow(/maxDiff/);
  });
});
