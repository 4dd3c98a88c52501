import { type Random, random, seedFrom } from "../../../core/index.ts";
import { type ClosenessOptions, nearValue, sameNumber } from "./closeness.ts";
import type { Value } from "./complex.ts";
import { evaluate, type Point } from "./evaluate.ts";
import { Exact, type Fraction } from "./exact.ts";
import { Budget, limits, Spent } from "./limits.ts";
import { type Node, some, variables } from "./node.ts";

/** What one comparison shares: options, the exact arithmetic, the random points, the work that is left. */
export interface Comparison {
  readonly options: ClosenessOptions;
  readonly exact: Exact;
  readonly numeric: Budget;
  /** The texts that the random points are seeded by. */
  readonly seed: string;
}

/** A decision on two parts of answers; `undecided` only where the gold part itself cannot be evaluated. */
export interface Decision {
  equal: boolean | "undecided";
  rule: string;
}

export function startComparison(seed: string, options: ClosenessOptions): Comparison {
  return { options, exact: new Exact(), numeric: new Budget(limits.numeric, "evaluation"), seed };
}

/** How many random points must agree, and how many are tried. */
const NEEDED = 6;
const TRIED = 40;

type Num = Extract<Node, { k: "num" }>;

/** A number with its sign folded in. */
function asNumber(node: Node): Num | undefined {
  if (node.k === "num") return node;
  if (
    node.k === "mul" &&
    node.args.length === 2 &&
    node.args[0]!.k === "num" &&
    node.args[1]!.k === "num" &&
    node.args[0]!.v.n === -1n &&
    node.args[0]!.v.d === 1n
  ) {
    const { v } = node.args[1]!;
    return { ...node.args[1]!, v: { n: -v.n, d: v.d } };
  }
  return undefined;
}

function exactForm(node: Node, exact: Exact): Fraction | undefined {
  try {
    return exact.of(node);
  } catch (thrown) {
    if (thrown instanceof Spent) return undefined;
    throw thrown;
  }
}

function attempt<T>(f: () => T): T | undefined {
  try {
    return f();
  } catch (thrown) {
    if (thrown instanceof Spent) return undefined;
    throw thrown;
  }
}

/**
 * Do two scalars mean the same? Exact normal forms first; where they cannot tell, evaluation at seeded random points.
 */
export function sameScalar(gold: Node, candidate: Node, comparison: Comparison): Decision {
  const { exact, options } = comparison;
  const g = asNumber(gold);
  const c = asNumber(candidate);
  if (g !== undefined && c !== undefined) {
    // "204" for 204₅: the base is understood from the question
    if (g.digits !== undefined && c.digits === undefined && c.v.d === 1n && String(c.v.n) === g.digits)
      return { equal: true, rule: "base omitted" };
    const rule = sameNumber(g, c, options);
    return { equal: rule !== undefined, rule: rule ?? "number" };
  }
  if (isInfinite(gold) || isInfinite(candidate)) {
    return { equal: infinity(gold) !== 0 && infinity(gold) === infinity(candidate), rule: "infinity" };
  }
  const a = exactForm(gold, exact);
  const b = a === undefined ? undefined : exactForm(candidate, exact);
  if (a !== undefined && b !== undefined) {
    const difference = attempt(() => exact.difference(a, b));
    if (difference?.size === 0) return { equal: true, rule: "exact" };
    const x = exact.constant(a);
    const y = exact.constant(b);
    if (x !== undefined && y !== undefined) {
      const rule = sameNumber(g ?? { k: "num", v: x }, c ?? { k: "num", v: y }, options);
      return { equal: rule !== undefined, rule: rule ?? "exact" };
    }
    if (difference !== undefined && exact.decides(difference) && !near(comparison, g ?? c))
      return { equal: false, rule: "exact" };
  }
  return sampled(gold, candidate, comparison);
}

/** Might a closeness rule still accept what exact arithmetic tells apart? */
function near(comparison: Comparison, written: Num | undefined): boolean {
  return written?.significant !== undefined || comparison.options.tolerance !== undefined;
}

function isInfinite(node: Node): boolean {
  return some(node, (one) => one.k === "sym" && one.name === "inf");
}

