import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { dataPath } from "../../../../../test/data.ts";
import { directContext, isScored, type Score, task } from "../../core/index.ts";
import { closeness, type NumericOptions, numbersIn, numeric, numericCloseness } from "./numeric.ts";

async function score(text: string, answer: string | number | undefined, options: NumericOptions = {}): Promise<Score> {
  const [[one] = []] = await numeric(options).score([task("q", [text], answer, { id: "1" })], directContext());
  return one!;
}

describe("verify.numeric", () => {
  it("gives the closeness of RandomCalculation's specification", async () => {
    // fixtures of the specification, to the four places that it prints
    expect(closeness(10, 10.5)).toBeCloseTo(0.7262, 4);
    expect(closeness(3, 3)).toBe(1);
    expect(closeness(100, 1)).toBe(0);
    expect(closeness(0, 0)).toBe(1);
    const [[one] = []] = await numericCloseness().score(
      [task("q", ["\\boxed{10}"], "10.5", { id: "1" })],
      directContext(),
    );
    expect(one).toMatchObject({ facts: { number: 10, distance: 0.5 } });
    expect(isScored(one!) && one.value).toBeCloseTo(0.7262, 4);
  });
  it("accepts within the larger of the relative and the absolute tolerance", async () => {
    expect(await score("about 100.4", 100, { relative: 0.005 })).toMatchObject({ value: 1 });
    expect(await score("about 100.6", 100, { relative: 0.005 })).toMatchObject({ value: 0 });
    expect(await score("0.09", 0, { absolute: 0.1 })).toMatchObject({ value: 1 });
    expect(await score("0.11", 0, { absolute: 0.1 })).toMatchObject({ value: 0 });
  });
  it("rounds as STEER-ME does: both to two decimals", async () => {
    expect(await score("The deadweight loss is 12.345.", 12.3456, { scoring: "rounded" })).toMatchObject({ value: 1 });
    expect(await score("The deadweight loss is 12.34.", 12.3456, { scoring: "rounded" })).toMatchObject({ value: 0 });
    expect(await score("1.005", 1.01, { scoring: "rounded" })).toMatchObject({ value: 1 });
  });
  it("reads expressions, separators, exponents, fractions and other scripts' digits", async () => {
    expect(await score("\\boxed{\\frac{3}{4}}", 0.75)).toMatchObject({ value: 1 });
    expect(numbersIn("1,234.5 and -7 or 1e3, −½, 2½ and １２３, A7")).toEqual([1234.5, -7, 1000, -0.5, 2.5, 123]);
  });
  it("faults without a number and is unscored without a reference", async () => {
    expect(await score("no idea", 3)).toMatchObject({ fault: "no-answer", value: 0 });
    expect(await score("3", undefined)).toMatchObject({ unscored: { reason: "missing-reference" } });
    expect(await score("3", "three apples or so")).toMatchObject({ unscored: { reason: "bad-reference" } });
  });
  it("refuses negative tolerances", () => {
    expect(() => numeric({ relative: -1 })).toThrow(/at least 0/);
    expect(() => numeric({ scoring: "rounded", decimals: 20 })).toThrow(/0 to 15/);
  });

  const path = dataPath("math-equivalence/inspect_match_cases.jsonl");
  it.skipIf(path === undefined)(
    "gives the verdicts of inspect_ai's numeric match but one (needs the math-equivalence data)",
    async () => {
      const places = { begin: "first", any: "any", exact: "exact", end: "last" } as const;
      const different: string[] = [];
      const rows = readFileSync(path!, "utf8").trimEnd().split("\n");
      for (const line of rows) {
        const row = JSON.parse(line) as {
          source: string;
          options: { location?: keyof typeof places };
          output: string;
          target: string[];
          expected: boolean;
        };
        const one = await score(row.output, row.target[0], {
          location: places[row.options.location ?? "end"],
          relative: 0,
        });
        const value = isScored(one) ? one.value : Number.NaN;
        if (value !== (row.expected ? 1 : 0)) different.push(`${row.source} ${JSON.stringify(row.target)}`);
      }
      expect(rows).toHaveLength(21);
      // "28 + 32 = 60%" against 32: there the percent sign hides the 60 and an operand counts; the answer given is 60
      expect(different).toEqual(['test_match.py::test_non_numeric_match_plain ["32"]']);
    },
  );
});
