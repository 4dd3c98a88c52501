import { type Rational, rational } from "../../rewards/verify/math/rational.ts";

export { inverse, negative, plus, power, type Rational, rational, times } from "../../rewards/verify/math/rational.ts";

/**
 * A fraction as a decimal of at most so many significant digits, rounded half away from zero, without trailing zeros or an exponent.
 * @example decimal(rational(2, 3), 5) // "0.66667"
 */
export function decimal(value: Rational, digits: number): string {
  if (value.n === 0n) return "0";
  const sign = value.n < 0n ? "-" : "";
  const size = rational(value.n < 0n ? -value.n : value.n, value.d);
  // the power of ten of the first digit, from the lengths and at most one off
  let first = size.n.toString().length - size.d.toString().length;
  if (first >= 0 ? size.n < size.d * 10n ** BigInt(first) : size.n * 10n ** BigInt(-first) < size.d) first--;
  const places = digits - 1 - first;
  const top = places >= 0 ? size.n * 10n ** BigInt(places) : size.n;
  const bottom = places >= 0 ? size.d : size.d * 10n ** BigInt(-places);
  const rounded = (2n * top + bottom) / (2n * bottom);
  if (places <= 0) return `${sign}${rounded * 10n ** BigInt(-places)}`;
  const text = rounded.toString().padStart(places + 1, "0");
  const whole = text.slice(0, -places);
  const part = text.slice(-places).replace(/0+$/, "");
  return `${sign}${whole}${part === "" ? "" : `.${part}`}`;
}
