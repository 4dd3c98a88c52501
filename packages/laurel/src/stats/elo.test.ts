import { describe, expect, it } from "vitest";
import { NotEnoughDataError, random, seedFrom, UsageError } from "../core/index.ts";
import { elo, eloOrderSensitivity } from "./elo.ts";

const seed = seedFrom("elo");

function games(m: number) {
  const r = random(seedFrom("games"));
  const first = Int32Array.from({ length: m }, () => r.below(4));
  const second = first.map((a) => (a + 1 + r.below(3)) % 4);
  const result = Float64Array.from(first, (a, g) => {
    const p = 1 / (1 + Math.exp((second[g]! - a) * -0.6));
    return r.uniform() < p ? 1 : 0;
  });
  return { first, second, result };
}

describe("elo", () => {
  it("moves 16 points for a win between equals, and 32 · (1 - 10/11) for the favourite's at 400 points", () => {
    const one = { first: Int32Array.of(0), second: Int32Array.of(1), result: Float64Array.of(1) };
    expect([...elo(one, 2)]).toEqual([1016, 984]);
    const [a, b] = elo({ first: Int32Array.of(0, 0), second: Int32Array.of(1, 1), result: Float64Array.of(1, 1) }, 2);
    expect(a! - 1016).toBeCloseTo(32 * (1 - 1 / (1 + 10 ** (-32 / 400))), 10);
    expect(a! + b!).toBeCloseTo(2000, 9);
  });

  it("depends on the order: three wins and three losses do not cancel", () => {
    const result = Float64Array.of(1, 1, 1, 0, 0, 0);
    const six = { first: new Int32Array(6), second: new Int32Array(6).fill(1), result };
    expect(elo(six, 2)[0]).toBeLessThan(1000);
    expect(elo({ ...six, result: Float64Array.from(result).reverse() }, 2)[0]).toBeGreaterThan(1000);
  });

  it("reports the spread over orders, the same for a seed, about proportional to √k once ratings have settled", () => {
    const g = games(600);
    const small = eloOrderSensitivity(g, 4, { seed, k: 16, shuffles: 300 });
    expect(eloOrderSensitivity(g, 4, { seed, k: 16, shuffles: 300 })).toEqual(small);
    const large = eloOrderSensitivity(g, 4, { seed, k: 64, shuffles: 300 });
    for (let i = 0; i < 4; i++) {
      expect(small.low[i]).toBeLessThan(small.mean[i]!);
      expect(small.high[i]).toBeGreaterThan(small.mean[i]!);
      expect(large.sd[i]! / small.sd[i]!).toBeGreaterThan(1.4);
      expect(large.sd[i]! / small.sd[i]!).toBeLessThan(2.8);
    }
    expect(large.rankChanged).toBeGreaterThanOrEqual(small.rankChanged);
  });

  it("has no spread where the order of equal games cannot matter", () => {
    const same = { first: new Int32Array(5), second: new Int32Array(5).fill(1), result: new Float64Array(5).fill(0.5) };
    const s = eloOrderSensitivity(same, 2, { seed });
    expect([...s.sd]).toEqual([0, 0]);
    expect(s.rankChanged).toBe(0);
  });

  it("states its degenerate cases", () => {
    const none = { first: new Int32Array(0), second: new Int32Array(0), result: new Float64Array(0) };
    expect([...elo(none, 2)]).toEqual([1000, 1000]);
    expect(() => eloOrderSensitivity(none, 2, { seed })).toThrow(NotEnoughDataError);
    expect(() => elo(none, 0)).toThrow(UsageError);
    const bad = (a: number, b: number, r: number) => () =>
      elo({ first: Int32Array.of(a), second: Int32Array.of(b), result: Float64Array.of(r) }, 2);
    expect(bad(0, 0, 1)).toThrow(UsageError);
    expect(bad(0, 2, 1)).toThrow(UsageError);
    expect(bad(0, 1, Number.NaN)).toThrow(UsageError);
  });
});
