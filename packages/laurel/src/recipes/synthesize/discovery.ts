import { type Json, type Random, random, type Seed, split, type Task, task, UsageError } from "../../core/index.ts";
import type { FacetMatcher, Hypothesis } from "../../rewards/verify/match/hypothesis.ts";

/** How a and b make the target; a is the first of a hypothesis' variables, b the second. */
export const discoveryForms = ["a + b", "a - b", "a * b", "sign(a) * b", "a^2 + b"] as const;
export type DiscoveryForm = (typeof discoveryForms)[number];

/** What holds half for any form: that the variables matter, however. */
export const generalRelation = "a and b matter";

const shapes: Readonly<Record<DiscoveryForm, (a: number, b: number) => number>> = {
  "a + b": (a, b) => a + b,
  "a - b": (a, b) => a - b,
  "a * b": (a, b) => a * b,
  "sign(a) * b": (a, b) => Math.sign(a) * b,
  "a^2 + b": (a, b) => a * a + b,
};

/** The value that a form gives. */
export function formValue(form: DiscoveryForm, a: number, b: number): number {
  return shapes[form](a, b);
}

/** Does it matter which variable is a? A difference counts up to its sign. */
export function isOrdered(form: string): boolean {
  return form === "sign(a) * b" || form === "a^2 + b";
}

/** Dials of a discovery task. */
export interface DiscoveryOptions {
  /** Default 300. */
  rows?: number | undefined;
  /** Noisy steps between the two parents and the columns that are seen; default 0. */
  height?: number | undefined;
  /** Noisy steps between what the parents make and the target that is seen; default 0. */
  depth?: number | undefined;
  /** Sd of the noise on the relation; default 0.1. */
  noise?: number | undefined;
  /** Sd of the noise of a step of height, and of one of depth; default 0.4 and 0.5. */
  heightNoise?: number | undefined;
  depthNoise?: number | undefined;
  /** Columns that have nothing to do with the target; default 4. */
  distractors?: number | undefined;
  /** How often the relation holds only where `category` is 0; default ½. */
  context?: number | undefined;
}

/** A node of the tree of hypotheses: what it is made from. */
export type DiscoveryNode = { readonly name: string; readonly how: string; readonly from: readonly DiscoveryNode[] };

/** A table with a relation in it, and the hypothesis that states it. */
export interface Discovery {
  /** Names of the numeric columns, and their values, rows long. */
  names: readonly string[];
  columns: readonly Float64Array[];
  /** 0, 1 or 2 a row. */
  category: Uint8Array;
  target: Float64Array;
  gold: Hypothesis;
  /** From the target that is seen down to the columns that are seen. */
  tree: DiscoveryNode;
}

/** To mean 0 and standard deviation 1. */
function standardised(x: Float64Array): Float64Array {
  let mean = 0;
  for (const one of x) mean += one / x.length;
  let variance = 0;
  for (const one of x) variance += (one - mean) ** 2 / x.length;
  const sd = Math.sqrt(variance) || 1;
  return x.map((one) => (one - mean) / sd);
}

const normals = (rng: Random, n: number): Float64Array => Float64Array.from({ length: n }, () => rng.normal());

function blurred(x: Float64Array, steps: number, sd: number, rng: Random): Float64Array {
  let seen = x;
  for (let step = 0; step < steps; step++) seen = standardised(seen.map((one) => one + sd * rng.normal()));
  return seen;
}

/**
 * A table in which one relation is hidden, with the hypothesis that states it (DiscoveryBench's synthetic tasks, without language).
 *
 *     a, b ~ N(0, 1);  y = z(ψ(a, b)) + noise · N;  a column is a blurred `height` times, the target y blurred `depth` times: x ← z(x + sd · N)
 *
 * ψ is one of `discoveryForms`, z standardises. With probability `context` the relation holds only where `category` is 0, and y is noise elsewhere.
 *
 * @returns the columns in random order, named x1, x2, …; `gold.variables` are the two parents, a first, `gold.context` "None" or "category 0"
 * @throws UsageError for counts below 0, or fewer than 2 rows
 * @source discoverybench; its folders are named by the same height and depth
 * @example discoveryTask({ height: 1, depth: 2 }, seedFrom(1)).gold.relation // such as "a * b"
 */
