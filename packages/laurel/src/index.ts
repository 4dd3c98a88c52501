export * from "./compose/index.ts";
export * from "./core/index.ts";
export * from "./run/index.ts";
export * from "./spec/index.ts";
