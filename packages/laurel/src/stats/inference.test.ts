import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { type Random, random, seedFrom } from "../core/seed.ts";
import { intervalCoverage } from "./coverage.ts";
import { normalQuantile } from "./distributions.ts";
import { clusteredRoganGladen, predictionPoweredDifference, predictionPoweredMean, roganGladen } from "./inference.ts";
import { meanOf, varianceOf } from "./sample.ts";

const expected = JSON.parse(
  readFileSync(new URL("../../../../test/expected/stats-a/ppi.json", import.meta.url), "utf8"),
) as {
  cases: { y: number[]; f: number[]; wide: number[]; rows: ["tuned" | "one", number, number, number, number][] }[];
};
const seed = seedFrom("inference");

describe("predictionPoweredMean", () => {
  it("agrees with ppi-python 0.2.3 to 1e-10: lambda, value and, with variances divided by n, the interval", () => {
    for (const { y, f, wide, rows } of expected.cases)
      for (const [name, lambda, value, low, high] of rows) {
        const got = predictionPoweredMean(y, f, wide, { lambda: name === "one" ? 1 : "tuned", level: 0.9 });
        expect(got.lambda).toBeCloseTo(lambda, 10);
        expect(got.value).toBeCloseTo(value, 10);
        const rectified = y.map((one, i) => one - got.lambda * f[i]!);
        const theirs = (got.lambda ** 2 * varianceOf(wide, 0)) / wide.length + varianceOf(rectified, 0) / y.length;
        expect((high - low) / 2).toBeCloseTo(normalQuantile(0.95) * Math.sqrt(theirs), 10);
        const ours = (got.lambda ** 2 * varianceOf(wide)) / wide.length + varianceOf(rectified) / y.length;
        expect(got.high - got.low).toBeCloseTo(2 * normalQuantile(0.95) * Math.sqrt(ours), 10);
      }
  });

  it("covers the mean at 95 % within simulation error for 100 labels, and a good judge saves labels", () => {
    const draw = (rng: Random) => {
      const y = Float64Array.from({ length: 1100 }, () => rng.exponential());
      const f = y.map((one) => 0.7 * one + 0.4 + 0.3 * rng.normal());
      return { y: y.subarray(0, 100), f: f.subarray(0, 100), wide: f.subarray(100) };
    };
    const { coverage } = intervalCoverage(draw, 1, ({ y, f, wide }) => predictionPoweredMean(y, f, wide), {
      seed,
      reps: 2000,
    });
    // a normal interval with a tuned weight: 1 point short of nominal is allowed besides 4 standard errors
    expect(coverage.value).toBeGreaterThan(0.94 - 4 * Math.sqrt((0.95 * 0.05) / 2000));
    const one = draw(random(seed));
    expect(predictionPoweredMean(one.y, one.f, one.wide).gain).toBeGreaterThan(2);
  });

  it("with a worthless judge falls back on the labels, with lambda 0 on them alone", () => {
    const y = [1, 2, 3, 4];
    expect(predictionPoweredMean(y, [5, 5, 5, 5], [5, 5, 5])).toMatchObject({
      value: 2.5,
      lambda: 0,
      gain: expect.closeTo(1, 12),
    });
    expect(predictionPoweredMean(y, [9, 1, 4, 2], [1, 2], { lambda: 0 }).value).toBe(meanOf(y));
  });

  it("differences cancel what both systems share", () => {
    const rng = random(seed);
    const noise = (n: number, sd: number) => Array.from({ length: n }, () => sd * rng.normal());
    const shared = noise(60, 5);
    const wide = noise(500, 5);
    const a = {
      labels: shared.map((x) => x + 1),
      predictions: shared.map((x) => x + 0.8),
      unlabelled: wide.map((x) => x + 0.8),
    };
    const b = { labels: shared, predictions: shared, unlabelled: wide };
    const got = predictionPoweredDifference(a, b);
    expect(got.value).toBeCloseTo(1, 10);
    expect(got.high - got.low).toBeLessThan(1e-9);
  });

  it("refuses too few labels and unpaired lists", () => {
    expect(() => predictionPoweredMean([1], [1], [1, 2])).toThrow(NotEnoughDataError);
    expect(() => predictionPoweredMean([1, 2], [1, 2], [])).toThrow(NotEnoughDataError);
    expect(() => predictionPoweredMean([1, 2], [1], [1, 2])).toThrow(UsageError);
  });
});

