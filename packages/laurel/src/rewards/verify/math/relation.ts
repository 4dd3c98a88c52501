import { type Random, random, seedFrom } from "../../../core/index.ts";
import { evaluate } from "./evaluate.ts";
import { type Node, negated, type RelationSign, variables } from "./node.ts";
import { agree, type Comparison, type Decision, pointFor, sameScalar } from "./scalar.ts";

type Relation = Extract<Node, { k: "rel" }>;

const POINTS = 8;

/** A symbol, f(x), |AB|, \angle ABC, (x, y), A:B: what a value is given to, rather than computed with. */
export function isName(node: Node): boolean {
  switch (node.k) {
    case "sym":
      return true;
    case "text":
      return true;
    case "fn":
      return node.name.endsWith("()") ||
        /^(?:abs|angle|triangle|overline|bar|vec|overrightarrow|hat|measuredangle)$/.test(node.name)
        ? node.args.every((arg) => isName(arg) || arg.k === "num")
        : /^(?:max|min|det|gcd|lcm|Re|Im|arg)$/.test(node.name) && node.args.every(isName);
    case "mul":
      return node.args.every(isName);
    case "pow":
      // m/n
      return isName(node.base) && node.exp.k === "num" && node.exp.v.n === -1n;
    case "ratio":
      return node.parts.every(isName);
    case "seq":
      return node.items.length > 0 && node.items.every(isName);
    default:
      return false;
  }
}

/**
 * What a definition says: "x = 3 + 3 = 6" names x and has the value 6; undefined for an equation such as a + b = 7.
 * Chains of three and more sides have the value of their last.
 */
export function definition(node: Node): { name: Node; value: Node } | undefined {
  if (node.k !== "rel" || node.signs.some((sign) => sign !== "=" && sign !== "approx" && sign !== "equiv"))
    return undefined;
  const last = node.terms[node.terms.length - 1]!;
  const name = node.terms.slice(0, -1).find(isName);
  if (
    name !== undefined &&
    !(isName(last) && variables(last).size > 0 && node.terms.length === 2 && node.terms[0]!.k !== "sym")
  ) {
    // x = x + 1 defines nothing
    if (name.k === "sym" && variables(last).has(name.name)) return undefined;
    return { name, value: last };
  }
  const first = node.terms[0]!;
  if (node.terms.length === 2 && isName(last) && variables(first).size === 0) return { name: last, value: first };
  return undefined;
}

/** Do two definitions name things that can be the same? Letters of the coordinate axes must agree; in a list all letters must. */
export function namesAgree(a: Node, b: Node, inList: boolean): boolean {
  if (a.k !== "sym" || b.k !== "sym" || a.name === b.name) return true;
  return !inList && !(/^[xyz]$/.test(a.name) && /^[xyz]$/.test(b.name));
}

function direction(sign: RelationSign): 1 | -1 | 0 {
  return sign === ">" || sign === ">=" ? 1 : sign === "<" || sign === "<=" ? -1 : 0;
}

function kind(sign: RelationSign): string {
  return sign === "<" || sign === ">"
    ? "strict"
    : sign === "<=" || sign === ">="
      ? "weak"
      : sign === "approx" || sign === "equiv"
        ? "="
        : sign;
}

/**
 * Are two equations or inequalities of two sides multiples of one another? left − right of one must be a constant times that of
 * the other, a positive constant for inequalities of the same direction.
 */
export function sameRelation(gold: Relation, candidate: Relation, comparison: Comparison): Decision {
  if (gold.signs.length !== 1 || candidate.signs.length !== 1) return sameChain(gold, candidate, comparison);
  const g = gold.signs[0]!;
  const c = candidate.signs[0]!;
  if (kind(g) !== kind(c)) return { equal: false, rule: "relation" };
  const left: Node = { k: "add", args: [gold.terms[0]!, negated(gold.terms[1]!)] };
  const right: Node = { k: "add", args: [candidate.terms[0]!, negated(candidate.terms[1]!)] };
  const names = [...variables(left, variables(right))].sort();
  if (names.length === 0) return sameChain(gold, candidate, comparison);
  const source: Random = random(seedFrom(comparison.seed));
  let ratio: number | undefined;
  let agreed = 0;
  let goldUsable = 0;
  for (let k = 0; k < POINTS * 4 && agreed < POINTS; k++) {
    const point = pointFor(names, source, k, false);
    const x = evaluate(left, point, comparison.numeric);
    if (!Number.isFinite(x.re) || Math.abs(x.im) > 1e-9 || Math.abs(x.re) < 1e-6) continue;
    goldUsable++;
    const y = evaluate(right, point, comparison.numeric);
    if (!Number.isFinite(y.re) || Math.abs(y.im) > 1e-9) return { equal: false, rule: "relation" };
    if (ratio === undefined) {
      if (Math.abs(y.re) < 1e-9) return { equal: false, rule: "relation" };
      ratio = y.re / x.re;
      const d = direction(g) * direction(c);
      if (d !== 0 && Math.sign(ratio) !== d) return { equal: false, rule: "relation" };
    } else if (!agree({ re: x.re * ratio, im: 0, err: x.err * Math.abs(ratio) + 1e-13 * Math.abs(x.re * ratio) }, y))
      return { equal: false, rule: "relation" };
    agreed++;
  }
  if (goldUsable === 0) return { equal: "undecided", rule: "gold has no value at the points tried" };
  return { equal: agreed >= POINTS / 2, rule: "proportional relations" };
}

function sameChain(gold: Relation, candidate: Relation, comparison: Comparison): Decision {
  if (gold.signs.length !== candidate.signs.length) return { equal: false, rule: "relation" };
  const forward = gold.signs.every(
    (sign, k) => kind(sign) === kind(candidate.signs[k]!) && direction(sign) === direction(candidate.signs[k]!),
  );
  if (forward)
    return {
      equal: gold.terms.every((term, k) => sameScalar(term, candidate.terms[k]!, comparison).equal === true),
      rule: "chain",
    };
  const n = gold.signs.length;
  const backward = gold.signs.every(
    (sign, k) =>
      kind(sign) === kind(candidate.signs[n - 1 - k]!) && direction(sign) === -direction(candidate.signs[n - 1 - k]!),
  );
  if (!backward) return { equal: false, rule: "relation" };
  return {
    equal: gold.terms.every((term, k) => sameScalar(term, candidate.terms[n - k]!, comparison).equal === true),
    rule: "chain",
  };
}
