import { Budget, limits } from "./limits.ts";
import type { Node } from "./node.ts";
import { toNumber } from "./rational.ts";

/** A complex number with a bound on its rounding error. */
export interface Value {
  readonly re: number;
  readonly im: number;
  readonly err: number;
}

/** Values of variables by name. */
export type Point = ReadonlyMap<string, Value>;

const EPS = 2 ** -52;
const undefinedValue: Value = { re: Number.NaN, im: 0, err: Number.POSITIVE_INFINITY };

function value(re: number, im: number, err: number): Value {
  return { re, im, err };
}

function size(a: Value): number {
  return a.im === 0 ? Math.abs(a.re) : Math.hypot(a.re, a.im);
}

function add(a: Value, b: Value): Value {
  const re = a.re + b.re;
  const im = a.im + b.im;
  return value(re, im, a.err + b.err + EPS * (Math.abs(re) + Math.abs(im)));
}

function multiply(a: Value, b: Value): Value {
  const re = a.im === 0 && b.im === 0 ? a.re * b.re : a.re * b.re - a.im * b.im;
  const im = a.im === 0 && b.im === 0 ? 0 : a.re * b.im + a.im * b.re;
  const sa = size(a);
  const sb = size(b);
  return value(re, im, sa * b.err + sb * a.err + a.err * b.err + 4 * EPS * sa * sb);
}

function invert(a: Value): Value {
  const s = size(a);
  if (!(s > 2 * a.err) || s === 0) return undefinedValue;
  const d = s * s;
  if (d === 0 || !Number.isFinite(d))
    return a.im === 0 && s !== 0 ? value(1 / a.re, 0, a.err / d + EPS / s) : undefinedValue;
  return value(a.re / d, a.im === 0 ? 0 : -a.im / d, (2 * a.err) / d + 4 * (EPS / s));
}

function exp(a: Value): Value {
  const r = Math.exp(a.re);
  if (a.im === 0) return value(r, 0, r * (a.err + EPS * (1 + Math.abs(a.re))));
  return value(r * Math.cos(a.im), r * Math.sin(a.im), r * (a.err + EPS * (2 + size(a))));
}

function ln(a: Value): Value {
  const s = size(a);
  if (!(s > 2 * a.err)) return undefinedValue;
  const re = Math.log(s);
  const im = a.im === 0 ? (a.re < 0 ? Math.PI : 0) : Math.atan2(a.im, a.re);
  return value(re, im, (2 * a.err) / s + EPS * (1 + Math.abs(re)));
}

function whole(base: Value, k: number): Value {
  let out = value(1, 0, 0);
  let square = base;
  for (let n = Math.abs(k); n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) out = multiply(out, square);
    if (n > 1) square = multiply(square, square);
  }
  return k < 0 ? invert(out) : out;
}

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
    return whole(base, exponent.re);
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

const i: Value = value(0, 1, 0);
const minusI: Value = value(0, -1, 0);
const one: Value = value(1, 0, 0);
const half: Value = value(0.5, 0, 0);

/** A real function with the bound on its derivative near x. */
function real(a: Value, f: (x: number) => number, slope: (x: number) => number): Value | undefined {
  if (a.im !== 0) return undefined;
  const y = f(a.re);
  return value(y, 0, Math.abs(slope(a.re)) * a.err + 4 * EPS * (Math.abs(y) + Math.abs(slope(a.re) * a.re)));
}

function sin(a: Value): Value {
  const y = real(a, Math.sin, Math.cos);
  if (y !== undefined) return value(y.re, 0, y.err + EPS);
  const up = exp(multiply(i, a));
  const down = exp(multiply(minusI, a));
  return multiply(add(up, value(-down.re, -down.im, down.err)), value(0, -0.5, 0));
}

function cos(a: Value): Value {
  const y = real(a, Math.cos, Math.sin);
  if (y !== undefined) return value(y.re, 0, y.err + EPS);
  return multiply(add(exp(multiply(i, a)), exp(multiply(minusI, a))), half);
}

function sqrt(a: Value): Value {
  if (a.re === 0 && a.im === 0) return value(0, 0, Math.sqrt(a.err));
  return exp(multiply(half, ln(a)));
}

function minus(a: Value): Value {
  return value(-a.re, -a.im, a.err);
}

function asin(a: Value): Value {
  if (a.im === 0 && Math.abs(a.re) <= 1) {
    const y = Math.asin(a.re);
    return value(y, 0, a.err / Math.sqrt(Math.max(1 - a.re * a.re, 1e-12)) + EPS * 4);
  }
  // −i ln(ia + √(1 − a²))
  return multiply(minusI, ln(add(multiply(i, a), sqrt(add(one, minus(multiply(a, a)))))));
}

function atan(a: Value): Value {
  if (a.im === 0) return value(Math.atan(a.re), 0, a.err / (1 + a.re * a.re) + EPS * 2);
  const up = ln(add(one, multiply(i, a)));
  const down = ln(add(one, minus(multiply(i, a))));
  return multiply(add(up, minus(down)), value(0, -0.5, 0));
}

