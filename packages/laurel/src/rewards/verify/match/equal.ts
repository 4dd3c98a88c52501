import type { Json } from "../../../core/types.ts";
import { jsonEqual } from "../tools/json-equal.ts";
import { numberOf } from "./read.ts";

/** How near is equal. */
export interface Nearness {
  /** Greatest absolute difference of numbers; 0 by default. */
  absolute?: number | undefined;
  /** Greatest difference as a share of the reference number's size; 0 by default. */
  relative?: number | undefined;
}

/** |given − wanted| ≤ max(absolute, relative · |wanted|), with a slack of 1e-12 of the size for rounding. */
export function isNear(wanted: number, given: number, { absolute = 0, relative = 0 }: Nearness): boolean {
  const slack = 1e-12 * Math.max(Math.abs(wanted), Math.abs(given));
  return Math.abs(given - wanted) <= Math.max(absolute, relative * Math.abs(wanted)) + slack;
}

/** Lower case, white space as one space, none at the ends. */
export function plainText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
}

/** Equality of two values: numbers (also written as text) by nearness, texts without case and extra white space, the rest as JSON. */
export function sameValue(wanted: Json | undefined, given: Json | undefined, near: Nearness): boolean {
  const a = typeof wanted === "string" ? numberOf(wanted) : wanted;
  const b = typeof given === "string" ? numberOf(given) : given;
  if (typeof a === "number" && typeof b === "number") return isNear(a, b, near);
  if (typeof wanted === "string" && typeof given === "string") return plainText(wanted) === plainText(given);
  return jsonEqual(wanted, given);
}
