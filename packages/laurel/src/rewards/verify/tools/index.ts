export { type BfclReference, bfclFault, bfclReference } from "./bfcl.ts";
export { isJsonObject, jsonEqual } from "./json-equal.ts";
export { type CallFormat, callsOfCandidate, type ParsedCalls, parseCalls } from "./parse.ts";
export { type CallMatch, matchCalls, multisetJaccard } from "./similarity.ts";
export { bfclTask, type ToolCallOptions, toolCalls } from "./tool-calls.ts";
export {
  type Correctness,
  type Granularity,
  type ToolRlScales,
  toolRlCorrectness,
  toolRlFormat,
  toolRlScales,
} from "./toolrl.ts";
