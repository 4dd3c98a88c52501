import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { borda, bordaTwoLevel, copeland, meanRank, rankingOf, ranks } from "./rank-aggregation.ts";

const tables = fc.integer({ min: 1, max: 6 }).chain((systems) =>
  fc.integer({ min: 1, max: 6 }).chain((tasks) =>
    fc.record({
      systems: fc.constant(systems),
      tasks: fc.constant(tasks),
      scores: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: systems * tasks, maxLength: systems * tasks }),
    }),
  ),
);

describe("ranks", () => {
  it("break ties by mid-rank, position or least place", () => {
    expect([...ranks([3, 1, 3, 2])]).toEqual([2.5, 0, 2.5, 1]);
    expect([...ranks([3, 1, 3, 2], "position")]).toEqual([2, 0, 3, 1]);
    expect([...ranks([3, 1, 3, 2], "min")]).toEqual([2, 0, 2, 1]);
    expect(() => ranks([1, Number.NaN])).toThrow(UsageError);
    expect(rankingOf(Float64Array.of(1, 5, 5))).toMatchObject({ order: [1, 2, 0], rank: Float64Array.of(3, 1.5, 1.5) });
  });
});

describe("borda", () => {
  it("is unchanged by a strictly increasing map of one task's scores, where the mean's order changes", () => {
    fc.assert(
      fc.property(tables, ({ systems, tasks, scores }) => {
        const table = Float64Array.from(scores);
        const mapped = table.map((x, at) => (at % tasks === 0 ? Math.exp(2 * x) : x));
        expect([...borda(mapped, systems).score]).toEqual([...borda(table, systems).score]);
        expect([...meanRank(mapped, systems).score]).toEqual([...meanRank(table, systems).score]);
      }),
    );
    // System 0 wins two of three tasks; multiplying the third by 100 turns the mean's order, not Borda's.
    const table = Float64Array.of(2, 2, 1, 1, 1, 2);
    const scaled = Float64Array.of(2, 2, 100, 1, 1, 200);
    const mean = (t: Float64Array, i: number): number => (t[3 * i]! + t[3 * i + 1]! + t[3 * i + 2]!) / 3;
    expect(mean(table, 0)).toBeGreaterThan(mean(table, 1));
    expect(mean(scaled, 0)).toBeLessThan(mean(scaled, 1));
    expect(borda(scaled, 2).order).toEqual(borda(table, 2).order);
  });

  it("gives out n (n - 1) / 2 points a task, and orders as the mean rank does", () => {
    fc.assert(
      fc.property(tables, ({ systems, tasks, scores }) => {
        const b = borda(Float64Array.from(scores), systems);
        expect(b.score.reduce((x, y) => x + y, 0)).toBeCloseTo((tasks * systems * (systems - 1)) / 2, 9);
        const m = meanRank(Float64Array.from(scores), systems);
        for (let i = 0; i < systems; i++) expect(-m.score[i]!).toBeCloseTo(systems - b.score[i]! / tasks, 9);
      }),
    );
  });

  it("in two levels lets a task of many instances count once", () => {
    const large = Float64Array.of(...Array<number>(50).fill(0), ...Array<number>(50).fill(1));
    const small = Float64Array.of(2, 1);
    expect(borda(Float64Array.of(2, 2, ...large.slice(0, 50), 1, 1, ...large.slice(50)), 2).order).toEqual([1, 0]);
    expect(bordaTwoLevel([large, small, small], 2).order).toEqual([0, 1]);
    expect([...bordaTwoLevel([large, small, small], 2).score]).toEqual([2, 1]);
    expect(() => bordaTwoLevel([], 2)).toThrow(NotEnoughDataError);
  });

  it("weighs tasks, and names or skips a missing score", () => {
    expect(borda(Float64Array.of(1, 2, 2, 1), 2, { weights: [3, 1] }).order).toEqual([1, 0]);
    const holes = Float64Array.of(3, 3, 2, Number.NaN, 1, 1);
    expect(() => borda(holes, 3)).toThrow("system 1 in task 1");
    expect([...borda(holes, 3, { missing: "skip" }).score]).toEqual([1, 0.5, 0]);
    expect([...meanRank(holes, 3, { missing: "skip" }).score]).toEqual([-1, -2, -2.5]);
    expect(() => borda(Float64Array.of(1, Number.NaN), 2, { missing: "skip" })).toThrow(NotEnoughDataError);
    expect(() => borda(new Float64Array(0), 0)).toThrow(NotEnoughDataError);
    expect(() => borda(new Float64Array(0), 2)).toThrow(NotEnoughDataError);
    expect(() => borda(new Float64Array(3), 2)).toThrow(UsageError);
    expect([...borda(Float64Array.of(7, 7), 1).score]).toEqual([0]);
  });
});

describe("copeland", () => {
  it("scores wins and half ties, states the ties, and finds a Condorcet winner that Borda misses", () => {
    // Five voters over three systems: three say 0 > 1 > 2, two say 1 > 2 > 0.
    const wins = Float64Array.of(0, 3, 3, 2, 0, 5, 2, 0, 0);
    const c = copeland(wins, 3);
    expect(c.condorcet).toBe(0);
    expect([...c.score]).toEqual([2, 1, 0]);
    const votes = Float64Array.of(2, 2, 2, 0, 0, 1, 1, 1, 2, 2, 0, 0, 0, 1, 1);
    expect(borda(votes, 3).order[0]).toBe(1);
    const tied = copeland(Float64Array.of(0, 2, 0, 2, 0, 0, 0, 0, 0), 3);
    expect([...tied.score]).toEqual([0.5, 0.5, 0]);
    expect([...tied.tied]).toEqual([1, 1, 0]);
    expect(tied.condorcet).toBeUndefined();
    expect([...copeland(Float64Array.of(0, 2, 2, 0), 2, { tie: 0 }).score]).toEqual([0, 0]);
  });

  it("keeps wins and losses in balance, and follows a relabelling", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 16, maxLength: 16 }),
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4, maxLength: 4 }),
        (entries, order) => {
          const c = copeland(Float64Array.from(entries), 4);
          expect(c.wins.reduce((a, b) => a + b, 0)).toBe(c.losses.reduce((a, b) => a + b, 0));
          const moved = Float64Array.from(entries, (_, at) => entries[order[at >> 2]! * 4 + order[at & 3]!]!);
          expect([...copeland(moved, 4).score]).toEqual(order.map((i) => c.score[i]));
        },
      ),
    );
    expect(copeland(new Float64Array(1), 1).condorcet).toBe(0);
    expect(() => copeland(new Float64Array(0), 0)).toThrow(NotEnoughDataError);
    expect(() => copeland(Float64Array.of(0, -1, 0, 0), 2)).toThrow(UsageError);
  });
});
