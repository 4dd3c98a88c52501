import type { Rational } from "./rational.ts";
import type { Unit } from "./units.ts";

/** A comparison sign between two sides. */
export type RelationSign = "=" | "<" | ">" | "<=" | ">=" | "!=" | "in" | "approx" | "equiv";

/** The brackets around a list; "" is a bare list, and "(", "[", "{" with their ends say tuple, interval or set. */
export type Brackets = "" | "()" | "[]" | "(]" | "[)" | "{}" | "<>";

/** A parsed answer. Subtraction and division are sums and products with −1 and powers −1. */
export type Node =
  /** `significant` is set for numbers written with a decimal sign. */
  | {
      readonly k: "num";
      readonly v: Rational;
      readonly significant?: number | undefined;
      readonly places?: number | undefined;
      readonly digits?: string | undefined;
    }
  | { readonly k: "sym"; readonly name: string }
  | { readonly k: "add"; readonly args: readonly Node[] }
  | { readonly k: "mul"; readonly args: readonly Node[] }
  | { readonly k: "pow"; readonly base: Node; readonly exp: Node }
  | { readonly k: "fn"; readonly name: string; readonly args: readonly Node[] }
  | { readonly k: "pm"; readonly arg: Node; readonly flip: boolean }
  | { readonly k: "seq"; readonly brackets: Brackets; readonly items: readonly Node[] }
  | { readonly k: "union" | "inter" | "minus"; readonly args: readonly Node[] }
  | { readonly k: "rel"; readonly terms: readonly Node[]; readonly signs: readonly RelationSign[] }
  | { readonly k: "any" | "all"; readonly args: readonly Node[] }
  | { readonly k: "mat"; readonly rows: readonly (readonly Node[])[] }
  | { readonly k: "qty"; readonly value: Node; readonly unit: Unit }
  | { readonly k: "pct"; readonly value: Node }
  | {
      readonly k: "ratio";
      readonly parts: readonly Node[];
      readonly half?: "am" | "pm" | undefined;
      /** Do two digits below 60 stand behind each colon, as in a time? */
      readonly padded?: boolean | undefined;
    }
  | { readonly k: "text"; readonly text: string };

/** A whole number as a node. */
export function whole(n: number | bigint): Node {
  return { k: "num", v: { n: BigInt(n), d: 1n } };
}

const MINUS_ONE: Node = whole(-1);

/** −a */
export function negated(a: Node): Node {
  if (a.k === "num") return { ...a, v: { n: -a.v.n, d: a.v.d } };
  return { k: "mul", args: [MINUS_ONE, a] };
}

/** 1/a */
export function reciprocal(a: Node): Node {
  return { k: "pow", base: a, exp: MINUS_ONE };
}

/** The node's children, in order. */
function children(node: Node): readonly Node[] {
  switch (node.k) {
    case "num":
    case "sym":
    case "text":
      return [];
    case "pow":
      return [node.base, node.exp];
    case "seq":
      return node.items;
    case "rel":
      return node.terms;
    case "mat":
      return node.rows.flat();
    case "qty":
    case "pct":
      return [node.value];
    case "ratio":
      return node.parts;
    case "pm":
      return [node.arg];
    default:
      return node.args;
  }
}

/** The node with its children replaced, in order. */
export function withChildren(node: Node, f: (child: Node) => Node): Node {
  switch (node.k) {
    case "num":
    case "sym":
    case "text":
      return node;
    case "pow":
      return { k: "pow", base: f(node.base), exp: f(node.exp) };
    case "seq":
      return { ...node, items: node.items.map(f) };
    case "rel":
      return { ...node, terms: node.terms.map(f) };
    case "mat":
      return { k: "mat", rows: node.rows.map((row) => row.map(f)) };
    case "qty":
    case "pct":
      return { ...node, value: f(node.value) };
    case "ratio":
      return { ...node, parts: node.parts.map(f) };
    case "pm":
      return { ...node, arg: f(node.arg) };
    default:
      return { ...node, args: node.args.map(f) };
  }
}

/** Does the node or a descendant satisfy the test? */
export function some(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || children(node).some((child) => some(child, test));
}

/** Adds the names of the node's symbols to a set; constants (π, e, i, ∞) are left out. */
export function variables(node: Node, into: Set<string> = new Set()): Set<string> {
  if (node.k === "sym" && !constants.has(node.name)) into.add(node.name);
  if (node.k === "fn" && (node.name === "sum" || node.name === "prod") && node.args[0]!.k === "sym") {
    // the index is bound
    const bound = node.args[0].name;
    for (const name of variables({ k: "seq", brackets: "", items: node.args.slice(1) }))
      if (name !== bound) into.add(name);
    return into;
  }
  for (const child of children(node)) variables(child, into);
  return into;
}

const constants: ReadonlySet<string> = new Set(["pi", "e", "i", "inf"]);

/** A text that is equal for equal trees; it reads like the expression. */
export function show(node: Node): string {
  switch (node.k) {
    case "num":
      return node.v.d === 1n ? String(node.v.n) : `${node.v.n}/${node.v.d}`;
    case "sym":
      return node.name;
    case "text":
      return JSON.stringify(node.text);
    case "add":
      return `(${node.args.map(show).join(" + ")})`;
    case "mul":
      return `(${node.args.map(show).join("*")})`;
    case "pow":
      return `${show(node.base)}^${show(node.exp)}`;
    case "fn":
      return `${node.name}(${node.args.map(show).join(", ")})`;
    case "pm":
      return `${node.flip ? "∓" : "±"}${show(node.arg)}`;
    case "seq":
      return `${node.brackets[0] ?? ""}${node.items.map(show).join(", ")}${node.brackets[1] ?? ""}`;
    case "rel":
      return node.terms.map((term, i) => (i === 0 ? show(term) : `${node.signs[i - 1]} ${show(term)}`)).join(" ");
    case "mat":
      return `[${node.rows.map((row) => row.map(show).join(", ")).join("; ")}]`;
    case "qty":
      return `${show(node.value)} ${node.unit.name}`;
    case "pct":
      return `${show(node.value)}%`;
    case "ratio":
      return node.parts.map(show).join(":") + (node.half ?? "");
    default:
      return `(${node.args.map(show).join(` ${node.k} `)})`;
  }
}

/** The number of nodes, counted up to a bound. */
export function nodeCount(node: Node, bound: number): number {
  let count = 1;
  for (const child of children(node)) {
    if (count > bound) return count;
    count += nodeCount(child, bound - count);
  }
  return count;
}
