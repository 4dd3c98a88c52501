import { type Random, random, type Seed, split } from "laurel";
import { sigmoid } from "../../policy/numbers.ts";
import { dotAt, normals, unit } from "./world.ts";

/** Pairs of prompts of several kinds, some of which a pool mislabels systematically. */
export type ClusterDials = {
  clusters: number;
  dim: number;
  /** Kinds are drawn ∝ rank^−tail. */
  tail: number;
  /** Length of each kind's utility, and how far kinds differ: normalised (shared + own · N(0, I)). */
  norm: number;
  own: number;
  /** In so many random kinds the pool's labels come from keep · W_k + b, b a fixed direction of length `norm`. */
  biased: number;
  keep: number;
};

/** A world of kinds. */
export interface Clusters {
  dials: ClusterDials;
  /** W_k. */
  weights: readonly Float64Array[];
  /** What the pool's labellers go by. */
  labellers: readonly Float64Array[];
}

/** Pairs as differences, first less second. */
export interface ClusterPairs {
  n: number;
  kinds: Int32Array;
  /** n × dim. */
  differences: Float64Array;
  /** W_k · D. */
  gold: Float64Array;
}

/** Draws a world's kinds. */
export function drawClusters(dials: ClusterDials, seed: Seed): Clusters {
  const rng = random(split(seed, "clusters"));
  const common = normals(rng, dials.dim);
  const weights = Array.from({ length: dials.clusters }, () => {
    const own = normals(rng, dials.dim);
    return unit(common.map((x, d) => x + dials.own * own[d]!)).map((x) => dials.norm * x);
  });
  const bias = unit(normals(rng, dials.dim)).map((x) => dials.norm * x);
  const biased = new Set(rng.shuffled(weights.map((_, k) => k)).slice(0, dials.biased));
  const labellers = weights.map((w, k) => (biased.has(k) ? w.map((x, d) => dials.keep * x + bias[d]!) : w));
  return { dials, weights, labellers };
}

/** Draws pairs, their kinds by frequency or equally often. */
export function drawClusterPairs(world: Clusters, n: number, kinds: "frequency" | "equal", seed: Seed): ClusterPairs {
  const { clusters, dim, tail } = world.dials;
  const rng = random(seed);
  const shares = Array.from({ length: clusters }, (_, k) => (kinds === "equal" ? 1 : (k + 1) ** -tail));
  const total = shares.reduce((a, b) => a + b, 0);
  const drawKind = (): number => {
    let u = rng.uniform() * total;
    for (const [k, share] of shares.entries()) {
      u -= share;
      if (u < 0) return k;
    }
    return clusters - 1;
  };
  const drawn = Int32Array.from({ length: n }, drawKind);
  const differences = normals(rng, n * dim);
  return {
    n,
    kinds: drawn,
    differences,
    gold: Float64Array.from(drawn, (kind, i) => dotAt(differences, i * dim, world.weights[kind]!)),
  };
}

/** The pool's labels, 1 where the first is preferred: Bradley-Terry on what its labellers go by. */
export function poolLabels(world: Clusters, pairs: ClusterPairs, rng: Random): Uint8Array {
  const { dim } = world.dials;
  return Uint8Array.from(pairs.kinds, (kind, i) =>
    rng.uniform() < sigmoid(dotAt(pairs.differences, i * dim, world.labellers[kind]!)) ? 1 : 0,
  );
}

/** [D; D ⊗ onehot(k)] of some pairs, turned so that the preferred one is first: rows of dim · (clusters + 1). */
export function clusterRows(
  { dials: { dim, clusters } }: Clusters,
  pairs: ClusterPairs,
  items: readonly number[],
  labels: ArrayLike<number>,
): Float64Array {
  const wide = dim * (clusters + 1);
  const rows = new Float64Array(items.length * wide);
  for (const [r, i] of items.entries()) {
    const sign = labels[i] === 1 ? 1 : -1;
    const at = dim * (1 + pairs.kinds[i]!);
    for (let d = 0; d < dim; d++) {
      const x = sign * pairs.differences[i * dim + d]!;
      rows[r * wide + d] = x;
      rows[r * wide + at + d] = x;
    }
  }
  return rows;
}

/** The gap that weights of `clusterRows` give each pair, first less second. */
export function clusterGaps({ dials: { dim } }: Clusters, pairs: ClusterPairs, w: Float64Array): Float64Array {
  return Float64Array.from(pairs.kinds, (kind, i) => {
    let gap = 0;
    for (let d = 0; d < dim; d++) gap += (w[d]! + w[dim * (1 + kind) + d]!) * pairs.differences[i * dim + d]!;
    return gap;
  });
}
