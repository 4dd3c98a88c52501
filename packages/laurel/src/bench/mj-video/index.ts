export * from "./benchmark.ts";
export * from "./tree.ts";
