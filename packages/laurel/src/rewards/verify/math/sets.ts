import { realValue } from "./evaluate.ts";
import { type Node, negated, nodeCount, type RelationSign, reciprocal, variables, withChildren } from "./node.ts";
import { type Comparison, infinity, sameScalar } from "./scalar.ts";

/** One interval of a set of real numbers; a point has both ends the same and closed. */
interface Piece {
  readonly lo: Node;
  readonly hi: Node;
  readonly from: number;
  readonly to: number;
  readonly loClosed: boolean;
  readonly hiClosed: boolean;
}

const INF: Node = { k: "sym", name: "inf" };
const everything: Piece = {
  lo: negated(INF),
  hi: INF,
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
  loClosed: false,
  hiClosed: false,
};

function end(node: Node): number | undefined {
  const side = infinity(node);
  if (side !== 0) return side * Number.POSITIVE_INFINITY;
  return realValue(node);
}

function piece(lo: Node, hi: Node, loClosed: boolean, hiClosed: boolean): Piece[] | undefined {
  const from = end(lo);
  const to = end(hi);
  if (from === undefined || to === undefined) return undefined;
  if (from > to || (from === to && !(loClosed && hiClosed))) return [];
  return [{ lo, hi, from, to, loClosed: loClosed && Number.isFinite(from), hiClosed: hiClosed && Number.isFinite(to) }];
}

function near(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-11 * Math.max(1, Math.abs(a), Math.abs(b));
}

/** Sorted, with touching pieces joined. */
function canonical(pieces: readonly Piece[]): Piece[] {
  const sorted = [...pieces].sort((a, b) => a.from - b.from || Number(b.loClosed) - Number(a.loClosed));
  const out: Piece[] = [];
  for (const next of sorted) {
    const last = out[out.length - 1];
    const touches =
      last !== undefined && (near(next.from, last.to) ? last.hiClosed || next.loClosed : next.from < last.to);
    if (last === undefined || !touches) out.push(next);
    else if (near(next.to, last.to)) out[out.length - 1] = { ...last, hiClosed: last.hiClosed || next.hiClosed };
    else if (next.to > last.to) out[out.length - 1] = { ...last, hi: next.hi, to: next.to, hiClosed: next.hiClosed };
  }
  return out;
}

function intersection(a: readonly Piece[], b: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  if (a.length * b.length > 10_000) return out;
  for (const x of a)
    for (const y of b) {
      const low = x.from > y.from || (x.from === y.from && !x.loClosed) ? x : y;
      const high = x.to < y.to || (x.to === y.to && !x.hiClosed) ? x : y;
      if (low.from < high.to || (low.from === high.to && low.loClosed && high.hiClosed))
        out.push({
          lo: low.lo,
          from: low.from,
          loClosed: low.loClosed,
          hi: high.hi,
          to: high.to,
          hiClosed: high.hiClosed,
        });
    }
  return out;
}

function complement(pieces: readonly Piece[]): Piece[] {
  let out: Piece[] = [everything];
  for (const p of pieces) {
    const around: Piece[] = [];
    if (p.from > Number.NEGATIVE_INFINITY) around.push({ ...everything, hi: p.lo, to: p.from, hiClosed: !p.loClosed });
    if (p.to < Number.POSITIVE_INFINITY) around.push({ ...everything, lo: p.hi, from: p.to, loClosed: !p.hiClosed });
    out = intersection(out, around);
  }
  return out;
}

const flipped: Readonly<Record<RelationSign, RelationSign>> = {
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
  "=": "=",
  "!=": "!=",
  in: "in",
  approx: "approx",
  equiv: "equiv",
};

/** {x : x sign bound} */
function half(sign: RelationSign, bound: Node): Piece[] | undefined {
  switch (sign) {
    case "<":
      return piece(everything.lo, bound, false, false);
    case "<=":
      return piece(everything.lo, bound, false, true);
    case ">":
      return piece(bound, INF, false, false);
    case ">=":
      return piece(bound, INF, true, false);
    case "=":
      return piece(bound, bound, true, true);
    case "!=": {
      const point = piece(bound, bound, true, true);
      return point === undefined ? undefined : complement(point);
    }
    default:
      return undefined;
  }
}

/** The tree with a number in place of its one letter. */
function at(node: Node, x: bigint): Node {
  return node.k === "sym" && variables(node).size === 1
    ? { k: "num", v: { n: x, d: 1n } }
    : withChildren(node, (child) => at(child, x));
}

/** Slope and intercept of an expression that is linear in its one letter, as trees of numbers. */
function linear(node: Node): { slope: Node; intercept: Node; rising: boolean } | undefined {
  if (variables(node).size !== 1 || nodeCount(node, 60) > 60) return undefined;
  const intercept = at(node, 0n);
  const slope: Node = { k: "add", args: [at(node, 1n), negated(intercept)] };
  const [b, a, y] = [realValue(intercept), realValue(slope), realValue(at(node, 7n))];
  if (a === undefined || b === undefined || y === undefined || Math.abs(a) < 1e-9) return undefined;
  const [c, z] = [realValue(at(node, -5n)), b - 5 * a];
  if (c === undefined || !near(y, b + 7 * a) || !near(c, z)) return undefined;
  return { slope, intercept, rising: a > 0 };
}

/** {x : slope·x + intercept in pieces} */
function solved(
  pieces: readonly Piece[],
  { slope, intercept, rising }: NonNullable<ReturnType<typeof linear>>,
): Piece[] | undefined {
  const back = (end: Node): Node =>
    infinity(end) !== 0
      ? rising
        ? end
        : negated(end)
      : { k: "mul", args: [{ k: "add", args: [end, negated(intercept)] }, reciprocal(slope)] };
  const out: Piece[] = [];
  for (const p of pieces) {
    const [lo, hi] = rising ? [back(p.lo), back(p.hi)] : [back(p.hi), back(p.lo)];
    const made = rising ? piece(lo, hi, p.loClosed, p.hiClosed) : piece(lo, hi, p.hiClosed, p.loClosed);
    if (made === undefined) return undefined;
    out.push(...made);
  }
  return out;
}

