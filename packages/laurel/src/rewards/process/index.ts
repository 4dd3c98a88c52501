export * from "./aggregate.ts";
export * from "./code-lines.ts";
export * from "./judge-steps.ts";
export * from "./stepwise.ts";
