import { describe, expect, it } from "vitest";
import { newcombe } from "./proportions.ts";
import { welchEstimate } from "./welch.ts";

describe("differences of independent samples", () => {
  it("has Newcombe's interval of 56 of 70 less 48 of 80 (his table II, method 10, four decimals)", () => {
    const { value, low, high } = newcombe(56, 70, 48, 80);
    expect(value).toBeCloseTo(0.2, 12);
    expect([low.toFixed(4), high.toFixed(4)]).toEqual(["0.0524", "0.3339"]);
  });
  it("has SciPy's interval by Welch (ttest_ind, equal_var=False; to 1e-9)", () => {
    const { value, low, high, n } = welchEstimate([1, 2, 3, 4], [2, 4, 6, 8, 10]);
    expect([value, n]).toEqual([-3.5, 9]);
    expect(low).toBeCloseTo(-7.385368080514045, 9);
    expect(high).toBeCloseTo(0.3853680805140449, 9);
    expect(welchEstimate([1, 1], [2, 2])).toMatchObject({ value: -1, low: -1, high: -1 });
    expect(() => welchEstimate([1], [2, 2])).toThrow("at least 2");
  });
  it("takes clusters: repeated values say no more than one, and each in its own is the plain interval", () => {
    const [a, b] = [
      [1, 2, 3, 4],
      [2, 4, 6, 8, 10],
    ] as const;
    const twice = (values: readonly number[]) => values.flatMap((one) => [one, one]);
    const keys = (values: readonly number[]) => values.flatMap((_, i) => [i, i]);
    const plain = welchEstimate(a, b);
    const clustered = welchEstimate(twice(a), twice(b), { clusters: [keys(a), keys(b)] });
    expect(clustered.low).toBeCloseTo(plain.low, 12);
    expect(clustered.high).toBeCloseTo(plain.high, 12);
    expect(clustered).toMatchObject({ n: 18, clusters: 9 });
    expect(() =>
      welchEstimate([1, 2], [3, 4], {
        clusters: [
          ["p", "p"],
          ["q", "r"],
        ],
      }),
    ).toThrow("2 clusters");
  });
});
