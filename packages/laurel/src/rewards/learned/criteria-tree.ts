import { UsageError } from "../../core/index.ts";
import { linearOutputs } from "./gated.ts";
import { type GateShape, gateOf, gateTensors } from "./gated-network.ts";
import type { Head, HeadScore } from "./head.ts";

/** Criteria under aspects, each criterion under one. */
export interface CriteriaTree {
  readonly aspects: readonly { readonly name: string; readonly criteria: readonly string[] }[];
}

/** All criteria of a tree, aspect by aspect: the order of a model's outputs. */
export function treeCriteria({ aspects }: CriteriaTree): string[] {
  return aspects.flatMap(({ criteria }) => criteria);
}

/**
 * Makes sure that a tree is one.
 *
 * @param criteria where given, all criteria that must stand in the tree
 * @throws UsageError for an aspect named twice or without criteria, and a criterion in two aspects or in none
 */
export function checkTree(tree: CriteriaTree, criteria?: readonly string[]): void {
  const wrong = treeProblem(tree, criteria);
  if (wrong !== undefined) throw new UsageError(wrong);
}

function treeProblem({ aspects }: CriteriaTree, criteria: readonly string[] = []): string | undefined {
  if (aspects.length === 0) return "a tree has at least one aspect";
  const where = new Map<string, string>();
  const names = new Set<string>();
  for (const aspect of aspects) {
    if (names.has(aspect.name)) return `the aspect ${aspect.name} stands twice`;
    names.add(aspect.name);
    if (aspect.criteria.length === 0) return `the aspect ${aspect.name} has no criteria`;
    for (const criterion of aspect.criteria) {
      const before = where.get(criterion);
      if (before !== undefined) return `the criterion ${criterion} stands in two aspects, ${before} and ${aspect.name}`;
      where.set(criterion, aspect.name);
    }
  }
  const lost = criteria.find((criterion) => !where.has(criterion));
  return lost === undefined ? undefined : `the criterion ${lost} stands in no aspect`;
}

/** What a tree says of one answer. */
export interface TreeScore {
  value: number;
  /** a_m, one an aspect. */
  aspects: Float64Array;
  /** w_k (within its aspect) and g_m: the gates' weights. */
  criterionWeights: Float64Array;
  aspectWeights: Float64Array;
}

/**
 * The score of criteria under a tree: a_m = Σ_{k in m} w_k r_k, value = Σ_m g_m a_m.
 *
 * @param criteria r_k, in the tree's order
 * @param criterionWeights w_k
 * @param aspectWeights g_m
 * @example treeScore(tree, [1, -1, 2, 0], [0.5, 0.5, 0.5, 0.5], [0.25, 0.75]).value // 0.75 for two aspects of two
 */
export function treeScore(
  tree: CriteriaTree,
  criteria: ArrayLike<number>,
  criterionWeights: Float64Array,
  aspectWeights: Float64Array,
): TreeScore {
  const aspects = new Float64Array(tree.aspects.length);
  let value = 0;
  let k = 0;
  for (const [m, aspect] of tree.aspects.entries()) {
    for (let end = k + aspect.criteria.length; k < end; k++) aspects[m]! += criterionWeights[k]! * criteria[k]!;
    value += aspectWeights[m]! * aspects[m]!;
  }
  return { value, aspects, criterionWeights, aspectWeights };
}

/** Criteria, aspects and two gates that decide how much each counts. */
export interface CriteriaTreeConfig {
  dim: number;
  /** Width of the prompt's vector; a static gate does not read it. */
  prompt: number;
  aspects: { name: string; criteria: string[] }[];
  /** Do the gates read the prompt? */
  gate: "prompt" | "static";
  /** Widths of both gates' hidden layers. */
  hidden: number[];
  temperature: number;
  /** How many coefficients the rationale names. */
  top: number;
}

