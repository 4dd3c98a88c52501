import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerText, type Example, pointwise, type Reward, task, unscored } from "../core/index.ts";
import { wilson } from "../stats/index.ts";
import type { Baseline } from "./baseline.ts";
import { gateOn } from "./gate.ts";

/** The number that a candidate's text is; "?" is unscored. */
function numeric(range?: readonly [number, number]): Reward {
  return pointwise(
    "numeric",
    (candidate) => {
      const text = answerText(candidate);
      return text === "?" ? unscored("missing-reference", "THE_KEY is not set") : Number(text);
    },
    { version: 1, ...(range === undefined ? {} : { range }) },
  );
}

function rows(values: readonly (number | "?" | readonly (number | "?")[])[], more: Partial<Example> = {}): Example[] {
  return values.map((value, i) => ({
    task: task(
      `prompt ${i}`,
      (Array.isArray(value) ? value : [value]).map((one) => String(one)),
      undefined,
      { id: `t${i}` },
    ),
    labels: {},
    cluster: `c${i}`,
    subsets: {},
    ...more,
  }));
}

function baseline(values: Readonly<Record<string, number | null>>): Baseline {
  return {
    name: "before",
    ids: () => Object.keys(values),
    task: (id) => {
      const value = values[id];
      if (value === undefined) return undefined;
      return { sum: value ?? 0, scored: value === null ? 0 : 1, unscored: value === null ? 1 : 0 };
    },
  };
}

const unit = numeric([0, 1]);
const mixed = (right: number, wrong: number): number[] => [
  ...new Array<number>(right).fill(1),
  ...new Array<number>(wrong).fill(0),
];