/** A name: a letter, f(x), or the like; or −x. */
function subjectOf(node: Node): { negate: boolean; abs: boolean } | undefined {
  if (node.k === "sym") return { negate: false, abs: false };
  if (node.k === "fn" && node.name.endsWith("()")) return { negate: false, abs: false };
  if (node.k === "fn" && node.name === "abs" && node.args[0]!.k === "sym") return { negate: false, abs: true };
  if (
    node.k === "mul" &&
    node.args.length === 2 &&
    node.args[0]!.k === "num" &&
    node.args[0]!.v.n === -1n &&
    node.args[1]!.k === "sym"
  )
    return { negate: true, abs: false };
  return undefined;
}

function negatedPieces(pieces: readonly Piece[]): Piece[] {
  return pieces.map((p) => ({
    lo: negated(p.hi),
    hi: negated(p.lo),
    from: -p.to,
    to: -p.from,
    loClosed: p.hiClosed,
    hiClosed: p.loClosed,
  }));
}

/** Conditions on one name with constant bounds, such as 1 ≤ |z| < 3/2. */
function condition(node: Extract<Node, { k: "rel" }>): { pieces: Piece[]; subject: string } | undefined {
  if (node.signs[0] === "in" && node.signs.length === 1) {
    const right = toSet(node.terms[1]!);
    return right === undefined ? undefined : { pieces: right.pieces, subject: nameOf(node.terms[0]!) };
  }
  const place = node.terms.findIndex((term) => variables(term).size > 0);
  if (place < 0 || node.terms.some((term, k) => k !== place && variables(term).size > 0)) return undefined;
  const term = node.terms[place]!;
  const inner = term.k === "fn" && term.name === "abs" ? term.args[0]! : term;
  const line = subjectOf(term) === undefined ? linear(inner) : undefined;
  const about = line === undefined ? subjectOf(term) : { negate: false, abs: inner !== term };
  if (about === undefined) return undefined;
  let pieces: Piece[] | undefined = [everything];
  for (let k = 0; k < node.signs.length; k++) {
    // the sign seen from the subject
    const bound = k < place ? node.terms[k]! : node.terms[k + 1]!;
    const sign = k < place ? flipped[node.signs[k]!] : node.signs[k]!;
    const side = half(sign, bound);
    if (side === undefined || pieces === undefined) return undefined;
    pieces = intersection(pieces, side);
  }
  if (about.negate) pieces = negatedPieces(pieces);
  if (about.abs) {
    const positive = intersection(pieces, half(">=", { k: "num", v: { n: 0n, d: 1n } })!);
    pieces = [...positive, ...negatedPieces(positive)];
  }
  if (line !== undefined) {
    const back = solved(pieces, line);
    if (back === undefined) return undefined;
    pieces = back;
  }
  return { pieces, subject: nameOf(node.terms[place]!) };
}

function nameOf(node: Node): string {
  return [...variables(node)].join(",");
}

/**
 * The set of real numbers that a node describes: intervals, unions, intersections, differences, finite sets, conditions on one
 * name. Undefined for anything else, such as ends with variables. `subject` is the name that a condition is about.
 */
export function toSet(node: Node): { pieces: Piece[]; subject: string | undefined } | undefined {
  switch (node.k) {
    case "seq": {
      const [a, b] = node.items;
      if (node.brackets === "{}") {
        const points = node.items.map((item) =>
          variables(item).size > 0 || item.k === "seq" ? undefined : piece(item, item, true, true),
        );
        return points.some((p) => p === undefined)
          ? undefined
          : { pieces: points.flatMap((p) => p!), subject: undefined };
      }
      if (node.items.length !== 2 || node.brackets === "" || node.brackets === "<>") return undefined;
      const pieces = piece(a!, b!, node.brackets[0] === "[", node.brackets[1] === "]");
      return pieces === undefined ? undefined : { pieces, subject: undefined };
    }
    case "union":
    case "any":
    case "inter":
    case "all":
    case "minus": {
      const parts = node.args.map(toSet);
      if (parts.some((part) => part === undefined)) return undefined;
      const subjects = new Set(parts.map((part) => part!.subject).filter((subject) => subject !== undefined));
      if (subjects.size > 1) return undefined;
      const subject = [...subjects][0];
      const sets = parts.map((part) => part!.pieces);
      if (node.k === "union" || node.k === "any") return { pieces: sets.flat(), subject };
      if (node.k === "minus") return { pieces: intersection(sets[0]!, complement(sets[1]!)), subject };
      return { pieces: sets.reduce((all, next) => intersection(all, next)), subject };
    }
    case "rel":
      return condition(node);
    default:
      return undefined;
  }
}

/** Are two sets of real numbers the same? */
export function sameSet(a: readonly Piece[], b: readonly Piece[], comparison: Comparison): boolean {
  const x = canonical(a);
  const y = canonical(b);
  if (x.length !== y.length) return false;
  return x.every((p, k) => {
    const q = y[k]!;
    return (
      p.loClosed === q.loClosed &&
      p.hiClosed === q.hiClosed &&
      sameEnd(p.lo, q.lo, comparison) &&
      sameEnd(p.hi, q.hi, comparison)
    );
  });
}

function sameEnd(a: Node, b: Node, comparison: Comparison): boolean {
  return sameScalar(a, b, comparison).equal === true;
}
