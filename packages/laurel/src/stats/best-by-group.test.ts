import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom, split } from "../core/index.ts";
import { bestByGroup, type CalledRow, rateRegret } from "./best-by-group.ts";

/** Judges that accept a success with one probability and a failure with another, on the same items. */
function drawn(
  judges: Readonly<Record<string, Readonly<Record<string, readonly [hit: number, alarm: number]>>>>,
  n: number,
  seed: string,
): CalledRow[] {
  const groups = Object.keys(Object.values(judges)[0]!);
  return groups.flatMap((group) => {
    const truth = random(split(seed, group));
    const gold = Array.from({ length: n }, () => (truth.uniform() < 0.4 ? 1 : 0));
    return Object.entries(judges).flatMap(([system, rates]) => {
      const rng = random(split(split(seed, group), system));
      return gold.map((one, i): CalledRow => {
        const [hit, alarm] = rates[group]!;
        return {
          system,
          group,
          cluster: `t${i}`,
          gold: one as 0 | 1,
          predicted: rng.uniform() < (one === 1 ? hit : alarm) ? 1 : 0,
        };
      });
    });
  });
}

describe("bestByGroup", () => {
  it("gives each system's precision by group, the winners and the chance of being best", () => {
    const rows: CalledRow[] = [
      // in shop: a accepts three, two rightly; b accepts one, rightly. In maps a accepts one, wrongly; b nothing
      ...[1, 1, 1, 0].map(
        (predicted, i): CalledRow => ({
          system: "a",
          group: "shop",
          predicted: predicted as 0 | 1,
          gold: i < 2 ? 1 : 0,
        }),
      ),
      ...[1, 0, 0, 0].map(
        (predicted, i): CalledRow => ({
          system: "b",
          group: "shop",
          predicted: predicted as 0 | 1,
          gold: i < 2 ? 1 : 0,
        }),
      ),
      ...[1, 0].map((predicted): CalledRow => ({ system: "a", group: "maps", predicted: predicted as 0 | 1, gold: 0 })),
      ...[0, 0].map((predicted): CalledRow => ({ system: "b", group: "maps", predicted: predicted as 0 | 1, gold: 0 })),
    ];
    const found = bestByGroup(rows, { seed: seedFrom(1), reps: 400 });
    expect(found.rates.map((row) => row.map((one) => one?.value ?? null))).toEqual([
      [2 / 3, 0],
      [1, null],
    ]);
    expect(found.winners).toEqual([["b"], ["a"]]);
    expect(found.singleBest).toBeNull();
    // of four items b is best unless its one accepted item is not drawn (0.75⁴), or a's accepted items are all right
    const [aShop, , bShop] = found.probabilityBest;
    expect(aShop! + bShop!).toBeCloseTo(1, 1);
    expect(bShop!).toBeGreaterThan(0.4);
    expect(bestByGroup(rows, { seed: seedFrom(1), rate: "tnr", reps: 50 }).singleBest).toBe("b");
  });

  it("names the one that is best everywhere, and finds a regret only where groups have their own best", () => {
    const alike = { shop: [0.8, 0.1], maps: [0.8, 0.1] } as const;
    const worse = { shop: [0.8, 0.6], maps: [0.8, 0.6] } as const;
    const same = bestByGroup(drawn({ good: alike, bad: worse }, 400, seedFrom(2)), { seed: seedFrom(3), reps: 200 });
    expect(same.singleBest).toBe("good");
    expect(same.regret).toMatchObject({ value: 0, low: 0, high: 0 });
    const own = bestByGroup(
      drawn(
        { shops: { shop: [0.8, 0.05], maps: [0.8, 0.6] }, maps: { shop: [0.8, 0.6], maps: [0.8, 0.05] } },
        400,
        seedFrom(4),
      ),
      { seed: seedFrom(3), reps: 200 },
    );
    expect(own.winners).toEqual([["shops"], ["maps"]]);
    // one group of two loses the difference of precision, 0.91 to 0.47
    expect(own.regret!.value).toBeGreaterThan(0.12);
    expect(own.regret!.low).toBeGreaterThan(0.05);
  });

  it("has no regret above 0 on average in pure noise, unlike the gap of the winners on the data that chose them", () => {
    const rates = { a: [0.7, 0.3], b: [0.7, 0.3], c: [0.7, 0.3] } as const;
    const judges = Object.fromEntries(["j1", "j2", "j3", "j4", "j5"].map((name) => [name, rates]));
    const regrets = Array.from(
      { length: 60 },
      (_, k) => rateRegret(drawn(judges, 60, seedFrom(k)), { seed: seedFrom(k) })!,
    );
    const mean = regrets.reduce((sum, one) => sum + one, 0) / regrets.length;
    const sd = Math.sqrt(regrets.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 59);
    // the expected value is 0 with equal judges; 3 standard errors
    expect(Math.abs(mean)).toBeLessThan((3 * sd) / Math.sqrt(60));
  });

  it("needs two systems", () => {
    expect(() => bestByGroup([{ system: "a", group: "g", predicted: 1, gold: 1 }], { seed: seedFrom(1) })).toThrow(
      NotEnoughDataError,
    );
  });
});
