import { limits, Spent } from "./limits.ts";
import { type Node, negated, nodeCount, some, whole } from "./node.ts";
import { bits, plus, times } from "./rational.ts";

type Rows = readonly (readonly Node[])[];

// numbers are worked out at once; entries with letters grow, and are bounded
function bounded(node: Node): Node {
  if (node.k === "num" ? bits(node.v) > limits.bits : nodeCount(node, limits.entry) > limits.entry)
    throw new Spent("an entry of a matrix grew too large");
  return node;
}

function sum(a: Node, b: Node): Node {
  if (a.k === "num" && b.k === "num") return bounded({ k: "num", v: plus(a.v, b.v) });
  return bounded({ k: "add", args: [a, b] });
}

function product(a: Node, b: Node): Node {
  if (a.k === "num" && b.k === "num") return bounded({ k: "num", v: times(a.v, b.v) });
  return bounded({ k: "mul", args: [a, b] });
}

function multiply(a: Rows, b: Rows): Rows | undefined {
  if (a[0]!.length !== b.length) return undefined;
  if (a.length * b.length * b[0]!.length > limits.items * 10) throw new Spent("a matrix product");
  return a.map((row) => b[0]!.map((_, j) => row.map((x, k) => product(x, b[k]![j]!)).reduce(sum)));
}

function rectangular(rows: Rows): boolean {
  return rows.length > 0 && rows.every((row) => row.length === rows[0]!.length);
}

function transpose(rows: Rows): Rows {
  return rows[0]!.map((_, j) => rows.map((row) => row[j]!));
}

/** The matrix that a node is: literal, or a sum, product, multiple, whole power or transpose of such. Undefined for scalars. */
export function toMatrix(node: Node): Rows | undefined {
  switch (node.k) {
    case "mat":
      return rectangular(node.rows) ? node.rows : undefined;
    case "add": {
      const parts = node.args.map(toMatrix);
      const first = parts[0];
      if (
        first === undefined ||
        parts.some((part) => part?.length !== first.length || part[0]!.length !== first[0]!.length)
      )
        return undefined;
      return parts.reduce((a, b) => a!.map((row, i) => row.map((x, j) => sum(x, b![i]![j]!))));
    }
    case "mul": {
      const scalars: Node[] = [];
      let matrix: Rows | undefined;
      for (const arg of node.args) {
        const part = toMatrix(arg);
        if (part === undefined) scalars.push(arg);
        else if (matrix === undefined) matrix = part;
        else {
          matrix = multiply(matrix, part);
          if (matrix === undefined) return undefined;
        }
      }
      if (matrix === undefined || scalars.length === 0) return matrix;
      const by: Node = scalars.length === 1 ? scalars[0]! : { k: "mul", args: scalars };
      return matrix.map((row) => row.map((x) => product(by, x)));
    }
    case "pow": {
      const base = toMatrix(node.base);
      if (base === undefined) return undefined;
      if (node.exp.k === "sym" && (node.exp.name === "T" || node.exp.name === "\\top")) return transpose(base);
      if (node.exp.k !== "num" || node.exp.v.d !== 1n || node.exp.v.n < 1n || node.exp.v.n > 8n) return undefined;
      let out: Rows | undefined = base;
      for (let k = 1n; k < node.exp.v.n && out !== undefined; k++) out = multiply(out, base);
      return out;
    }
    default:
      return undefined;
  }
}

/** The determinant of a small matrix as a scalar tree, by expansion along the first row. */
export function determinant(rows: Rows): Node | undefined {
  if (!rectangular(rows) || rows.length !== rows[0]!.length || rows.length > 4) return undefined;
  // determinants of determinants would grow without bound
  if (rows.some((row) => row.some((x) => nodeCount(x, 50) > 50 || some(x, (node) => node.k === "mat"))))
    return undefined;
  if (rows.length === 1) return rows[0]![0]!;
  const terms = rows[0]!.map((x, j) => {
    const minor = determinant(rows.slice(1).map((row) => row.filter((_, k) => k !== j)));
    const term = product(x, minor ?? whole(0));
    return j % 2 === 0 ? term : negated(term);
  });
  return { k: "add", args: terms };
}
