import { seedFrom, split } from "laurel";
import { meanOf, varianceOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import { drawPanel, drawResponses, drawTaste, presets, ratePairs, raterPreference } from "./index.ts";

const seed = seedFrom("panel tests");
const taste = drawTaste(presets.hackable({ properties: 2 }), split(seed, "taste"));
const responses = drawResponses(taste, { prompts: 2000, candidates: 2 }, split(seed, "responses"));
const pairs = Array.from({ length: 2000 }, (_, p) => [2 * p, 2 * p + 1] as const);

describe("a dial of the panel", () => {
  it("groups: the stated shares, each with its own property", () => {
    const panel = drawPanel({ raters: 10_000, groups: [0.7, 0.3] }, seed);
    // five standard errors of a share of 0.3: 0.023
    expect(Math.abs(panel.filter(({ group }) => group === 1).length / 10_000 - 0.3)).toBeLessThan(0.023);
    const second = panel.find(({ group }) => group === 1)!;
    const gap = responses.gold[1]![0]! - responses.gold[1]![1]!;
    expect(raterPreference(second, taste, responses, 0, 1)).toBeCloseTo(1 / (1 + Math.exp(-gap)), 12);
    expect(() => drawPanel({ raters: 1, groups: [0.5, 0.4] }, seed)).toThrow(/sum to 1/);
  });

  it("slopes: log-normal about the stated one; coins: the stated share", () => {
    const panel = drawPanel({ raters: 10_000, rater: { slope: 2 }, slopeSpread: 0.5, coins: 0.1 }, seed);
    const logs = panel.map(({ dials }) => Math.log(dials.slope!));
    expect(Math.abs(meanOf(logs) - Math.log(2))).toBeLessThan((5 * 0.5) / 100);
    expect(Math.abs(Math.sqrt(varianceOf(logs)) - 0.5)).toBeLessThan(0.018);
    expect(Math.abs(panel.filter(({ dials }) => dials.careless === 1).length / 10_000 - 0.1)).toBeLessThan(0.015);
  });

  it("votes: as many and as often for the first as their exact probability says", () => {
    const panel = drawPanel({ raters: 30, groups: [0.5, 0.5], rater: { slope: 1.5, position: 0.1 } }, seed);
    const rated = ratePairs(panel, taste, responses, pairs, { votes: 5 }, split(seed, "votes"));
    expect(rated.every(({ raters }) => new Set(raters).size === 5)).toBe(true);
    const excess = rated.map(({ forFirst, p }) => forFirst / 5 - p);
    // the variance of a share of five votes is at most 1/20
    expect(Math.abs(meanOf(excess))).toBeLessThan((5 * Math.sqrt(1 / 20)) / Math.sqrt(2000));
    // the order shown is a coin's: what stands first is preferred more often than half by the position dial of 0.1
    expect(Math.abs(meanOf(rated.map(({ p }) => p)) - 0.6)).toBeLessThan(0.05);
    expect(Math.abs(rated.filter(({ first }, i) => first === pairs[i]![0]).length / 2000 - 0.5)).toBeLessThan(0.056);
    expect(() => ratePairs(panel, taste, responses, pairs, { votes: 31 }, seed)).toThrow(/31 votes/);
  });
});
