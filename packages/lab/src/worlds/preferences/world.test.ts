import { random, seedFrom, split } from "laurel";
import { meanOf, pearson, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import {
  drawResponses,
  drawTaste,
  norm,
  type PreferenceDials,
  preferenceGap,
  preferProbability,
  presets,
  proxyRewards,
  raiseExploits,
  trainRewardModel,
  votesFor,
} from "./index.ts";

const seed = seedFrom("world tests");
const draw = (dials: PreferenceDials, shape: { prompts?: number; shift?: number; exploits?: boolean } = {}) => {
  const taste = drawTaste(dials, split(seed, "taste"));
  return { taste, responses: drawResponses(taste, { prompts: 5000, candidates: 4, ...shape }, split(seed, "draw")) };
};

// 20,000 items: a mean's standard error is sd/141, a standard deviation's sd/200; tolerances are five of them
describe("a dial of the preference world", () => {
  it("features: mean 0 and the stated standard deviation", () => {
    const { responses } = draw({ dim: 5, featureSd: 0.4, utility: { norm: 1 } });
    expect(Math.abs(meanOf(responses.features))).toBeLessThan((5 * 0.4) / Math.sqrt(100_000));
    expect(Math.sqrt(varianceOf(responses.features))).toBeCloseTo(0.4, 2);
  });

  it("utility: of the stated length, or with entries of the stated standard deviation; gold is w·φ", () => {
    const { taste, responses } = draw({ dim: 5, utility: { norm: 6 } });
    expect(norm(taste.weights[0]!)).toBeCloseTo(6, 12);
    expect(Math.abs(Math.sqrt(varianceOf(responses.gold[0]!)) - 6)).toBeLessThan(6 / 40);
    const wide = drawTaste({ dim: 20_000, utility: { sd: 0.3 } }, seed);
    expect(Math.sqrt(varianceOf(wide.weights[0]!))).toBeCloseTo(0.3, 2);
    const [w, x] = [taste.weights[0]!, responses.features.subarray(5, 10)];
    expect(responses.gold[0]![1]).toBeCloseTo(
      w.reduce((sum, one, d) => sum + one * x[d]!, 0),
      12,
    );
  });

  it("shared: the stated correlation between properties' utilities", () => {
    const { weights } = drawTaste({ dim: 20_000, properties: 2, shared: 0.6, utility: { sd: 1 } }, seed);
    expect(Math.abs(pearson(weights[0]!, weights[1]!).value - 0.6)).toBeLessThan(0.03);
    expect(Math.sqrt(varianceOf(weights[0]!))).toBeCloseTo(1, 1);
  });

  it("style: exponential with mean and standard deviation 1, liked as stated", () => {
    const { taste, responses } = draw(presets.hackable({ properties: 2 }));
    expect(Math.abs(meanOf(responses.style) - 1)).toBeLessThan(5 / 141);
    expect(Math.abs(Math.sqrt(varianceOf(responses.style)) - 1)).toBeLessThan(0.06);
    const plain = drawResponses(
      { ...taste, dials: { ...taste.dials, style: undefined } },
      { prompts: 5000, candidates: 4 },
      split(seed, "draw"),
    );
    const h = responses.style[7]!;
    expect(responses.gold[0]![7]! - plain.gold[0]![7]!).toBeCloseTo(h - 0.25 * h * h, 12);
    expect(responses.gold[1]![7]! - plain.gold[1]![7]!).toBeCloseTo(-0.5 * h, 12);
  });

  it("curvature: bounded by its amplitude, of mean square amplitude²/2 · (1 − e^(−2 f² |v|²))", () => {
    const dials = presets.curved({ dim: 16, sd: 0.3, amplitude: 0.3 });
    const { taste, responses } = draw(dials);
    const flat = drawResponses(
      { ...taste, dials: { ...dials, curvature: undefined } },
      { prompts: 5000, candidates: 4 },
      split(seed, "draw"),
    );
    const bend = responses.gold[0]!.map((u, i) => u - flat.gold[0]![i]!);
    expect(Math.max(...bend.map(Math.abs))).toBeLessThanOrEqual(0.3);
    const stated = (0.09 / 2) * (1 - Math.exp(-2 * (0.5 * norm(taste.curves[0]!)) ** 2));
    expect(Math.abs(meanOf(bend.map((x) => x * x)) - stated)).toBeLessThan(0.0015);
  });

  it("exploits: the stated share, worth goldDrop less, and none where preference data are drawn", () => {
    const dials = presets.hackable({ properties: 1, exploits: { share: 0.02, goldDrop: 2 } });
    const { taste, responses } = draw(dials);
    expect(Math.abs(responses.exploit.reduce((n, e) => n + e, 0) / 20_000 - 0.02)).toBeLessThan(0.005);
    const clean = drawResponses(taste, { prompts: 5000, candidates: 4, exploits: false }, split(seed, "draw"));
    expect(clean.exploit.every((e) => e === 0)).toBe(true);
    for (let i = 0; i < 20_000; i++)
      expect(clean.gold[0]![i]! - responses.gold[0]![i]!).toBeCloseTo(2 * responses.exploit[i]!, 12);
    const proxy = new Float64Array(20_000);
    const raised = raiseExploits(proxy, responses, 3, seed).filter((_, i) => responses.exploit[i] === 1);
    expect(Math.abs(meanOf(raised) - 3)).toBeLessThan((5 * 3) / Math.sqrt(raised.length));
  });

  it("spurious: follows the utility along one direction with the stated strength", () => {
    const { taste, responses } = draw({ dim: 6, utility: { norm: 2 }, spurious: { dim: 20, strength: 1.5 } });
    const along = responses.gold[0]!.map((_, i) =>
      taste.spuriousDirection.reduce((sum, v, d) => sum + v * responses.spurious[i * 20 + d]!, 0),
    );
    // slope of (1.5 u/2 + N(0, 1)) on u
    const covariance = meanOf(along.map((x, i) => x * responses.gold[0]![i]!));
    expect(Math.abs(covariance / varianceOf(responses.gold[0]!) - 0.75)).toBeLessThan(0.03);
  });

  it("cycle: skew, of mean 0, and present beside equal gold", () => {
    const { taste, responses } = draw({ dim: 8, utility: { norm: 0 }, cycle: { weight: 3 } });
    const gaps = Float64Array.from({ length: 5000 }, (_, i) => preferenceGap(taste, responses, 2 * i, 2 * i + 1));
    expect(preferenceGap(taste, responses, 1, 0)).toBeCloseTo(-gaps[0]!, 12);
    expect(Math.sqrt(varianceOf(gaps))).toBeGreaterThan(1);
    expect(Math.abs(meanOf(gaps))).toBeLessThan((5 * Math.sqrt(varianceOf(gaps))) / Math.sqrt(5000));
  });

  it("shift: scales features and style", () => {
    const dials = presets.hackable({ properties: 1 });
    const [near, far] = [draw(dials).responses, draw(dials, { shift: 2 }).responses];
    expect(far.features[3]).toBeCloseTo(2 * near.features[3]!, 12);
    expect(far.style[3]).toBeCloseTo(2 * near.style[3]!, 12);
  });
});

describe("a rater", () => {
  it("answers by σ(slope · gap), flips, does not care and leans to the first as stated", () => {
    const clean = 1 / (1 + Math.exp(-2 * 0.7));
    expect(preferProbability(0.7, { slope: 2 })).toBeCloseTo(clean, 12);
    expect(preferProbability(0.7, { slope: 2, flips: 0.2 })).toBeCloseTo(0.8 * clean + 0.2 * (1 - clean), 12);
    expect(preferProbability(0.7, { slope: 2, careless: 0.3 })).toBeCloseTo(0.7 * clean + 0.15, 12);
    expect(preferProbability(0, { position: 0.05 })).toBeCloseTo(0.55, 12);
    expect(preferProbability(9, { position: 0.5 })).toBe(1);
    expect([-1, 0, 1].map((gap) => preferProbability(gap, { slope: Number.POSITIVE_INFINITY }))).toEqual([0, 0.5, 1]);
    const rng = random(seed);
    expect(Math.abs(votesFor(rng, 0.3, 20_000) / 20_000 - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / 20_000));
  });
});

describe("the hackable world's reward model", () => {
  it("finds slope · w for the features, and cannot hold the style's square", () => {
    const taste = drawTaste(presets.hackable({ properties: 1 }), split(seed, "model"));
    const model = trainRewardModel(taste, 0, { pairs: 20_000, slope: 2, l2: 1 }, split(seed, "training"));
    // standard error of a logistic weight here: about 1/√(20,000 · 0.15 · 2) = 0.013; misspecification shrinks all alike
    const ratio = model.slice(0, 8).map((w, d) => w / taste.weights[0]![d]!);
    const large = ratio.filter((_, d) => Math.abs(taste.weights[0]![d]!) > 0.2);
    for (const one of large) expect(one).toBeGreaterThan(1.4);
    const far = drawResponses(taste, { prompts: 2000, candidates: 1, shift: 3 }, split(seed, "far"));
    const [proxy, gold] = [proxyRewards(model, far), far.gold[0]!];
    // gold falls by at least 1 with h beyond 6 (6 − 9 = −3); a linear reward in h cannot fall there and rise near 0
    const long = [...far.style.keys()].filter((i) => far.style[i]! > 6);
    const drop = (values: Float64Array): number => meanOf(long.map((i) => values[i]!)) - meanOf(values);
    expect(drop(gold)).toBeLessThan(-1);
    expect(drop(proxy) / 2).toBeGreaterThan(drop(gold) + 1);
  });
});
