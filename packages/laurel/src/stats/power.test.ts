import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { random, seedFrom } from "../core/seed.ts";
import { mcnemar } from "./contingency.ts";
import {
  mcnemarDetectable,
  mcnemarNeeded,
  mcnemarPower,
  pairedTDetectable,
  pairedTNeeded,
  pairedTPower,
} from "./power.ts";

const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/stats-a/tests.json", import.meta.url), "utf8"),
) as { power: [number, number, number, number][]; needed: [number, number, number][] };

describe("power of the paired t test", () => {
  it("agrees with statsmodels 0.15 TTestPower to 1e-8, and its needed n is statsmodels' rounded up", () => {
    for (const [effect, n, alpha, power] of expected.power)
      expect(Math.abs(pairedTPower(effect, 1, n, alpha) - power)).toBeLessThan(1e-8);
    for (const [effect, power, n] of expected.needed)
      expect(pairedTNeeded(3 * effect, 3, { power })).toBe(Math.ceil(n));
  });

  it("finds the difference that n pairs detect, and needs n pairs for it", () => {
    for (const n of [2, 5, 40, 500]) {
      const difference = pairedTDetectable(2, n);
      expect(pairedTPower(difference, 2, n)).toBeCloseTo(0.8, 8);
      expect(pairedTNeeded(difference * 1.0001, 2)).toBeLessThanOrEqual(n);
    }
  });

  it("refuses what has no answer", () => {
    expect(() => pairedTNeeded(0, 1)).toThrow(UsageError);
    expect(() => pairedTPower(1, 0, 10)).toThrow(UsageError);
    expect(() => pairedTPower(1, 1, 1)).toThrow(NotEnoughDataError);
    expect(() => pairedTNeeded(1, 1, { power: 1 })).toThrow(UsageError);
  });
});

describe("power of McNemar's exact test", () => {
  it("is the sum over all tables", () => {
    const [p10, p01, n] = [0.3, 0.1, 14];
    const choose = (top: number, k: number): number => {
      let value = 1;
      for (let i = 0; i < k; i++) value *= (top - i) / (i + 1);
      return value;
    };
    let sum = 0;
    for (let b = 0; b <= n; b++)
      for (let c = 0; b + c <= n; c++)
        if (mcnemar(b, c).p <= 0.05)
          sum += choose(n, b) * choose(n - b, c) * p10 ** b * p01 ** c * (1 - p10 - p01) ** (n - b - c);
    expect(mcnemarPower(p10, p01, n)).toBeCloseTo(sum, 12);
  });

  it("agrees with simulation within 4 standard errors, and stays at or below alpha without an effect", () => {
    const rng = random(seedFrom("power"));
    const [p10, p01, n, reps] = [0.15, 0.08, 200, 4000];
    let found = 0;
    for (let r = 0; r < reps; r++) {
      let [b, c] = [0, 0];
      for (let i = 0; i < n; i++) {
        const u = rng.uniform();
        if (u < p10) b++;
        else if (u < p10 + p01) c++;
      }
      if (mcnemar(b, c).p <= 0.05) found++;
    }
    const power = mcnemarPower(p10, p01, n);
    expect(Math.abs(found / reps - power)).toBeLessThan(4 * Math.sqrt((power * (1 - power)) / reps));
    for (const size of [5, 30, 300]) expect(mcnemarPower(0.1, 0.1, size)).toBeLessThanOrEqual(0.05);
  });

  it("gives an n that reaches the power and one fewer that does not, and a detectable difference to match", () => {
    const n = mcnemarNeeded(0.12, 0.06);
    expect(mcnemarPower(0.12, 0.06, n)).toBeGreaterThanOrEqual(0.8);
    expect(mcnemarPower(0.12, 0.06, n - 1)).toBeLessThan(0.8);
    const gap = mcnemarDetectable(0.18, n);
    expect(gap).toBeLessThanOrEqual(0.06 + 1e-9);
    expect(mcnemarPower((0.18 + gap) / 2, (0.18 - gap) / 2, n)).toBeGreaterThanOrEqual(0.8 - 1e-9);
  });

  it("refuses what has no answer", () => {
    expect(mcnemarPower(0, 0, 10)).toBe(0);
    expect(() => mcnemarNeeded(0.1, 0.1)).toThrow(UsageError);
    expect(() => mcnemarPower(0.8, 0.4, 10)).toThrow(UsageError);
    expect(() => mcnemarDetectable(0.01, 5)).toThrow(NotEnoughDataError);
    expect(() => mcnemarPower(0.1, 0.2, 0)).toThrow(NotEnoughDataError);
  });
});
