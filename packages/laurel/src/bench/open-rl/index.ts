export * from "./import-runs.ts";
export * from "./query.ts";
export * from "./tracked-runs.ts";
