import { UsageError } from "../../core/index.ts";
import { midRanks } from "../../stats/index.ts";
import type { NodeScore } from "./tree.ts";

/** Several models' scores of the same tree, by model name. */
export type TreeScores = Readonly<Record<string, readonly NodeScore[]>>;

/** A node at which a model stands unlike it does on the whole. */
export interface Anomaly {
  model: string;
  path: string;
  /** Rank among the models at the node, 1 the best; ties share the mean rank. */
  rank: number;
  rootRank: number;
  /** The model's mean at the node less the mean over models, beside the same at the root: how large the departure is in scores. */
  gap: number;
}

/**
 * Strengths and weaknesses: nodes where rank(node) − rank(root) is below −threshold, or above it.
 *
 * Ranks hide how much: read `gap` beside them. A model whose rank on the whole is within `threshold` of the last cannot show a weakness.
 *
 * @param options `threshold` in ranks, default 5
 * @throws UsageError where models were scored on different trees
 * Source: Feedbacker (2025), weakness analyser.
 * @example anomalies({ a: treeScores(ofA, tree), b: treeScores(ofB, tree) }).weaknesses
 */
export function anomalies(
  scores: TreeScores,
  options: { threshold?: number | undefined } = {},
): { strengths: Anomaly[]; weaknesses: Anomaly[] } {
  const { threshold = 5 } = options;
  const models = Object.keys(scores);
  const nodes = checkedNodes(scores);
  const strengths: Anomaly[] = [];
  const weaknesses: Anomaly[] = [];
  const meansAt = (node: number): number[] => models.map((model) => scores[model]![node]!.mean ?? Number.NaN);
  const rootMeans = meansAt(0);
  if (rootMeans.some(Number.isNaN)) throw new UsageError("a model has no scored item");
  const rootRanks = ranksOf(rootMeans);
  const rootMean = average(rootMeans);
  for (let node = 1; node < nodes.length; node++) {
    const means = meansAt(node);
    // a node that some model has no item at ranks nobody
    if (means.some(Number.isNaN)) continue;
    const ranks = ranksOf(means);
    const mean = average(means);
    for (const [m, model] of models.entries()) {
      const moved = ranks[m]! - rootRanks[m]!;
      if (Math.abs(moved) <= threshold) continue;
      const gap = means[m]! - mean - (rootMeans[m]! - rootMean);
      (moved < 0 ? strengths : weaknesses).push({
        model,
        path: nodes[node]!.path,
        rank: ranks[m]!,
        rootRank: rootRanks[m]!,
        gap,
      });
    }
  }
  return { strengths, weaknesses };
}

/** 1 for the largest mean. */
function ranksOf(means: readonly number[]): Float64Array {
  return midRanks(means.map((mean) => -mean));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x / values.length, 0);
}

function checkedNodes(scores: TreeScores): readonly NodeScore[] {
  const [first, ...others] = Object.values(scores);
  if (first === undefined) throw new UsageError("anomalies need at least one model");
  for (const other of others)
    if (other.length !== first.length || other.some(({ path }, i) => path !== first[i]!.path))
      throw new UsageError("the models were scored on different taxonomies");
  return first;
}

/** A node whose children a model fails at evenly, or here and there. */
export interface FailureMode {
  path: string;
  mean: number;
  /** Standard deviation of the children's means. */
  spread: number;
  kind: "systematic" | "occasional";
}

/**
 * Failure modes of one model: among nodes with enough children, the least spread of the children's means are systematic (it is alike
 * everywhere below), the most spread occasional.
 *
 * @param options `minChildren`, default 5; `percentile` of nodes on either side, default 20
 * Source: Feedbacker (2025), failure-mode explorer.
 */
export function failureModes(
  scores: readonly NodeScore[],
  options: { minChildren?: number | undefined; percentile?: number | undefined } = {},
): FailureMode[] {
  const { minChildren = 5, percentile = 20 } = options;
  const spreads: { path: string; mean: number; spread: number }[] = [];
  for (const node of scores) {
    const children = childrenOf(scores, node).flatMap(({ mean }) => (mean === null ? [] : [mean]));
    if (node.mean === null || children.length < minChildren) continue;
    const mean = average(children);
    const spread = Math.sqrt(average(children.map((x) => (x - mean) ** 2)));
    spreads.push({ path: node.path, mean: node.mean, spread });
  }
  spreads.sort((a, b) => a.spread - b.spread);
  const each = Math.floor((spreads.length * percentile) / 100);
  return [
    ...spreads.slice(0, each).map((one) => ({ ...one, kind: "systematic" as const })),
    ...spreads.slice(spreads.length - each).map((one) => ({ ...one, kind: "occasional" as const })),
  ];
}

function childrenOf(scores: readonly NodeScore[], { path, depth }: NodeScore): NodeScore[] {
  return scores.filter((other) => other.depth === depth + 1 && (path === "" || other.path.startsWith(`${path} / `)));
}

/** Two nodes at which models stand in opposite orders: who is good at one is bad at the other. */
export interface TradeOff {
  paths: readonly [string, string];
  /** Spearman's rank correlation over models. */
  correlation: number;
}

/**
 * Pairs of leaves whose model orders run against each other, the most opposed first.
 *
 * @param options `below`, the largest rank correlation that is shown, default −0.3
 * Source: Feedbacker (2025), query trade-off explorer.
 */
export function tradeOffs(scores: TreeScores, options: { below?: number | undefined } = {}): TradeOff[] {
  const { below = -0.3 } = options;
  const nodes = checkedNodes(scores);
  const models = Object.values(scores);
  const ranked = nodes.flatMap((node, i) => {
    const means = models.map((one) => one[i]!.mean ?? Number.NaN);
    return node.leaf && !means.some(Number.isNaN) ? [{ path: node.path, ranks: ranksOf(means) }] : [];
  });
  const out: TradeOff[] = [];
  for (let i = 0; i < ranked.length; i++)
    for (let j = i + 1; j < ranked.length; j++) {
      const correlation = correlationOf(ranked[i]!.ranks, ranked[j]!.ranks);
      if (correlation <= below) out.push({ paths: [ranked[i]!.path, ranked[j]!.path], correlation });
    }
  return out.sort((a, b) => a.correlation - b.correlation);
}

/** Pearson's correlation of ranks; 0 where one side is constant. */
function correlationOf(a: Float64Array, b: Float64Array): number {
  const middle = (a.length + 1) / 2;
  let [both, first, second] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    both += (a[i]! - middle) * (b[i]! - middle);
    first += (a[i]! - middle) ** 2;
    second += (b[i]! - middle) ** 2;
  }
  return first === 0 || second === 0 ? 0 : both / Math.sqrt(first * second);
}
