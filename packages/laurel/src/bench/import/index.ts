export * from "./autoevals.ts";
export { importedBenchmark, importedEstimate, importedRun } from "./imported.ts";
export { type ImportedAssertion, importPromptfoo, type PromptfooImport } from "./promptfoo.ts";
export {
  type ImportedItem,
  type ImportedResult,
  type ImportedResults,
  importResults,
  type ResultTool,
} from "./results.ts";