/** +1 for ∞, −1 for −∞, 0 for anything else. */
export function infinity(node: Node): -1 | 0 | 1 {
  if (node.k === "sym") return node.name === "inf" ? 1 : 0;
  if (node.k !== "mul" && node.k !== "add") return 0;
  if (node.k === "add") return node.args.length === 1 ? infinity(node.args[0]!) : 0;
  let sign: -1 | 0 | 1 = 1;
  let found = false;
  for (const arg of node.args) {
    const inner = infinity(arg);
    if (inner !== 0) {
      found = true;
      sign = (sign * inner) as -1 | 1;
    } else if (arg.k === "num" && arg.v.n !== 0n) {
      if (arg.v.n < 0n) sign = -sign as -1 | 1;
    } else return 0;
  }
  return found ? sign : 0;
}

/** A point with a value for each name, real: in turn all positive, of both signs, all negative. */
export function pointFor(names: readonly string[], random: Random, k: number, complex: boolean): Point {
  const point = new Map<string, Value>();
  for (const name of names) {
    const magnitude = k % 4 === 3 ? 1 + 6 * random.uniform() : 0.15 + 1.7 * random.uniform();
    const negative = k % 3 === 2 || (k % 3 === 1 && random.uniform() < 0.5);
    const re = negative ? -magnitude : magnitude;
    point.set(name, { re, im: complex ? 2 * random.uniform() - 1 : 0, err: 0 });
  }
  return point;
}

function isReal(a: Value): boolean {
  return Math.abs(a.im) <= 8 * a.err + 1e-14 * Math.abs(a.re);
}

function usable(a: Value): boolean {
  const s = Math.hypot(a.re, a.im);
  return Number.isFinite(s) && a.err <= 1e-6 * s + 1e-12;
}

/**
 * Compares two scalars at random points. Only points where the gold side has a value count. For real expressions only
 * points where both are real count, so that ln x² and 2 ln x agree on their common domain.
 */
function sampled(gold: Node, candidate: Node, comparison: Comparison): Decision {
  const names = [...variables(gold, variables(candidate))].sort();
  const source = random(seedFrom(comparison.seed));
  const budget = comparison.numeric;
  if (names.length === 0) return constants(gold, candidate, comparison);
  for (const complex of [false, true]) {
    let goldUsable = 0;
    let bothReal = 0;
    let agreed = 0;
    for (let k = 0; k < TRIED && agreed < NEEDED; k++) {
      const point = pointFor(names, source, k, complex);
      const x = evaluate(gold, point, budget);
      if (!usable(x) || (!complex && !isReal(x))) continue;
      goldUsable++;
      const y = evaluate(candidate, point, budget);
      if (!usable(y)) {
        // both sides of a removable gap may be undefined at different points; a candidate without values never agrees
        continue;
      }
      if (!complex && !isReal(y)) continue;
      bothReal++;
      if (!agree(x, y)) return { equal: false, rule: "random points" };
      agreed++;
    }
    if (agreed >= NEEDED || (agreed > 0 && bothReal === agreed && goldUsable < TRIED / 2 && agreed >= 3))
      return { equal: true, rule: "random points" };
    if (goldUsable > 0 && !complex && bothReal === 0) return { equal: false, rule: "random points" };
    if (goldUsable >= NEEDED && !complex) return { equal: false, rule: "random points" };
    if (complex && goldUsable > 0) return { equal: false, rule: "random points" };
  }
  return { equal: "undecided", rule: "gold has no value at the points tried" };
}

/** Do two values agree within their error bounds and 1e-11 of their size? */
export function agree(x: Value, y: Value): boolean {
  const gap = Math.hypot(x.re - y.re, x.im - y.im);
  return gap <= 8 * (x.err + y.err) + 1e-11 * Math.max(Math.hypot(x.re, x.im), Math.hypot(y.re, y.im));
}

function constants(gold: Node, candidate: Node, comparison: Comparison): Decision {
  const point: Point = new Map();
  const x = evaluate(gold, point, comparison.numeric);
  const y = evaluate(candidate, point, comparison.numeric);
  if (!usable(x)) return { equal: "undecided", rule: "gold has no value" };
  if (!usable(y)) return { equal: false, rule: "candidate has no value" };
  if (agree(x, y)) return { equal: true, rule: "value" };
  if (isReal(x) && isReal(y)) {
    const written = asNumber(gold) ?? asNumber(candidate);
    const rule = nearValue(
      written?.significant === undefined ? undefined : written,
      x.re,
      y.re,
      x.err + y.err,
      comparison.options,
    );
    if (rule !== undefined) return { equal: true, rule };
  }
  return { equal: false, rule: "value" };
}
