export * from "./autoevals.ts";
export { importedBenchmark, importedEstimate, importedRun } from "./imported.ts";
export { type ImportedAssertion, importPromptfoo, type PromptfooImport } from "./promptfoo.ts";
export type { ImportedItem, ImportedResult, ImportedResults, ResultTool } from "./result-file.ts";
export { importResults } from "./results.ts";
