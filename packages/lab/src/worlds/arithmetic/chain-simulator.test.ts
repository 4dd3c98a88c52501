import { directContext, random, seedFrom } from "laurel";
import { stepValues } from "laurel/recipes";
import { meanOf } from "laurel/stats";
import { describe, expect, it } from "vitest";
import {
  bestOfGroups,
  chainMeans,
  chainOutcomes,
  chainPolicy,
  chainTask,
  chainVerifier,
  drawChains,
  noisyScores,
  prefixValues,
} from "./chain-simulator.ts";

const seed = seedFrom("chains");

describe("the chain simulator", () => {
  it("draws chains that are right with probability skill^steps", () => {
    const n = 20_000;
    const chains = drawChains(new Array(n).fill(4), new Array(n).fill(0.8), random(seed));
    // 0.8^4 = 0.4096; 0.014 is four sd
    expect(Math.abs(meanOf(Array.from(chainOutcomes(chains))) - 0.4096)).toBeLessThan(0.014);
    expect(() => drawChains([1], [0.5, 0.5], random(seed))).toThrow();
    expect(() => drawChains([0], [0.5], random(seed))).toThrow();
  });

  it("knows the value of every prefix, and roll-outs of its policy come to it", async () => {
    const chains = { offsets: Int32Array.of(0, 3, 6), right: Uint8Array.of(1, 1, 1, 1, 0, 1) };
    expect([...prefixValues(chains, [0.5, 0.5])]).toEqual([0.25, 0.5, 1, 0.25, 0, 0]);
    expect([...chainOutcomes(chains)]).toEqual([1, 0]);
    const asked = chainTask("a", { steps: 3, skill: 0.5 }, [
      [1, 1, 1],
      [1, 0, 1],
    ]);
    const { examples } = await stepValues(
      chainPolicy,
      chainVerifier,
      asked,
      { rollouts: 2000 },
      directContext({ seed }),
    );
    // four sd of 2,000 roll-outs
    for (const [i, { labels }] of examples.entries())
      for (const [t, label] of labels.entries())
        expect(Math.abs(label - prefixValues(chains, [0.5, 0.5])[3 * i + t]!)).toBeLessThan(0.045);
  });

  it("has judges of an acuity, and takes the first best of each group", () => {
    const truth = new Float64Array(20_000).fill(1);
    const scores = noisyScores(truth, 1.5, random(seed), 0.5);
    expect(Math.abs(meanOf(scores) - 1.5)).toBeLessThan(0.015);
    expect([...chainMeans({ offsets: Int32Array.of(0, 1, 3), right: new Uint8Array(3) }, [1, 2, 4])]).toEqual([1, 3]);
    expect(bestOfGroups([1, 1, 0, 2], [0, 1, 0, 1], 2)).toBe(0.5);
    expect(bestOfGroups([1, 1, 0, 2], [0, 1, 0, 1], 2, [1])).toBe(1);
  });
});
