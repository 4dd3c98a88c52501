import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { random, seedFrom } from "../core/seed.ts";
import { dispersion, minMax } from "./dispersion.ts";
import {
  banditRegret,
  canonicaliseBandit,
  standardiseBandit,
  starcBandit,
  starcEstimate,
  worstBanditRegret,
} from "./reward-distance.ts";

const rows = fc.array(
  fc.record({
    group: fc.integer({ min: 0, max: 3 }),
    a: fc.integer({ min: -9, max: 9 }),
    b: fc.integer({ min: -9, max: 9 }),
    c: fc.integer({ min: -9, max: 9 }),
    weight: fc.integer({ min: 1, max: 5 }),
  }),
  { minLength: 1, maxLength: 20 },
);

describe("starcBandit", () => {
  it("ignores scale and a shift a prompt (to 1e-6), is symmetric, in [0, 2], and keeps the triangle inequality", () => {
    fc.assert(
      fc.property(rows, fc.double({ min: 0.01, max: 100, noNaN: true }), (data, scale) => {
        const groups = data.map((row) => row.group);
        const weights = data.map((row) => row.weight);
        const column = (name: "a" | "b" | "c") => data.map((row) => row[name]);
        const [a, b, c] = [column("a"), column("b"), column("c")];
        const d = (x: number[], y: number[]): number => starcBandit(x, y, groups, { weights });
        const moved = a.map((x, i) => scale * x + 7 * groups[i]!);
        expect(d(a, moved)).toBeLessThan(1e-6);
        expect(d(a, b)).toBeCloseTo(d(b, a), 12);
        expect(d(a, b)).toBeCloseTo(d(moved, b), 6);
        expect(d(a, b)).toBeLessThanOrEqual(2);
        expect(d(a, c)).toBeLessThanOrEqual(d(a, b) + d(b, c) + 1e-9);
        const opposite = d(
          a,
          a.map((x) => -x),
        );
        const informative = standardiseBandit(a, groups, { weights }).some((x) => x !== 0);
        expect(opposite).toBeCloseTo(informative ? 2 : 0, 9);
      }),
    );
  });

  it("is sqrt(2 - 2 rho) of the within-prompt correlation, worked by hand", () => {
    // centred: (-1, 1, -1, 1) and (-1, 1, 2, -2): rho = (1 + 1 - 2 - 2) / sqrt(4 * 10)
    const rho = -2 / Math.sqrt(40);
    const got = starcBandit([0, 2, 5, 7], [3, 5, 8, 4], ["p", "p", "q", "q"]);
    expect(got).toBeCloseTo(Math.sqrt(2 - 2 * rho), 12);
  });

  it("is 1 from a reward that prefers nothing, 0 between two such", () => {
    const groups = ["p", "p", "q"];
    expect(starcBandit([1, 2, 3], [4, 4, 9], groups)).toBeCloseTo(1, 12);
    expect(starcBandit([1, 1, 3], [4, 4, 9], groups)).toBe(0);
  });

  it("has canonical scores of weighted mean 0 in each prompt", () => {
    const canonical = canonicaliseBandit([1, 2, 6, 5], ["p", "p", "p", "q"], { weights: [2, 1, 1, 3] });
    expect(canonical[0]! * 2 + canonical[1]! + canonical[2]!).toBeCloseTo(0, 12);
    expect(canonical[3]).toBe(0);
  });

  it("refuses lists that do not fit and weights that say nothing", () => {
    expect(() => starcBandit([], [], [])).toThrow(NotEnoughDataError);
    expect(() => starcBandit([1, 2], [1, 2], ["p"])).toThrow(UsageError);
    expect(() => starcBandit([1, 2], [1, 2], ["p", "p"], { weights: [0, 0] })).toThrow(UsageError);
    expect(() => starcBandit([1, 2], [1, 2], ["p", "p"], { weights: [1, -1] })).toThrow(UsageError);
  });
});

describe("banditRegret", () => {
  it("is 0 for rewards that pick alike and 1 for opposite ones, and distance 0 implies regret 0", () => {
    const groups = ["p", "p", "q", "q"];
    expect(banditRegret([0, 2, 5, 7], [1, 3, 0, 9], groups)).toBe(0);
    expect(banditRegret([0, 2, 5, 7], [2, 0, 7, 5], groups)).toBe(1);
    expect(banditRegret([1, 1, 1, 1], [2, 0, 7, 5], groups)).toBe(0);
    fc.assert(
      fc.property(rows, (data) => {
        const g = data.map((row) => row.group);
        const [a, b] = [data.map((row) => row.a), data.map((row) => row.b)];
        const regret = banditRegret(a, b, g);
        expect(regret >= 0 && regret <= 1).toBe(true);
        expect(banditRegret(b, a, g)).toBeCloseTo(regret, 12);
        expect(
          banditRegret(
            a,
            a.map((x) => 3 * x + 1),
            g,
          ),
        ).toBe(0);
      }),
    );
  });

  it("is worked by hand on unequal prompts", () => {
    // first loses 2 of a range of 2 + 4; second loses 1 of a range of 1 + 3
    expect(banditRegret([0, 2, 0, 4], [1, 0, 0, 3], ["p", "p", "q", "q"])).toBeCloseTo((2 / 6 + 1 / 4) / 2, 12);
  });
});

