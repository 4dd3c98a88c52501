import { type Estimate, UsageError } from "../../core/index.ts";
import { meanEstimate } from "../../stats/index.ts";

/** A node of a taxonomy; names are unique among siblings. */
export interface TaxonomyNode {
  name: string;
  children: readonly TaxonomyNode[];
}

/** A scored item that hangs on leaves of the tree; a tag is a leaf's path, as `leafPaths` gives it. */
export interface TaggedScore {
  /** The query; an inner node counts it once, however many of its leaves carry it. */
  id: string;
  tags: readonly string[];
  score: number;
}

/** A node's mean score. */
export interface NodeScore {
  /** Names from the root's child down, joined by " / "; "" is the root. */
  path: string;
  depth: number;
  leaf: boolean;
  /** Items below, each once. */
  n: number;
  /** Null where no item hangs below. */
  mean: number | null;
  /** The mean with its interval; null for fewer than 2 items. Read those of fewer than 20 with care. */
  estimate: Estimate | null;
}

/** The paths of a tree's leaves, in order. */
export function leafPaths(root: TaxonomyNode): string[] {
  return [...walk(root, [])].filter(({ node }) => node.children.length === 0).map(({ path }) => path);
}

function* walk(
  node: TaxonomyNode,
  names: readonly string[],
): Generator<{ node: TaxonomyNode; path: string; depth: number }> {
  yield { node, path: names.join(" / "), depth: names.length };
  for (const child of node.children) yield* walk(child, [...names, child.name]);
}

/**
 * Mean scores of every node: a leaf's over the items that carry its tag, an inner node's over the union of the items below it, each once.
 *
 * @param items scores of one model; an id may stand once
 * @returns nodes in the tree's order, the root first
 * @throws UsageError for an id that stands twice or a tag that is no leaf
 * Source: Feedbacker (2025), visualisation and analysis tools.
 * @example treeScores(items, tree).filter((node) => node.leaf)
 */
export function treeScores(items: readonly TaggedScore[], root: TaxonomyNode): NodeScore[] {
  const leaves = new Set(leafPaths(root));
  const byId = new Map<string, number>();
  const byLeaf = new Map<string, string[]>();
  for (const { id, tags, score } of items) {
    if (byId.has(id)) throw new UsageError(`item "${id}" stands twice`, "give one score an item");
    byId.set(id, score);
    for (const tag of tags) {
      if (!leaves.has(tag)) throw new UsageError(`item "${id}" carries "${tag}", which is no leaf of the taxonomy`);
      const own = byLeaf.get(tag);
      if (own === undefined) byLeaf.set(tag, [id]);
      else own.push(id);
    }
  }
  return [...walk(root, [])].map(({ node, path, depth }) => {
    const ids = new Set<string>();
    for (const below of walk(node, path === "" ? [] : path.split(" / ")))
      for (const id of byLeaf.get(below.path) ?? []) ids.add(id);
    const scores = [...ids].map((id) => byId.get(id)!);
    return {
      path,
      depth,
      leaf: node.children.length === 0,
      n: scores.length,
      mean: scores.length === 0 ? null : scores.reduce((sum, score) => sum + score, 0) / scores.length,
      estimate: scores.length < 2 ? null : meanEstimate(scores),
    };
  });
}

/**
 * Rule-based pruning: a node with exactly one child loses that layer, and children below `maxDepth` stay only where there are at least
 * `minNodes` of them.
 *
 * @param options `maxDepth`, default 3 (the root has depth 0); `minNodes`, default 5
 * Source: Feedbacker (2025), taxonomy builder.
 */
export function pruneLayers(
  root: TaxonomyNode,
  options: { maxDepth?: number | undefined; minNodes?: number | undefined } = {},
): TaxonomyNode {
  const { maxDepth = 3, minNodes = 5 } = options;
  const prune = (node: TaxonomyNode, depth: number): TaxonomyNode => {
    let { children } = node;
    while (children.length === 1) children = children[0]!.children;
    if (depth >= maxDepth && children.length < minNodes) return { name: node.name, children: [] };
    return { name: node.name, children: children.map((child) => prune(child, depth + 1)) };
  };
  return prune(root, 0);
}
