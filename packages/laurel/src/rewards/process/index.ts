export * from "./aggregate.ts";
export * from "./code-lines.ts";
export * from "./stepwise.ts";
