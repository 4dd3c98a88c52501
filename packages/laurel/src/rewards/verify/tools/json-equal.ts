import type { Json, JsonObject } from "../../../core/types.ts";

/** Is this an object, and not a list or null? */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Equality of JSON values: 1 equals 1.0, the order of keys does not matter, `"1"` is not 1 and `true` is not 1.
 * The recursion is as deep as the first value, which should be the reference's.
 *
 * @example jsonEqual({ a: 1, b: [2] }, { b: [2.0], a: 1 }) // true
 */
export function jsonEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    return a.every((one: Json, i) => jsonEqual(one, b[i] as Json));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], b[key]));
}
