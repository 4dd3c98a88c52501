import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  answerText,
  type Example,
  groupwise,
  type Labels,
  pointwise,
  type Score,
  task,
  unscored,
} from "../core/index.ts";
import { compareJudged } from "./compare.ts";
import { evaluate } from "./eval.ts";
import { type Judged, judged } from "./judged.ts";

const row = (id: string, cluster: string, a: number | null, b: number | null, p = 1): Judged => ({
  id,
  repeat: 0,
  cluster,
  subsets: { set: Number(id.slice(1)) % 2 === 0 ? "even" : "odd" },
  labels: { preferred: [{ first: 0, second: 1, p }] },
  scores: [a, b].map((value): Score => (value === null ? unscored("deadline", "late") : { value })),
});

const rowsOf = fc
  .array(
    fc.record({
      a: fc.option(fc.integer({ min: 0, max: 3 })),
      b: fc.integer({ min: 0, max: 3 }),
      c: fc.integer({ min: 0, max: 8 }),
    }),
    { minLength: 8, maxLength: 40 },
  )
  .map((list) => list.map(({ a, b, c }, i) => row(`p${i}`, `c${c}`, a, b)));

describe("evaluate", () => {
  it("counts ties half, and bounds the accuracy by what the unscored could be", () => {
    const result = evaluate([
      row("p1", "a", 2, 1),
      row("p2", "b", 1, 1),
      row("p3", "c", 0, 1),
      row("p4", "d", null, 1),
    ]);
    expect(result.accuracy).toMatchObject({ value: 0.5, n: 3, unscored: 1 });
    expect(result.bounds.allWrong.value).toBe(1.5 / 4);
    expect(result.bounds.allRight.value).toBe(2.5 / 4);
    expect(result).toMatchObject({ tied: 1, unscoredItems: 1, unscored: { deadline: 1 }, faults: {} });
    expect(result.hardest).toMatchObject([{ id: "p3", which: "0>1", margin: -1 }]);
    expect(result.subsets["set"]!["odd"]).toMatchObject({ n: 2, unscored: 0, accuracy: { value: 0.5 } });
  });

  it("does not depend on the order of the rows, their names, or the order of the candidates", () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const clusters = new Set(
          rows.filter(({ scores }) => scores[0]!.unscored === undefined).map(({ cluster }) => cluster),
        );
        fc.pre(clusters.size > 1);
        const plain = evaluate(rows);
        const moved = evaluate(
          [...rows].reverse().map((one) => ({
            ...one,
            id: `q${one.id}`,
            cluster: `d${one.cluster}`,
            labels: { preferred: [{ first: 1, second: 0, p: 1 }] },
            scores: [...one.scores].reverse(),
          })),
        );
        for (const name of ["value", "low", "high"] as const)
          expect(moved.accuracy[name]).toBeCloseTo(plain.accuracy[name], 10);
        expect(moved.accuracy.clusters).toBe(plain.accuracy.clusters);
        expect(plain.bounds.allWrong.value).toBeLessThanOrEqual(plain.accuracy.value + 1e-12);
        expect(plain.bounds.allRight.value).toBeGreaterThanOrEqual(plain.accuracy.value - 1e-12);
        const { accuracy, bounds, margin, calibration } = plain;
        for (const one of [accuracy, bounds.allWrong, bounds.allRight, margin, calibration?.ece, calibration?.brier])
          if (one !== undefined) for (const x of [one.value, one.low, one.high]) expect(Number.isFinite(x)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it("turns around with its labels: accuracies add up to 1", () => {
    fc.assert(
      fc.property(rowsOf, (rows) => {
        const kept = rows.filter(({ scores }) => scores[0]!.unscored === undefined);
        fc.pre(new Set(kept.map(({ cluster }) => cluster)).size > 1);
        const turned = kept.map((one) => ({ ...one, labels: { preferred: [{ first: 0, second: 1, p: 0 }] } }));
        expect(evaluate(kept).accuracy.value + evaluate(turned).accuracy.value).toBeCloseTo(1, 12);
      }),
      { numRuns: 30 },
    );
  });

  it("has no figure for nothing: no rows, ties only, all unscored, one prompt", () => {
    expect(() => evaluate([])).toThrow("no rows");
    expect(() => evaluate([row("p1", "a", 1, 2, 0.5)])).toThrow("are ties of the raters");
    expect(() => evaluate([row("p1", "a", null, null)])).toThrow("all 1 items are unscored (deadline)");
    expect(() => evaluate([row("p1", "a", 1, 2), row("p2", "a", 1, 2)])).toThrow("2 clusters");
    expect(() => evaluate([row("p1", "a", 1, 2)], { subset: "nope" })).toThrow("no row has the subset");
    expect(evaluate([row("p1", "a", 1, 2)]).accuracy).toMatchObject({ value: 0, n: 1 });
  });
});

describe("judged", () => {
  const example = (i: number, labels: Labels): Example => ({
    task: task(`prompt ${i}`, [`better ${"x".repeat(i % 5)}`, `worse ${"y".repeat(i % 7)}`, "third"], undefined, {
      id: `t${i}`,
    }),
    labels,
    cluster: `c${i}`,
    subsets: {},
  });
  const all = async (source: Parameters<typeof judged>[0], examples: Example[], options = {}): Promise<Judged[]> => {
    const rows: Judged[] = [];
    for await (const batch of judged(source, [examples], options)) rows.push(...batch);
    return rows;
  };
  const size = pointwise("size", (c) => answerText(c).length, { version: 1 });
  const place = groupwise("place", ({ candidates }) => candidates.map((_, i) => -i), { version: 1 });

  it("gives scores in the file's order, which labels do not change", async () => {
    const labels: Labels = { preferred: [{ first: 0, second: 1, p: 1 }] };
    const turned: Labels = { preferred: [{ first: 2, second: 0, p: 0.2 }], correct: [false, true, true] };
    const examples = Array.from({ length: 30 }, (_, i) => example(i, labels));
    const rows = await all({ name: "size", reward: size }, examples);
    expect(rows.map(({ scores }) => scores.map((one) => (one as { value: number }).value))).toEqual(
      examples.map(({ task: { candidates } }) => candidates.map((one) => answerText(one).length)),
    );
    const other = await all(
      { name: "size", reward: size },
      examples.map((one) => ({ ...one, labels: turned })),
    );
    expect(other.map(({ scores }) => scores)).toEqual(rows.map(({ scores }) => scores));
    const placed = await all({ name: "place", reward: place }, examples);
    const placedOther = await all(
      { name: "place", reward: place },
      examples.map((one) => ({ ...one, labels: turned })),
    );
    expect(placedOther.map(({ scores }) => scores)).toEqual(placed.map(({ scores }) => scores));
  });

  it("hands a reward nothing of the labels, and no order that tells the best", async () => {
    const seen: unknown[] = [];
    const spy = groupwise("spy", (one) => {
      seen.push(one);
      return one.candidates.map((_, i) => -i);
    });
    const labels: Labels = { preferred: [{ first: 0, second: 1, p: 1 }], extra: { gold: "secret" } };
    const examples = Array.from({ length: 400 }, (_, i) => example(i, labels));
    const rows = await all({ name: "spy", reward: spy }, examples);
    expect(JSON.stringify(seen)).not.toMatch(/preferred|secret|gold/);
    // a reward that prefers the first place is a coin here: 3 standard errors of 400 pairs are 0.075
    expect(Math.abs(evaluate(rows).accuracy.value - 0.5)).toBeLessThan(0.075);
    expect((await all({ name: "place", reward: place }, examples)).map(({ scores }) => scores)).toEqual(
      rows.map(({ scores }) => scores),
    );
  });
});

describe("compareJudged", () => {
  it("pairs by item, leaves out what one side has not scored, and turns around when swapped", () => {
    const a = [row("p0", "a", 2, 1), row("p1", "b", 2, 1), row("p2", "c", 1, 2), row("p3", "d", null, 1)];
    const b = [row("p0", "a", 1, 2), row("p1", "b", 2, 1), row("p2", "c", null, 2), row("p3", "d", 1, 0)];
    const result = compareJudged(a, [...b].reverse());
    expect(result).toMatchObject({
      difference: { value: 0.5, n: 2, unscored: 2 },
      unscored: { a: 1, b: 1, both: 0 },
      conclusion: "no difference shown",
    });
    expect(result.bounds!.againstA.value).toBe((1 + 0 - 1 - 1) / 4);
    expect(result.bounds!.forA.value).toBe((1 + 0 + 0 + 0) / 4);
    expect(compareJudged(b, a).difference.value).toBe(-0.5);
  });

  it("concludes by the interval, and by the margin where one is given", () => {
    const n = 60;
    const good = Array.from({ length: n }, (_, i) => row(`p${i}`, `c${i}`, 2, 1));
    const bad = Array.from({ length: n }, (_, i) => row(`p${i}`, `c${i}`, i % 3 === 0 ? 0 : 2, 1));
    expect(compareJudged(good, bad).conclusion).toBe("better");
    expect(compareJudged(bad, good).conclusion).toBe("worse");
    expect(compareJudged(good, good).conclusion).toBe("no difference shown");
    expect(compareJudged(good, good, { margin: 0.1 }).conclusion).toBe("no worse");
    expect(compareJudged(good, good, { margin: 0.01 }).conclusion).toBe("undecided");
    expect(compareJudged(bad, good, { margin: 0.1 }).conclusion).toBe("worse");
    const { subsets } = compareJudged(good, bad);
    for (const one of Object.values(subsets["set"]!))
      expect(one.result!.pHolm).toBeGreaterThanOrEqual(one.result!.p.signFlip);
  });
});
