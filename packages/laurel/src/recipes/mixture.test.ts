import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seedFrom, UsageError } from "../core/index.ts";
import { bundleMixture, mixture, mixtureShares, proportionalMixture } from "./mixture.ts";

const seed = seedFrom("mixture");
const rows = (name: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${name}${i}`);

describe("mixtureShares", () => {
  it("caps before it forms shares", () => {
    expect(mixtureShares({ a: 900, b: 100 })).toEqual({ a: 0.9, b: 0.1 });
    expect(mixtureShares({ a: 900, b: 100 }, { cap: 300 })).toEqual({ a: 0.75, b: 0.25 });
    expect(proportionalMixture({ a: 4_000_000, b: 65_536 })).toEqual({ a: 0.5, b: 0.5 });
  });

  it("flattens with temperature up to equal shares", () => {
    expect(mixtureShares({ a: 900, b: 100 }, { temperature: 2 })).toEqual({ a: 0.75, b: 0.25 });
    expect(mixtureShares({ a: 900, b: 100 }, { temperature: Number.POSITIVE_INFINITY })).toEqual({ a: 0.5, b: 0.5 });
  });

  it("refuses empty sources and odd dials", () => {
    expect(() => mixtureShares({ a: 0 })).toThrow(UsageError);
    expect(() => mixtureShares({})).toThrow(UsageError);
    expect(() => mixtureShares({ a: 1 }, { temperature: 0 })).toThrow(/temperature/);
    expect(() => mixtureShares({ a: 1 }, { cap: 0 })).toThrow(/cap/);
  });
});

describe("bundleMixture (FLAMe)", () => {
  // by hand: general 100 + three specific 30 = 190; one specific 30; none 3; top 200 whatever its ratings
  const ratings = {
    all: { chat: 2, code: 2, safety: 2 },
    one: { chat: 2, code: 0, safety: -1 },
    harmful: { chat: -1, code: -1, safety: 0 },
    best: { chat: 0, code: 2, safety: 0 },
  };

  it("adds a source's bundles, gives the rest a little, and the top their own weight", () => {
    const shares = bundleMixture(ratings, { top: ["best"] });
    const sum = 190 + 30 + 3 + 200;
    const expected = { all: 190 / sum, one: 30 / sum, harmful: 3 / sum, best: 200 / sum };
    for (const [name, share] of Object.entries(expected)) expect(shares[name]).toBeCloseTo(share, 12);
  });

  it("takes another rule of what lifts a category", () => {
    const shares = bundleMixture(ratings, { lifts: (_s, category) => category === "chat", generalAt: 7 });
    for (const share of Object.values(shares)) expect(share).toBeCloseTo(0.25, 12);
  });

  it("refuses weights below 0, unknown categories and unknown top sources", () => {
    expect(() => bundleMixture(ratings, { others: -1 })).toThrow(/others/);
    expect(() => bundleMixture({ ...ratings, odd: { maths: 2 } })).toThrow(/"odd"/);
    expect(() => bundleMixture(ratings, { top: ["nobody"] })).toThrow(/"nobody"/);
  });
});

describe("mixture", () => {
  it("has exactly the counts, each row as often as any other up to one, whatever the sizes", () => {
    const source = fc.record({ n: fc.integer({ min: 1, max: 20 }), count: fc.integer({ min: 0, max: 60 }) });
    fc.assert(
      fc.property(fc.array(source, { minLength: 1, maxLength: 4 }), (sizes) => {
        const sources = sizes.map(({ n, count }, s) => ({ name: `s${s}`, rows: rows(`s${s}-`, n), count }));
        const mixed = mixture(sources, { seed });
        const times = new Map<string, number>();
        for (const row of mixed) times.set(row, (times.get(row) ?? 0) + 1);
        for (const { name, rows: own, count } of sources) {
          const each = own.map((row) => times.get(row) ?? 0);
          expect(each.reduce((a, b) => a + b, 0)).toBe(count);
          expect(Math.max(...each) - Math.min(...each)).toBeLessThanOrEqual(1);
          expect(mixed.counts[name]).toBe(count);
        }
      }),
    );
  });

  it("turns shares into counts that sum to the total, by largest remainders", () => {
    const sources = [
      { name: "a", rows: rows("a", 5) },
      { name: "b", rows: rows("b", 5) },
      { name: "c", rows: rows("c", 5) },
      { name: "own", rows: rows("own", 5), count: 2 },
    ];
    // 7 · (0.5, 0.3, 0.2) = 3.5, 2.1, 1.4: the one left over goes to a
    expect(mixture(sources, { seed, total: 7, shares: { a: 0.5, b: 0.3, c: 0.2 } }).counts).toEqual({
      a: 4,
      b: 2,
      c: 1,
      own: 2,
    });
    expect(mixture(sources.slice(0, 3), { seed, total: 6 }).counts).toEqual({ a: 2, b: 2, c: 2 });
  });

  it("gives the same rows for a seed and epoch, other draws for another epoch, in an order that mixes the sources", () => {
    const sources = [
      { name: "a", rows: rows("a", 200), count: 100 },
      { name: "b", rows: rows("b", 20), count: 100 },
    ];
    const first = [...mixture(sources, { seed })];
    expect([...mixture(sources, { seed })]).toEqual(first);
    const second = [...mixture(sources, { seed, epoch: 1 })];
    expect(new Set(second)).not.toEqual(new Set(first));
    const early = first.slice(0, 100).filter((row) => row.startsWith("a")).length;
    // hypergeometric, mean 50, sd 3.5: five sd either side
    expect(early).toBeGreaterThan(32);
    expect(early).toBeLessThan(68);
  });

  it("says at once what is wrong", () => {
    const one = { name: "a", rows: ["x"] };
    expect(() => mixture([one], { seed })).toThrow(/no count/);
    expect(() => mixture([{ ...one, rows: [], count: 1 }], { seed })).toThrow(/has none/);
    expect(() => mixture([{ ...one, count: 1.5 }], { seed })).toThrow(/whole count/);
    expect(() => mixture([one, one], { seed, total: 1 })).toThrow(/same name/);
    expect(() => mixture([one], { seed, total: 1, shares: { b: 1 } })).toThrow(/"b"/);
    expect(() => mixture([one], { seed, total: 1, shares: { a: 0 } })).toThrow(/all shares/);
    expect(mixture([{ ...one, rows: [], count: 0 }], { seed }).counts).toEqual({ a: 0 });
  });
});
