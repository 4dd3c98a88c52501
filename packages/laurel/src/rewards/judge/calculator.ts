import {
  bits,
  inverse,
  negative,
  plus,
  power,
  type Rational,
  rational,
  same,
  times,
  toNumber,
} from "../verify/math/rational.ts";

/** What a calculation gives: an exact fraction, or why there is none. */
export type Calculated = { value: Rational; error?: undefined } | { error: string };

const mostCharacters = 1000;
const mostBits = 20_000;
const deepest = 100;

class Refused extends Error {}

/**
 * Evaluates an arithmetic expression exactly: + − × · * / ÷ ^ **, brackets, signs, percent, decimals and thousands separators.
 *
 * No names, no functions, never `eval`. Numbers of more than 20 000 bits, exponents that would make one, and expressions of
 * more than 1 000 characters or 100 brackets are refused.
 *
 * @example calculate("2^10 - 1,000"); // 24
 */
export function calculate(expression: string): Calculated {
  if (expression.length > mostCharacters) return { error: "the expression is too long" };
  const text = expression
    .replace(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replace(/[×·]/g, "*")
    .replace(/[÷]/g, "/")
    .replace(/[−–]/g, "-")
    .replaceAll("**", "^");
  let at = 0;
  const skip = (): void => {
    while (at < text.length && /[\s$€£]/.test(text[at]!)) at++;
  };
  const next = (): string | undefined => {
    skip();
    return text[at];
  };
  const small = (value: Rational): Rational => {
    if (bits(value) > mostBits) throw new Refused("the numbers grow too large");
    return value;
  };
  const sum = (depth: number): Rational => {
    let value = product(depth);
    for (let c = next(); c === "+" || c === "-"; c = next()) {
      at++;
      const other = product(depth);
      value = small(plus(value, c === "+" ? other : negative(other)));
    }
    return value;
  };
  const product = (depth: number): Rational => {
    let value = signed(depth);
    for (let c = next(); c === "*" || c === "/"; c = next()) {
      at++;
      const other = signed(depth);
      if (c === "/" && other.n === 0n) throw new Refused("division by zero");
      value = small(times(value, c === "*" ? other : inverse(other)));
    }
    return value;
  };
  const signed = (depth: number): Rational => {
    if (depth > deepest) throw new Refused("too many brackets or signs");
    const c = next();
    if (c !== "-" && c !== "+") return raised(depth);
    at++;
    const value = signed(depth + 1);
    return c === "-" ? negative(value) : value;
  };
  // a power binds tighter than a sign before it and takes what is right of it first
  const raised = (depth: number): Rational => {
    const base = percent(depth);
    if (next() !== "^") return base;
    at++;
    const exponent = signed(depth + 1);
    if (exponent.d !== 1n) throw new Refused("the exponent is no whole number");
    const k = toNumber(exponent);
    if (Math.abs(k) * Math.max(1, bits(base)) > mostBits) throw new Refused("the exponent is too large");
    if (k < 0 && base.n === 0n) throw new Refused("division by zero");
    return k < 0 ? inverse(power(base, -k)) : power(base, k);
  };
  const percent = (depth: number): Rational => {
    const value = atom(depth);
    if (next() !== "%") return value;
    at++;
    return times(value, rational(1, 100));
  };
  const atom = (depth: number): Rational => {
    if (next() === "(") {
      at++;
      const value = sum(depth + 1);
      if (next() !== ")") throw new Refused("a bracket is not closed");
      at++;
      return value;
    }
    const number = /^(\d*)(?:\.(\d+))?/.exec(text.slice(at, at + mostCharacters))!;
    if (number[0] === "" || number[0] === ".")
      throw new Refused(at >= text.length ? "it ends too early" : `"${text[at]}" is not expected`);
    at += number[0].length;
    const decimals = number[2] ?? "";
    return small(rational(BigInt(`${number[1]}${decimals}`), 10n ** BigInt(decimals.length)));
  };
  try {
    const value = sum(0);
    if (next() !== undefined) return { error: `"${text[at]}" is not expected` };
    return { value };
  } catch (thrown) {
    if (thrown instanceof Refused) return { error: thrown.message };
    throw thrown;
  }
}

/** A fraction for a reader: whole, or with up to 10 decimals, exact ones marked "=" and others "≈" by the caller. */
export function shownNumber(value: Rational): { text: string; exact: boolean } {
  if (value.d === 1n) return { text: value.n.toString(), exact: true };
  const scaled = value.n * 10n ** 10n;
  const rounded = (scaled * 2n + (scaled < 0n ? -value.d : value.d)) / (2n * value.d);
  const digits = (rounded < 0n ? -rounded : rounded).toString().padStart(11, "0");
  const text = `${rounded < 0n ? "-" : ""}${digits.slice(0, -10)}.${digits.slice(-10)}`
    .replace(/0+$/, "")
    .replace(/\.$/, "");
  return { text, exact: rounded * value.d === scaled };
}

/**
 * The calculator's answer to an expression, or to equations `a = b`, also as `<<a=b>>`, several separated by commas or
 * newlines: each is evaluated and said to be right or wrong.
 */
export function calculation(input: string): string {
  const lines = input
    .replace(/<<|>>/g, "\n")
    .split(/[\n;]|,(?!\d{3}(?!\d))/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length === 0) return "error: there is no expression";
  return lines.slice(0, 20).map(oneLine).join("\n");
}

function oneLine(line: string): string {
  const [left, right, ...more] = line.split("=").map((side) => side.trim());
  const value = calculate(left!);
  if (value.error !== undefined) return `error: ${value.error}`;
  const { text, exact } = shownNumber(value.value);
  if (right === undefined || right === "" || right === "?") return `${left} ${exact ? "=" : "≈"} ${text}`;
  const stated = more.length > 0 ? ({ error: "more than one = on a line" } as const) : calculate(right);
  if (stated.error !== undefined) return `error: ${stated.error}`;
  // a stated decimal may be rounded: to 1e-6 of the value, as TARA compares; whole numbers exactly
  const close =
    same(value.value, stated.value) ||
    (stated.value.d !== 1n &&
      Math.abs(toNumber(value.value) - toNumber(stated.value)) <= 1e-6 * Math.abs(toNumber(value.value)));
  return `${left} ${exact ? "=" : "≈"} ${text}, so "${line}" is ${close ? "right" : "wrong"}`;
}