function integer(a: Value): number | undefined {
  return a.im === 0 && Number.isInteger(a.re) && a.err < 0.01 ? a.re : undefined;
}

function factorial(a: Value): Value {
  const n = integer(a);
  if (n === undefined || n < 0 || n > 170) return undefinedValue;
  let out = 1;
  for (let k = 2; k <= n; k++) out *= k;
  return value(out, 0, out * n * EPS);
}

function round(a: Value, f: (x: number) => number): Value {
  if (Math.abs(a.im) > a.err) return undefinedValue;
  // too close to a step to say on which side
  if (Math.abs(a.re - Math.round(a.re)) <= a.err && !Number.isInteger(a.re)) return value(Math.round(a.re), 0, 0);
  return value(f(a.re), 0, 0);
}

function apply(name: string, args: readonly Value[]): Value {
  const a = args[0] ?? undefinedValue;
  switch (name) {
    case "sin":
      return sin(a);
    case "cos":
      return cos(a);
    case "tan":
      return multiply(sin(a), invert(cos(a)));
    case "cot":
      return multiply(cos(a), invert(sin(a)));
    case "sec":
      return invert(cos(a));
    case "csc":
      return invert(sin(a));
    case "sinh":
      return multiply(add(exp(a), minus(exp(minus(a)))), half);
    case "cosh":
      return multiply(add(exp(a), exp(minus(a))), half);
    case "tanh":
      return real(a, Math.tanh, () => 1) ?? multiply(apply("sinh", args), invert(apply("cosh", args)));
    case "coth":
      return invert(apply("tanh", args));
    case "sech":
      return invert(apply("cosh", args));
    case "csch":
      return invert(apply("sinh", args));
    case "asin":
      return asin(a);
    case "acos":
      return add(value(Math.PI / 2, 0, EPS), minus(asin(a)));
    case "atan":
      return atan(a);
    case "acot":
      return add(value(Math.PI / 2, 0, EPS), minus(atan(a)));
    case "asec":
      return apply("acos", [invert(a)]);
    case "acsc":
      return asin(invert(a));
    case "asinh":
      return ln(add(a, sqrt(add(multiply(a, a), one))));
    case "acosh":
      return ln(add(a, multiply(sqrt(add(a, one)), sqrt(add(a, minus(one))))));
    case "atanh":
      return multiply(half, add(ln(add(one, a)), minus(ln(add(one, minus(a))))));
    case "ln":
      return ln(a);
    case "log": {
      // without a base it is the natural logarithm
      if (args.length < 2) return ln(a);
      return multiply(ln(a), invert(ln(args[1]!)));
    }
    case "abs":
      return value(size(a), 0, a.err + EPS * size(a));
    case "floor":
      return round(a, Math.floor);
    case "ceil":
      return round(a, Math.ceil);
    case "sign":
      return a.im === 0 && Math.abs(a.re) > a.err ? value(Math.sign(a.re), 0, 0) : undefinedValue;
    case "Re":
      return value(a.re, 0, a.err);
    case "Im":
      return value(a.im, 0, a.err);
    case "arg":
      return value(Math.atan2(a.im, a.re), 0, a.err / Math.max(size(a), 1e-300) + EPS * 4);
    case "bar":
    case "overline":
      return value(a.re, -a.im, a.err);
    case "factorial":
      return factorial(a);
    case "binomial": {
      const n = integer(a);
      const k = integer(args[1] ?? undefinedValue);
      if (n === undefined || k === undefined || k < 0 || k > 1000) return undefinedValue;
      let out = 1;
      for (let j = 1; j <= k; j++) out = (out * (n - k + j)) / j;
      return value(out, 0, Math.abs(out) * k * 2 * EPS);
    }
    case "max":
    case "min": {
      if (args.length === 0 || args.some((arg) => arg.im !== 0)) return undefinedValue;
      return args.reduce((best, arg) => ((name === "max") === arg.re > best.re ? arg : best));
    }
    case "gcd":
    case "lcm": {
      let all = integer(a);
      for (const arg of args.slice(1)) {
        let y = integer(arg);
        if (all === undefined || y === undefined) return undefinedValue;
        let x = all;
        const product = Math.abs(x * y);
        while (y !== 0) [x, y] = [y, x % y];
        all = name === "gcd" ? Math.abs(x) : product / Math.abs(x);
      }
      return all === undefined ? undefinedValue : value(all, 0, 0);
    }
    default:
      return undefinedValue;
  }
}

/** A function without a known meaning, such as f(x): a fixed smooth stand-in, so that equal uses agree and others do not. */
function stranger(name: string, args: readonly Value[]): Value {
  let code = 7;
  for (let k = 0; k < name.length; k++) code = (code * 31 + name.charCodeAt(k)) % 1009;
  let sum = value(code / 1009, 0, 0);
  args.forEach((arg, k) => {
    sum = add(sum, multiply(arg, value(0.37 + 0.11 * k + code / 5003, 0, 0)));
  });
  return add(sin(sum), value(2 + code / 997, 0, 0));
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
    case "qty":
      return evaluate(node.value, point, budget);
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
