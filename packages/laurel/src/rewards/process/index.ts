export * from "./aggregate.ts";
export * from "./stepwise.ts";
