import { UsageError } from "../core/errors.ts";
import { betaTails, binomialTerm, erfc, gammaTails, logGamma } from "./special.ts";

/** The standard normal distribution's cumulative probability Φ(z). */
export function normalCdf(z: number): number {
  return 0.5 * erfc(-z / Math.SQRT2);
}

const horner = (coefficients: readonly number[], r: number): number => {
  let sum = 0;
  for (let i = coefficients.length - 1; i >= 0; i--) sum = sum * r + coefficients[i]!;
  return sum;
};
// Wichura (1988), algorithm AS 241, PPND16
const CENTRE_TOP = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987, 67265.7709270087,
  33430.57558358813, 2509.0809287301227,
];
const CENTRE_BOTTOM = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271, 28729.085735721943,
  5226.495278852546,
];
const MIDDLE_TOP = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684, 0.2417807251774506,
  0.022723844989269184, 0.0007745450142783414,
];
const MIDDLE_BOTTOM = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const TAIL_TOP = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 2.7115555687434876e-5, 2.0103343992922881e-7,
];
const TAIL_BOTTOM = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133, 1.8463183175100548e-5,
  1.421511758316446e-7, 2.0442631033899397e-15,
];

/**
 * The standard normal quantile Φ⁻¹(p).
 *
 * @param p in [0, 1]; 0 and 1 give minus and plus infinity
 * Source: Wichura (1988), algorithm AS 241.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) throw new UsageError(`a quantile needs p in [0, 1], got ${p}`);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (q * horner(CENTRE_TOP, r)) / horner(CENTRE_BOTTOM, r);
  }
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  const size =
    r <= 5
      ? horner(MIDDLE_TOP, r - 1.6) / horner(MIDDLE_BOTTOM, r - 1.6)
      : horner(TAIL_TOP, r - 5) / horner(TAIL_BOTTOM, r - 5);
  return q < 0 ? -size : size;
}

/** The smaller of a probability and its complement, with the tail that it stands for. */
const smallerTail = (p: number): { lower: boolean; target: number } =>
  p <= 0.5 ? { lower: true, target: p } : { lower: false, target: 1 - p };

/**
 * Inverts a distribution on (low, high) by Newton's steps on the logarithm of one tail, kept inside a shrinking bracket.
 * `tails` gives both tails at x, `density` the density.
 */
function invert(
  tails: (x: number) => { lower: number; upper: number },
  density: (x: number) => number,
  { lower: useLower, target }: { lower: boolean; target: number },
  bracket: { low: number; high: number; start: number },
): number {
  let { low, high, start: x } = bracket;
  for (let i = 0; i < 400; i++) {
    const at = tails(x);
    const tail = useLower ? at.lower : at.upper;
    if (tail === target) return x;
    const above = useLower ? tail > target : tail < target;
    if (above) high = x;
    else low = x;
    // the logarithm makes Newton's steps good far out in a tail as well
    const slope = density(x) / tail;
    let next = x - ((Math.log(tail) - Math.log(target)) / slope) * (useLower ? 1 : -1);
    if (!(next > low && next < high)) {
      if (high === Number.POSITIVE_INFINITY) next = Math.max(2 * x, 1e-3);
      else if (low > 0 && high / low > 4) next = Math.sqrt(low * high);
      else if (low === 0 && high > 1e-290) next = high > 1e-3 ? high / 2 : high * 1e-3;
      else next = (low + high) / 2;
    }
    if (Math.abs(next - x) <= 4e-16 * Math.abs(next) || next === low || next === high) return next;
    x = next;
  }
  return x;
}

/** The beta distribution's density at x, y = 1 - x. */
function betaDensity(x: number, y: number, a: number, b: number): number {
  return (binomialTerm(a, a + b, x, y) * a * b) / ((a + b) * x * y);
}

/**
 * The beta distribution's quantile, the inverse of `incompleteBeta` in x.
 *
 * @param p in [0, 1]
 */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) throw new UsageError(`betaQuantile(${p}, ${a}, ${b}) is not defined`);
  if (p === 0 || p === 1) return p;
  return invert(
    (x) => betaTails(x, 1 - x, a, b),
    (x) => betaDensity(x, 1 - x, a, b),
    smallerTail(p),
    { low: 0, high: 1, start: a / (a + b) },
  );
}

const checkDf = (df: number): void => {
  if (!(df > 0)) throw new UsageError(`degrees of freedom must be above 0, got ${df}`);
};

/** Both tails of Student's t at t. */
function tTails(t: number, df: number): { lower: number; upper: number } {
  if (df === Number.POSITIVE_INFINITY) return { lower: normalCdf(t), upper: normalCdf(-t) };
  const square = t * t;
  const outside = Number.isFinite(square)
    ? betaTails(df / (df + square), square / (df + square), df / 2, 0.5).lower / 2
    : 0;
  return t < 0 ? { lower: outside, upper: 1 - outside } : { lower: 1 - outside, upper: outside };
}

