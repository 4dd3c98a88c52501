import { type JsonObject, UsageError } from "../../core/index.ts";
import { bfclSuite } from "./bfcl.ts";
import { codeSuite, javascriptSuite } from "./code.ts";
import { constraintsSuite } from "./constraints.ts";
import { mathSuite } from "./math.ts";
import type { Suite } from "./suite.ts";
import { toolrlSuite } from "./toolrl.ts";
import { toolsSuite } from "./tools.ts";

/** The suites that there are, by name. */
export const suites: Readonly<Record<string, Suite>> = {
  math: mathSuite,
  constraints: constraintsSuite,
  tools: toolsSuite,
  toolrl: toolrlSuite,
  bfcl: bfclSuite(),
  code: codeSuite,
  javascript: javascriptSuite,
};

/**
 * The suite of a name (`math`), of a kind (`verify.math`), or of a spec, whose options may decide among a kind's suites
 * (`{ kind: "verify.code", language: "javascript" }`).
 *
 * @throws UsageError that lists the suites where there is none
 */
export function suiteOf(spec: string | JsonObject): Suite {
  const options: JsonObject = typeof spec === "string" ? { kind: spec } : spec;
  const kind = String(options["kind"]);
  const own = Object.values(suites).filter((one) => one.kind === kind);
  const found =
    (typeof spec === "string" ? suites[spec] : undefined) ??
    own.find(
      ({ when }) => when !== undefined && Object.entries(when).every(([key, value]) => options[key] === value),
    ) ??
    own[0];
  if (found !== undefined) return found;
  throw new UsageError(
    `there is no conformance suite for "${kind}"`,
    `the suites are ${Object.keys(suites).join(", ")}; --suite names one for a reward of another kind`,
  );
}
