export * from "./autoevals.ts";
export { type ImportedAssertion, importPromptfoo, type PromptfooImport } from "./promptfoo.ts";
