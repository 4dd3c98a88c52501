import type { Node } from "./node.ts";
import { compare, negative, plus, type Rational, rational, same, terminates, times, toNumber } from "./rational.ts";

/** How near is equal. All members are off unless stated. */
export interface ClosenessOptions {
  /**
   * How many significant digits a decimal must show to stand for a value that it rounds or cuts off, such as 0.333333
   * for 1/3; default 6. Decimals of fewer than 12 digits are exact among each other unless this is set.
   */
  significantDigits?: number | undefined;
  /** Numbers are equal if |candidate − gold| ≤ max(absolute, relative · |gold|). */
  tolerance?: { relative?: number | undefined; absolute?: number | undefined } | undefined;
}

type Num = Extract<Node, { k: "num" }>;

/** From here on a decimal looks like the print of a floating-point number. */
const FLOAT_DIGITS = 12;
const FLOAT_NOISE = rational(1n, 10n ** 11n);

function distance(a: Rational, b: Rational): Rational {
  const d = plus(a, negative(b));
  return d.n < 0n ? negative(d) : d;
}

function size(a: Rational): Rational {
  return a.n < 0n ? negative(a) : a;
}

/** One unit in the last written place. */
function lastPlace(a: Num): Rational {
  return rational(1n, 10n ** BigInt(Math.min(a.places ?? 0, 1000)));
}

/** Is the decimal `a`, as written, a rounding or truncation of `exact`? */
function approximates(a: Num, exact: Rational, digits: number): boolean {
  if ((a.significant ?? 0) < digits) return false;
  return compare(distance(a.v, exact), lastPlace(a)) < 0;
}

/**
 * Are two exact numbers equal, or near enough by the rules of `ClosenessOptions`?
 * `a` and `b` carry how they were written; a fraction or an integer has no written digits.
 *
 * @returns the rule that accepts them, or undefined
 */
export function sameNumber(gold: Num, candidate: Num, options: ClosenessOptions): string | undefined {
  if (same(gold.v, candidate.v)) return "number";
  const digits = options.significantDigits ?? 6;
  const g = gold.significant !== undefined;
  const c = candidate.significant !== undefined;
  if (g || c) {
    const long = Math.max(gold.significant ?? 0, candidate.significant ?? 0);
    if (long >= FLOAT_DIGITS && compare(distance(gold.v, candidate.v), times(FLOAT_NOISE, size(gold.v))) <= 0)
      return "floating-point noise";
    if (g && c) {
      if (long >= FLOAT_DIGITS || options.significantDigits !== undefined) {
        const [short, other] = (gold.places ?? 0) <= (candidate.places ?? 0) ? [gold, candidate] : [candidate, gold];
        if (approximates(short, other.v, digits)) return "rounded decimal";
      }
    } else {
      const [written, exact] = g ? [gold, candidate] : [candidate, gold];
      // a whole number is not something that a decimal stands for by rounding, nor is a short decimal fraction
      if (
        exact.v.d !== 1n &&
        (!terminates(exact.v) || options.significantDigits !== undefined) &&
        approximates(written, exact.v, digits)
      )
        return "rounded decimal";
    }
  }
  const { relative, absolute } = options.tolerance ?? {};
  if (relative !== undefined || absolute !== undefined) {
    const gap = toNumber(distance(gold.v, candidate.v));
    const scale = toNumber(size(gold.v));
    if (gap <= Math.max(absolute ?? 0, (relative ?? 0) * scale)) return "tolerance";
  }
  return undefined;
}

/** The same rules for a decimal against a value that is known as a double with an error bound, such as √2 or π/4. */
export function nearValue(
  written: Num | undefined,
  x: number,
  y: number,
  error: number,
  options: ClosenessOptions,
): string | undefined {
  const gap = Math.abs(x - y);
  if (written !== undefined) {
    const digits = options.significantDigits ?? 6;
    const significant = written.significant ?? 0;
    if (significant >= FLOAT_DIGITS && gap <= 1e-11 * Math.abs(x)) return "floating-point noise";
    if (significant >= digits && gap < 10 ** -(written.places ?? 0) + error) return "rounded decimal";
  }
  const { relative, absolute } = options.tolerance ?? {};
  if (
    (relative !== undefined || absolute !== undefined) &&
    gap <= Math.max(absolute ?? 0, (relative ?? 0) * Math.abs(x))
  )
    return "tolerance";
  return undefined;
}