describe("gateOn a least mean", () => {
  it("decides on Wilson's interval for right and wrong", async () => {
    // Wilson's interval of 90 of 100 is [0.8256, 0.9448] (SciPy 1.17 binomtest(90, 100).proportion_ci(method="wilson"))
    const result = await gateOn(unit, [rows(mixed(90, 10))], { min: 0.82 });
    expect(result.estimate.low).toBeCloseTo(0.8256, 4);
    expect(result.estimate.high).toBeCloseTo(0.9448, 4);
    expect(result.verdict).toBe("pass");
    expect((await gateOn(unit, [rows(mixed(90, 10))], { min: 0.95 })).verdict).toBe("worse");
    const open = await gateOn(unit, [rows(mixed(90, 10))], { min: 0.85 });
    expect(open).toMatchObject({ verdict: "undecided", because: "interval" });
    // (1.96 √(0.85 · 0.15) + 0.8416 √(0.9 · 0.1))² / 0.05² = 362.8, times 100/99 since the variance is the unbiased one: 366.4
    expect(open.needed).toBe(367);
  });

  it("says how many flawless tasks show a least mean", async () => {
    const few = await gateOn(unit, [rows(mixed(10, 0))], { min: 0.8 });
    expect(few).toMatchObject({ verdict: "undecided", because: "interval" });
    expect(wilson(few.needed!, few.needed!).low).toBeGreaterThanOrEqual(0.8);
    expect(wilson(few.needed! - 1, few.needed! - 1).low).toBeLessThan(0.8);
    expect((await gateOn(unit, [rows(mixed(few.needed!, 0))], { min: 0.8 })).verdict).toBe("pass");
  });

  it("refuses a bar that the range decides", async () => {
    await expect(gateOn(unit, [rows([1])], { min: 1 })).rejects.toThrow(/cannot be shown/);
    await expect(gateOn(unit, [rows([1])], { min: 0 })).rejects.toThrow(/can never fail/);
    await expect(gateOn(unit, [rows([1])], { min: 0.5 }, { level: 2 })).rejects.toThrow(/confidence/);
  });

  it("has nothing to say about no tasks, or about values that never vary without a range", async () => {
    await expect(gateOn(unit, [[]], { min: 0.5 })).rejects.toMatchObject({ exitCode: 3 });
    const flat = await gateOn(numeric(), [rows([7, 7, 7])], { min: 5 });
    expect(flat).toMatchObject({ verdict: "undecided", because: "no-variation" });
    expect((await gateOn(numeric([0, 10]), [rows(new Array(60).fill(7))], { min: 5 })).verdict).toBe("pass");
  });

  it("counts what is unscored against both answers, unless its share is allowed", async () => {
    const some = [...mixed(95, 0), "?", "?", "?", "?", "?"] as const;
    const strict = await gateOn(unit, [rows(some)], { min: 0.9 });
    expect(strict).toMatchObject({ verdict: "undecided", because: "unscored" });
    expect(strict.unscored).toEqual({
      tasks: 5,
      reasons: { "missing-reference": 5 },
      message: "THE_KEY is not set",
    });
    expect((await gateOn(unit, [rows(some)], { min: 0.8 })).verdict).toBe("pass");
    expect((await gateOn(unit, [rows(some)], { min: 0.9 }, { allowUnscored: 0.05 })).verdict).toBe("pass");
    expect((await gateOn(unit, [rows([...mixed(0, 95), "?"])], { min: 0.9 })).verdict).toBe("worse");
    await expect(gateOn(unit, [rows(["?", "?"])], { min: 0.9 })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining("THE_KEY is not set"),
    });
    expect(await gateOn(numeric(), [rows([3, 4, 5, 4, "?"])], { min: 1 })).toMatchObject({
      verdict: "undecided",
      because: "unscored",
      bounds: undefined,
    });
  });

  it("takes the mean of a task's candidates, and tasks of one prompt as one", async () => {
    const result = await gateOn(
      unit,
      [
        rows([
          [1, 0],
          [1, 1],
          [0, 0],
        ]),
      ],
      { min: 0.1 },
    );
    expect(result.estimate.value).toBeCloseTo(0.5, 12);
    const shared = rows([...mixed(20, 20)]).map((one, i) => ({ ...one, cluster: i < 20 ? "right" : "wrong" }));
    expect(await gateOn(unit, [shared], { min: 0.1 })).toMatchObject({
      verdict: "undecided",
      estimate: { clusters: 2 },
    });
  });

  it("keeps the worst tasks with their texts, and says which subsets are worse", async () => {
    const halves = [
      ...rows(mixed(60, 0), { subsets: { lang: "en" } }),
      ...rows(mixed(0, 20), { subsets: { lang: "fr" } }),
    ];
    const examples = halves.map((one, i) => ({ ...one, cluster: `c${i}`, task: { ...one.task, id: `t${i}` } }));
    const result = await gateOn(unit, [examples], { min: 0.6 }, { worst: 2 });
    expect(result.subsets["lang"]!["en"]).toMatchObject({ n: 60, verdict: "pass" });
    expect(result.subsets["lang"]!["fr"]).toMatchObject({ n: 20, verdict: "worse" });
    expect(result.worst).toHaveLength(2);
    expect(result.worst[0]).toMatchObject({ value: 0, answer: "0", prompt: expect.stringContaining("prompt") });
    await expect(gateOn(unit, [examples], { min: 0.6 }, { subset: "language" })).rejects.toThrow(
      /no row has the subset/,
    );
  });

  it("gives the same verdict when reward, range and bar are stretched and shifted alike", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.integer({ min: 0, max: 100 }).map((one) => one / 100),
          { minLength: 3, maxLength: 30 },
        ),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.constantFrom(2, 8, 64),
        fc.integer({ min: -16, max: 16 }),
        async (values, min, scale, shift) => {
          const plain = await gateOn(unit, [rows(values)], { min });
          // ends of the interval that touch the bar within rounding may fall either way
          fc.pre(Math.min(Math.abs(plain.estimate.low - min), Math.abs(plain.estimate.high - min)) > 1e-9);
          const moved = await gateOn(
            numeric([shift, shift + scale]),
            [rows(values.map((one) => shift + scale * one))],
            {
              min: shift + scale * min,
            },
          );
          expect(moved.verdict).toBe(plain.verdict);
          expect(moved.estimate.low).toBeCloseTo(shift + scale * plain.estimate.low, 6);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("gateOn a baseline", () => {
  const earlier = (values: readonly (number | null)[]): Baseline =>
    baseline(Object.fromEntries(values.map((value, i) => [`t${i}`, value])));

  it("passes what is no worse, fails what is, and is open in between", async () => {
    const now = rows(mixed(150, 50));
    expect((await gateOn(unit, [now], { baseline: earlier(mixed(150, 50)), margin: 0.02 })).verdict).toBe("pass");
    expect((await gateOn(unit, [now], { baseline: earlier(mixed(200, 0)), margin: 0.02 })).verdict).toBe("worse");
    const open = await gateOn(unit, [now], { baseline: earlier(mixed(153, 47)), margin: 0.02 });
    expect(open).toMatchObject({ verdict: "undecided", because: "interval" });
    expect(open.needed).toBeGreaterThan(200);
    expect((await gateOn(unit, [now], { baseline: earlier(mixed(100, 100)), margin: 0 })).verdict).toBe("pass");
  });

  it("pairs by id: the order of the rows does not matter", async () => {
    const values = mixed(30, 30);
    const one = await gateOn(unit, [rows(values)], { baseline: earlier(mixed(31, 29)), margin: 0.1 });
    const other = await gateOn(unit, [rows(values).reverse()], { baseline: earlier(mixed(31, 29)), margin: 0.1 });
    expect(other.estimate).toEqual(one.estimate);
  });

  it("leaves new tasks out, and holds it against the rows that a task of the baseline is gone", async () => {
    const now = rows([...mixed(150, 50), 0]);
    const whole = await gateOn(unit, [now], { baseline: earlier(mixed(150, 50)), margin: 0.02 });
    expect(whole).toMatchObject({ verdict: "pass", pairing: { onlyNow: 1, onlyBaseline: 0 } });
    const cut = await gateOn(unit, [rows(mixed(150, 0))], { baseline: earlier(mixed(200, 0)), margin: 0.02 });
    expect(cut).toMatchObject({
      verdict: "undecided",
      because: "unscored",
      pairing: { onlyNow: 0, onlyBaseline: 50 },
    });
    // what failed before cannot hide that something got worse
    const failed = await gateOn(unit, [rows(mixed(150, 0))], { baseline: earlier(mixed(150, 50)), margin: 0.02 });
    expect(failed.verdict).toBe("pass");
    const part = await gateOn(
      unit,
      [rows(mixed(150, 0))],
      { baseline: earlier(mixed(150, 50)), margin: 0.02 },
      { partial: true },
    );
    expect(part.verdict).toBe("pass");
  });

  it("refuses a baseline of other tasks and says what the ids look like", async () => {
    await expect(gateOn(unit, [rows([1, 0])], { baseline: baseline({ x: 1 }), margin: 0 })).rejects.toThrow(
      /none of the 2/,
    );
    await expect(gateOn(unit, [rows([1, 0])], { baseline: earlier([1, 0]), margin: -1 })).rejects.toThrow(/margin/);
    await expect(gateOn(unit, [rows([1, 0])], { baseline: earlier([null, null]), margin: 0 })).rejects.toMatchObject({
      exitCode: 3,
    });
  });
});
