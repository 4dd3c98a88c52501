import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { directContext } from "../../core/context.ts";
import { task } from "../../core/task.ts";
import type { Reference, Score } from "../../core/types.ts";
import { iou, matchShapes } from "./match/shapes.ts";
import { matchTable, tableOf } from "./match/table.ts";
import { type MatchOptions, match } from "./match.ts";

async function scoreOf(options: MatchOptions, reference: Reference, text: string): Promise<Score> {
  return (await match(options).score([task("Look.", [text], reference)], directContext()))[0]![0]!;
}

describe("iou", () => {
  it("is the shared area over the area of both", () => {
    expect(iou([0, 0, 2, 2], [1, 0, 3, 2])).toBeCloseTo(1 / 3, 12);
    expect(iou([0, 0, 2, 2], [0, 0, 2, 2])).toBe(1);
    expect(iou([0, 0, 1, 1], [1, 1, 2, 2])).toBe(0);
    expect(iou([0, 0, 0, 1], [0, 0, 0, 1])).toBe(0);
  });
});

describe("matchShapes", () => {
  const box = (...at: number[]) => ({ at });
  it("pairs as many as it can, then the likest", () => {
    // the greedy choice (both want the first given box most) would leave one without a pair
    const wanted = [box(0, 0, 10, 10), box(0, 0, 10, 9)];
    const given = [box(0, 0, 10, 10), box(0, 0, 10, 6)];
    const result = matchShapes(wanted, given, { threshold: 0.6 });
    expect(result).toMatchObject({ precision: 1, recall: 1, f1: 1 });
    expect(result.likeness).toBeCloseTo((1 + 2 / 3) / 2, 12);
  });
  it("counts pairs from the threshold on", () => {
    expect(matchShapes([box(0, 0, 2, 2)], [box(1, 0, 3, 2)], { threshold: 0.34 }).f1).toBe(0);
    expect(matchShapes([box(0, 0, 2, 2)], [box(1, 0, 3, 2)], { threshold: 1 / 3 }).f1).toBe(1);
  });
  it("takes a point near a wanted point, or within a wanted box", () => {
    expect(matchShapes([box(5, 5)], [box(8, 9)], { tolerance: 5 }).f1).toBe(1);
    expect(matchShapes([box(5, 5)], [box(8, 9)], { tolerance: 4.9 }).f1).toBe(0);
    expect(matchShapes([box(0, 0, 4, 4)], [box(4, 0)]).f1).toBe(1);
    expect(matchShapes([box(0, 0, 4, 4)], [box(5, 0)]).f1).toBe(0);
  });
  it("does not depend on the order of the shapes", () => {
    const boxes = fc.array(
      fc
        .tuple(fc.nat(5), fc.nat(5), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
        .map(([x, y, w, d]) => box(x, y, x + w, y + d)),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(boxes, boxes, (wanted, given) => {
        const one = matchShapes(wanted, given, { threshold: 0.3 });
        const other = matchShapes([...wanted].reverse(), [...given].reverse(), { threshold: 0.3 });
        expect(other.f1).toBe(one.f1);
        expect(other.likeness).toBeCloseTo(one.likeness, 9);
      }),
    );
  });
});

describe("match", () => {
  it("reads boxes as JSON, with labels, or as tuples in prose", async () => {
    const shapes = { of: "shapes" } as const;
    const answer = [
      [0, 0, 10, 10],
      [20, 20, 30, 30],
    ];
    for (const text of [
      "<answer>[[20, 20, 30, 30], [0, 0, 10, 10]]</answer>",
      '```json\n[{"bbox_2d": [0, 0, 10, 10], "label": "cat"}, {"bbox_2d": [20, 20, 30, 31]}]\n```',
      "The cat is at (0, 0, 10, 10) and the dog at (20, 20, 30, 30).",
    ])
      expect(await scoreOf(shapes, { answer }, text), text).toMatchObject({ value: 1, parts: { recall: 1 } });
    const labelled = [{ box: [0, 0, 10, 10], label: "cat" }];
    expect(await scoreOf(shapes, { answer: labelled }, '[{"box": [0, 0, 10, 10], "label": "Cat "}]')).toMatchObject({
      value: 1,
    });
    expect(await scoreOf(shapes, { answer: labelled }, '[{"box": [0, 0, 10, 10], "label": "dog"}]')).toMatchObject({
      value: 0,
    });
  });
  it("takes boxes of corner and size, and gives the measure asked for", async () => {
    const options = { of: "shapes", boxes: "xywh", value: "likeness" } as const;
    const { value } = (await scoreOf(options, { answer: [[0, 0, 2, 2]] }, "[[0, 0, 2, 1]]")) as { value: number };
    expect(value).toBeCloseTo(0.5, 12);
    expect(await scoreOf({ of: "shapes", value: "recall" }, { answer: [[1, 1]] }, "[[1, 1], [2, 2]]")).toMatchObject({
      value: 1,
    });
  });
  it("compares sets without order and lists with it", async () => {
    const answer = ["a", "b", 3];
    expect(await scoreOf({ of: "set" }, { answer }, '["B", 3, "a"]')).toMatchObject({ value: 1 });
    expect(await scoreOf({ of: "list" }, { answer }, '["b", 3, "a"]')).toMatchObject({
      value: 2 / 3,
      parts: { precision: 2 / 3, places: 0 },
    });
    expect(await scoreOf({ of: "set", value: "exact" }, { answer }, '["a", "b"]')).toMatchObject({ value: 0 });
    expect(await scoreOf({ of: "set" }, { answer: ["a", "a"] }, '["a"]')).toMatchObject({ value: 2 / 3 });
    expect(await scoreOf({ of: "set" }, { answer: [] }, "[]")).toMatchObject({ value: 1 });
  });
  it("takes numbers within the tolerance", async () => {
    expect(await scoreOf({ of: "number" }, { answer: 12 }, "So it is 12.")).toMatchObject({ value: 1 });
    expect(await scoreOf({ of: "number" }, { answer: 1234.5 }, "It was 7; now 1,234.5")).toMatchObject({ value: 1 });
    expect(await scoreOf({ of: "number", relative: 0.01 }, { answer: 100 }, "101")).toMatchObject({ value: 1 });
    expect(await scoreOf({ of: "number", relative: 0.01 }, { answer: 100 }, "101.1")).toMatchObject({ value: 0 });
    expect(await scoreOf({ of: "set", tolerance: 0.5 }, { answer: [1, 2] }, '["2.4", 1.5]')).toMatchObject({
      value: 1,
    });
  });
  it("compares tables by cell, with or without key columns, from JSON or Markdown", async () => {
    const answer = [
      { City: "Rome", People: 2800 },
      { City: "Oslo", People: 700 },
    ];
    const markdown = "| city | people |\n|---|--:|\n| Oslo | 700 |\n| Rome | 2,801 |";
    expect(await scoreOf({ of: "table" }, { answer }, markdown)).toMatchObject({ value: 3 / 4, parts: { rows: 0.5 } });
    expect(await scoreOf({ of: "table", relative: 0.01, value: "exact" }, { answer }, markdown)).toMatchObject({
      value: 1,
    });
    // without its key a row has no partner
    const renamed = JSON.stringify([{ City: "Roma", People: 2800 }, answer[1]]);
    expect(await scoreOf({ of: "table" }, { answer }, renamed)).toMatchObject({ value: 3 / 4 });
    expect(await scoreOf({ of: "table", keys: ["city"] }, { answer }, renamed)).toMatchObject({ value: 2 / 4 });
    const columns = {
      columns: ["City", "People"],
      rows: [
        ["Oslo", 700],
        ["Rome", 2800],
      ],
    };
    expect(await scoreOf({ of: "table" }, { answer: columns }, JSON.stringify(answer))).toMatchObject({ value: 1 });
    expect(await scoreOf({ of: "table", ordered: true }, { answer: columns }, JSON.stringify(answer))).toMatchObject({
      value: 0.5,
    });
  });
  it("counts the reference facts that a response states, in any case and punctuation", async () => {
    const facts = ["AB = 5", "angle C is 90°", "circle O"];
    expect(await scoreOf({ of: "facts" }, { facts }, "We see that ab=5, and Angle C is 90°.")).toMatchObject({
      value: 2 / 3,
      parts: { fact1: 1, fact2: 1, fact3: 0 },
    });
    expect(await scoreOf({ of: "facts" }, { facts }, "AB = 5; angle c is 90° (circle O)")).toMatchObject({ value: 1 });
    expect(await scoreOf({ of: "facts" }, { facts: ["AB = 5"] }, "AB = 5.5")).toMatchObject({ value: 0 });
    expect(await scoreOf({ of: "facts" }, {}, "AB = 5")).toMatchObject({ unscored: { reason: "missing-reference" } });
  });
  it("scores hypotheses", async () => {
    const answer = [{ variables: ["x", "y"], relation: "a + b" }];
    const options = { of: "hypotheses", general: { "a + b": ["a - b"] } } as const;
    expect(await scoreOf(options, { answer }, '{"variables": ["Y", "x"], "relation": "A - B"}')).toMatchObject({
      value: 0.5,
    });
    expect(await scoreOf(options, { answer }, "[]")).toEqual({
      fault: "no-answer",
      rationale: "no hypothesis",
      value: 0,
    });
  });
  it.each<[MatchOptions, Reference, string, string]>([
    [{ of: "set" }, { answer: ["a"] }, "a", "malformed"],
    [{ of: "shapes" }, { answer: [[1, 1]] }, "nowhere", "malformed"],
    [{ of: "table" }, { answer: [{ a: 1 }] }, "a is 1", "malformed"],
    [{ of: "number" }, { answer: 1 }, "one", "malformed"],
    [{ of: "hypotheses" }, { answer: [{ variables: ["x"], relation: "r" }] }, "x", "malformed"],
    [{ of: "set" }, { answer: ["a"] }, " ", "no-answer"],
    [{ of: "set", most: 2 }, { answer: ["a"] }, '["a", "a", "a"]', "over-long"],
  ])("faults: %j %j %j: %s", async (options, reference, text, kind) => {
    expect(await scoreOf(options, reference, text)).toMatchObject({ fault: kind, value: 0 });
  });
  it.each<[MatchOptions, Reference, string]>([
    [{ of: "set" }, {}, "missing-reference"],
    [{ of: "set" }, { answer: 3 }, "bad-reference"],
    [{ of: "shapes" }, { answer: "x" }, "bad-reference"],
    [{ of: "shapes" }, { answer: [[1, 2, 3]] }, "bad-reference"],
    [{ of: "table" }, { answer: 3 }, "bad-reference"],
    [{ of: "number" }, { answer: "x" }, "bad-reference"],
    [{ of: "hypotheses" }, { answer: [] }, "bad-reference"],
  ])("is unscored: %j %j: %s", async (options, reference, reason) => {
    expect(await scoreOf(options, reference, "[1]")).toMatchObject({ unscored: { reason } });
  });
  it("refuses options that make no sense", () => {
    expect(() => match({ of: "circle" as "set" })).toThrow(/circle/);
    expect(() => match({ of: "set", value: "likeness" })).toThrow(/likeness/);
    expect(() => match({ of: "shapes", threshold: 0 })).toThrow(/threshold/);
    expect(() => match({ of: "number", tolerance: -1 })).toThrow(/tolerance/);
  });
  it.each<[MatchOptions, Reference, string]>([
    [{ of: "shapes" }, { answer: [[1, 1]] }, "[1,".repeat(50_000)],
    [{ of: "shapes" }, { answer: [[1, 1]] }, "(1, 1) ".repeat(20_000)],
    [{ of: "set" }, { answer: ["a"] }, "[".repeat(100_000) + "]".repeat(100_000)],
    [{ of: "table" }, { answer: [{ a: 1 }] }, `|a|\n|${"-".repeat(100_000)}x`],
    [{ of: "table" }, { answer: [{ a: 1 }] }, "|".repeat(100_000)],
    [{ of: "number" }, { answer: 1 }, "1,".repeat(50_000)],
    [{ of: "number" }, { answer: 1 }, "```".repeat(30_000)],
    [{ of: "facts" }, { facts: ["a"] }, ". ".repeat(50_000)],
  ])(
    "takes under half a second of processor time on 100,000 hostile characters: %j",
    async (options, reference, text) => {
      const before = process.cpuUsage();
      await scoreOf(options, reference, text);
      expect(process.cpuUsage(before).user / 1000).toBeLessThan(500);
    },
  );
});

describe("matchTable", () => {
  it("gives 1 to a table in another order of rows and columns", () => {
    const cell = fc.oneof(fc.integer(), fc.constantFrom("x", "y"));
    const rows = fc.array(fc.record({ a: cell, b: cell, c: cell }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rows, (list) => {
        const turned = [...list].reverse().map((row) => ({ c: row.c, a: row.a, b: row.b }));
        expect(matchTable(tableOf(list)!, tableOf(turned)!).f1).toBe(1);
      }),
    );
  });
});
