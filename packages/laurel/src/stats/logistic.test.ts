import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isotonic } from "../compose/index.ts";
import { random, seedFrom } from "../core/index.ts";
import { isotonicFit } from "./isotonic-fit.ts";
import { logisticRegression } from "./logistic.ts";

interface Case {
  x: number[];
  sign: number[];
  y: number[];
  clusters: number[];
  coefficients: number[];
  errors: number[];
}
// made by scripts/expected/logistic.py, which records the versions
const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/logistic/logistic.json", import.meta.url), "utf8"),
) as { logistic: Case[]; isotonic: { x: number[]; y: number[]; fitted: number[] } };
const ones = (n: number): number[] => new Array(n).fill(1);

describe("logisticRegression", () => {
  it("without a penalty agrees with statsmodels, coefficients and cluster-robust errors", () => {
    for (const { x, sign, y, clusters, coefficients, errors } of expected.logistic) {
      const fit = logisticRegression([ones(x.length), x, sign], y, { penalty: "none", clusters });
      // both solvers stop at steps below 1e-9
      for (const [j, { value }] of fit.coefficients.entries()) {
        expect(value).toBeCloseTo(coefficients[j]!, 7);
        expect(fit.standardErrors[j]).toBeCloseTo(errors[j]!, 7);
      }
    }
  });

  it("with Firth's penalty is the log odds ratio with ½ added to each cell where two groups are compared", () => {
    // exact for a saturated model (Firth 1993): group 0 has 3 of 10, group 1 has 9 of 10
    const y = [...ones(3), ...new Array(7).fill(0), ...ones(9), 0];
    const group = [...new Array(10).fill(0), ...ones(10)];
    const { coefficients } = logisticRegression([ones(20), group], y);
    expect(coefficients[0]!.value).toBeCloseTo(Math.log(3.5 / 7.5), 8);
    expect(coefficients[1]!.value).toBeCloseTo(Math.log((9.5 / 1.5 / 3.5) * 7.5), 8);
  });

  it("is finite where the rows are separable, with an interval as wide as the model's, and refuses them without the penalty", () => {
    const y = [...ones(20), ...new Array(20).fill(0)];
    const x = [...ones(20), ...new Array(20).fill(-1)];
    const { coefficients, standardErrors } = logisticRegression([x], y);
    // 20.5 of 21 on either side
    expect(coefficients[0]!.value).toBeCloseTo(Math.log(40.5 / 0.5), 6);
    expect(standardErrors[0]).toBeGreaterThan(1);
    expect(() => logisticRegression([x], y, { penalty: "none" })).toThrow(/separable/);
  });

  it("takes ties as halves, and does not change when outcomes and columns are turned round together", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(0, 0.5, 1), fc.double({ min: -3, max: 3, noNaN: true }), fc.nat(5)), {
          minLength: 12,
          maxLength: 40,
        }),
        (rows) => {
          const x = rows.map(([, value], i) => value + (i % 3) / 10);
          const y = rows.map(([one]) => one);
          const clusters = rows.map(([, , cluster], i) => (i < 2 ? i : cluster));
          const [plain] = logisticRegression([x], y, { clusters }).coefficients;
          const turned = logisticRegression(
            [x.map((value) => -value)],
            y.map((one) => 1 - one),
            { clusters },
          );
          expect(turned.coefficients[0]!.value).toBeCloseTo(plain!.value, 6);
          expect(turned.coefficients[0]!.low).toBeCloseTo(plain!.low, 5);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("covers the true coefficients about as often as it says, rows of one cluster sharing what is not modelled", () => {
    // 60 prompts of 4 rows each with a common cause; 95 % of 400 draws have a standard error of 1.1 points
    const rng = random(seedFrom("logistic coverage"));
    let covered = 0;
    const reps = 400;
    for (let r = 0; r < reps; r++) {
      const x: number[] = [];
      const y: number[] = [];
      const clusters: number[] = [];
      for (let g = 0; g < 60; g++) {
        // of the two halves of a prompt, each x stands once on either side, so that the common cause leaves the slope
        const common = rng.normal();
        for (const value of [1, -1, 0.5, -0.5]) {
          x.push(value);
          const p = 1 / (1 + Math.exp(-(0.8 * value)));
          y.push(rng.uniform() < Math.min(1, Math.max(0, p + 0.1 * common)) ? 1 : 0);
          clusters.push(g);
        }
      }
      const [slope] = logisticRegression([x, ones(x.length)], y, { clusters }).coefficients;
      if (slope!.low <= 0.8 && slope!.high >= 0.8) covered++;
    }
    expect(covered / reps).toBeGreaterThan(0.92);
    expect(covered / reps).toBeLessThan(0.985);
  });

  it("names what is missing", () => {
    expect(() => logisticRegression([[1, 1]], [1, 2])).toThrow(/outside \[0, 1\]/);
    expect(() => logisticRegression([[1, 1]], [1])).toThrow(/2 values for 1/);
    expect(() => logisticRegression([[1, 1, 1]], [1, 0, 1], { clusters: ["a", "a", "a"] })).toThrow(/2 clusters/);
    expect(() => logisticRegression([ones(9), ones(9)], [1, 0, 1, 0, 1, 0, 1, 0, 1])).toThrow(/depend on each other/);
  });
});

describe("isotonicFit", () => {
  it("pools what falls, and equal x first", () => {
    expect(isotonicFit([1, 2, 3], [0, 1, 0.5])).toEqual({ x: [1, 2, 3], y: [0, 0.75, 0.75] });
    expect(isotonicFit([2, 1, 1], [1, 0, 1])).toEqual({ x: [1, 2], y: [0.5, 1] });
  });

  it("agrees with scikit-learn at the fitted points", () => {
    const { x, y, fitted } = expected.isotonic;
    const line = isotonicFit(x, y);
    const { apply } = isotonic(line);
    // sums in another order
    x.forEach((value, i) => {
      expect(apply(value, new Float64Array())).toBeCloseTo(fitted[i]!, 9);
    });
  });

  it("increases strictly in x, never falls in y, keeps the mean, and no single level would be closer", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.constantFrom(0, 1)), { minLength: 1, maxLength: 60 }), (rows) => {
        const x = rows.map(([one]) => one);
        const y = rows.map(([, one]) => one);
        const line = isotonicFit(x, y);
        for (let k = 1; k < line.x.length; k++) {
          expect(line.x[k]!).toBeGreaterThan(line.x[k - 1]!);
          expect(line.y[k]!).toBeGreaterThanOrEqual(line.y[k - 1]!);
        }
        const at = (value: number): number => {
          const k = line.x.indexOf(value);
          if (k >= 0) return line.y[k]!;
          // inside a level stretch
          return line.y[line.x.findIndex((end) => end > value)]!;
        };
        const sum = (list: number[]): number => list.reduce((total, one) => total + one, 0);
        // least squares over increasing lines keeps the mean
        expect(sum(x.map(at))).toBeCloseTo(sum(y), 9);
        const mean = sum(y) / y.length;
        const loss = (fitted: number[]): number => sum(fitted.map((one, i) => (one - y[i]!) ** 2));
        expect(loss(x.map(at))).toBeLessThanOrEqual(loss(y.map(() => mean)) + 1e-9);
      }),
    );
  });
});
