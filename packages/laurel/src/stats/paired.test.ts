import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { seedFrom } from "../core/seed.ts";
import { pairedBootstrap, pairedT, signFlip } from "./paired.ts";
import { type Alternative, differencesOf } from "./sample.ts";
import { wilcoxon } from "./wilcoxon.ts";

const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/stats-a/tests.json", import.meta.url), "utf8"),
) as {
  paired: {
    d: number[];
    t: [Alternative, number, number][];
    flip: [Alternative, number][];
    wilcoxon: [Alternative, "wilcox" | "pratt" | "zsplit", "auto" | "normal", boolean, number, number][];
    ci: [number, number];
  }[];
};
const seed = seedFrom("paired");
const differences = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 14 });

describe("paired tests against SciPy 1.17 (scripts/expected/stats_a.py)", () => {
  it("pairedT: t, p and interval to 1e-10", () => {
    for (const { d, t, ci } of expected.paired) {
      for (const [alternative, statistic, p] of t) {
        const got = pairedT(d, { alternative });
        expect(got.t).toBeCloseTo(statistic, 10);
        expect(Math.abs(got.p - p)).toBeLessThan(1e-10);
      }
      const { low, high } = pairedT(d);
      expect(low).toBeCloseTo(ci[0], 10);
      expect(high).toBeCloseTo(ci[1], 10);
    }
  });

  it("signFlip: exact p up to 13 differences, equal to 1e-12", () => {
    for (const { d, flip } of expected.paired)
      for (const [alternative, p] of flip) expect(signFlip(d, { alternative }).p).toBeCloseTo(p, 12);
  });

  it("wilcoxon: every way of treating zeros, exact and normal, with and without correction, to 1e-10", () => {
    let rows = 0;
    for (const { d, wilcoxon: cases } of expected.paired)
      for (const [alternative, zeros, method, correction, statistic, p] of cases) {
        const got = wilcoxon(d, { alternative, zeros, method, correction });
        const ours = alternative === "two-sided" ? Math.min(got.positive, got.negative) : got.positive;
        expect(ours).toBeCloseTo(statistic, 9);
        expect(Math.abs(got.p - p), JSON.stringify([d.length, alternative, zeros, method, correction])).toBeLessThan(
          1e-10,
        );
        rows++;
      }
    expect(rows).toBeGreaterThan(150);
  });
});

describe("properties of paired tests", () => {
  it("do not depend on which system comes first, nor on the order of items", () => {
    fc.assert(
      fc.property(differences, fc.integer(), (d, k) => {
        const mirrored = d.map((one) => -one);
        const turned = [...d.slice(k % d.length), ...d.slice(0, k % d.length)];
        for (const p of [
          (x: number[]) => pairedT(x).p,
          (x: number[]) => signFlip(x).p,
          (x: number[]) => wilcoxon(x).p,
        ]) {
          expect(p(mirrored)).toBeCloseTo(p(d), 10);
          expect(p(turned)).toBeCloseTo(p(d), 10);
          expect(p(d)).toBeGreaterThanOrEqual(0);
          expect(p(d)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("have a smaller p for a larger effect of the same spread", () => {
    fc.assert(
      fc.property(differences, (d) => {
        const mean = d.reduce((a, b) => a + b, 0) / d.length;
        const centred = d.map((one) => one - mean);
        fc.pre(centred.some((one) => one !== 0));
        let last = 1;
        for (const shift of [0.5, 1, 2, 4, 8]) {
          const { p } = pairedT(centred.map((one) => one + shift));
          expect(p).toBeLessThanOrEqual(last);
          last = p;
        }
      }),
    );
  });

  it("have a Monte Carlo sign-flip p within 4 standard errors of the t test's on normal-like differences", () => {
    const d = Float64Array.from({ length: 60 }, (_, i) => Math.sin(i * 1.7) + 0.15);
    const reps = 20_000;
    const flip = signFlip(d, { seed, reps });
    const { p } = pairedT(d);
    expect(flip.exact).toBe(false);
    // 0.005 allows for the t test's own approximation at n = 60
    expect(Math.abs(flip.p - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / reps) + 0.005);
    expect(signFlip(d, { seed, reps }).p).toBe(flip.p);
  });

  it("pairedBootstrap: both nulls agree with the t test on 200 differences, and the interval with t's", () => {
    const d = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i * 1.7) + 0.1);
    const t = pairedT(d);
    for (const form of ["centred", "plain"] as const) {
      const got = pairedBootstrap(d, { seed, reps: 20_000, null: form });
      expect(Math.abs(got.p - t.p)).toBeLessThan(0.02);
      expect(got.low).toBeCloseTo(t.low, 1);
      expect(got.high).toBeCloseTo(t.high, 1);
    }
  });
});

describe("degenerate differences", () => {
  it("give p = 1 where nothing differs, width 0 where all differ alike", () => {
    const zeros = [0, 0, 0, 0];
    expect(pairedT(zeros)).toMatchObject({ difference: 0, low: 0, high: 0, p: 1, t: 0 });
    expect(signFlip(zeros).p).toBe(1);
    expect(wilcoxon(zeros)).toMatchObject({ p: 1, effect: 0 });
    expect(wilcoxon(zeros, { zeros: "zsplit" }).p).toBe(1);
    expect(wilcoxon(new Float64Array(100), { zeros: "pratt" }).p).toBe(1);
    expect(pairedBootstrap(zeros, { seed, reps: 100 })).toMatchObject({ difference: 0, low: 0, high: 0, p: 1 });
    expect(pairedBootstrap(zeros, { seed, reps: 100, null: "plain" }).p).toBe(1);
    const same = [0.1, 0.1, 0.1];
    expect(pairedT(same)).toMatchObject({ difference: 0.1, low: 0.1, high: 0.1, p: 0, t: Number.POSITIVE_INFINITY });
    expect(signFlip(same).p).toBe(0.25);
    expect(pairedBootstrap(same, { seed, reps: 99 })).toMatchObject({ low: 0.1, high: 0.1, p: 0.01 });
  });

  it("are refused where there are too few or they are not paired", () => {
    expect(() => pairedT([1])).toThrow(NotEnoughDataError);
    expect(() => signFlip([])).toThrow(NotEnoughDataError);
    expect(() => wilcoxon([])).toThrow(NotEnoughDataError);
    expect(() => pairedBootstrap([1], { seed })).toThrow(NotEnoughDataError);
    expect(() => signFlip(new Float64Array(15))).toThrow(UsageError);
    expect(() => differencesOf([1, 2], [1])).toThrow(UsageError);
  });
});
