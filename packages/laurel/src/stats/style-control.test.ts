import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../core/index.ts";
import { styleControl } from "./style-control.ts";

// scikit-learn's LogisticRegression on FastChat's design: scripts/expected/style_control.py
const { style } = JSON.parse(
  readFileSync(new URL("../../../../test/expected/style-control/style-control.json", import.meta.url), "utf8"),
) as {
  style: {
    first: number[];
    second: number[];
    result: number[];
    counts: Record<string, [number[], number[]]>;
    plain: number[];
    controlled: number[];
    effects: number[];
  };
};
const games = {
  first: Int32Array.from(style.first),
  second: Int32Array.from(style.second),
  result: Float64Array.from(style.result),
};
const columns = Object.entries(style.counts).map(([name, [first, second]]) => ({ name, first, second }));

describe("styleControl", () => {
  it("gives scikit-learn's ratings without and with styles, and the styles' effects (tolerance 0.01 points, 1e-4)", () => {
    const plain = styleControl(games, 5, []);
    for (const [i, { value }] of plain.ratings.entries()) expect(Math.abs(value - style.plain[i]!)).toBeLessThan(0.01);
    const { ratings, styles } = styleControl(games, 5, columns);
    for (const [i, { value }] of ratings.entries()) expect(Math.abs(value - style.controlled[i]!)).toBeLessThan(0.01);
    expect(styles.map(({ name }) => name)).toEqual(["length", "headers", "lists", "bold"]);
    for (const [k, { effect }] of styles.entries())
      expect(Math.abs(effect.value - style.effects[k]!)).toBeLessThan(1e-4);
  });

  it("tells a longer model from a better one by the battles in which the two part", () => {
    const rng = random(seedFrom("style"));
    const m = 600;
    const drawn = Array.from({ length: m }, () => {
      const [a, b] = [500 + 900 * rng.uniform(), 300 + 900 * rng.uniform()];
      // both are as good; the judge prefers the longer one
      return { a, b, result: rng.uniform() < 1 / (1 + Math.exp((b - a) / 250)) ? 1 : 0 };
    });
    const duel = {
      first: new Int32Array(m),
      second: new Int32Array(m).fill(1),
      result: Float64Array.from(drawn, ({ result }) => result),
    };
    const length = { name: "length", first: drawn.map(({ a }) => a), second: drawn.map(({ b }) => b) };
    const gap = (styles: (typeof length)[], centre = true) => {
      const [x, y] = styleControl(duel, 2, styles, { centre }).ratings;
      return { value: x!.value - y!.value, apart: x!.low > y!.high };
    };
    expect(gap([]).value).toBeGreaterThan(60);
    expect(gap([]).apart).toBe(true);
    expect(Math.abs(gap([length], false).value)).toBeLessThan(40);
    // centred, as the Arena's features are, the mean difference in length stays with the models whose sides are fixed
    expect(gap([length]).value).toBeGreaterThan(60);
    expect(styleControl(duel, 2, [length]).styles[0]!.effect.low).toBeGreaterThan(0.5);
  });

  it("rates the same when every battle is told from the other side", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 400, maxLength: 400 }), (turned) => {
        const swap = <T>(a: ArrayLike<T>, b: ArrayLike<T>): T[] => Array.from(a, (one, g) => (turned[g] ? b[g]! : one));
        const other = {
          first: Int32Array.from(swap(games.first, games.second)),
          second: Int32Array.from(swap(games.second, games.first)),
          result: games.result.map((one, g) => (turned[g] ? 1 - one : one)),
        };
        const same = styleControl(games, 5, []).ratings;
        for (const [i, { value, low }] of styleControl(other, 5, []).ratings.entries()) {
          expect(value).toBeCloseTo(same[i]!.value, 6);
          expect(low).toBeCloseTo(same[i]!.low, 6);
        }
      }),
      { numRuns: 5 },
    );
  });

  it("gives a style that never differs no effect, and refuses negative counts", () => {
    const flat = { name: "headers", first: style.first.map(() => 2), second: style.first.map(() => 2) };
    const { ratings, styles } = styleControl(games, 5, [flat]);
    expect(styles[0]!.effect.value).toBe(0);
    expect(ratings[0]!.value).toBeCloseTo(style.plain[0]!, 1);
    expect(() => styleControl(games, 5, [{ ...flat, first: style.first.map(() => -1) }])).toThrow(/at least 0/);
    expect(() => styleControl(games, 5, [{ ...flat, first: [1] }])).toThrow(/1 and 400 values/);
  });
});
