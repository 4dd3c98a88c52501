import type { Check } from "./sandbox.ts";
import { equalityKey, isTruthy, numberOf, pythonEquals, type Tagged, type Tolerance } from "./value.ts";

function compare(a: Tagged, b: Tagged): number | undefined {
  const [x, y] = [numberOf(a), numberOf(b)];
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : x >= y ? 0 : undefined;
  if (a[0] === "s" && b[0] === "s") {
    const [left, right] = [[...a[1]], [...b[1]]];
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const step = left[i]!.codePointAt(0)! - right[i]!.codePointAt(0)!;
      if (step !== 0) return step;
    }
    return left.length - right.length;
  }
  if ((a[0] === "l" || a[0] === "t") && a[0] === b[0]) {
    const other = b[1] as readonly Tagged[];
    for (let i = 0; i < Math.min(a[1].length, other.length); i++) {
      if (pythonEquals(a[1][i]!, other[i]!)) continue;
      return compare(a[1][i]!, other[i]!);
    }
    return a[1].length - other.length;
  }
  return undefined;
}

function contains(container: Tagged, item: Tagged): boolean {
  if (container[0] === "s") return item[0] === "s" && container[1].includes(item[1]);
  const key = equalityKey(item);
  if (key === undefined) return false;
  if (container[0] === "l" || container[0] === "t" || container[0] === "S")
    return container[1].some((member) => equalityKey(member) === key);
  return container[0] === "d" && container[1].some(([k]) => equalityKey(k) === key);
}

/** Does a value that came from the candidate's process fulfil a check? Equality and order are Python's. */
export function holds(check: Check, value: Tagged, tolerance?: Tolerance): boolean {
  if (check.op === "truthy") return isTruthy(value);
  if (value[0] === "o") return false;
  if (check.op === "falsy") return !isTruthy(value);
  const expected = check.expected!;
  const difference = (): number => {
    const [x, y] = [numberOf(value), numberOf(expected)];
    return x === undefined || y === undefined ? Number.NaN : Math.abs(Number(x) - Number(y));
  };
  switch (check.op) {
    case "==":
      return pythonEquals(value, expected, tolerance);
    case "!=":
      return !pythonEquals(value, expected);
    case "is":
      return value[0] === expected[0] && pythonEquals(value, expected);
    case "is not":
      return value[0] !== expected[0] || !pythonEquals(value, expected);
    case "in":
      return contains(expected, value);
    case "not in":
      return !contains(expected, value);
    case "within":
      return difference() <= check.bound!;
    case "closer":
      return difference() < check.bound!;
    case "isclose": {
      const [x, y] = [Number(numberOf(value)), Number(numberOf(expected))];
      if (x === y) return true;
      const bound = Math.max(check.relative! * Math.max(Math.abs(x), Math.abs(y)), check.absolute!);
      return Number.isFinite(x) && Number.isFinite(y) && Math.abs(x - y) <= bound;
    }
    default: {
      const order = compare(value, expected);
      if (order === undefined) return false;
      return check.op === "<" ? order < 0 : check.op === "<=" ? order <= 0 : check.op === ">" ? order > 0 : order >= 0;
    }
  }
}
