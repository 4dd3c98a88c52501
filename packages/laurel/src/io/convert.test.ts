import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../core/index.ts";
import { type ConversionReport, convertRows } from "./convert.ts";
import { openJson } from "./json.ts";
import type { Raw } from "./messages.ts";
import { schemas } from "./recognise.ts";

async function convert(
  rows: readonly Raw[],
  to: string,
  from?: string,
): Promise<{ rows: JsonObject[]; report: ConversionReport; bad: string[] }> {
  async function* bytes(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(JSON.stringify(rows));
  }
  const bad: string[] = [];
  const conversion = convertRows(openJson(bytes(), { name: "in" }), {
    to,
    from,
    onBadRow: (error) => bad.push(error.message),
  });
  const out: JsonObject[] = [];
  for await (const batch of conversion.rows) out.push(...batch);
  return { rows: out, report: conversion.report, bad };
}

const text = fc.string({ minLength: 1, maxLength: 8 });
const id = text.map((one) => `id ${one}`);
const extra = fc.dictionary(fc.constantFrom("x1", "x2"), fc.oneof(text, fc.integer()));
const distinct = fc.uniqueArray(text, { minLength: 2, maxLength: 2 });

describe("convertRows", () => {
  it("loses nothing within a format, and gives its rows again, for random rows of each", async () => {
    const rowsOf: Record<string, fc.Arbitrary<Raw>> = {
      preference: fc
        .tuple(
          id,
          text,
          distinct,
          fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => (one === 0 ? 0 : one)),
          extra,
        )
        .map(([one, prompt, [chosen, rejected], margin, more]) => ({
          ...more,
          id: one,
          prompt,
          chosen: chosen!,
          rejected: rejected!,
          margin,
        })),
      openrlhf: fc.tuple(id, text, distinct, extra).map(([one, input, [chosen, rejected], more]) => ({
        ...more,
        id: one,
        input,
        chosen: chosen!,
        rejected: rejected!,
      })),
      unpaired: fc
        .tuple(id, text, text, fc.boolean(), extra)
        .map(([one, prompt, completion, label, more]) => ({ ...more, id: one, prompt, completion, label })),
      stepwise: fc
        .tuple(id, text, fc.array(fc.tuple(text, fc.boolean()), { minLength: 1 }))
        .map(([one, prompt, steps]) => ({
          id: one,
          prompt,
          completions: steps.map(([step]) => step),
          labels: steps.map(([, label]) => label),
        })),
      "rewardbench-2": fc.tuple(id, text, distinct).map(([one, prompt, [right, wrong]]) => ({
        id: one,
        subset: "Math",
        prompt,
        chosen: [right],
        rejected: [wrong, `${wrong}!${right}`],
        num_correct: 1,
        total_completions: 3,
      })),
      processbench: fc
        .tuple(id, text, fc.array(text, { minLength: 2 }), fc.integer({ min: -1, max: 1 }), fc.boolean())
        .map(([one, problem, steps, label, ok]) => ({ id: one, problem, steps, label, final_answer_correct: ok })),
      helpsteer2: fc.tuple(id, text, text, fc.integer({ min: 0, max: 4 })).map(([one, prompt, response, n]) => ({
        id: one,
        prompt,
        response,
        helpfulness: n,
        correctness: n,
        coherence: 4 - n,
        complexity: n,
        verbosity: 0,
      })),
    };
    for (const [format, row] of Object.entries(rowsOf))
      await fc.assert(
        fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 3 }), async (rows) => {
          const { rows: again, report } = await convert(rows, format, format);
          expect(report.lost, format).toEqual([]);
          expect(report.derived, format).toEqual([]);
          expect(again, format).toEqual(rows);
        }),
        { numRuns: 25 },
      );
  });

  it("loses nothing on the way into Laurel's own form and back", async () => {
    const rows = [
      { id: "a", prompt: "p", chosen: "x", rejected: "y", margin: 2, source: "s" },
      { id: "b", prompt: "q", chosen: "u", rejected: "v" },
    ];
    const into = await convert(rows, "laurel");
    expect(into.report).toMatchObject({
      from: "preference",
      to: "laurel",
      rowsIn: 2,
      rowsOut: 2,
      lost: [],
      derived: [],
      bad: 0,
    });
    const back = await convert(into.rows as Raw[], "preference");
    expect(back.report.lost).toEqual([]);
    expect(back.rows).toEqual(rows);
  });

  it("says exactly which fields are lost, and in how many rows", async () => {
    const rows = [
      {
        id: "a",
        prompt: "p",
        candidates: [{ text: "x", finish: "stop" }, "y", "z"],
        labels: { correct: [true, false, null], value: [3, 2, 1] },
        reference: { answer: "5", facts: ["f"] },
        context: { k: 1 },
      },
      { prompt: "p", candidates: ["x", "y"], labels: { correct: [true, false] } },
    ];
    const { rows: out, report } = await convert(rows, "unpaired");
    expect(out).toEqual([
      { id: "a.1", prompt: "p", completion: "x", label: true },
      { id: "a.2", prompt: "p", completion: "y", label: false },
      { prompt: "p", completion: "x", label: true },
      { prompt: "p", completion: "y", label: false },
    ]);
    const lost = Object.fromEntries(report.lost.map(({ what, rows: n }) => [what, n]));
    expect(lost).toEqual({
      id: 1,
      "candidates.output": 1,
      "candidates.finish": 1,
      "labels.value": 1,
      "reference.answer": 1,
      "reference.facts": 1,
      "context.k": 1,
    });
  });

  it("names what the target states and the source did not", async () => {
    const { rows, report } = await convert(
      [{ prompt: "p", candidates: ["x", "y", "z"], labels: { correct: [false, true, false] } }],
      "preference",
    );
    expect(rows).toEqual([
      { prompt: "p", chosen: "y", rejected: "x" },
      { prompt: "p", chosen: "y", rejected: "z" },
    ]);
    expect(report.derived).toEqual([{ what: "labels.preferred", rows: 1 }]);
    expect(report.lost).toEqual([{ what: "labels.correct", rows: 1 }]);
  });

  it("counts rows that have no form in the target, with the reason, and bad rows", async () => {
    const rows = [
      { prompt: "p", candidates: ["x", "y"] },
      { prompt: "p", candidates: [] },
      { prompt: "p", candidates: ["x", "y"], labels: { correct: [true, false] } },
    ];
    const { rows: out, report, bad } = await convert(rows, "preference");
    expect(out).toHaveLength(1);
    expect(report).toMatchObject({ rowsIn: 3, rowsOut: 1, bad: 1 });
    expect(report.unwritable).toEqual([{ what: "it has no candidate that is better than another", rows: 1 }]);
    expect(bad).toEqual(["in, line 2, candidates: expected at least one candidate, found an empty array"]);
  });

  it("writes, for any target, only rows that this target's own format recognises", async () => {
    const row = {
      id: "a",
      prompt: "p",
      candidates: [{ steps: ["x", "y"] }, { steps: ["u"] }],
      labels: { correct: [true, false], steps: [[1, 1], [0]], parts: [{ helpfulness: 4 }, { helpfulness: 1 }] },
      reference: "5",
    };
    const single = { ...row, candidates: [row.candidates[0]], labels: { correct: [true], steps: [[1, 1]] } };
    for (const schema of schemas.filter((one) => one.write !== undefined)) {
      const { rows, report } = await convert([schema.id === "processbench" ? single : row] as Raw[], schema.id);
      expect(report.unwritable, schema.id).toEqual([]);
      expect(rows.length, schema.id).toBeGreaterThan(0);
      for (const one of rows) expect(schema.match(one), schema.id).toBe(true);
    }
  });

  it("refuses a format that cannot be written, and one that does not exist", async () => {
    await expect(convert([], "prm800k")).rejects.toThrow("the format prm800k can be read, but not written");
    await expect(convert([], "preferense")).rejects.toThrow("there is no row format 'preferense'");
  });
});
