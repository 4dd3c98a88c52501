/** A complex number with a bound on its rounding error. */
export interface Value {
  readonly re: number;
  readonly im: number;
  readonly err: number;
}

export const EPS = 2 ** -52;
export const undefinedValue: Value = { re: Number.NaN, im: 0, err: Number.POSITIVE_INFINITY };

export function value(re: number, im: number, err: number): Value {
  return { re, im, err };
}

export function size(a: Value): number {
  return a.im === 0 ? Math.abs(a.re) : Math.hypot(a.re, a.im);
}

export function add(a: Value, b: Value): Value {
  const re = a.re + b.re;
  const im = a.im + b.im;
  return value(re, im, a.err + b.err + EPS * (Math.abs(re) + Math.abs(im)));
}

export function multiply(a: Value, b: Value): Value {
  const re = a.im === 0 && b.im === 0 ? a.re * b.re : a.re * b.re - a.im * b.im;
  const im = a.im === 0 && b.im === 0 ? 0 : a.re * b.im + a.im * b.re;
  const sa = size(a);
  const sb = size(b);
  return value(re, im, sa * b.err + sb * a.err + a.err * b.err + 4 * EPS * sa * sb);
}

export function invert(a: Value): Value {
  const s = size(a);
  if (!(s > 2 * a.err) || s === 0) return undefinedValue;
  const d = s * s;
  if (d === 0 || !Number.isFinite(d))
    return a.im === 0 && s !== 0 ? value(1 / a.re, 0, a.err / d + EPS / s) : undefinedValue;
  return value(a.re / d, a.im === 0 ? 0 : -a.im / d, (2 * a.err) / d + 4 * (EPS / s));
}

export function exp(a: Value): Value {
  const r = Math.exp(a.re);
  if (a.im === 0) return value(r, 0, r * (a.err + EPS * (1 + Math.abs(a.re))));
  return value(r * Math.cos(a.im), r * Math.sin(a.im), r * (a.err + EPS * (2 + size(a))));
}

export function ln(a: Value): Value {
  const s = size(a);
  if (!(s > 2 * a.err)) return undefinedValue;
  const re = Math.log(s);
  const im = a.im === 0 ? (a.re < 0 ? Math.PI : 0) : Math.atan2(a.im, a.re);
  return value(re, im, (2 * a.err) / s + EPS * (1 + Math.abs(re)));
}

export function wholePower(base: Value, k: number): Value {
  let out = value(1, 0, 0);
  let square = base;
  for (let n = Math.abs(k); n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) out = multiply(out, square);
    if (n > 1) square = multiply(square, square);
  }
  return k < 0 ? invert(out) : out;
}
