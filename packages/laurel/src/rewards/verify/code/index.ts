export * from "./code.ts";
export * from "./grade.ts";
export * from "./limits.ts";
export * from "./open-sandbox.ts";
export * from "./sandbox.ts";
