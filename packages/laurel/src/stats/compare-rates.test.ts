import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/index.ts";
import { compareRates } from "./compare-rates.ts";

const rows = [
  { expert: 1, judge: 1, rule: 1 },
  { expert: 1, judge: 1, rule: 0 },
  { expert: 1, judge: 1, rule: 0 },
  { expert: 0, judge: 1, rule: 0 },
  { expert: 0, judge: 0, rule: 0 },
  { expert: 0, judge: null, rule: 0 },
] as const;

describe("compareRates", () => {
  it("gives the three rates and their paired differences", () => {
    const found = compareRates(rows);
    expect(found.expert.value).toBe(0.5);
    expect(found.judge).toMatchObject({ value: 0.8, unscored: 1, n: 5 });
    expect(found.rule!.value).toBeCloseTo(1 / 6, 12);
    // differences 0 −1 −1 0 0 0: mean −1/3, sd √(4/15), t(5) = 2.5706
    expect(found.ruleMinusExpert!.value).toBeCloseTo(-1 / 3, 12);
    expect(found.ruleMinusExpert!.high).toBeCloseTo(-1 / 3 + (2.570582 * Math.sqrt(4 / 15)) / Math.sqrt(6), 5);
    // over the five rows that the judge has: 4 − 3 of 5
    expect(found.judgeMinusExpert!.value).toBeCloseTo(0.2, 12);
  });

  it("says nothing of whom no row has, and counts by cluster where there are clusters", () => {
    const found = compareRates(rows.map(({ expert, rule }, i) => ({ expert, rule, cluster: `t${i >> 1}` })));
    expect(found.judge).toBeNull();
    expect(found.judgeMinusExpert).toBeNull();
    expect(found.ruleMinusExpert).toMatchObject({ clusters: 3 });
    expect(() => compareRates([{ expert: 1, cluster: "a" }, { expert: 0 }])).toThrow(UsageError);
    expect(() => compareRates([{ expert: 1 }])).toThrow(NotEnoughDataError);
    expect(() => compareRates([{ expert: 2 as 1 }, { expert: 0 }])).toThrow(UsageError);
  });
});
