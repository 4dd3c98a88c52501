import { realValue } from "./evaluate.ts";
import { determinant, toMatrix } from "./matrix.ts";
import { type Node, negated, show, some, variables, whole, withChildren } from "./node.ts";
import { rational } from "./rational.ts";
import { definition, isName, namesAgree, sameRelation } from "./relation.ts";
import { type Comparison, type Decision, sameScalar } from "./scalar.ts";
import { sameSet, toSet } from "./sets.ts";
import { type Unit, unitOf } from "./units.ts";

/** How percent signs and units are treated. */
export interface AnswerPolicies {
  /**
   * `either` (default): p % equals p/100, and also p where the other side has no percent sign ("what percentage…");
   * `strict`: p % equals p/100 only.
   */
  percent?: "either" | "strict" | undefined;
  /**
   * `optional` (default): a unit that only one side states is passed over, two known units are converted or must be of one
   * dimension; `required`: what the gold answer states the candidate must state; `ignore`: units are never looked at.
   */
  units?: "optional" | "required" | "ignore" | undefined;
}

type Context = Comparison & { readonly policies: AnswerPolicies };

const yes = (rule: string): Decision => ({ equal: true, rule });
const no = (rule: string): Decision => ({ equal: false, rule });

/** Text as it is compared: lower case, single spaces, no outer punctuation. */
export function plainText(text: string): string {
  return text
    .replace(/\\(?:text|mathrm|textbf|mbox|textit|operatorname)\s?\{([^{}]*)\}/g, "$1")
    .replace(/\\[,;:! ]|[$~{}]/g, " ")
    .replace(/\s+/g, " ")
    .replace(/^[\s"'.]{1,4}|[\s"'.,;:!]{1,4}$/g, "")
    .toLowerCase();
}

/** Do two parsed answers mean the same? */
export function compareNodes(gold: Node, candidate: Node, context: Context, inList = false): Decision {
  if (gold.k === "text" || candidate.k === "text") return textual(gold, candidate);
  const relation = definitions(gold, candidate, context, inList);
  if (relation !== undefined) return relation;
  const measured = quantities(gold, candidate, context);
  if (measured !== undefined) return measured;
  if (hasPlusMinus(gold) || hasPlusMinus(candidate)) {
    const g = expanded(gold);
    const c = expanded(candidate);
    return lists({ k: "seq", brackets: "{}", items: g }, { k: "seq", brackets: "{}", items: c }, context);
  }
  if (gold.k === "ratio" || candidate.k === "ratio") return ratios(gold, candidate, context);
  const matrices = matrix(gold, candidate, context);
  if (matrices !== undefined) return matrices;
  const sets = setlike(gold, candidate, context);
  if (sets !== undefined) return sets;
  if (gold.k === "rel" || candidate.k === "rel") {
    if (gold.k === "rel" && candidate.k === "rel") return sameRelation(gold, candidate, context);
    return no("relation against value");
  }
  if (gold.k === "seq" || candidate.k === "seq") {
    if (gold.k === "seq" && candidate.k === "seq") return lists(gold, candidate, context);
    // a set or list of one element is that element
    if (gold.k === "seq" && gold.items.length === 1 && gold.brackets !== "<>")
      return compareNodes(gold.items[0]!, candidate, context);
    if (candidate.k === "seq" && candidate.items.length === 1 && candidate.brackets !== "<>")
      return compareNodes(gold, candidate.items[0]!, context);
    return no("list against value");
  }
  if (structural(gold) || structural(candidate)) return structure(gold, candidate, context);
  if (some(gold, (node) => node.k === "text") || some(candidate, (node) => node.k === "text")) return no("text");
  return scalars(gold, candidate, context);
}

function scalars(gold: Node, candidate: Node, context: Context): Decision {
  const decision = sameScalar(withDeterminants(gold), withDeterminants(candidate), context);
  if (decision.equal !== false) return decision;
  // "5 m" in plain letters: a lone unit letter behind a number, where the other side has no letters
  const g = withoutUnitLetter(gold, candidate);
  const c = withoutUnitLetter(candidate, gold);
  if ((g !== gold || c !== candidate) && context.policies.units !== "required") {
    const again = sameScalar(g, c, context);
    if (again.equal === true) return yes("unit letter");
  }
  return decision;
}

const unitLetters = new Set("m s g h L l N J W V A K C F".split(" "));

function withoutUnitLetter(node: Node, other: Node): Node {
  if (node.k !== "mul" || variables(other).size > 0) return node;
  const last = node.args[node.args.length - 1]!;
  const letter = last.k === "pow" && last.exp.k === "num" ? last.base : last;
  if (letter.k !== "sym" || !unitLetters.has(letter.name)) return node;
  const rest = node.args.slice(0, -1);
  if (rest.some((arg) => variables(arg).size > 0)) return node;
  return rest.length === 1 ? rest[0]! : { k: "mul", args: rest };
}

function withDeterminants(node: Node): Node {
  if (!some(node, (one) => one.k === "fn" && (one.name === "det" || (one.name === "abs" && one.args[0]?.k === "mat"))))
    return node;
  const inner = withChildren(node, withDeterminants);
  const argument = inner.k === "fn" && (inner.name === "det" || inner.name === "abs") ? inner.args[0] : undefined;
  return (argument?.k === "mat" ? determinant(argument.rows) : undefined) ?? inner;
}

function textual(gold: Node, candidate: Node): Decision {
  const g = gold.k === "text" ? gold.text : gold.k === "sym" ? gold.name : undefined;
  const c = candidate.k === "text" ? candidate.text : candidate.k === "sym" ? candidate.name : undefined;
  return g !== undefined && c !== undefined && plainText(g) === plainText(c) ? yes("text") : no("text");
}

/** "x = 5" against "5", and definitions against each other. */
function definitions(gold: Node, candidate: Node, context: Context, inList: boolean): Decision | undefined {
  if (gold.k !== "rel" && candidate.k !== "rel") return undefined;
  const g = definition(gold);
  const c = definition(candidate);
  if (g !== undefined && c !== undefined) {
    if (namesAgree(g.name, c.name, inList)) {
      const decision = compareNodes(g.value, c.value, context);
      if (decision.equal !== false) return decision;
    }
    return gold.k === "rel" &&
      candidate.k === "rel" &&
      gold.terms.length === 2 &&
      candidate.terms.length === 2 &&
      gold.terms.concat(candidate.terms).every(isScalar)
      ? sameRelation(gold, candidate, context)
      : no("definition");
  }
  if (g !== undefined && candidate.k !== "rel") return compareNodes(g.value, candidate, context);
  if (c !== undefined && gold.k !== "rel") return compareNodes(gold, c.value, context);
  // x ∈ S is S
  const inside = (node: Node): Node | undefined =>
    node.k === "rel" && node.signs.length === 1 && node.signs[0] === "in" && isName(node.terms[0]!)
      ? node.terms[1]!
      : undefined;
  const gs = inside(gold);
  const cs = inside(candidate);
  if (gs !== undefined && (cs !== undefined || candidate.k !== "rel"))
    return compareNodes(gs, cs ?? candidate, context);
  if (cs !== undefined && gold.k !== "rel") return compareNodes(gold, cs, context);
  return undefined;
}

function isScalar(node: Node): boolean {
  return !/^(?:seq|union|inter|minus|rel|any|all|mat|ratio|text)$/.test(node.k);
}

function split(node: Node): { value: Node; unit?: Unit | undefined; percent: boolean } {
  if (node.k === "qty") {
    const inner = split(node.value);
    return { ...inner, unit: node.unit };
  }
  if (node.k === "pct") return { value: node.value, percent: true };
  // −5 % and −5 m
  if (
    node.k === "mul" &&
    node.args.length === 2 &&
    node.args[0]!.k === "num" &&
    node.args[0]!.v.n === -1n &&
    (node.args[1]!.k === "pct" || node.args[1]!.k === "qty")
  ) {
    const inner = split(node.args[1]!);
    return { ...inner, value: negated(inner.value) };
  }
  return { value: node, percent: false };
}

function letterUnit(side: ReturnType<typeof split>): ReturnType<typeof split> {
  const { value } = side;
  const rest = withoutUnitLetter(value, whole(0));
  if (rest === value || value.k !== "mul") return side;
  const last = value.args[value.args.length - 1]!;
  return { ...side, value: rest, unit: unitOf(last.k === "pow" ? `${show(last.base)}^${show(last.exp)}` : show(last)) };
}

function quantities(gold: Node, candidate: Node, context: Context): Decision | undefined {
  let g = split(gold);
  let c = split(candidate);
  // "5 m" in plain letters against a side that states its unit
  if (g.unit !== undefined && c.unit === undefined) c = letterUnit(c);
  else if (c.unit !== undefined && g.unit === undefined) g = letterUnit(g);
  if (g.unit === undefined && c.unit === undefined && !g.percent && !c.percent) return undefined;
  const { units = "optional", percent = "either" } = context.policies;
  if (g.percent !== c.percent) {
    const hundredth = (node: Node): Node => ({ k: "mul", args: [{ k: "num", v: rational(1n, 100n) }, node] });
    if (percent === "either") {
      const plain = compareNodes(g.value, c.value, context);
      if (plain.equal === true) return yes("percent sign left out");
    }
    const decision = compareNodes(
      g.percent ? hundredth(g.value) : g.value,
      c.percent ? hundredth(c.value) : c.value,
      context,
    );
    return decision.equal === true ? yes("percent") : decision;
  }
  if (units === "required" && g.unit !== undefined && c.unit === undefined) return no("unit missing");
  const plain = (): Decision => compareNodes(g.value, c.value, context);
  if (
    units === "ignore" ||
    g.unit === undefined ||
    c.unit === undefined ||
    g.unit.dimension === undefined ||
    c.unit.dimension === undefined
  ) {
    const decision = plain();
    if (decision.equal !== false || units === "ignore") return decision;
    // 90° against π/2
    const only = g.unit ?? c.unit;
    if (only?.piOver !== undefined && (g.unit === undefined || c.unit === undefined)) {
      const radians = compareNodes(inBase(g.value, g.unit), inBase(c.value, c.unit), context);
      if (radians.equal === true) return yes("degrees in radians");
    }
    return decision;
  }
  if (g.unit.dimension !== c.unit.dimension) return no("units of different dimensions");
  if (g.unit.factor[0] * c.unit.factor[1] === c.unit.factor[0] * g.unit.factor[1] && g.unit.piOver === c.unit.piOver)
    return plain();
  const decision = compareNodes(inBase(g.value, g.unit), inBase(c.value, c.unit), context);
  return { equal: decision.equal, rule: "converted units" };
}

function inBase(value: Node, unit: Unit | undefined): Node {
  if (unit === undefined) return value;
  const factor: Node = { k: "num", v: rational(unit.factor[0], unit.factor[1] * (unit.piOver ?? 1n)) };
  return { k: "mul", args: unit.piOver === undefined ? [factor, value] : [factor, { k: "sym", name: "pi" }, value] };
}

function hasPlusMinus(node: Node): boolean {
  return node.k !== "seq" && some(node, (one) => one.k === "pm");
}

/** Both readings of ±, signs chosen together; a node without ± is itself. */
function expanded(node: Node): Node[] {
  if (node.k === "seq" && node.brackets !== "()") return node.items.flatMap(expanded);
  if (!some(node, (one) => one.k === "pm")) return [node];
  const choose = (sign: 1 | -1) => {
    const walk = (one: Node): Node => {
      if (one.k !== "pm") return withChildren(one, walk);
      const inner = walk(one.arg);
      return (sign === 1) !== one.flip ? inner : negated(inner);
    };
    return walk;
  };
  return [choose(1)(node), choose(-1)(node)];
}

function ratios(gold: Node, candidate: Node, context: Context): Decision {
  const g = clock(gold);
  const c = clock(candidate);
  if (g !== undefined && c !== undefined && (g.half || c.half)) {
    const equal =
      g.minutes === c.minutes ||
      (!(g.half && c.half) &&
        (g.minutes - c.minutes) % 720 === 0 &&
        Math.min(g.minutes, c.minutes) < 720 &&
        (g.half ? c.minutes < 780 : g.minutes < 780));
    return { equal, rule: "time of day" };
  }
  if (gold.k === "ratio" && candidate.k === "ratio") {
    if (gold.parts.length !== candidate.parts.length) return no("ratio");
    if (gold.padded === true && candidate.padded === true && g !== undefined && c !== undefined && !lowest(gold.parts))
      return { equal: g.minutes === c.minutes, rule: "time of day" };
    if (candidate.parts.some((part) => variables(part).size === 0 && realValue(part) === undefined)) return no("ratio");
    // a : b = c : d where a·d = b·c
    for (let k = 1; k < gold.parts.length; k++) {
      const decision = sameScalar(
        { k: "mul", args: [gold.parts[0]!, candidate.parts[k]!] },
        { k: "mul", args: [gold.parts[k]!, candidate.parts[0]!] },
        context,
      );
      if (decision.equal !== true) return { equal: decision.equal, rule: "ratio" };
    }
    return yes("ratio");
  }
  const quotient = (node: Node): Node | undefined =>
    node.k !== "ratio"
      ? node
      : node.parts.length === 2 && node.half === undefined
        ? { k: "mul", args: [node.parts[0]!, { k: "pow", base: node.parts[1]!, exp: whole(-1) }] }
        : undefined;
  const a = quotient(gold);
  const b = quotient(candidate);
  if (a === undefined || b === undefined) return no("ratio");
  return compareNodes(a, b, context);
}

/** A ratio is given in lowest terms; 3:30 is not, so it is a time. */
function lowest(parts: readonly Node[]): boolean {
  let x = parts[0]!.k === "num" ? parts[0]!.v.n : 1n;
  for (const part of parts.slice(1)) {
    let y = part.k === "num" ? part.v.n : 1n;
    while (y !== 0n) [x, y] = [y, x % y];
  }
  return x === 1n;
}

function clock(node: Node): { minutes: number; half: boolean } | undefined {
  if (node.k !== "ratio" || node.parts.length > 3) return undefined;
  const parts: number[] = [];
  for (const part of node.parts) {
    if (part.k !== "num" || part.v.d !== 1n || part.v.n < 0n || part.v.n > 59n) return undefined;
    parts.push(Number(part.v.n));
  }
  let hour = parts[0]!;
  if (node.half !== undefined) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (node.half === "pm" ? 12 : 0);
  }
  if (hour > 24) return undefined;
  return { minutes: hour * 60 + (parts[1] ?? 0) + (parts[2] ?? 0) / 60, half: node.half !== undefined };
}

function matrix(gold: Node, candidate: Node, context: Context): Decision | undefined {
  const literal = (node: Node): boolean => !isDeterminant(node) && some(node, (one) => one.k === "mat");
  if (!literal(gold) && !literal(candidate)) return undefined;
  const g = toMatrix(gold) ?? vector(gold);
  const c = toMatrix(candidate) ?? vector(candidate);
  if (g === undefined || c === undefined) return no("matrix against another thing");
  // a row may stand for a column where one side is a plain tuple
  const tuple = toMatrix(gold) === undefined || toMatrix(candidate) === undefined;
  const rows = tuple && g.length !== c.length && g.length === 1 ? g[0]!.map((x) => [x]) : g;
  const others = tuple && g.length !== c.length && c.length === 1 ? c[0]!.map((x) => [x]) : c;
  if (rows.length !== others.length || rows.some((row, i) => row.length !== others[i]!.length))
    return no("matrix of another shape");
  for (let i = 0; i < rows.length; i++)
    for (let j = 0; j < rows[i]!.length; j++) {
      const decision = compareNodes(rows[i]![j]!, others[i]![j]!, context);
      if (decision.equal !== true) return { equal: decision.equal, rule: "matrix" };
    }
  return yes("matrix");
}

function isDeterminant(node: Node): boolean {
  return node.k === "fn" && (node.name === "det" || node.name === "abs");
}

function vector(node: Node): readonly (readonly Node[])[] | undefined {
  return node.k === "seq" && node.brackets !== "{}" && node.items.length > 0 ? [node.items] : undefined;
}

function setlike(gold: Node, candidate: Node, context: Context): Decision | undefined {
  const needs = (node: Node): boolean =>
    /^(?:union|inter|minus|any|all)$/.test(node.k) ||
    (node.k === "rel" && node.signs.some((sign) => sign !== "=")) ||
    (node.k === "seq" && /^(?:\[\)|\(\]|\[\])$/.test(node.brackets) && node.items.length === 2);
  if (!needs(gold) && !needs(candidate)) return undefined;
  if (gold.k === "rel" && candidate.k === "rel") {
    const a = toSet(gold);
    const b = toSet(candidate);
    if (a !== undefined && b !== undefined && a.subject === b.subject)
      return { equal: sameSet(a.pieces, b.pieces, context), rule: "set" };
    return undefined;
  }
  const a = toSet(gold);
  const b = toSet(candidate);
  if (a === undefined || b === undefined) {
    // [a, b] may be a list in brackets
    if (gold.k === "seq" && candidate.k === "seq")
      return gold.brackets === candidate.brackets || gold.brackets === "" || candidate.brackets === ""
        ? ordered(gold.items, candidate.items, context)
        : no("brackets");
    return undefined;
  }
  return { equal: sameSet(a.pieces, b.pieces, context), rule: "set" };
}

function structural(node: Node): boolean {
  return /^(?:union|inter|minus|any|all)$/.test(node.k);
}

/** Unions and conditions with variables: the same parts in any order. */
function structure(gold: Node, candidate: Node, context: Context): Decision {
  if (gold.k !== candidate.k || !("args" in gold) || !("args" in candidate)) return no("structure");
  return unordered(gold.args, candidate.args, context, false);
}

function ordered(a: readonly Node[], b: readonly Node[], context: Context): Decision {
  if (a.length !== b.length) return no("number of items");
  for (let k = 0; k < a.length; k++) {
    const decision = compareNodes(a[k]!, b[k]!, context, true);
    if (decision.equal !== true) return { equal: decision.equal, rule: "items in order" };
  }
  return yes("items in order");
}

/** Each item of one has its equal in the other; repeated items count once in sets. */
function unordered(a: readonly Node[], b: readonly Node[], context: Context, set: boolean): Decision {
  if (!set && a.length !== b.length) return no("number of items");
  const taken = new Set<number>();
  for (const item of a) {
    let found = false;
    for (let k = 0; k < b.length; k++) {
      if (taken.has(k) && !set) continue;
      context.numeric.spend(item.k === "num" && b[k]!.k === "num" ? 1 : 20);
      const decision = compareNodes(item, b[k]!, context, true);
      if (decision.equal === "undecided") return decision;
      if (decision.equal) {
        taken.add(k);
        found = true;
        break;
      }
    }
    if (!found) return no("items");
  }
  for (let k = 0; k < b.length; k++) {
    if (taken.has(k)) continue;
    if (!set || !a.some((item) => compareNodes(item, b[k]!, context, true).equal === true)) return no("items");
  }
  return yes("items");
}

function lists(gold: Extract<Node, { k: "seq" }>, candidate: Extract<Node, { k: "seq" }>, context: Context): Decision {
  const g = unwrapped(gold);
  const c = unwrapped(candidate);
  const a = g.brackets === "()" ? g.items : g.items.flatMap(expandedItem);
  const b = c.brackets === "()" ? c.items : c.items.flatMap(expandedItem);
  const set = g.brackets === "{}" || c.brackets === "{}";
  if (set) {
    if (g.brackets !== c.brackets && g.brackets !== "" && c.brackets !== "" && !tuples(a))
      return no("set against tuple");
    return unordered(a, b, context, true);
  }
  if (g.brackets !== "" && c.brackets !== "" && g.brackets !== c.brackets && !vectors(g.brackets, c.brackets, a.length))
    return no("brackets");
  const inOrder = ordered(a, b, context);
  if (inOrder.equal !== false) return inOrder;
  // a list without brackets, and a list of tuples, has no order
  if ((g.brackets === "" && c.brackets === "") || (tuples(a) && tuples(b))) return unordered(a, b, context, tuples(a));
  return inOrder;
}

/** "((1, 2), (3, 4))" and the like: brackets around a single list add nothing. */
function unwrapped(node: Extract<Node, { k: "seq" }>): Extract<Node, { k: "seq" }> {
  const only = node.items.length === 1 ? node.items[0]! : undefined;
  return only?.k === "seq" && only.items.length > 1 && (node.brackets === "{}" || node.brackets === "")
    ? unwrapped(node.brackets === "{}" && only.brackets === "" ? { ...only, brackets: "{}" } : only)
    : node;
}

function expandedItem(node: Node): Node[] {
  return hasPlusMinus(node) && node.k !== "rel" ? expanded(node) : [node];
}

function tuples(items: readonly Node[]): boolean {
  return items.length > 0 && items.every((item) => item.k === "seq");
}

function vectors(a: string, b: string, n: number): boolean {
  const one = (brackets: string): boolean => brackets === "()" || brackets === "<>" || (brackets === "[]" && n !== 2);
  return one(a) && one(b);
}
