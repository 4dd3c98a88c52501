import { add, EPS, exp, invert, ln, multiply, size, undefinedValue, type Value, value } from "./complex.ts";

export const i: Value = value(0, 1, 0);
const minusI: Value = value(0, -1, 0);
export const one: Value = value(1, 0, 0);
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

export function integer(a: Value): number | undefined {
  return a.im === 0 && Number.isInteger(a.re) && a.err < 0.01 ? a.re : undefined;
}

/** a! for whole a, and its continuation Γ(a + 1) between them (Lanczos' approximation with g = 7, nine terms). */
function factorial(a: Value): Value {
  const n = integer(a);
  if (n !== undefined) {
    if (n < 0 || n > 170) return undefinedValue;
    let out = 1;
    for (let k = 2; k <= n; k++) out *= k;
    return value(out, 0, out * n * EPS);
  }
  if (a.im !== 0 || !(a.re > -1 && a.re < 100)) return undefinedValue;
  // below ½ by a! = (a + 1)! / (a + 1)
  if (a.re < -0.5) return multiply(factorial(value(a.re + 1, 0, a.err + EPS)), invert(value(a.re + 1, 0, a.err + EPS)));
  let sum = lanczos[0]!;
  for (let k = 1; k < lanczos.length; k++) sum += lanczos[k]! / (a.re + k);
  const t = a.re + 7.5;
  const y = Math.sqrt(2 * Math.PI) * t ** (a.re + 0.5) * Math.exp(-t) * sum;
  return value(y, 0, y * (5e-14 + Math.log(t) * a.err));
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function round(a: Value, f: (x: number) => number): Value {
  if (Math.abs(a.im) > a.err) return undefinedValue;
  // too close to a step to say on which side
  if (Math.abs(a.re - Math.round(a.re)) <= a.err && !Number.isInteger(a.re)) return value(Math.round(a.re), 0, 0);
  return value(f(a.re), 0, 0);
}

export function apply(name: string, args: readonly Value[]): Value {
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
      if (n === undefined || k === undefined || k < 0 || k > 1000) {
        // n! / (k! (n − k)!), continued
        const lower = args[1] ?? undefinedValue;
        return multiply(factorial(a), invert(multiply(factorial(lower), factorial(add(a, minus(lower))))));
      }
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
export function stranger(name: string, args: readonly Value[]): Value {
  let code = 7;
  for (let k = 0; k < name.length; k++) code = (code * 31 + name.charCodeAt(k)) % 1009;
  let sum = value(code / 1009, 0, 0);
  args.forEach((arg, k) => {
    sum = add(sum, multiply(arg, value(0.37 + 0.11 * k + code / 5003, 0, 0)));
  });
  return add(sin(sum), value(2 + code / 997, 0, 0));
}
