import { UsageError } from "../../core/index.ts";
import { codeSuite } from "./code.ts";
import { constraintsSuite } from "./constraints.ts";
import { mathSuite } from "./math.ts";
import type { Suite } from "./suite.ts";
import { toolsSuite } from "./tools.ts";

/** The suites that there are, by name. */
export const suites: Readonly<Record<string, Suite>> = {
  math: mathSuite,
  constraints: constraintsSuite,
  tools: toolsSuite,
  code: codeSuite,
};

/**
 * The suite of a name (`math`) or of a kind (`verify.math`).
 * @throws UsageError that lists the suites where there is none
 */
export function suiteOf(name: string): Suite {
  const found = Object.values(suites).find((one) => one.name === name || one.kind === name);
  if (found !== undefined) return found;
  throw new UsageError(
    `there is no conformance suite for "${name}"`,
    `the suites are ${Object.keys(suites).join(", ")}; --suite names one for a reward of another kind`,
  );
}