/** The gates of a tree: a softmax inside each aspect, and one over the aspects. */
export function treeGates(
  tree: CriteriaTree,
  options: { gate: "prompt" | "static"; prompt: number; hidden: readonly number[]; temperature: number },
): { criteria: GateShape; aspects: GateShape } {
  const { gate: form, prompt, hidden, temperature } = options;
  const own = { form, prompt, hidden, temperature };
  return {
    criteria: { ...own, groups: tree.aspects.map(({ criteria }) => criteria.length) },
    aspects: { ...own, groups: [tree.aspects.length] },
  };
}

/**
 * MJ-VIDEO: criteria by a linear map, r = W h, weighed within their aspects by one gate and the aspects by another, both from the prompt.
 *
 * Parts are the aspects by name and the criteria as `aspect/criterion`; `facts` has both gates' weights, the rationale the criteria that
 * count most, by g_m w_k. The gates' learned scales multiply the weights, so that scores are defined up to scale: compare by order, or
 * calibrate. A tree of one aspect whose aspect gate has scale 1 is the gated head.
 *
 * Source: MJ-VIDEO (2025), released `moe_reward`.
 */
export const criteriaTreeHead: Head<CriteriaTreeConfig> = {
  summary: "criteria under aspects, with gates that decide by the prompt which count",
  config: (z) =>
    z.strictObject({
      dim: z.int().positive(),
      prompt: z.int().positive(),
      aspects: z
        .array(z.strictObject({ name: z.string().min(1), criteria: z.array(z.string().min(1)) }))
        .check((ctx) => {
          const wrong = treeProblem({ aspects: ctx.value });
          if (wrong !== undefined) ctx.issues.push({ code: "custom", message: wrong, input: ctx.value });
        }),
      gate: z.enum(["prompt", "static"]).default("prompt"),
      hidden: z.array(z.int().positive()).default([]),
      temperature: z.number().positive().default(1),
      top: z.int().positive().default(3),
    }),
  inputs: ({ dim, prompt, gate }) => ({ candidate: dim, ...(gate === "prompt" ? { prompt } : {}) }),
  tensors(config) {
    const gates = treeGates(config, config);
    return {
      "criteria.weight": [treeCriteria(config).length, config.dim],
      ...gateTensors("criterion-gate.", gates.criteria),
      ...gateTensors("aspect-gate.", gates.aspects),
    };
  },
  score(weights, config) {
    const gates = treeGates(config, config);
    const linear = weights.get("criteria.weight")!.values;
    const criterionGate = gateOf("criterion-gate.", gates.criteria, weights);
    const aspectGate = gateOf("aspect-gate.", gates.aspects, weights);
    return ({ candidate, prompt }) => {
      const r = linearOutputs(linear, candidate, config.dim);
      return shown(config, r, treeScore(config, r, criterionGate(prompt), aspectGate(prompt)));
    };
  },
};

function shown(config: CriteriaTreeConfig, r: Float64Array, score: TreeScore): HeadScore {
  const parts: Record<string, number> = {};
  const counted: { name: string; c: number }[] = [];
  const criterionWeights: Record<string, number> = {};
  const aspectWeights: Record<string, number> = {};
  let k = 0;
  for (const [m, { name, criteria }] of config.aspects.entries()) {
    parts[name] = score.aspects[m]!;
    aspectWeights[name] = score.aspectWeights[m]!;
    for (const criterion of criteria) {
      const path = `${name}/${criterion}`;
      parts[path] = r[k]!;
      criterionWeights[path] = score.criterionWeights[k]!;
      counted.push({ name: path, c: score.aspectWeights[m]! * score.criterionWeights[k]! });
      k++;
    }
  }
  const rationale = counted
    .sort((a, b) => Math.abs(b.c) - Math.abs(a.c))
    .slice(0, config.top)
    .map(({ name, c }) => `${name} ${c.toFixed(3)}`)
    .join(", ");
  return { value: score.value, parts, rationale, facts: { criterionWeights, aspectWeights } };
}
