export * from "./gold.ts";
export * from "./proposers.ts";
export * from "./released.ts";
export * from "./report.ts";
export * from "./search.ts";
export * from "./takers.ts";
export * from "./topic.ts";
