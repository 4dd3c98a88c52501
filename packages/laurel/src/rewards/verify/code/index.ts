export { type CodeOptions, code } from "./code.ts";
export type { BlockRule } from "./extract.ts";
export * from "./forms.ts";
export { BadTest, type Failure, type GradeOptions, gradeProgram, type TestResult } from "./grade.ts";
export type { Limits as CodeLimits } from "./limits.ts";
export * from "./lines.ts";
export * from "./open-sandbox.ts";
export * from "./outcome.ts";
export * from "./remote.ts";
export * from "./rule-mutator.ts";
export {
  type Answer,
  type Check,
  type Language,
  type Plan,
  type Program,
  type Question,
  type RunReport,
  type Sandbox,
  SandboxError,
  type SandboxOptions,
} from "./sandbox.ts";
export { type Statement, statements } from "./statements.ts";
export type { StdoutRule } from "./stdout.ts";
export type { Tagged, Tolerance } from "./value.ts";