describe("roganGladen", () => {
  it("is the exact inverse of the judge's confusion", () => {
    // share 0.3 seen through sensitivity 0.9 and specificity 0.8: 0.3 * 0.9 + 0.7 * 0.2 = 0.41
    const got = roganGladen({
      positive: 410,
      n: 1000,
      truePositive: 90,
      positives: 100,
      trueNegative: 80,
      negatives: 100,
    });
    expect(got.value).toBeCloseTo(0.3, 12);
    expect(got.low).toBeLessThan(0.3);
    expect(got.high).toBeGreaterThan(0.3);
  });

  it("covers at 95 % within simulation error over shares and small calibration sets", () => {
    const binomial = (rng: Random, n: number, p: number): number => {
      let hits = 0;
      for (let i = 0; i < n; i++) if (rng.uniform() < p) hits++;
      return hits;
    };
    for (const share of [0.05, 0.3, 0.7]) {
      const { coverage } = intervalCoverage(
        (rng) => ({
          positive: binomial(rng, 300, share * 0.85 + (1 - share) * 0.1),
          n: 300,
          truePositive: binomial(rng, 60, 0.85),
          positives: 60,
          trueNegative: binomial(rng, 80, 0.9),
          negatives: 80,
        }),
        share,
        (counts) => roganGladen(counts),
        { seed, reps: 2000 },
      );
      expect(coverage.value, `share ${share}`).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / 2000));
    }
  });

  it("stays in [0, 1], and refuses a judge at chance or missing counts", () => {
    const low = roganGladen({ positive: 0, n: 50, truePositive: 9, positives: 10, trueNegative: 8, negatives: 10 });
    expect(low).toMatchObject({ value: 0, low: 0 });
    const counts = { positive: 5, n: 10, truePositive: 5, positives: 10, trueNegative: 5, negatives: 10 };
    expect(() => roganGladen(counts)).toThrow(UsageError);
    expect(() => roganGladen({ ...counts, negatives: 0, trueNegative: 0 })).toThrow(NotEnoughDataError);
  });
});

describe("where several items share a prompt", () => {
  /** 40 labelled and 120 unlabelled prompts with 4 items each; truth and the judge's errors go together within a prompt. */
  const draw = (rng: Random) => {
    const make = (prompts: number, from: number) => {
      const rows = Array.from({ length: prompts }, (_, g) => {
        const p = rng.uniform() < 0.5 ? 0.35 : 0.85;
        const right = rng.uniform() < 0.5 ? 0.7 : 0.95;
        return Array.from({ length: 4 }, () => {
          const y = rng.uniform() < p ? 1 : 0;
          return { y, f: rng.uniform() < right ? y : 1 - y, cluster: from + g };
        });
      }).flat();
      const pick = (key: "y" | "f" | "cluster") => rows.map((row) => row[key]);
      return { y: pick("y"), f: pick("f"), cluster: pick("cluster") };
    };
    const [few, many] = [make(40, 0), make(120, 1000)];
    return { few, many, clusters: { labelled: few.cluster, unlabelled: many.cluster } };
  };
  const near = (coverage: number) => Math.abs(coverage - 0.95);

  it("both estimates cover the true share of 0.6 within a point and simulation error, and without clusters they do not", () => {
    const options = { seed, reps: 1500 };
    const slack = 0.01 + 4 * Math.sqrt((0.95 * 0.05) / options.reps);
    const counts = ({ few, many }: ReturnType<typeof draw>) => {
      const of = (wanted: number) => few.y.flatMap((y, i) => (y === wanted ? [few.f[i]!] : []));
      const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
      return {
        positive: sum(many.f),
        n: many.f.length,
        truePositive: sum(of(1)),
        positives: of(1).length,
        trueNegative: of(0).length - sum(of(0)),
        negatives: of(0).length,
      };
    };
    const powered = intervalCoverage(
      draw,
      0.6,
      ({ few, many, clusters }) => predictionPoweredMean(few.y, few.f, many.f, { clusters }),
      options,
    );
    expect(near(powered.coverage.value)).toBeLessThan(slack);
    const corrected = intervalCoverage(
      draw,
      0.6,
      ({ few, many, clusters }) =>
        clusteredRoganGladen({ unlabelled: many.f, predictions: few.f, labels: few.y, clusters }),
      options,
    );
    expect(near(corrected.coverage.value)).toBeLessThan(slack);
    const naive = intervalCoverage(draw, 0.6, ({ few, many }) => predictionPoweredMean(few.y, few.f, many.f), options);
    expect(naive.coverage.value).toBeLessThan(powered.coverage.value - 0.03);
    expect(intervalCoverage(draw, 0.6, (rows) => roganGladen(counts(rows)), options).coverage.value).toBeLessThan(
      corrected.coverage.value - 0.01,
    );
  });

  it("with an item a cluster they are the plain ones, but for G - 1 degrees of freedom", () => {
    const { few, many } = draw(random(seed));
    const each = { labelled: few.y.map((_, i) => i), unlabelled: many.f.map((_, i) => `u${i}`) };
    const plain = predictionPoweredMean(few.y, few.f, many.f);
    const clustered = predictionPoweredMean(few.y, few.f, many.f, { clusters: each });
    expect(clustered.value).toBe(plain.value);
    expect(clustered.standardError / plain.standardError).toBeCloseTo(1, 2);
    expect(clustered.clusters).toBe(few.y.length + many.f.length);
  });

  it("refuses labels of the wrong number and a single cluster", () => {
    const one = { labelled: [1, 1], unlabelled: [1, 1] };
    expect(() => predictionPoweredMean([0, 1], [0, 1], [0, 1], { clusters: one })).toThrow(NotEnoughDataError);
    const short = { labelled: [1], unlabelled: [1, 2] };
    expect(() => predictionPoweredMean([0, 1], [0, 1], [0, 1], { clusters: short })).toThrow(UsageError);
  });
});
