import { seedFrom, split } from "laurel";
import { meanOf, pearson, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { bradleyTerry } from "../../train/index.ts";
import { dotAt, drawCausalPairs, drawResponses, drawTaste, fitWithTies, norm, presets, withSpurious } from "./index.ts";

const seed = seedFrom("causal");
const dials = { shift: 1.5, imprecision: 0.15, drift: 0.5, neutral: 0.1 };
const column = (rows: Float64Array, dim: number, d: number): Float64Array =>
  Float64Array.from({ length: rows.length / dim }, (_, n) => rows[n * dim + d]!);

describe("the law of a utility's entries", () => {
  it.each([
    ["uniform", 0.5, 1.5],
    ["half-normal+0.3", 0.3, Number.POSITIVE_INFINITY],
    ["half-normal", 0, Number.POSITIVE_INFINITY],
  ] as const)("%s: positive, within its range before it is brought to length 2", (law, low, high) => {
    const { weights } = drawTaste(presets.causal({ law, strength: 0 }), seed);
    const w = weights[0]!;
    expect(norm(w)).toBeCloseTo(2, 12);
    const ratio = Math.max(...w) / Math.min(...w);
    expect(Math.min(...w)).toBeGreaterThan(0);
    if (high < Number.POSITIVE_INFINITY) expect(ratio).toBeLessThanOrEqual(high / low);
  });
});

describe("causal pairs", () => {
  const taste = drawTaste(presets.causal({ law: "uniform", strength: 1.5 }), split(seed, "taste"));
  const pairs = drawCausalPairs(taste, 5000, dials, split(seed, "pairs"));
  const { dim } = pairs;

  it("come from answers whose spurious features follow gold as strongly as the dial says", () => {
    const drawn = drawResponses(taste, { prompts: 5000, candidates: 2 }, seed);
    const along = Float64Array.from(drawn.gold[0]!, (_, i) => dotAt(drawn.spurious, i * 20, taste.spuriousDirection));
    // cor(1.5 z + N(0, 1), z) = 1.5/√3.25 = 0.832; 10,000 items: a standard error of 0.003
    expect(pearson(along, drawn.gold[0]!).value).toBeCloseTo(1.5 / Math.sqrt(3.25), 1);
    const { features, dim: wide } = withSpurious(drawn);
    expect(wide).toBe(26);
    expect(features[26 + 5]).toBe(drawn.features[6 + 5]);
    expect(features[26 + 6]).toBe(drawn.spurious[20]);
  });

  it("move one causal attribute by the shift, the others a little, and style more", () => {
    for (const rows of [pairs.degraded, pairs.upgraded]) {
      const moved = Array.from(
        { length: 200 },
        (_, n) => Array.from({ length: 6 }, (_, d) => rows[n * dim + d] === dials.shift).filter(Boolean).length,
      );
      expect(moved.every((count) => count === 1)).toBe(true);
      // 5,000 values: a standard deviation's error is sd/100
      expect(Math.sqrt(varianceOf(column(rows, dim, 10)))).toBeCloseTo(0.5, 1);
      const still = column(rows, dim, 0).filter((x) => x !== dials.shift);
      expect(Math.sqrt(varianceOf(still))).toBeCloseTo(0.15, 2);
    }
  });

  it("keep the style and drop the content of a pair under an unrelated prompt", () => {
    expect(column(pairs.neutral, dim, 9)).toEqual(column(pairs.original, dim, 9));
    expect(Math.sqrt(varianceOf(column(pairs.neutral, dim, 2)))).toBeCloseTo(0.1, 2);
    expect(Math.abs(meanOf(column(pairs.neutral, dim, 2)))).toBeLessThan(0.01);
  });
});

describe("fitWithTies", () => {
  it("finds the minimum of the Bradley-Terry loss with ties (Crome's loss, λ = 1)", () => {
    const taste = drawTaste(presets.causal({ law: "half-normal", strength: 1.5 }), split(seed, "fit"));
    const { original, degraded, neutral, dim } = drawCausalPairs(taste, 100, dials, split(seed, "fit pairs"));
    const l2 = 1;
    const w = fitWithTies([original, degraded], [neutral], dim, { l2 });
    const rows = Float64Array.from([...original, ...degraded, ...neutral]);
    const n = rows.length / dim;
    const gaps = Float64Array.from({ length: n }, (_, i) => dotAt(rows, i * dim, w));
    const tie = Array.from({ length: n }, (_, i) => (i < 200 ? 0 : 1));
    const { first } = bradleyTerry({ tie: { weight: 1 } })(gaps, new Float64Array(n), { tie });
    for (let d = 0; d < dim; d++) {
      let slope = l2 * w[d]!;
      for (let i = 0; i < n; i++) slope += n * first[i]! * rows[i * dim + d]!;
      // Newton stops at steps of 1e-10
      expect(Math.abs(slope)).toBeLessThan(1e-7);
    }
  });
});