describe("dispersion", () => {
  it("gives MJ-Bench's exact cases: equal scores 1, 1, 1; (0, 0, 0, 1) 1 - sqrt 3, 0.25, 0.5", () => {
    expect(dispersion([4, 4, 4])).toEqual({ nds: 1, ges: 1, acc: 1, negative: false });
    const got = dispersion([0, 0, 1, 0]);
    expect(got.nds).toBeCloseTo(1 - Math.sqrt(3), 12);
    expect(got.ges).toBeCloseTo(0.25, 12);
    expect(got.acc).toBe(0.5);
  });

  it("does not depend on order, nor GES and NDS on scale; ACC counts pairs", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 30 }), (whole) => {
        const scores = whole.map((score) => score / 100);
        const got = dispersion(scores);
        const other = dispersion([...scores].reverse().map((score) => 3 * score));
        expect(other.nds).toBeCloseTo(got.nds, 9);
        expect(other.ges).toBeCloseTo(got.ges, 9);
        let close = 0;
        for (let i = 0; i < whole.length; i++)
          for (let j = 0; j < i; j++) if (Math.abs(whole[i]! - whole[j]!) <= 10) close++;
        expect(got.acc).toBeCloseTo(close / ((whole.length * (whole.length - 1)) / 2), 12);
      }),
    );
  });

  it("marks negative scores and refuses what is not defined; minMax leaves constant scores", () => {
    expect(dispersion([-1, 3]).negative).toBe(true);
    expect(() => dispersion([1])).toThrow(NotEnoughDataError);
    expect(() => dispersion([-1, 1])).toThrow(UsageError);
    expect([...minMax([2, 4, 3])]).toEqual([0, 1, 0.5]);
    expect([...minMax([7, 7])]).toEqual([7, 7]);
    expect(() => minMax([])).toThrow(NotEnoughDataError);
  });
});

describe("worstBanditRegret", () => {
  /** By the vertices: the best pair of policies that mixes at most two vertices of u is optimal, as one constraint couples the prompts. */
  function brute(a: readonly number[], b: readonly number[], groups: readonly number[]): number {
    const [s1, s2] = [standardiseBandit(a, groups), standardiseBandit(b, groups)];
    const prompts = [...new Set(groups)].map((g) => groups.flatMap((own, i) => (own === g ? [i] : [])));
    let vertices: [number, number][] = [[0, 0]];
    for (const members of prompts) {
      const steps = members.flatMap((i) => members.map((k): [number, number] => [s1[i]! - s1[k]!, s2[i]! - s2[k]!]));
      vertices = vertices.flatMap(([x, y]) => steps.map(([dx, dy]): [number, number] => [x + dx, y + dy]));
    }
    let best = 0;
    for (const [x, y] of vertices) {
      if (y <= 1e-12) best = Math.max(best, x);
      for (const [p, q] of vertices) if (y > 0 && q < 0) best = Math.max(best, (x * -q + p * y) / (y - q));
    }
    const most = Math.max(...vertices.map(([x]) => x));
    return most < 1e-12 ? 0 : best / most;
  }

  it("is the linear program's optimum (brute force over its vertices, to 1e-6), between its bounds", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -5, max: 5 }), fc.integer({ min: -5, max: 5 })),
          {
            minLength: 2,
            maxLength: 6,
          },
        ),
        (data) => {
          const groups = data.map(([g]) => g);
          const [a, b] = [data.map((row) => row[1]), data.map((row) => row[2])];
          const { value, lower, upper } = worstBanditRegret(a, b, groups);
          expect(value).toBeCloseTo(brute(a, b, groups), 6);
          expect(lower).toBeLessThanOrEqual(value + 1e-9);
          expect(value).toBeLessThanOrEqual(upper + 1e-9);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("is 0 for the same order of policies and 1 for the opposite one", () => {
    const groups = ["p", "p", "p", "q", "q"];
    const a = [1, 2, 4, 0, 1];
    expect(
      worstBanditRegret(
        a,
        a.map((x, i) => 3 * x + (i < 3 ? 7 : -2)),
        groups,
      ).value,
    ).toBeCloseTo(0, 9);
    expect(
      worstBanditRegret(
        a,
        a.map((x) => -x),
        groups,
      ),
    ).toMatchObject({ value: 1 });
  });
});

describe("starcEstimate", () => {
  it("has the distance as its value and covers that of the population in about 95 of 100 samples", () => {
    // b = a + noise of the same size, four answers a prompt, so that ρ = 1/√2 and d = √(2 - √2)
    const truth = Math.sqrt(2 - Math.SQRT2);
    let covered = 0;
    for (let r = 0; r < 100; r++) {
      const rng = random(seedFrom(`starc ${r}`));
      const [a, b, groups] = [[] as number[], [] as number[], [] as number[]];
      for (let g = 0; g < 80; g++)
        for (let k = 0; k < 4; k++) {
          a.push(rng.normal());
          b.push(a.at(-1)! + rng.normal());
          groups.push(g);
        }
      const estimate = starcEstimate(a, b, groups, { seed: seedFrom(r), reps: 300 });
      expect(estimate.value).toBeCloseTo(starcBandit(a, b, groups), 12);
      if (estimate.low <= truth && truth <= estimate.high) covered++;
    }
    // 100 draws at 0.95 give 88 to 100 with probability 0.998
    expect(covered).toBeGreaterThanOrEqual(88);
  });
});
