import type { Json, JsonObject } from "../../../core/index.ts";

/**
 * A value of the candidate's process as tagged JSON, so that Python's own distinctions survive the way to the parent:
 * n none, b boolean, i whole number, I whole number in hexadecimal, f float, c complex, s text, y bytes,
 * l list, t tuple, S set, d dictionary, o an object that cannot leave its process.
 */
export type Tagged =
  | readonly ["n"]
  | readonly ["b", boolean]
  | readonly ["i", number]
  | readonly ["I" | "f" | "s" | "y" | "o", string]
  | readonly ["c", string, string]
  | readonly ["l" | "t" | "S", readonly Tagged[]]
  | readonly ["d", readonly (readonly [Tagged, Tagged])[]];

/** How far two numbers may differ: |a − b| <= max(absolute, relative · max(|a|, |b|)). */
export interface Tolerance {
  absolute?: number | undefined;
  relative?: number | undefined;
}

const maxDepth = 120;

/** Is this the tagged form of a value, at any depth? What comes from a candidate's process is held to it first. */
export function isTagged(form: unknown, depth = 0): form is Tagged {
  if (!Array.isArray(form) || depth > maxDepth) return false;
  const [tag, first, second] = form as readonly unknown[];
  switch (tag) {
    case "n":
      return true;
    case "b":
      return typeof first === "boolean";
    case "i":
      return Number.isSafeInteger(first);
    case "I":
      return typeof first === "string" && /^-?0x[0-9a-f]+$/.test(first);
    case "f":
      return typeof first === "string" && first.length < 40;
    case "s":
    case "y":
    case "o":
      return typeof first === "string";
    case "c":
      return typeof first === "string" && typeof second === "string";
    case "l":
    case "t":
    case "S":
      return Array.isArray(first) && first.every((item) => isTagged(item, depth + 1));
    case "d":
      return (
        Array.isArray(first) &&
        first.every(
          (entry) =>
            Array.isArray(entry) &&
            entry.length === 2 &&
            isTagged(entry[0], depth + 1) &&
            isTagged(entry[1], depth + 1),
        )
      );
    default:
      return false;
  }
}

/** A float as Python writes it. */
function float(text: string): number {
  if (text === "inf") return Number.POSITIVE_INFINITY;
  if (text === "-inf") return Number.NEGATIVE_INFINITY;
  return text === "nan" ? Number.NaN : Number(text);
}

function big(text: string): bigint {
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}

/** The real number of a tagged value, or undefined if it is none. Booleans count as 0 and 1, as in Python. */
export function numberOf(value: Tagged): number | bigint | undefined {
  switch (value[0]) {
    case "b":
      return value[1] ? 1 : 0;
    case "i":
      return value[1];
    case "I":
      return big(value[1]);
    case "f":
      return float(value[1]);
    case "c":
      return float(value[2]) === 0 ? float(value[1]) : undefined;
    default:
      return undefined;
  }
}

function numberKey(value: number | bigint): string | undefined {
  // hexadecimal, because decimal digits of a number of a million bits take their time
  if (typeof value === "bigint") return `#${value.toString(16)}`;
  if (Number.isNaN(value)) return undefined;
  return Number.isInteger(value) ? `#${BigInt(value).toString(16)}` : `~${value}`;
}

/**
 * A text that is equal for two values exactly when Python's `==` holds between them; undefined for what equals nothing
 * (a NaN, an object that cannot leave its process).
 */
export function equalityKey(value: Tagged): string | undefined {
  const number = numberOf(value);
  if (number !== undefined) return numberKey(number);
  switch (value[0]) {
    case "n":
      return "n";
    case "s":
    case "y":
      return value[0] + JSON.stringify(value[1]);
    case "c":
      return value[1] === "nan" || value[2] === "nan" ? undefined : `c${float(value[1]) + 0},${float(value[2])}`;
    case "l":
    case "t":
    case "S": {
      const keys = value[1].map(equalityKey);
      if (keys.includes(undefined)) return undefined;
      const members = value[0] === "S" ? [...new Set(keys)].sort() : keys;
      return `${value[0]}[${members.join(",")}]`;
    }
    case "d": {
      const entries: string[] = [];
      for (const [k, v] of value[1]) {
        const key = equalityKey(k);
        const held = equalityKey(v);
        if (key === undefined || held === undefined) return undefined;
        entries.push(`${key}:${held}`);
      }
      return `d{${entries.sort().join(",")}}`;
    }
    default:
      return undefined;
  }
}

