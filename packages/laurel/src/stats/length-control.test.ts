import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { random, seedFrom } from "../core/index.ts";
import { lengthControlledWinRate } from "./length-control.ts";
import { sparseLogistic } from "./sparse-logistic.ts";

// alpaca_eval 0.6.6 itself, on made-up annotations: scripts/expected/style_control.py
const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/style-control/style-control.json", import.meta.url), "utf8"),
) as {
  difficulty: number[];
  gamed: { std_delta_len: number[]; instruction_difficulty: number[]; preference: number[] };
  folds: number[];
  foldsWithGamed: number[];
  length: {
    preference: number[];
    length: number[];
    baselineLength: number[];
    results: Record<string, { winRate: number; standardError: number; c: number; coefficients: number[] }>;
  }[];
};
const seed = seedFrom("length");
const quick = { seed, reps: 2 };

describe("lengthControlledWinRate", () => {
  const { difficulty, gamed, folds, foldsWithGamed } = expected;
  const count = gamed.preference.length;
  const regularise = {
    delta: gamed.std_delta_len,
    difficulty: gamed.instruction_difficulty,
    preference: gamed.preference,
    weight: 0.1,
    folds: foldsWithGamed.slice(0, count),
  };
  const ways = {
    length_controlled_minimal: [undefined, undefined, folds],
    length_controlled_noreg: [difficulty, undefined, folds],
    length_controlled_v1: [difficulty, regularise, foldsWithGamed.slice(count)],
  } as const;

  it.each(Object.keys(ways) as (keyof typeof ways)[])(
    "gives alpaca_eval's %s (win rate to 0.02 points, weights to 0.005: liblinear stops at 1e-4)",
    (name) => {
      const [difficulty, regularise, folds] = ways[name];
      for (const { preference, length, baselineLength, results } of expected.length) {
        const wanted = results[name]!;
        const battles = { preference, length, baselineLength, difficulty };
        const fixed = lengthControlledWinRate(battles, { ...quick, regularise, penalty: wanted.c });
        expect(Math.abs(100 * fixed.winRate.value - wanted.winRate)).toBeLessThan(0.02);
        expect(Math.abs(100 * fixed.publishedError - wanted.standardError)).toBeLessThan(0.005);
        expect(Math.abs(-fixed.coefficients.length - wanted.coefficients[0]!)).toBeLessThan(0.005);
        expect(Math.abs(fixed.coefficients.model - wanted.coefficients.at(-1)!)).toBeLessThan(0.005);
        // the penalty is chosen anew: where it matters it is theirs, and where the loss is flat the win rate is
        const chosen = lengthControlledWinRate(battles, { ...quick, regularise, folds });
        if (wanted.c < 100) expect(chosen.c).toBeCloseTo(wanted.c, 6);
        expect(Math.abs(100 * chosen.winRate.value - wanted.winRate)).toBeLessThan(0.05);
      }
    },
  );

  it("takes away what a judge gives for length alone, and has an interval over prompts", () => {
    const rng = random(seed);
    const n = 400;
    const length = Array.from({ length: n }, () => 800 + 400 * rng.uniform());
    const baselineLength = Array.from({ length: n }, () => 400 + 400 * rng.uniform());
    // the judge only looks at length; the model is longer, and no better
    const preference = length.map((own, i) =>
      rng.uniform() < 1 / (1 + Math.exp(-(own - baselineLength[i]!) / 300)) ? 1 : 0,
    );
    const { winRate, raw, coefficients } = lengthControlledWinRate(
      { preference, length, baselineLength },
      { seed, penalty: 10, reps: 100 },
    );
    expect(raw.value).toBeGreaterThan(0.7);
    expect(winRate.low).toBeLessThan(0.5);
    expect(winRate.high).toBeGreaterThan(0.5);
    expect(coefficients.length).toBeGreaterThan(0);
  });

  it("leaves items without a verdict out of the fit and keeps them in the prediction", () => {
    const { preference, length, baselineLength } = expected.length[0]!;
    const some = preference.map((one, i) => (i < 20 ? null : one));
    const found = lengthControlledWinRate({ preference: some, length, baselineLength }, { ...quick, penalty: "none" });
    expect(found.predicted).toHaveLength(preference.length);
    expect(found.winRate.unscored).toBe(20);
  });

  it("refuses too few verdicts, equal lengths and preferences outside 0 to 1", () => {
    const ten = Array.from({ length: 10 }, (_, i) => i);
    const of = (preference: (number | null)[], length: number[]) => () =>
      lengthControlledWinRate({ preference, length, baselineLength: ten }, quick);
    expect(
      of(
        ten.map(() => null),
        ten,
      ),
    ).toThrow(/10 items/);
    expect(
      of(
        ten.map(() => 1),
        ten,
      ),
    ).toThrow(/difference in length is the same/);
    expect(
      of(
        ten.map(() => 2),
        [...ten].reverse(),
      ),
    ).toThrow(/outside \[0, 1\]/);
    expect(of([1], ten)).toThrow(/10 values for 1/);
  });
});

describe("sparseLogistic", () => {
  it("sets a weight to exactly 0 where the penalty outweighs its gain", () => {
    const x = Float64Array.of(1, -1, 1, -1);
    expect([...sparseLogistic([x], [1, 0, 0, 1], { c: 0.01 })]).toEqual([0]);
  });

  it("refuses rows that are separable where there is no penalty", () => {
    expect(() => sparseLogistic([Float64Array.of(1, -1)], [1, 0], { c: Number.POSITIVE_INFINITY })).toThrow(
      /separable/,
    );
  });
});
