import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LaurelError } from "../core/errors.ts";
import { seedFrom } from "../core/seed.ts";
import * as stats from "./index.ts";

const seed = seedFrom("never NaN");

/** Throws where a NaN hides anywhere in a result. */
function noNaN(result: unknown, path = "result"): void {
  if (typeof result === "number") {
    if (Number.isNaN(result)) throw new Error(`${path} is NaN`);
  } else if (ArrayBuffer.isView(result)) noNaN(Array.from(result as Float64Array), path);
  else if (result !== null && typeof result === "object")
    for (const [key, value] of Object.entries(result)) noNaN(value, `${path}.${key}`);
}

type Input = { x: number[]; y: number[]; labels: number[]; rows: number[][] };
const functions: Record<string, (input: Input) => unknown> = {
  studentMean: ({ x }) => stats.studentMean(x),
  pairedT: ({ x }) => stats.pairedT(x, { alternative: "greater" }),
  signFlip: ({ x }) => stats.signFlip(x, { seed, reps: 20 }),
  pairedBootstrap: ({ x }) => stats.pairedBootstrap(x, { seed, reps: 20 }),
  wilcoxon: ({ x }) => [stats.wilcoxon(x), stats.wilcoxon(x, { zeros: "pratt", method: "normal", correction: true })],
  bootstrap: ({ x, labels }) =>
    (["percentile", "basic", "bc", "bca"] as const).map((method) =>
      stats.bootstrapEstimate(x, stats.median, { seed, reps: 20, method, clusters: labels }),
    ),
  clusters: ({ x, labels }) => [stats.meanEstimate(x, { clusters: labels }), stats.clusteredDifference(x, x, labels)],
  proportions: ({ x, labels }) => [
    stats.proportionEstimate(x, { clusters: labels }),
    stats.proportionEstimate(x, { interval: "clopper-pearson" }),
  ],
  counts: ({ x }) => [
    stats.mcnemar(x.length, 0, { method: "mid-p" }),
    stats.discordantDifference(x.length, 0, x.length),
  ],
  rliable: ({ rows }) => {
    const m = stats.runMatrix(rows);
    return [
      stats.iqm(m),
      stats.optimalityGap(m),
      stats.medianOfTasks(m),
      stats.stratifiedBootstrap(m, stats.iqm, { seed, reps: 20, method: "bca" }),
      stats.improvementBootstrap(m, m, { seed, reps: 20 }),
      stats.profileBootstrap(m, [0, 1], { seed, reps: 20 }),
    ];
  },
  bestOfN: ({ x, y }) => stats.bestOfN(x, Math.min(2, x.length), y),
  variance: ({ rows }) => stats.varianceComponents(rows.map((row) => [row, row])),
  predictionPowered: ({ x, y }) => stats.predictionPoweredMean(x, y, y),
  roganGladen: ({ x }) =>
    stats.roganGladen({ positive: 0, n: x.length, truePositive: 1, positives: 1, trueNegative: 1, negatives: 1 }),
  sequences: ({ x }) => [stats.normalMixtureSequence(x), stats.empiricalBernsteinSequence(x)],
  rewards: ({ x, y, labels }) => [stats.starcBandit(x, y, labels), stats.banditRegret(x, y, labels)],
  dispersion: ({ x }) => [stats.dispersion(x), stats.minMax(x)],
  corpus: ({ x, y }) => {
    const pair = { a: Float64Array.from(x), b: Float64Array.from(y), width: 1, metric: (s: Float64Array) => s[0]! };
    return [stats.corpusBootstrap(pair, { seed, reps: 20 }), stats.corpusRandomisation(pair, { seed, reps: 20 })];
  },
};

const value = fc.constantFrom(0, 0.5, 1);
const input = fc.integer({ min: 0, max: 5 }).chain((n) => {
  const column = fc.oneof(
    fc.array(value, { minLength: n, maxLength: n }),
    value.map((one) => Array(n).fill(one)),
  );
  return fc.record({
    x: column,
    y: column,
    labels: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: n, maxLength: n }),
    rows: fc.array(fc.array(value, { minLength: 2, maxLength: 2 }), { minLength: 0, maxLength: 5 }),
  });
});

describe("none, one, equal and tied values", () => {
  it.each(Object.keys(functions))("%s: a result without NaN or a typed error", (name) => {
    let answers = 0;
    fc.assert(
      fc.property(input, (one) => {
        let result: unknown;
        try {
          result = functions[name]!(one);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LaurelError);
          return;
        }
        noNaN(result);
        answers++;
      }),
      { numRuns: 200 },
    );
    expect(answers).toBeGreaterThan(0);
  });
});
