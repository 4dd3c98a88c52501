import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seedFrom } from "../core/index.ts";
import { differenceOf } from "./difference.ts";

const seed = seedFrom(1);
const names = (n: number): string[] => Array.from({ length: n }, (_, i) => `c${i}`);

describe("differenceOf", () => {
  it("gives 0/1 outcomes McNemar's p and Bonett and Price's interval", () => {
    // 3 only A, 1 only B, 6 alike: exact p = 2 (1 + 4) / 16; the interval by the formula of discordantDifference
    const a = [1, 1, 1, 0, 1, 1, 1, 0, 0, 0];
    const b = [0, 0, 0, 1, 1, 1, 1, 0, 0, 0];
    const result = differenceOf({ a, b, clusters: names(10) }, { seed });
    expect(result.p.mcnemar).toBeCloseTo(10 / 16, 12);
    expect(result.p.signFlip).toBeCloseTo(10 / 16, 12);
    expect(result.discordant).toMatchObject({ onlyFirst: 3, onlySecond: 1 });
    const [first, second] = [4 / 12, 2 / 12];
    const half = 1.959963984540054 * Math.sqrt((first + second - (first - second) ** 2) / 12);
    expect(result.difference).toMatchObject({ value: 0.2, low: expect.closeTo(1 / 6 - half, 9), n: 10 });
  });

  it("is symmetric, and neither order nor names nor a swap change p", () => {
    const credit = fc.constantFrom(0, 0.25, 0.5, 1);
    const pair = fc.record({ a: credit, b: credit, c: fc.integer({ min: 0, max: 20 }) });
    fc.assert(
      fc.property(fc.array(pair, { minLength: 4, maxLength: 60 }), fc.integer(), (pairs, salt) => {
        fc.pre(new Set(pairs.map(({ c }) => c)).size > 1);
        const of = (list: typeof pairs, name = "x", swap = false) =>
          differenceOf(
            {
              a: list.map(({ a, b }) => (swap ? b : a)),
              b: list.map(({ a, b }) => (swap ? a : b)),
              clusters: list.map(({ c }) => `${name}${(c * 7919 + salt) % 1_000_003}`),
            },
            { seed },
          );
        const plain = of(pairs);
        const moved = of([...pairs].reverse(), "other");
        const swapped = of(pairs, "x", true);
        expect(moved.p.signFlip).toBe(plain.p.signFlip);
        expect(swapped.p.signFlip).toBe(plain.p.signFlip);
        expect(moved.difference.low).toBeCloseTo(plain.difference.low, 10);
        expect(swapped.difference.value).toBeCloseTo(-plain.difference.value, 10);
        expect(swapped.difference.low).toBeCloseTo(-plain.difference.high, 10);
        for (const end of [plain.difference.low, plain.difference.high]) expect(Math.abs(end)).toBeLessThanOrEqual(1);
        expect(plain.difference.low).toBeLessThanOrEqual(plain.difference.value);
        expect(plain.difference.high).toBeGreaterThanOrEqual(plain.difference.value);
      }),
      { numRuns: 60 },
    );
  });

  it("lets p fall as the difference grows", () => {
    const base = Array.from({ length: 40 }, (_, i) => ((i * 37) % 11) / 10);
    const p = (shift: number): number =>
      differenceOf(
        { a: base.map((x) => x + shift), b: base.map((_, i) => base[(i + 7) % 40]!), clusters: names(40) },
        { seed },
      ).p.t!;
    expect([0, 0.1, 0.2, 0.4].map(p)).toEqual([0, 0.1, 0.2, 0.4].map(p).sort((x, y) => y - x));
    expect(p(0.4)).toBeLessThan(0.001);
  });

  it("states what no variation means, instead of an interval without width", () => {
    const same = differenceOf({ a: [1, 0, 0.5], b: [1, 0, 0.5], clusters: names(3) }, { seed });
    expect(same).toMatchObject({ p: { signFlip: 1, t: undefined }, detectable: undefined, needed: undefined });
    expect(same.difference.low).toBeLessThan(-0.3);
    expect(same.difference.high).toBeGreaterThan(0.3);
    const opposite = differenceOf({ a: [1, 1, 1], b: [0, 0, 0], clusters: names(3) }, { seed });
    expect(opposite.difference.value).toBe(1);
    expect(opposite.difference.low).toBeLessThan(1);
    expect(() => differenceOf({ a: [1], b: [0], clusters: ["c"] }, { seed })).toThrow("at least 2 prompts");
    expect(() => differenceOf({ a: [1, 0], b: [0, 1], clusters: ["c", "c"] }, { seed })).toThrow("at least 2 prompts");
    expect(() => differenceOf({ a: [], b: [], clusters: [] }, { seed })).toThrow("at least 2 prompts");
  });

  it("needs more prompts at the near end of the interval, and no number where it holds 0", () => {
    const a = Array.from({ length: 50 }, (_, i) => (i % 5 === 0 ? 0.2 : 1 + (i % 3)));
    const b = a.map((x, i) => x - 0.5 - (i % 4) * 0.1);
    const { needed, difference, detectable } = differenceOf({ a, b, clusters: names(50) }, { seed });
    expect(difference.low).toBeGreaterThan(0);
    expect(needed!.low).toBeLessThanOrEqual(needed!.value);
    expect(needed!.high!).toBeGreaterThanOrEqual(needed!.value);
    expect(detectable!).toBeLessThan(difference.value);
    const unclear = differenceOf({ a: [1, 0, 1, 0.5], b: [0, 1, 0.5, 0.5], clusters: names(4) }, { seed });
    expect(unclear.needed!.high).toBeNull();
  });
});
