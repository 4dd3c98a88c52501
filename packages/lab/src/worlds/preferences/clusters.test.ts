import { random, seedFrom } from "laurel";
import { describe, expect, it } from "vitest";
import { fitPairs } from "../../train/index.ts";
import {
  type ClusterDials,
  clusterGaps,
  clusterRows,
  dotAt,
  drawClusterPairs,
  drawClusters,
  norm,
  poolLabels,
} from "./index.ts";

const dials: ClusterDials = { clusters: 8, dim: 10, tail: 1.5, norm: 3, own: 0.8, biased: 4, keep: 0.2 };
const seed = seedFrom("clusters");
const world = drawClusters(dials, seed);

describe("the world of kinds of prompts", () => {
  it("has utilities of the stated length, and labellers with another taste in as many kinds as stated", () => {
    for (const w of world.weights) expect(norm(w)).toBeCloseTo(3, 12);
    const biased = world.labellers.filter((l, k) => l !== world.weights[k]);
    expect(biased).toHaveLength(4);
    // keep · W_k + b with |b| = 3: within 3 ± 0.6
    for (const l of biased) expect(Math.abs(norm(l) - 3)).toBeLessThanOrEqual(0.6 + 1e-12);
  });

  it("draws kinds by rank^−tail, or equally often", () => {
    const count = (kinds: "frequency" | "equal") => {
      const counts = new Float64Array(8);
      for (const kind of drawClusterPairs(world, 8000, kinds, seed).kinds) counts[kind]!++;
      return counts;
    };
    // ratio of the first to the second 2^1.5 = 2.83; about 4,100 against 1,450: five standard errors are 0.4
    const often = count("frequency");
    expect(Math.abs(often[0]! / often[1]! - 2 ** 1.5)).toBeLessThan(0.45);
    // 1,000 each, sd 30
    for (const n of count("equal")) expect(Math.abs(n - 1000)).toBeLessThan(150);
  });

  it("gives rows and gaps that agree: the gap of a row's weights is the row times the weights, turned by its label", () => {
    const pairs = drawClusterPairs(world, 50, "equal", seed);
    const labels = Uint8Array.from({ length: 50 }, (_, i) => i % 2);
    const rows = clusterRows(world, pairs, [3, 4], labels);
    const w = Float64Array.from({ length: 90 }, (_, d) => Math.sin(d));
    const gaps = clusterGaps(world, pairs, w);
    expect(dotAt(rows, 0, w)).toBeCloseTo(gaps[3]!, 12);
    expect(dotAt(rows, 90, w)).toBeCloseTo(-gaps[4]!, 12);
  });

  it("has labels that a model learns where labellers share the taste, and not where they have another", () => {
    const pairs = drawClusterPairs(world, 6000, "equal", seed);
    const labels = poolLabels(world, pairs, random(seed));
    const all = Array.from({ length: 6000 }, (_, i) => i);
    const gaps = clusterGaps(world, pairs, fitPairs(clusterRows(world, pairs, all, labels), 90, { l2: 2 }));
    const accuracy = (biased: boolean) => {
      const own = all.filter((i) => (world.labellers[pairs.kinds[i]!] !== world.weights[pairs.kinds[i]!]) === biased);
      return own.filter((i) => gaps[i]! > 0 === pairs.gold[i]! > 0).length / own.length;
    };
    expect(accuracy(false)).toBeGreaterThan(0.9);
    expect(accuracy(true)).toBeLessThan(0.8);
  });
});
