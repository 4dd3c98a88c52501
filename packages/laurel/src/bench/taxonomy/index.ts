export * from "./anomalies.ts";
export * from "./tree.ts";
