export { bfclSuite } from "./bfcl.ts";
export { commandVerdicts } from "./command.ts";
export type { Suite, SuiteInput, SuiteOptions } from "./suite.ts";
export { suiteOf, suites } from "./suites.ts";
export { acceptanceOf, accepted, conformanceOf, rewardVerdicts } from "./verdicts.ts";
