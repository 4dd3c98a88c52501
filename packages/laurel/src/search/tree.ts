import { UsageError } from "../core/index.ts";

/** A node of a search tree. */
export interface TreeNode<S> {
  readonly state: S;
  readonly parent: TreeNode<S> | undefined;
  readonly depth: number;
  /** Probability that a policy gives the step to here; 1 where it is not known. */
  readonly prior: number;
  /** Undefined until it is expanded; a terminal node has none. */
  children: TreeNode<S>[] | undefined;
  /** Values that were backed up through it, and their sum. */
  visits: number;
  total: number;
}

/** How attractive a child is to the descent. */
export type ScoringRule = (child: TreeNode<unknown>, parent: TreeNode<unknown>) => number;

/**
 * UCB1: mean + c·√(ln N / n), infinite for a child that was not visited.
 *
 * @param c default √2
 * @source Kocsis and Szepesvári (2006), UCT
 */
export function ucb(c = Math.SQRT2): ScoringRule {
  return (child, parent) =>
    child.visits === 0
      ? Number.POSITIVE_INFINITY
      : child.total / child.visits + c * Math.sqrt(Math.log(parent.visits) / child.visits);
}

/**
 * PUCT: mean + c·prior·√N / (1 + n), with a mean of 0 for a child that was not visited.
 *
 * @param c default 1
 * @source Silver et al. (2017), AlphaGo Zero
 */
export function puct(c = 1): ScoringRule {
  return (child, parent) =>
    (child.visits === 0 ? 0 : child.total / child.visits) +
    (c * child.prior * Math.sqrt(parent.visits)) / (1 + child.visits);
}

/** What a tree search needs to know. */
export interface TreeOptions<S> {
  /** The next states from a node, none at its end. Called once a node. */
  expand(node: TreeNode<S>): Promise<readonly { state: S; prior?: number | undefined }[]>;
  /** The value of a node, which is backed up to the root; null where it cannot be had, which backs up nothing. */
  evaluate(node: TreeNode<S>): Promise<number | null>;
  /** Descents, each of which evaluates one node. */
  simulations: number;
  /** Default `ucb()`. */
  rule?: ScoringRule | undefined;
}

/**
 * Monte-Carlo tree search: descend by the rule to a node that is not expanded; one that was visited before (and the root) is expanded, and
 * its first child taken; evaluate the node, and back the value up.
 *
 * Of equally good children the first is taken, so that the tree hangs on `expand` and `evaluate` alone. An end that is reached again is
 * evaluated again.
 *
 * @returns the root with all that was grown
 * @throws UsageError for simulations that are no whole number of at least 1, or a value that is not finite
 * @source Kocsis and Szepesvári (2006); Browne et al. (2012), section 3
 * @example const root = await growTree("", { expand, evaluate, simulations: 64 });
 */
export async function growTree<S>(state: S, options: TreeOptions<S>): Promise<TreeNode<S>> {
  const { expand, evaluate, simulations, rule = ucb() } = options;
  if (!(Number.isInteger(simulations) && simulations >= 1))
    throw new UsageError(`a tree search needs a whole number of simulations of at least 1, not ${simulations}`);
  const root = nodeOf<S>(state, 1, undefined);
  for (let s = 0; s < simulations; s++) {
    let node = root;
    while (node.children !== undefined && node.children.length > 0) node = best(node, rule);
    if (node.children === undefined && (node === root || node.visits > 0)) {
      const parent = node;
      node.children = (await expand(node)).map(({ state: next, prior }) => nodeOf(next, prior ?? 1, parent));
      node = node.children[0] ?? node;
    }
    const value = await evaluate(node);
    if (value === null) continue;
    if (!Number.isFinite(value)) throw new UsageError(`a tree search met the value ${value}`);
    for (let at: TreeNode<S> | undefined = node; at !== undefined; at = at.parent) {
      at.visits++;
      at.total += value;
    }
  }
  return root;
}

function nodeOf<S>(state: S, prior: number, parent: TreeNode<S> | undefined): TreeNode<S> {
  return {
    state,
    parent,
    depth: parent === undefined ? 0 : parent.depth + 1,
    prior,
    children: undefined,
    visits: 0,
    total: 0,
  };
}

function best<S>(parent: TreeNode<S>, rule: ScoringRule): TreeNode<S> {
  let [found, most] = [parent.children![0]!, Number.NEGATIVE_INFINITY];
  for (const child of parent.children!) {
    const score = rule(child, parent);
    if (score > most) [found, most] = [child, score];
  }
  return found;
}
