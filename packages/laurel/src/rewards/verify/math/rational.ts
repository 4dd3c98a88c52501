/** An exact fraction n/d in lowest terms with d > 0. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

function gcd(a: bigint, b: bigint): bigint {
  let x = a < 0n ? -a : a;
  let y = b < 0n ? -b : b;
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** n/d in lowest terms; d must not be 0. */
export function rational(n: bigint | number, d: bigint | number = 1n): Rational {
  let top = BigInt(n);
  let bottom = BigInt(d);
  if (bottom === 1n) return { n: top, d: bottom };
  if (bottom === 0n) throw new RangeError("a fraction with denominator 0");
  if (bottom < 0n) {
    top = -top;
    bottom = -bottom;
  }
  const common = gcd(top, bottom);
  return common === 1n ? { n: top, d: bottom } : { n: top / common, d: bottom / common };
}

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };

/** a + b */
export function plus(a: Rational, b: Rational): Rational {
  if (a.d === 1n && b.d === 1n) return { n: a.n + b.n, d: 1n };
  return rational(a.n * b.d + b.n * a.d, a.d * b.d);
}

/** −a */
export function negative(a: Rational): Rational {
  return { n: -a.n, d: a.d };
}

/** a · b */
export function times(a: Rational, b: Rational): Rational {
  if (a.d === 1n && b.d === 1n) return { n: a.n * b.n, d: 1n };
  return rational(a.n * b.n, a.d * b.d);
}

/** 1/a; a must not be 0. */
export function inverse(a: Rational): Rational {
  return rational(a.d, a.n);
}

/** Are the two fractions the same number? */
export function same(a: Rational, b: Rational): boolean {
  return a.n === b.n && a.d === b.d;
}

/** −1, 0 or 1 as a is less than, equal to or greater than b. */
export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const left = a.n * b.d;
  const right = b.n * a.d;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The bits that the larger of numerator and denominator takes, rounded up to whole hex digits. */
export function bits(a: Rational): number {
  const size = (x: bigint): number =>
    x < 0x1fffffffffffffn && x > -0x1fffffffffffffn ? 53 : x.toString(16).length * 4;
  return Math.max(size(a.n), size(a.d));
}

/** a to a whole power k; a must not be 0 when k is negative. The caller bounds k · bits(a). */
export function power(a: Rational, k: number): Rational {
  if (k < 0) return power(inverse(a), -k);
  const e = BigInt(k);
  return { n: a.n ** e, d: a.d ** e };
}

/** The nearest double; safe for numerators and denominators beyond the range of doubles. */
export function toNumber(a: Rational): number {
  const n = Number(a.n);
  const d = Number(a.d);
  if (Number.isFinite(n) && Number.isFinite(d)) return n / d;
  const shift = BigInt(Math.max(0, bits(a) - 1000));
  const top = Number(a.n >> shift);
  const bottom = Number(a.d >> shift);
  return bottom === 0 ? (top < 0 ? -Infinity : Infinity) : top / bottom;
}

/** Does the fraction end as a decimal: has its denominator no prime factor but 2 and 5? */
export function terminates(a: Rational): boolean {
  let d = a.d;
  while (d % 10n === 0n) d /= 10n;
  while (d % 2n === 0n) d /= 2n;
  while (d % 5n === 0n) d /= 5n;
  return d === 1n;
}