export function discoveryTask(options: DiscoveryOptions, seed: Seed): Discovery {
  const { rows = 300, height = 0, depth = 0, noise = 0.1, heightNoise = 0.4, depthNoise = 0.5 } = options;
  const { distractors = 4, context = 0.5 } = options;
  for (const [name, value, least] of [
    ["rows", rows, 2],
    ["height", height, 0],
    ["depth", depth, 0],
    ["distractors", distractors, 0],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new UsageError(`${name}: expected a whole number of at least ${least}, not ${value}`);
  const rng = random(seed);
  const form = discoveryForms[rng.below(discoveryForms.length)]!;
  const only = rng.uniform() < context;
  const a = normals(rng, rows);
  const b = normals(rng, rows);
  const category = Uint8Array.from({ length: rows }, () => rng.below(3));
  const made = standardised(a.map((one, i) => formValue(form, one, b[i]!)));
  const y = made.map((one, i) => (only && category[i] !== 0 ? rng.normal() : one + noise * rng.normal()));
  const target = blurred(y, depth, depthNoise, rng);
  const columns = [
    blurred(a, height, heightNoise, rng),
    blurred(b, height, heightNoise, rng),
    ...Array.from({ length: distractors }, () => normals(rng, rows)),
  ];
  const order = rng.shuffled([...columns.keys()]);
  const nameOf = (column: number): string => `x${order.indexOf(column) + 1}`;
  const variables = [nameOf(0), nameOf(1)];
  return {
    names: order.map((_, place) => `x${place + 1}`),
    columns: order.map((column) => columns[column]!),
    category,
    target,
    gold: { context: only ? "category 0" : "None", variables, relation: form },
    tree: chain("y", depth, "with noise", () => ({
      name: "relation",
      how: form,
      from: variables.map((name, i) => chain(name, height, "with noise", () => leaf("ab"[i]!))),
    })),
  };
}

const leaf = (name: string): DiscoveryNode => ({ name, how: "not seen", from: [] });

/** A node above so many noisy steps. */
function chain(name: string, steps: number, how: string, end: () => DiscoveryNode): DiscoveryNode {
  return steps === 0
    ? { name, how: "as it stands", from: [end()] }
    : { name, how, from: [chain(`${name}, ${steps} above`, steps - 1, how, end)] };
}

/**
 * The matcher for hypotheses about generated tables: contexts as texts, variables as sets, and of relations the form.
 *
 * 1 for the same form, with the same variable as a where that matters; ½ for a sum and a difference taken for each other, and for the general
 * statement that the variables matter; else 0.
 */
export const discoveryMatcher: FacetMatcher = {
  context: (wanted, predicted) => wanted.context === predicted.context,
  variables(wanted, predicted) {
    const own = new Set(predicted.variables);
    return {
      wanted: wanted.variables.length,
      predicted: own.size,
      shared: wanted.variables.filter((name) => own.has(name)).length,
    };
  },
  relation(wanted, predicted) {
    const [form, said] = [wanted.relation, predicted.relation];
    if (said === generalRelation) return 0.5;
    if (form !== said) return [form, said].sort().join() === "a + b,a - b" ? 0.5 : 0;
    const same = wanted.variables.every((name) => predicted.variables.includes(name));
    return isOrdered(form) && same && wanted.variables[0] !== predicted.variables[0] ? 0 : 1;
  },
};

/** Options of `discoveryTasks`. */
export interface DiscoveryTasksOptions extends DiscoveryOptions {
  n: number;
  /** Heights and depths are drawn from 0 to these; default 3 and 3. */
  mostHeight?: number | undefined;
  mostDepth?: number | undefined;
  /** Default 60: a table in a prompt. */
  rows?: number | undefined;
}

/**
 * Discovery tasks as prompts: a table as CSV, the question, and the form of the answer.
 *
 * `reference.answer` is the gold hypothesis, so that `{ kind: verify.match, of: hypotheses, general: { "a + b": ["a - b"], "a - b": ["a + b"] } }`
 * scores answers by the hypothesis match score; `context` holds `height`, `depth` and the `tree`. Candidates are left out.
 *
 * @throws UsageError as `discoveryTask`
 * @example for await (const one of discoveryTasks({ n: 100 }, seedFrom(1))) one.reference?.answer
 */
export async function* discoveryTasks(
  options: DiscoveryTasksOptions,
  seed: Seed,
): AsyncGenerator<Task, void, undefined> {
  const { n, mostHeight = 3, mostDepth = 3, rows = 60, ...dials } = options;
  for (let i = 0; i < n; i++) {
    const own = split(seed, i);
    const rng = random(split(own, "dials"));
    const height = dials.height ?? rng.below(mostHeight + 1);
    const depth = dials.depth ?? rng.below(mostDepth + 1);
    const made = discoveryTask({ ...dials, rows, height, depth }, own);
    const { gold } = made;
    yield task(
      prompt(made),
      [],
      { answer: [{ ...gold }] as unknown as Json },
      {
        id: `discovery/${height}/${depth}/${i + 1}`,
        context: { height, depth, tree: made.tree as unknown as Json },
      },
    );
  }
}

function prompt({ names, columns, category, target }: Discovery): string {
  const lines = [...category].map((one, row) =>
    [one, ...columns.map((column) => column[row]!.toFixed(3)), target[row]!.toFixed(3)].join(","),
  );
  return [
    "What makes y in this table? Two of the columns do, by one of the forms below, either in all rows or only in those of one category.",
    `Forms (a is the first variable, b the second): ${discoveryForms.join("; ")}`,
    'Answer with JSON: {"context": "None" or "category 0" (or 1 or 2), "variables": ["…", "…"], "relation": "…"}',
    ["category", ...names, "y"].join(","),
    ...lines,
  ].join("\n");
}
