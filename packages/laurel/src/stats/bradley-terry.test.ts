import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { zermelo } from "./bradley-terry.ts";
import { DisconnectedComparisonsError } from "./components.ts";

const choix = dataPath("choix-vectors/cases.json");

/** Wins matrix of [winner, loser] pairs. */
function winsOf(pairs: readonly (readonly [number, number])[], n: number): Float64Array {
  const wins = new Float64Array(n * n);
  for (const [winner, loser] of pairs) wins[winner * n + loser]! += 1;
  return wins;
}

describe("zermelo", () => {
  it("gives ln 3 between two items at three wins to one (closed form, 1e-12)", () => {
    const { logStrengths, converged } = zermelo(Float64Array.of(0, 3, 1, 0), 2);
    expect(converged).toBe(true);
    expect(logStrengths[0]! - logStrengths[1]!).toBeCloseTo(Math.log(3), 12);
    expect(logStrengths[0]! + logStrengths[1]!).toBeCloseTo(0, 12);
  });

  it.skipIf(choix === undefined)("matches the pairwise cases of choix-vectors to their 8 decimals", () => {
    const cases = JSON.parse(readFileSync(choix!, "utf8")) as {
      type: string;
      n_items: number;
      data: [number, number][];
      ml_est: number[];
    }[];
    const pairwise = cases.filter((c) => c.type === "pairwise");
    expect(pairwise.length).toBe(2);
    for (const c of pairwise) {
      const { logStrengths } = zermelo(winsOf(c.data, c.n_items), c.n_items);
      for (let i = 0; i < c.n_items; i++) expect(Math.abs(logStrengths[i]! - c.ml_est[i]!)).toBeLessThan(1e-8);
    }
  });

  it("gives the smoothed vote share with prior 0.5 for two items (irepo: (w + 0.5) / (n + 1))", () => {
    const { logStrengths } = zermelo(Float64Array.of(0, 8, 0, 0), 2, { prior: 0.5 });
    expect(logStrengths[0]! - logStrengths[1]!).toBeCloseTo(Math.log(8.5 / 0.5), 10);
  });

  it("names the groups, the strongest first, where wins do not come back", () => {
    const wins = winsOf(
      [
        [2, 0],
        [2, 1],
        [0, 1],
        [1, 0],
      ],
      3,
    );
    try {
      zermelo(wins, 3);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(DisconnectedComparisonsError);
      expect((error as DisconnectedComparisonsError).components).toEqual([[2], [0, 1]]);
      expect((error as Error).message).toContain("[2] [0, 1]");
    }
    // 1.5 wins to 0.5 against each of two equals: ln 3 above both, so 2/3 ln 3 above the mean.
    expect(zermelo(wins, 3, { prior: 0.5 }).logStrengths[2]).toBeCloseTo((2 / 3) * Math.log(3), 10);
  });

  it("needs alpha, not a prior on played pairs, for items that were never compared", () => {
    const wins = winsOf([[0, 1]], 3);
    expect(() => zermelo(wins, 3, { prior: 0.5 })).toThrow(DisconnectedComparisonsError);
    const { logStrengths, converged } = zermelo(wins, 3, { alpha: 0.1 });
    expect(converged).toBe(true);
    expect(logStrengths[0]).toBeGreaterThan(logStrengths[2]!);
    expect(logStrengths[2]).toBeGreaterThan(logStrengths[1]!);
  });

  it("solves a chain of 200 items exactly, where the plain iteration crawls (closed form, 1e-8)", () => {
    const n = 200;
    const wins = new Float64Array(n * n);
    for (let i = 0; i + 1 < n; i++) {
      wins[i * n + i + 1] = 1000;
      wins[(i + 1) * n + i] = 1;
    }
    const { logStrengths, converged, iterations } = zermelo(wins, n);
    expect(converged).toBe(true);
    expect(iterations).toBeLessThan(1000);
    for (let i = 0; i + 1 < n; i++)
      expect(Math.abs(logStrengths[i]! - logStrengths[i + 1]! - Math.log(1000))).toBeLessThan(1e-8);
  });

  it("makes expected wins equal to wins, and follows a relabelling of the items", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 7 }).chain((n) =>
          fc.record({
            n: fc.constant(n),
            entries: fc.array(fc.integer({ min: 1, max: 20 }), { minLength: n * n, maxLength: n * n }),
            order: fc.shuffledSubarray([...Array(n).keys()], { minLength: n, maxLength: n }),
          }),
        ),
        ({ n, entries, order }) => {
          const wins = Float64Array.from(entries);
          const { logStrengths } = zermelo(wins, n);
          for (let i = 0; i < n; i++) {
            let surplus = 0;
            for (let j = 0; j < n; j++)
              if (i !== j)
                surplus +=
                  wins[i * n + j]! -
                  (wins[i * n + j]! + wins[j * n + i]!) / (1 + Math.exp(logStrengths[j]! - logStrengths[i]!));
            expect(Math.abs(surplus)).toBeLessThan(1e-6);
          }
          const relabelled = new Float64Array(n * n);
          for (let i = 0; i < n; i++)
            for (let j = 0; j < n; j++) relabelled[i * n + j] = wins[order[i]! * n + order[j]!]!;
          const again = zermelo(relabelled, n).logStrengths;
          for (let i = 0; i < n; i++) expect(Math.abs(again[i]! - logStrengths[order[i]!]!)).toBeLessThan(1e-8);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("states its degenerate cases: one item is 0, none is too few, bad entries are a usage error", () => {
    expect([...zermelo(new Float64Array(1), 1).logStrengths]).toEqual([0]);
    expect(() => zermelo(new Float64Array(0), 0)).toThrow(NotEnoughDataError);
    expect(() => zermelo(Float64Array.of(0, -1, 1, 0), 2)).toThrow(UsageError);
    expect(() => zermelo(Float64Array.of(0, Number.NaN, 1, 0), 2)).toThrow(UsageError);
    expect(() => zermelo(new Float64Array(3), 2)).toThrow(UsageError);
    expect(() => zermelo(new Float64Array(4), 2)).toThrow(DisconnectedComparisonsError);
  });
});
