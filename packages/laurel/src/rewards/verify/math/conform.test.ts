import { describe, expect, it } from "vitest";
import { mathCases, mathClasses } from "./conform.ts";
import { type Case, conformance } from "./conformance.ts";
import { equivalent } from "./equivalent.ts";

/** Upper end of the one-sided 95 % interval of Clopper and Pearson by bisection on the binomial tail. */
function upperBound(k: number, n: number): number {
  if (k >= n) return 1;
  let low = k / n;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const p = (low + high) / 2;
    let term = (1 - p) ** n;
    let tail = term;
    for (let j = 1; j <= k; j++) {
      term *= ((n - j + 1) / j) * (p / (1 - p));
      tail += term;
    }
    if (tail > 0.05) low = p;
    else high = p;
  }
  return high;
}

describe("conformance", () => {
  it("counts errors by class with the stated bound", async () => {
    const cases: Case<number>[] = [
      { class: "even", input: 2, expected: true },
      { class: "even", input: 3, expected: false },
      { class: "odd", input: 5, expected: true },
      { class: "odd", input: 7, expected: true },
      { class: "odd", input: 4, expected: false },
    ];
    const report = await conformance<number>((n) => (n === 5 ? undefined : n % 2 === 0), cases, {
      upperBound,
      examples: 1,
    });
    expect(
      report.classes.map((one) => [one.class, one.falsePositives.errors, one.falseNegatives.errors, one.unscored]),
    ).toEqual([
      ["even", 0, 0, 0],
      ["odd", 1, 2, 1],
    ]);
    expect(report.classes[1]!.falseNegatives).toMatchObject({ n: 2, rate: 1, upper: 1 });
    expect(report.classes[1]!.examples).toHaveLength(1);
    expect(report.all.falsePositives.errors).toBe(1);
    // with no error in n, the bound is 1 − 0.05^(1/n)
    expect(report.classes[0]!.falsePositives.upper).toBeCloseTo(0.95, 12);
  });
});

describe("mathCases", () => {
  it("repeats for one seed and differs for another", () => {
    const take = (seed: number) => [...mathCases({ count: 200, seed })];
    expect(take(3)).toEqual(take(3));
    expect(take(3)).not.toEqual(take(4));
  });
  it("are all decided rightly by verify.math: 12,000 pairs in 38 classes, none wrong", async () => {
    const report = await conformance(
      ({ gold, candidate }) => {
        const { equal } = equivalent(gold, candidate);
        return typeof equal === "boolean" ? equal : undefined;
      },
      mathCases({ count: 12_000, seed: "conformance" }),
      { upperBound },
    );
    expect(report.classes.map((one) => one.class)).toEqual(mathClasses);
    expect(mathClasses).toHaveLength(38);
    expect(report.all.examples).toEqual([]);
    expect(report.all.unscored).toBe(0);
    // 0 errors in 6,000 of each kind: below 0.05 % with 95 % confidence
    expect(report.all.falsePositives.upper).toBeLessThan(0.0005);
    expect(report.all.falseNegatives.upper).toBeLessThan(0.0005);
  });
});
