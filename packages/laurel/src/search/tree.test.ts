import { describe, expect, it } from "vitest";
import { UsageError } from "../core/index.ts";
import { growTree, puct, type ScoringRule, type TreeNode, ucb } from "./tree.ts";

/** A binary tree of depth 3 in which one leaf is worth 1. */
const binary = (rule: ScoringRule, simulations: number, worth = "rrr") =>
  growTree("", {
    simulations,
    rule,
    expand: async ({ state }) => (state.length < 3 ? [{ state: `${state}l` }, { state: `${state}r` }] : []),
    evaluate: async ({ state }) => (worth.startsWith(state) ? state.length / 3 : 0),
  });

const all = <S>(node: TreeNode<S>): TreeNode<S>[] => [node, ...(node.children ?? []).flatMap(all)];

describe("growTree", () => {
  it.each([
    ["ucb", ucb()],
    ["puct", puct()],
  ])("comes to visit the best path most, by %s", async (_, rule) => {
    const root = await binary(rule, 200);
    const path: string[] = [];
    for (let node: TreeNode<string> | undefined = root; node?.children?.length; ) {
      node = node.children.reduce((most, one) => (one.visits > most.visits ? one : most));
      path.push(node.state);
    }
    expect(path).toEqual(["r", "rr", "rrr"]);
  });

  it("backs every value up to the root, once a simulation", async () => {
    const root = await binary(ucb(), 50);
    expect(root.visits).toBe(50);
    for (const node of all(root)) {
      const below = (node.children ?? []).reduce((sum, { visits }) => sum + visits, 0);
      // a node is evaluated itself once, when it is first reached, and the root never
      if (node.children !== undefined && node.children.length > 0)
        expect(node.visits).toBe(below + (node.parent === undefined ? 0 : 1));
    }
  });

  it("is UCB1's formula", () => {
    const parent = { visits: 8 } as TreeNode<unknown>;
    expect(ucb(2)({ visits: 4, total: 3 } as TreeNode<unknown>, parent)).toBeCloseTo(
      0.75 + 2 * Math.sqrt(Math.log(8) / 4),
      12,
    );
    expect(ucb()({ visits: 0, total: 0 } as TreeNode<unknown>, parent)).toBe(Number.POSITIVE_INFINITY);
    expect(puct(2)({ visits: 1, total: 1, prior: 0.5 } as TreeNode<unknown>, parent)).toBeCloseTo(
      1 + (2 * 0.5 * Math.sqrt(8)) / 2,
      12,
    );
  });

  it("backs up nothing where there is no value, and refuses one that is not finite", async () => {
    const options = { simulations: 4, expand: async () => [{ state: "a" }] };
    const root = await growTree("", { ...options, evaluate: async () => null });
    expect(root.visits).toBe(0);
    await expect(growTree("", { ...options, evaluate: async () => Number.NaN })).rejects.toThrow(UsageError);
    await expect(growTree("", { ...options, simulations: 0, evaluate: async () => 1 })).rejects.toThrow(UsageError);
  });
});