/**
 * Student's t: the cumulative probability at t.
 *
 * @param df degrees of freedom, above 0; infinity is the normal distribution
 */
export function tCdf(t: number, df: number): number {
  checkDf(df);
  return tTails(t, df).lower;
}

/**
 * Student's t: the quantile.
 *
 * @param p in [0, 1]
 * @example tQuantile(0.975, 9) // 2.262157162798205
 */
export function tQuantile(p: number, df: number): number {
  checkDf(df);
  if (p === 0.5) return 0;
  if (df === Number.POSITIVE_INFINITY || p === 0 || p === 1) return normalQuantile(p);
  if (p < 0.5) return -tQuantileUpper(p, df);
  return tQuantileUpper(1 - p, df);
}

/** The t above 0 whose upper tail is q < 1/2. */
function tQuantileUpper(q: number, df: number): number {
  const scale = Math.exp(logGamma((df + 1) / 2) - logGamma(df / 2)) / Math.sqrt(df * Math.PI);
  return invert(
    (t) => tTails(t, df),
    (t) => scale * Math.exp((-(df + 1) / 2) * Math.log1p((t * t) / df)),
    { lower: false, target: q },
    { low: 0, high: Number.POSITIVE_INFINITY, start: -normalQuantile(q) },
  );
}

/** The chi-squared distribution's cumulative probability at x, for x >= 0. */
export function chi2Cdf(x: number, df: number): number {
  checkDf(df);
  return gammaTails(df / 2, Math.max(0, x) / 2).lower;
}

/** The chi-squared distribution's upper tail at x, with full relative accuracy. */
export function chi2Sf(x: number, df: number): number {
  checkDf(df);
  return gammaTails(df / 2, Math.max(0, x) / 2).upper;
}

/** The chi-squared distribution's quantile, p in [0, 1]. */
export function chi2Quantile(p: number, df: number): number {
  checkDf(df);
  if (!(p >= 0 && p <= 1)) throw new UsageError(`a quantile needs p in [0, 1], got ${p}`);
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  const a = df / 2;
  const front = -logGamma(a);
  const half = invert(
    (x) => gammaTails(a, x),
    (x) => Math.exp((a - 1) * Math.log(x) - x + front),
    smallerTail(p),
    { low: 0, high: Number.POSITIVE_INFINITY, start: a },
  );
  return 2 * half;
}

/** Fisher's F: the cumulative probability at x >= 0 with (d1, d2) degrees of freedom. */
export function fCdf(x: number, d1: number, d2: number): number {
  checkDf(d1);
  checkDf(d2);
  if (x <= 0) return 0;
  return betaTails((d1 * x) / (d1 * x + d2), d2 / (d1 * x + d2), d1 / 2, d2 / 2).lower;
}

/** Fisher's F: the quantile, p in [0, 1]. */
export function fQuantile(p: number, d1: number, d2: number): number {
  checkDf(d1);
  checkDf(d2);
  if (!(p >= 0 && p <= 1)) throw new UsageError(`a quantile needs p in [0, 1], got ${p}`);
  if (p === 0) return 0;
  if (p === 1) return Number.POSITIVE_INFINITY;
  return invert(
    (x) => betaTails((d1 * x) / (d1 * x + d2), d2 / (d1 * x + d2), d1 / 2, d2 / 2),
    (x) => {
      const y = (d1 * x) / (d1 * x + d2);
      const z = d2 / (d1 * x + d2);
      return (betaDensity(y, z, d1 / 2, d2 / 2) * d1 * z * z) / d2;
    },
    smallerTail(p),
    { low: 0, high: Number.POSITIVE_INFINITY, start: 1 },
  );
}

const checkBinomial = (n: number, p: number): void => {
  if (!(Number.isInteger(n) && n >= 0 && p >= 0 && p <= 1))
    throw new UsageError(`a binomial needs a whole n >= 0 and p in [0, 1], got n = ${n}, p = ${p}`);
};

/** P(X = k) for X binomial(n, p), by Loader's method: accurate for large n as well. */
export function binomialPmf(k: number, n: number, p: number): number {
  checkBinomial(n, p);
  return Number.isInteger(k) && k >= 0 && k <= n ? binomialTerm(k, n, p, 1 - p) : 0;
}

/** P(X <= k) for X binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  checkBinomial(n, p);
  const whole = Math.floor(k);
  if (whole < 0) return 0;
  if (whole >= n) return 1;
  return betaTails(p, 1 - p, whole + 1, n - whole).upper;
}

/** The smallest k with P(X <= k) >= q for X binomial(n, p). */
export function binomialQuantile(q: number, n: number, p: number): number {
  checkBinomial(n, p);
  if (!(q >= 0 && q <= 1)) throw new UsageError(`a quantile needs q in [0, 1], got ${q}`);
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (binomialCdf(middle, n, p) >= q) high = middle;
    else low = middle + 1;
  }
  return low;
}
