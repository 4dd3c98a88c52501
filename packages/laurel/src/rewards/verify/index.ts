export * from "./code/index.ts";
export * from "./constraints/index.ts";
export { type ExactOptions, exact } from "./exact.ts";
export { type FormatOptions, format } from "./format.ts";
export * from "./math/index.ts";
export * from "./tools/index.ts";
