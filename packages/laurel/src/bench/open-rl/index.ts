export * from "./query.ts";
export * from "./tracked-runs.ts";
