import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../../core/index.ts";
import { voteCurve } from "../../rewards/judge/index.ts";
import { voteCurveOf, votesByJudge } from "./vote-curve.ts";
import type { Ballot } from "./votes.ts";

const ballot = (i: number, label: "low" | "high" | "tie", ps: readonly (number | null)[]): Ballot => ({
  pair: {
    id: `q${i}`,
    low: 0,
    high: 1,
    cluster: `q${i}`,
    subsets: {},
    label,
    raters: { label },
    human: undefined,
    words: undefined,
  },
  lowFirst: ps.map((p) => ({ p, confidence: undefined })),
  highFirst: [],
});

describe("voteCurveOf", () => {
  it("counts majorities among verdicts drawn without replacement: two right of three, one right of three", () => {
    const { k, accuracy, gain, leftOut } = voteCurveOf([
      ballot(0, "low", [1, 1, 0]),
      ballot(1, "high", [0, 1, 1]),
      ballot(2, "high", [0, 0]),
      ballot(3, "tie", [0, 0, 1]),
    ]);
    expect(k).toEqual([1, 3]);
    expect(accuracy.map(({ value }) => value)).toEqual([expect.closeTo(0.5, 12), expect.closeTo(0.5, 12)]);
    expect(gain.value).toBeCloseTo(0, 12);
    expect(leftOut).toBe(1);
  });

  it("takes ties and unreadable verdicts for neither side, and a split vote for half", () => {
    const both = [0, 1].map((i) => ballot(i, "low", [1, 0.5, null, 0, 1]));
    const { accuracy } = voteCurveOf(both, { ks: [1, 3, 5] });
    // one: 2 right, 1 wrong, 2 neither of 5. Three of {R, R, W, n, n}: 10 draws, of which RRW RRn RRn Rnn Rnn are right (5),
    // RWn is split (4) and Wnn is wrong (1)
    expect(accuracy.map(({ value }) => value)).toEqual([
      expect.closeTo(0.6, 12),
      expect.closeTo(0.7, 12),
      expect.closeTo(1, 12),
    ]);
  });

  it("is unbiased where the plug-in curve is not: pairs right in 70 % and in 40 % of votes", () => {
    const rng = random(seedFrom("votes"));
    const rates = Array.from({ length: 6000 }, (_, i) => (i % 3 === 0 ? 0.4 : 0.7));
    const ballots = rates.map((p, i) =>
      ballot(
        i,
        "low",
        Array.from({ length: 5 }, () => (rng.uniform() < p ? 1 : 0)),
      ),
    );
    const { accuracy, shape } = voteCurveOf(ballots);
    const exact = voteCurve(rates, [1, 3, 5]);
    const shares = ballots.map(({ lowFirst }) => lowFirst.filter(({ p }) => p === 1).length / 5);
    const plugged = voteCurve(shares, [5])[0]!;
    // 6,000 pairs: a standard error of at most 0.0065, so 0.02 is three of them
    for (const [i, { value }] of accuracy.entries()) expect(Math.abs(value - exact[i]!)).toBeLessThan(0.02);
    expect(Math.abs(plugged - exact[2]!)).toBeGreaterThan(0.02);
    expect(shape).toBe("rises");
  });

  it("says that votes make a judge worse which is mostly wrong", () => {
    const rng = random(seedFrom("worse"));
    const ballots = Array.from({ length: 300 }, (_, i) =>
      ballot(
        i,
        "high",
        Array.from({ length: 5 }, () => (rng.uniform() < 0.35 ? 0 : 1)),
      ),
    );
    expect(voteCurveOf(ballots).shape).toBe("falls");
  });

  it("refuses even numbers and too few verdicts", () => {
    const two = [ballot(0, "low", [1, 0]), ballot(1, "low", [1, 0])];
    expect(() => voteCurveOf(two)).toThrow(/fewer than two labelled pairs have 3 verdicts/);
    expect(() => voteCurveOf(two, { ks: [2] })).toThrow(/odd number of verdicts, not 2/);
  });
});

describe("votesByJudge", () => {
  it("sets the worst third's gain against the best third's, and needs six judges", () => {
    const rng = random(seedFrom("zoo"));
    const judge = (p: number) =>
      voteCurveOf(
        Array.from({ length: 200 }, (_, i) =>
          ballot(
            i,
            "low",
            Array.from({ length: 5 }, () => (rng.uniform() < p ? 1 : 0)),
          ),
        ),
      );
    const curves = [0.3, 0.8, 0.35, 0.75, 0.4, 0.7].map(judge);
    const { worstThird, bestThird, trend } = votesByJudge(curves);
    expect(worstThird.value).toBeLessThan(0);
    expect(bestThird.value).toBeGreaterThan(0);
    expect(trend!.value).toBeGreaterThan(0.5);
    expect(() => votesByJudge(curves.slice(1))).toThrow(/six/);
  });
});
