import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random, seedFrom, UsageError } from "../core/index.ts";
import { kemeny, kemenyCost, kendallDistance, meanRanking, preferences } from "./kemeny.ts";
import { borda, copeland, rankingOf } from "./rank-aggregation.ts";

const permutations = (n: number): number[][] =>
  n === 0
    ? [[]]
    : permutations(n - 1).flatMap((rest) => Array.from({ length: n }, (_, at) => rest.toSpliced(at, 0, n - 1)));

function randomTable(systems: number, tasks: number, rng: { below(n: number): number }, values = 1e6): Float64Array {
  return Float64Array.from({ length: systems * tasks }, () => rng.below(values));
}

describe("kemeny", () => {
  it("costs least of all orders for every table of three systems' ranks in three tasks", () => {
    const orders = permutations(3);
    for (const a of orders)
      for (const b of orders)
        for (const c of orders) {
          const table = Float64Array.from([0, 1, 2].flatMap((i) => [a[i]!, b[i]!, c[i]!]));
          const wins = preferences(table, 3);
          const costs = orders.map((order) => kemenyCost(order, wins)).sort((x, y) => x - y);
          const found = kemeny(table, 3);
          expect(found.cost).toBe(costs[0]);
          expect(kemenyCost(found.order, wins)).toBe(found.cost);
          expect(found.unique).toBe(costs[0] !== costs[1]);
          expect(found.optimal).toBe(true);
        }
  });

  it("equals the least cost over all orders of six systems, with ties and weights", () => {
    const rng = random(seedFrom("kemeny brute"));
    const orders = permutations(6);
    for (let k = 0; k < 20; k++) {
      const table = randomTable(6, 5, rng, 4);
      const weights = Array.from({ length: 5 }, () => rng.below(4) / 2 + 0.5);
      const wins = preferences(table, 6, { weights });
      const least = orders.reduce((best, order) => Math.min(best, kemenyCost(order, wins)), Number.POSITIVE_INFINITY);
      expect(kemeny(table, 6, { weights }).cost).toBeCloseTo(least, 9);
      const local = kemeny(table, 6, { weights, method: "local" });
      expect(local.cost).toBeGreaterThanOrEqual(least - 1e-9);
      if (local.optimal) expect(local.cost).toBeCloseTo(least, 9);
    }
  });

  it("puts a Condorcet winner first, where Borda need not", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 25, maxLength: 25 }), (scores) => {
        const table = Float64Array.from(scores);
        const { condorcet } = copeland(preferences(table, 5), 5);
        if (condorcet !== undefined) expect(kemeny(table, 5).order[0]).toBe(condorcet);
      }),
    );
    // three tasks order A > B > C, two B > C > A: A beats both, but B has the higher count
    const table = Float64Array.of(2, 2, 2, 0, 0, 1, 1, 1, 2, 2, 0, 0, 0, 1, 1);
    expect(kemeny(table, 3).order).toEqual([0, 1, 2]);
    expect(borda(table, 3).order[0]).toBe(1);
  });

  it("is at least a fifth of Borda's cost on 500 random tables", () => {
    const rng = random(seedFrom("five"));
    for (let k = 0; k < 500; k++) {
      const table = randomTable(7, 5, rng);
      const exact = kemeny(table, 7);
      expect(kemenyCost(borda(table, 7).order, preferences(table, 7))).toBeLessThanOrEqual(5 * exact.cost + 1e-9);
    }
  });

  it("does not change under a strictly increasing map of a task's scores, where the mean does", () => {
    const table = Float64Array.of(2, 2, 1, 1, 1, 2);
    const scaled = Float64Array.of(2, 2, 100, 1, 1, 200);
    expect(kemeny(scaled, 2).order).toEqual(kemeny(table, 2).order);
    expect(meanRanking(table, 2).order).toEqual([0, 1]);
    expect(meanRanking(scaled, 2).order).toEqual([1, 0]);
  });

  it("says that it is a heuristic above sixteen systems, and refuses to be exact there", () => {
    const rng = random(seedFrom("many"));
    const table = randomTable(20, 7, rng);
    const found = kemeny(table, 20);
    expect(found.optimal).toBe(false);
    expect(found.unique).toBeUndefined();
    expect(found.cost).toBeLessThanOrEqual(kemenyCost(borda(table, 20).order, preferences(table, 20)));
    expect(() => kemeny(table, 20, { method: "exact" })).toThrow(UsageError);
    // a table whose tasks agree meets the lower bound
    const agreed = Float64Array.from({ length: 40 }, (_, at) => -Math.floor(at / 2));
    expect(kemeny(agreed, 20)).toMatchObject({ cost: 0, optimal: true });
  });

  it("leaves out the pairs of a missing score", () => {
    const table = Float64Array.of(1, Number.NaN, 0, 5);
    expect(() => kemeny(table, 2)).toThrow(/system 0 in task 1/);
    expect([...preferences(table, 2, { missing: "skip" })]).toEqual([0, 1, 0, 0]);
  });
});

describe("kendallDistance", () => {
  it("counts pairs ordered oppositely, and half for a tie of one", () => {
    const a = rankingOf(Float64Array.of(3, 2, 1));
    expect(kendallDistance(a, rankingOf(Float64Array.of(1, 2, 3)))).toBe(3);
    expect(kendallDistance(a, rankingOf(Float64Array.of(1, 2, 3)), { normalised: true })).toBe(1);
    expect(kendallDistance(a, rankingOf(Float64Array.of(2, 2, 1)))).toBe(0.5);
    expect(kendallDistance(a, a)).toBe(0);
    expect(() => kendallDistance(a, rankingOf(Float64Array.of(1)))).toThrow(UsageError);
  });
});
