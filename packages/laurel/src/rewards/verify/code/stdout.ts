import { type Tolerance, within } from "./value.ts";

/**
 * How printed output is held against the expected text.
 * "lines": after `\r\n` becomes `\n`, white space at the end of each line and empty lines at the end are ignored.
 * "tokens": any run of white space separates, nothing else of it counts. "exact": every character counts.
 */
export type StdoutRule = "lines" | "tokens" | "exact";

function lines(text: string): string[] {
  const all = text.replaceAll("\r\n", "\n").split("\n");
  for (let i = 0; i < all.length; i++) all[i] = all[i]!.trimEnd();
  while (all.length > 0 && all.at(-1) === "") all.pop();
  return all;
}

function tokens(text: string): string[] {
  return text.split(/\s+/).filter((token) => token !== "");
}

function sameTokens(
  printed: readonly string[],
  expected: readonly string[],
  tolerance: Tolerance | undefined,
): boolean {
  if (printed.length !== expected.length) return false;
  return printed.every((token, i) => {
    const wanted = expected[i]!;
    if (token === wanted) return true;
    if (tolerance === undefined) return false;
    const [a, b] = [Number(token), Number(wanted)];
    return Number.isFinite(a) && Number.isFinite(b) && within(a, b, tolerance);
  });
}

/**
 * Does printed output equal the expected one?
 *
 * @param rule default "lines"
 * @param tolerance when given, tokens that are both numbers may differ by it (not under "exact")
 * @example sameOutput("1 2 \n", "1 2") // true
 */
export function sameOutput(
  printed: string,
  expected: string,
  rule: StdoutRule = "lines",
  tolerance?: Tolerance,
): boolean {
  if (printed === expected) return true;
  if (rule === "exact") return false;
  if (rule === "tokens") return sameTokens(tokens(printed), tokens(expected), tolerance);
  const [left, right] = [lines(printed), lines(expected)];
  if (left.length !== right.length) return false;
  return left.every(
    (line, i) =>
      line === right[i]! || (tolerance !== undefined && sameTokens(tokens(line), tokens(right[i]!), tolerance)),
  );
}
