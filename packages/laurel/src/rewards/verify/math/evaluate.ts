import { add, EPS, exp, ln, multiply, size, undefinedValue, type Value, value, wholePower } from "./complex.ts";
import { apply, i, integer, one, stranger } from "./complex-functions.ts";
import { Budget, limits } from "./limits.ts";
import type { Node } from "./node.ts";
import { toNumber } from "./rational.ts";

/** Values of variables by name. */
export type Point = ReadonlyMap<string, Value>;

/** p/q of a small rational exponent, for real odd roots of negative numbers. */
function smallFraction(node: Node): [number, number] | undefined {
  if (node.k === "num")
    return node.v.n < 1000n && node.v.n > -1000n && node.v.d < 1000n ? [Number(node.v.n), Number(node.v.d)] : undefined;
  if (node.k === "pow") {
    const base = smallFraction(node.base);
    const exponent = smallFraction(node.exp);
    return base !== undefined && exponent?.[0] === -1 && exponent[1] === 1 && base[0] > 0
      ? [base[1], base[0]]
      : undefined;
  }
  if (node.k === "mul" && node.args.length === 2) {
    const a = smallFraction(node.args[0]!);
    const b = smallFraction(node.args[1]!);
    return a === undefined || b === undefined ? undefined : [a[0] * b[0], a[1] * b[1]];
  }
  return undefined;
}

function power(base: Value, exponent: Value, node: Node): Value {
  if (exponent.im === 0 && Number.isInteger(exponent.re) && exponent.err < 1e-9 && Math.abs(exponent.re) <= 1024)
    return wholePower(base, exponent.re);
  const s = size(base);
  if (s === 0) return exponent.re > 0 ? value(0, 0, 0) : undefinedValue;
  if (base.im === 0 && base.re < 0) {
    const fraction = smallFraction(node);
    if (fraction !== undefined) {
      let [p, q] = fraction;
      for (let d = 2; d <= q; d++)
        while (p % d === 0 && q % d === 0) {
          p /= d;
          q /= d;
        }
      if (q % 2 === 1) {
        const r = Math.abs(base.re) ** (p / q);
        return value(p % 2 === 0 ? r : -r, 0, r * ((Math.abs(p / q) * base.err) / s + 4 * EPS));
      }
      if (q === 2 && p === 1) return value(0, Math.sqrt(-base.re), base.err / Math.sqrt(s) + EPS * Math.sqrt(s));
    }
  }
  if (base.im === 0 && base.re > 0 && exponent.im === 0) {
    const r = base.re ** exponent.re;
    return value(
      r,
      0,
      Math.abs(r) *
        ((Math.abs(exponent.re) * base.err) / s +
          Math.abs(Math.log(base.re)) * exponent.err +
          4 * EPS * (1 + Math.abs(exponent.re))),
    );
  }
  return exp(multiply(exponent, ln(base)));
}

/**
 * The value of a scalar at a point, with a running error bound; complex where it must be (principal branches, but real odd
 * roots of negative numbers). What is undefined there has the value NaN.
 *
 * @throws Spent when the budget is spent (long sums and products)
 */
export function evaluate(node: Node, point: Point, budget: Budget): Value {
  budget.spend(1);
  switch (node.k) {
    case "num": {
      const x = toNumber(node.v);
      return value(x, 0, Number.isInteger(x) && Math.abs(x) < 2 ** 53 ? 0 : Math.abs(x) * EPS);
    }
    case "sym":
      if (node.name === "pi") return value(Math.PI, 0, EPS * 2);
      if (node.name === "e") return point.get("e") ?? value(Math.E, 0, EPS * 2);
      if (node.name === "i") return i;
      if (node.name === "inf") return value(Number.POSITIVE_INFINITY, 0, 0);
      return point.get(node.name) ?? undefinedValue;
    case "add": {
      let sum = value(0, 0, 0);
      for (const arg of node.args) sum = add(sum, evaluate(arg, point, budget));
      return sum;
    }
    case "mul": {
      let product = one;
      for (const arg of node.args) product = multiply(product, evaluate(arg, point, budget));
      return product;
    }
    case "pow": {
      budget.spend(4);
      const base = evaluate(node.base, point, budget);
      const exponent = evaluate(node.exp, point, budget);
      return power(base, exponent, node.exp);
    }
    case "pct":
      return multiply(evaluate(node.value, point, budget), value(0.01, 0, EPS));
    case "qty": {
      const inner = evaluate(node.value, point, budget);
      // inside an expression, such as sin 30°, an angle is in radians
      return node.unit.piOver === undefined
        ? inner
        : multiply(inner, value(Math.PI / Number(node.unit.piOver), 0, EPS));
    }
    case "fn": {
      if (node.name === "sum" || node.name === "prod") return series(node.name, node.args, point, budget);
      budget.spend(4);
      const args = node.args.map((arg) => evaluate(arg, point, budget));
      if (node.name.endsWith("()") || /^(?:angle|triangle|vec|hat|tilde|overrightarrow|measuredangle)$/.test(node.name))
        return stranger(node.name, args);
      return apply(node.name, args);
    }
    default:
      return undefinedValue;
  }
}

function series(name: string, args: readonly Node[], point: Point, budget: Budget): Value {
  const [variable, low, high, body] = args;
  if (variable?.k !== "sym" || low === undefined || high === undefined || body === undefined) return undefinedValue;
  const from = integer(evaluate(low, point, budget));
  const to = integer(evaluate(high, point, budget));
  if (from === undefined || to === undefined || !Number.isFinite(to)) return undefinedValue;
  const inner = new Map(point);
  let out = name === "sum" ? value(0, 0, 0) : one;
  for (let k = from; k <= to; k++) {
    inner.set(variable.name, value(k, 0, 0));
    const term = evaluate(body, inner, budget);
    out = name === "sum" ? add(out, term) : multiply(out, term);
  }
  return out;
}

/** The real value of a constant scalar, or undefined if it has variables, is complex or is undefined; ±∞ for infinities. */
export function realValue(node: Node): number | undefined {
  const at = evaluate(node, new Map(), new Budget(limits.numeric / 10, "evaluation"));
  if (Number.isNaN(at.re) || Math.abs(at.im) > Math.max(at.err * 4, 1e-300)) return undefined;
  return at.re;
}
