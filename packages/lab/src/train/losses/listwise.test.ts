import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { gaussianExpected, gaussianLogprob } from "../../policy/index.ts";
import { type ListBatch, type PosteriorEstimator, posteriorScales } from "./listwise.ts";

/** The authors' toy: posterior N(0, 1), policy N(1, 1), samples from N(m, 1). */
const normal = (mean: number) => ({ mean: Float64Array.of(mean), logSd: Float64Array.of(0) });
const batchOf = (y: Float64Array, m: number, group: number): ListBatch => ({
  logq: y.map((x) => gaussianLogprob(normal(1), [x])),
  logProposal: y.map((x) => gaussianLogprob(normal(m), [x])),
  logPrior: y.map((x) => gaussianLogprob(normal(0), [x])),
  reward: new Float64Array(y.length),
  group,
});
/** An estimate of the gradient by the policy's mean: Σ weight · (y − 1). */
const estimate = (y: Float64Array, m: number, estimator: PosteriorEstimator): number =>
  posteriorScales(batchOf(y, m, y.length), { temperature: 1, estimator }).reduce(
    (sum, w, i) => sum + w * (y[i]! - 1),
    0,
  );

/** Mean and variance of an estimate from 8 samples, exactly, from those of one. */
function exact(m: number, estimator: "dpg" | "gdc"): { mean: number; variance: number } {
  const one = (power: number): number =>
    gaussianExpected(normal(m), (y) => estimate(Float64Array.from(y), m, estimator) ** power, { nodes: 80 }).value;
  const mean = one(1);
  return { mean, variance: (one(2) - mean ** 2) / 8 };
}

describe("estimators of the gradient to a posterior", () => {
  // the specification's closed forms and the figures that it prints
  const fixtures = [
    [0, 0.125, 0.555],
    [0.25, 0.216, 0.339],
    [0.5, 0.397, 0.354],
    [0.75, 0.766, 0.584],
    [1, 1.574, 1.199],
  ] as const;
  it.each(fixtures)(
    "at a proposal of mean %d: variances of DPG and GDC++ with eight samples are %d and %d",
    (m, dpg, gdc) => {
      const far = Math.exp(m * m) * ((1 + m) ** 2 + 1);
      const near = Math.exp((1 - m) ** 2) * ((1 - m) ** 2 + 1);
      const closed = {
        dpg: (far - 1) / 8,
        gdc: (far + near - 2 * Math.exp(-m * (1 - m)) * (1 + m * m) - 1) / 8,
      };
      for (const [estimator, printed] of [
        ["dpg", dpg],
        ["gdc", gdc],
      ] as const) {
        const found = exact(m, estimator);
        expect(found.mean).toBeCloseTo(-1, 9);
        expect(found.variance).toBeCloseTo(closed[estimator], 8);
        expect(Math.abs(found.variance - printed)).toBeLessThan(6e-4);
      }
    },
  );

  it.each([
    [0, 0.175],
    [0.25, 0.191],
    [0.5, 0.194],
    [0.75, 0.19],
    [1, 0.175],
  ])("BRAIn's, at %d: variance %d by simulation, mean between −0.85 and −0.77", (m, printed) => {
    const rng = random(seedFrom(`brain ${m}`));
    const estimates = Float64Array.from({ length: 10_000 }, () =>
      estimate(
        Float64Array.from({ length: 8 }, () => m + rng.normal()),
        m,
        "brain",
      ),
    );
    const mean = estimates.reduce((sum, x) => sum + x, 0) / estimates.length;
    const variance = estimates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / estimates.length;
    // the standard error of the variance of 10,000 is about 0.003, that of the mean 0.004; the specification rounds its own simulation
    expect(Math.abs(variance - printed)).toBeLessThan(0.015);
    expect(mean).toBeGreaterThan(-0.86);
    expect(mean).toBeLessThan(-0.76);
  });

  it("has as BRAIn's weights the difference of the two normalised ones, and without baseline the first alone", () => {
    const y = Float64Array.of(0.3, -1, 0.7, 2);
    const batch = batchOf(y, 0.5, 4);
    const [brain, none] = [
      posteriorScales(batch, { temperature: 1 }),
      posteriorScales(batch, { temperature: 1, estimator: "none" }),
    ];
    expect(none.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 14);
    expect(brain.reduce((sum, w) => sum + w, 0)).toBeCloseTo(0, 14);
    const ratios = batch.logq.map((log, i) => Math.exp(log - batch.logProposal[i]!));
    const total = ratios.reduce((sum, b) => sum + b, 0);
    for (let i = 0; i < 4; i++) expect(none[i]! - brain[i]!).toBeCloseTo(ratios[i]! / total, 14);
    expect(() => posteriorScales(batch, { temperature: 0, estimator: "dpg" })).toThrow(/temperature/);
  });
});
