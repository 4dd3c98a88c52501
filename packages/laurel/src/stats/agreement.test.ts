import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../test/data.ts";
import { expected } from "../../../../test/expected/stats-b/read.ts";
import { NotEnoughDataError, seedFrom, UsageError } from "../core/index.ts";
import { cohenKappa, fleissKappa, gwetAC } from "./agreement.ts";
import { krippendorffAlpha, krippendorffValue } from "./krippendorff.ts";
import type { Label, Weighting } from "./ratings.ts";

type Interval = { value: number; low: number; high: number };
const file = expected<{
  kappa: {
    a: number[];
    b: number[];
    k: number;
    values: Record<Weighting, { kappa: number; low: number; high: number }>;
  }[];
  many: {
    k: number;
    rows: (number | null)[][];
    fleiss: Record<Weighting, Interval>;
    gwet: Record<Weighting, Interval>;
    alpha: Record<"nominal" | "ordinal" | "interval", number>;
    statsmodelsFleiss?: number;
  }[];
  continuous: { rows: (number | null)[][]; alpha: Record<"nominal" | "ordinal" | "interval", number> };
}>("agreement");

const lines = <T>(path: string): T[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
const raters = dataPath("rater-agreement/published_alpha.json");
const vectors = dataPath("stat-vectors/cases.jsonl");
const llmbar = dataPath("llmbar/published_statistics.jsonl");
const pandalm = dataPath("pandalm/rows.jsonl");
const MEASURES = ["nominal", "ordinal", "interval"] as const;

describe("cohenKappa", () => {
  it("gives statsmodels' kappa and interval, unweighted, linear and quadratic (1e-10)", () => {
    for (const c of file.kappa)
      for (const [weights, wanted] of Object.entries(c.values) as [Weighting, (typeof c.values)["none"]][]) {
        const got = cohenKappa(c.a, c.b, { weights, labels: [...Array(c.k).keys()] });
        expect(Math.abs(got.value - wanted.kappa)).toBeLessThan(1e-10);
        expect(Math.abs(got.low - wanted.low)).toBeLessThan(1e-10);
        expect(Math.abs(got.high - wanted.high)).toBeLessThan(1e-10);
      }
  });

  it.skipIf(llmbar === undefined)(
    "gives all 301 published LLMBar counts and order agreements (1e-9; needs the shared data)",
    () => {
      type Votes = {
        subset: string;
        judge: string;
        strategy: string;
        winner: (1 | 2 | null)[];
        winner_swapped: (1 | 2 | null)[];
      };
      type Published = {
        subset: string;
        judge: string;
        strategy: string;
        n: number;
        correct_False: number;
        correct_True: number;
        correct_both: number;
        equal: number;
        correct_average_percent: number;
        kappa_agreement: number;
      };
      const gold = new Map<string, number[]>();
      for (const item of lines<{ subset: string; label: number }>(dataPath("llmbar/items.jsonl")!))
        gold.set(item.subset, [...(gold.get(item.subset) ?? []), item.label]);
      const votes = new Map(
        lines<Votes>(dataPath("llmbar/votes.jsonl")!).map((v) => [`${v.subset}|${v.judge}|${v.strategy}`, v]),
      );
      const published = lines<Published>(llmbar!);
      expect(published.length).toBe(301);
      for (const row of published) {
        const { winner, winner_swapped: swapped } = votes.get(`${row.subset}|${row.judge}|${row.strategy}`)!;
        const labels = gold.get(row.subset)!;
        expect(labels.length).toBe(row.n);
        const right = winner.map((w, i) => w === labels[i]);
        const rightSwapped = swapped.map((w, i) => w === labels[i]);
        const count = (flags: boolean[]): number => flags.filter(Boolean).length;
        expect([
          count(right),
          count(rightSwapped),
          count(right.map((r, i) => r && rightSwapped[i]!)),
          count(winner.map((w, i) => w === swapped[i])),
        ]).toEqual([row.correct_False, row.correct_True, row.correct_both, row.equal]);
        expect((100 * (count(right) + count(rightSwapped))) / 2 / row.n).toBeCloseTo(row.correct_average_percent, 9);
        const coded = (votes: (1 | 2 | null)[]): number[] => votes.map((w) => (w === 1 ? 1 : 0));
        expect(Math.abs(cohenKappa(coded(winner), coded(swapped)).value - row.kappa_agreement)).toBeLessThan(1e-9);
      }
    },
  );

  it.skipIf(pandalm === undefined)(
    "gives the three kappas of the PandaLM annotators (1e-10; needs the shared data)",
    () => {
      const rows = lines<{ annotator1: number; annotator2: number; annotator3: number }>(pandalm!);
      const of = (a: 1 | 2 | 3): number[] => rows.map((row) => row[`annotator${a}`]);
      expect(rows.length).toBe(666);
      expect(Math.abs(cohenKappa(of(1), of(2)).value - 0.8450908841)).toBeLessThan(1e-10);
      expect(Math.abs(cohenKappa(of(1), of(3)).value - 0.8674170208)).toBeLessThan(1e-10);
      expect(Math.abs(cohenKappa(of(2), of(3)).value - 0.8615944411)).toBeLessThan(1e-10);
    },
  );

  it("is symmetric, ignores order and names, and stays in [-1, 1]", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), {
          minLength: 2,
          maxLength: 30,
        }),
        (pairs) => {
          const a = pairs.map(([x]) => x);
          const b = pairs.map(([, y]) => y);
          if (new Set([...a, ...b]).size === 1) return;
          const k = cohenKappa(a, b);
          expect(cohenKappa(b, a).value).toBeCloseTo(k.value, 12);
          expect(cohenKappa([...a].reverse(), [...b].reverse()).value).toBeCloseTo(k.value, 12);
          const names = ["w", "q", "z", "b"];
          expect(
            cohenKappa(
              a.map((x) => names[x]!),
              b.map((x) => names[x]!),
            ).value,
          ).toBeCloseTo(k.value, 12);
          for (const x of [k.value, k.low, k.high]) {
            expect(x).toBeGreaterThanOrEqual(-1);
            expect(x).toBeLessThanOrEqual(1 + 1e-12);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("counts units that one rater skipped, and is undefined for one category (m-rewardbench: an error, neither 0 nor 1)", () => {
    expect(cohenKappa(["a", null, "b", "a"], ["a", "b", "b", null])).toMatchObject({ value: 1, n: 2, unscored: 2 });
    expect(() => cohenKappa([1, 1], [1, 1])).toThrow(NotEnoughDataError);
    expect(() => cohenKappa([], [])).toThrow(NotEnoughDataError);
    expect(() => cohenKappa([1], [1, 2])).toThrow(UsageError);
    expect(() => cohenKappa([1, 4], [1, 2], { labels: [1, 2, 3] })).toThrow(UsageError);
    expect(() => cohenKappa([1, "a"], [1, 2])).toThrow(UsageError);
  });

  it("takes an order of texts only from the labels, never from the alphabet", () => {
    const a = ["low", "high", "mid"];
    const b = ["mid", "high", "mid"];
    const labels = ["low", "mid", "high"];
    const numbers = (x: string[]): number[] => x.map((label) => labels.indexOf(label));
    expect(() => cohenKappa(a, b, { weights: "linear" })).toThrow(UsageError);
    expect(() => gwetAC([a, b], { weights: "linear" })).toThrow(UsageError);
    expect(() => krippendorffValue([a, b], { measure: "ordinal" })).toThrow(UsageError);
    expect(cohenKappa(a, b, { weights: "linear", labels }).value).toBe(
      cohenKappa(numbers(a), numbers(b), { weights: "linear" }).value,
    );
    expect(krippendorffValue([a, b], { measure: "ordinal", labels })).toBe(
      krippendorffValue([numbers(a), numbers(b)], { measure: "ordinal" }),
    );
  });
});

describe("Fleiss and Gwet", () => {
  it("give irrCAC's coefficients and intervals with missing ratings, all weights (1e-9)", () => {
    for (const c of file.many) {
      const labels = Array.from({ length: c.k }, (_, i) => i + 1);
      for (const weights of ["none", "linear", "quadratic"] as const)
        for (const [got, wanted] of [
          [fleissKappa(c.rows, { labels, weights }), c.fleiss[weights]],
          [gwetAC(c.rows, { labels, weights }), c.gwet[weights]],
        ] as const) {
          expect(Math.abs(got.value - wanted.value)).toBeLessThan(1e-9);
          expect(Math.abs(got.low - wanted.low)).toBeLessThan(1e-9);
          expect(Math.abs(got.high - wanted.high)).toBeLessThan(1e-9);
        }
      if (c.statsmodelsFleiss !== undefined)
        expect(Math.abs(fleissKappa(c.rows).value - c.statsmodelsFleiss)).toBeLessThan(1e-12);
    }
  });

  it("differ on one rare category: kappa falls below 0 where AC1 stays near the raw agreement of 0.9", () => {
    const rows: Label[][] = Array.from({ length: 20 }, (_, i) => (i === 0 ? [1, 0] : i === 1 ? [0, 1] : [1, 1]));
    expect(fleissKappa(rows).value).toBeLessThan(0);
    expect(gwetAC(rows).value).toBeGreaterThan(0.85);
  });

  it("state their degenerate cases", () => {
    for (const f of [fleissKappa, gwetAC]) {
      expect(() => f([])).toThrow(NotEnoughDataError);
      expect(() => f([[1, 2]])).toThrow(NotEnoughDataError);
      expect(() =>
        f([
          [1, null],
          [null, 2],
        ]),
      ).toThrow(NotEnoughDataError);
      expect(() =>
        f([
          [1, 1],
          [1, 1],
        ]),
      ).toThrow(NotEnoughDataError);
    }
    // With a second category listed AC1 is defined: everybody agrees, and chance would not always.
    expect(
      gwetAC(
        [
          [1, 1],
          [1, 1],
        ],
        { labels: [0, 1] },
      ).value,
    ).toBe(1);
  });
});

describe("Krippendorff's alpha", () => {
  it("equals the krippendorff package's, also with missing and with continuous ratings (1e-12)", () => {
    for (const c of [...file.many, file.continuous])
      for (const measure of MEASURES)
        expect(Math.abs(krippendorffValue(c.rows, { measure }) - c.alpha[measure])).toBeLessThan(1e-12);
  });

  it.skipIf(raters === undefined)("gives all seven published alphas (1e-10; needs the shared data)", () => {
    const published = JSON.parse(readFileSync(raters!, "utf8")) as {
      set: string;
      aspect: string;
      level: "nominal" | "ordinal";
      krippendorff_alpha: number;
    }[];
    expect(published.length).toBe(7);
    const crowd = lines<{ ratings: (Label | null)[] }>(dataPath("rater-agreement/dices_350_crowd.jsonl")!);
    const recipes = lines<Record<string, { ratings: (Label | null)[] }>>(dataPath("rater-agreement/recipes.jsonl")!);
    for (const { set, aspect, level, krippendorff_alpha: wanted } of published) {
      const rows = set.startsWith("dices") ? crowd.map((r) => r.ratings) : recipes.map((r) => r[aspect]!.ratings);
      expect(Math.abs(krippendorffValue(rows, { measure: level }) - wanted)).toBeLessThan(1e-10);
    }
  });

  it.skipIf(vectors === undefined)(
    "passes the Krippendorff cases of stat-vectors (their 1e-12; needs the shared data)",
    () => {
      type Case = {
        kind: string;
        level: (typeof MEASURES)[number];
        units: Label[][];
        expected: number;
        tolerance: number;
      };
      const cases = lines<Case>(vectors!).filter((c) => c.kind === "krippendorff_alpha");
      expect(cases.length).toBe(8);
      for (const c of cases) {
        // Upstream's convention for equal ratings is 1; here it must be asked for.
        const value = krippendorffValue(c.units, { measure: c.level, oneCategory: "one" });
        expect(Math.abs(value - c.expected)).toBeLessThanOrEqual(c.tolerance);
      }
    },
  );

  it("resamples units: the interval holds the value, is the same for a seed, and narrows with more units", () => {
    const rows = file.many[1]!.rows;
    const options = { measure: "ordinal", seed: seedFrom(3), reps: 400 } as const;
    const one = krippendorffAlpha(rows, options);
    expect(krippendorffAlpha(rows, options)).toEqual(one);
    expect(one.low).toBeLessThan(one.value);
    expect(one.high).toBeGreaterThan(one.value);
    const four = krippendorffAlpha([...rows, ...rows, ...rows, ...rows], options);
    expect((one.high - one.low) / (four.high - four.low)).toBeGreaterThan(1.6);
    expect((one.high - one.low) / (four.high - four.low)).toBeLessThan(2.5);
    expect(one.unscored + one.n).toBe(rows.length);
  });

  it("ignores the order of units and raters, and nominal alpha the names", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.option(fc.integer({ min: 0, max: 3 })), { minLength: 3, maxLength: 3 }), {
          minLength: 3,
          maxLength: 12,
        }),
        (rows) => {
          const used = new Set(
            rows.flatMap((row) => (row.filter((x) => x !== null).length > 1 ? row.filter((x) => x !== null) : [])),
          );
          if (used.size < 2) return;
          for (const measure of MEASURES) {
            const value = krippendorffValue(rows, { measure });
            expect(value).toBeLessThanOrEqual(1 + 1e-12);
            const moved = [...rows].reverse().map((row) => [...row].reverse());
            expect(krippendorffValue(moved, { measure })).toBeCloseTo(value, 10);
          }
          const renamed = rows.map((row) => row.map((x) => (x === null ? null : "dbca"[x]!)));
          expect(krippendorffValue(renamed, { measure: "nominal" })).toBeCloseTo(
            krippendorffValue(rows, { measure: "nominal" }),
            10,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("states its degenerate cases: no pair, one category, names with an interval measure", () => {
    expect(() => krippendorffValue([], { measure: "nominal" })).toThrow(NotEnoughDataError);
    expect(() => krippendorffValue([[1], [2]], { measure: "nominal" })).toThrow(NotEnoughDataError);
    expect(() => krippendorffValue([[5, 5]], { measure: "interval" })).toThrow(NotEnoughDataError);
    expect(() => krippendorffValue([["a", "b"]], { measure: "interval" })).toThrow(UsageError);
    expect(() => krippendorffValue([[1, Number.NaN]], { measure: "interval" })).toThrow(UsageError);
    expect(() => krippendorffAlpha([[1, 2]], { measure: "nominal", seed: seedFrom(1) })).toThrow(NotEnoughDataError);
  });
});
