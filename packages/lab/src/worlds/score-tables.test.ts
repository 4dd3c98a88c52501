import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { drawInstances, drawTable, gumbel } from "./score-tables.ts";

describe("score tables", () => {
  it("have Gumbel noise: mean 0.5772, variance π² / 6", () => {
    const rng = random(seedFrom("gumbel"));
    const draws = Array.from({ length: 40_000 }, () => gumbel(rng));
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    // four standard errors
    expect(Math.abs(mean - 0.5772)).toBeLessThan(4 * Math.sqrt(1.645 / 40_000));
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.abs(variance - Math.PI ** 2 / 6)).toBeLessThan(0.08);
  });
  it("turn the order of the first tasks round and keep the noise", () => {
    const dials = { systems: 5, tasks: 4, dispersion: 10, scales: 0 };
    const [plain, turned] = [drawTable(dials, seedFrom(1)), drawTable(dials, seedFrom(1), 2)];
    for (let t = 0; t < 4; t++) {
      expect(plain[4 * 4 + t]! > plain[t]!).toBe(true);
      expect(turned[4 * 4 + t]! > turned[t]!).toBe(t >= 2);
    }
    expect(turned[2]).toBe(plain[2]);
  });
  it("have large tasks last, off target where told", () => {
    const dials = {
      systems: 6,
      tasks: 3,
      dispersion: 50,
      scales: 1,
      instances: 2,
      large: 1,
      largeInstances: 9,
      offTarget: 1,
      noise: 1,
    };
    const tables = drawInstances(dials, seedFrom(2));
    expect(tables.map((table) => table.length / 6)).toEqual([2, 2, 9]);
    const order = (table: Float64Array): number[] => {
      const items = table.length / 6;
      return [0, 1, 2, 3, 4, 5].sort((a, b) => table[a * items]! - table[b * items]!);
    };
    expect(order(tables[0]!)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(order(tables[2]!)).not.toEqual([0, 1, 2, 3, 4, 5]);
  });
});