/** Are two numbers within the tolerance? Equal infinities are. */
export function within(a: number | bigint, b: number | bigint, tolerance: Tolerance): boolean {
  const key = numberKey(a);
  if (key !== undefined && key === numberKey(b)) return true;
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isFinite(x) || !Number.isFinite(y)) return false;
  const bound = Math.max(tolerance.absolute ?? 0, (tolerance.relative ?? 0) * Math.max(Math.abs(x), Math.abs(y)));
  return bound > 0 && Math.abs(x - y) <= bound;
}

/**
 * Python's `==` between two tagged values; with a tolerance, numbers at the same place of lists, tuples and dictionaries
 * may differ by it.
 */
export function pythonEquals(a: Tagged, b: Tagged, tolerance?: Tolerance): boolean {
  const key = equalityKey(a);
  if (key !== undefined && key === equalityKey(b)) return true;
  if (tolerance === undefined) return false;
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return within(x, y, tolerance);
  if ((a[0] === "l" || a[0] === "t") && a[0] === b[0]) {
    const [left, right] = [a[1], b[1] as readonly Tagged[]];
    return left.length === right.length && left.every((item, i) => pythonEquals(item, right[i]!, tolerance));
  }
  if (a[0] === "d" && b[0] === "d" && a[1].length === b[1].length) {
    const byKey = new Map(b[1].map(([k, v]) => [equalityKey(k), v]));
    return a[1].every(([k, v]) => {
      const other = byKey.get(equalityKey(k));
      return other !== undefined && pythonEquals(v, other, tolerance);
    });
  }
  return false;
}

/** A dictionary key as `json.dumps` writes it. */
function jsonKey(key: Tagged): string | undefined {
  if (key[0] === "s") return key[1];
  if (key[0] === "n") return "null";
  if (key[0] === "b") return key[1] ? "true" : "false";
  const number = numberOf(key);
  return number === undefined ? undefined : String(number);
}

/**
 * Does a returned value equal a JSON value? Tuples count as arrays, dictionary keys are compared as `json.dumps` writes them,
 * 1 equals 1.0, and a boolean equals only a boolean. Sets and other objects equal no JSON value.
 */
export function jsonEquals(value: Tagged, expected: Json, tolerance: Tolerance = {}): boolean {
  if (expected === null) return value[0] === "n";
  if (typeof expected === "boolean") return value[0] === "b" && value[1] === expected;
  if (typeof expected === "string") return value[0] === "s" && value[1] === expected;
  if (typeof expected === "number") {
    const number = value[0] === "b" ? undefined : numberOf(value);
    return number !== undefined && within(number, expected, tolerance);
  }
  if (Array.isArray(expected)) {
    if (value[0] !== "l" && value[0] !== "t") return false;
    const items = value[1];
    return items.length === expected.length && items.every((item, i) => jsonEquals(item, expected[i]!, tolerance));
  }
  if (value[0] !== "d") return false;
  const object = expected as JsonObject;
  const keys = Object.keys(object).filter((key) => object[key] !== undefined);
  if (keys.length !== value[1].length) return false;
  return value[1].every(([k, v]) => {
    const key = jsonKey(k);
    const wanted = key !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
    return wanted !== undefined && jsonEquals(v, wanted, tolerance);
  });
}

/** Python's truth of a value. An object that cannot leave its process is not taken for true. */
export function isTruthy(value: Tagged): boolean {
  switch (value[0]) {
    case "n":
    case "o":
      return false;
    case "s":
    case "y":
    case "l":
    case "t":
    case "S":
    case "d":
      return value[1].length > 0;
    case "c":
      return float(value[1]) !== 0 || float(value[2]) !== 0;
    default:
      return Number(numberOf(value)) !== 0;
  }
}

/** A short text of a value for a report. */
export function showTagged(value: Tagged): string {
  const text =
    value[0] === "n"
      ? "None"
      : value[0] === "o"
        ? `an object of type ${value[1]}`
        : value[0] === "s"
          ? JSON.stringify(value[1].slice(0, 100))
          : value[0] === "l" || value[0] === "t" || value[0] === "S" || value[0] === "d"
            ? `${{ l: "list", t: "tuple", S: "set", d: "dictionary" }[value[0]]} of ${value[1].length}`
            : String(value[1]);
  return text.slice(0, 120);
}
