export * from "./equivalent.ts";
export * from "./extract.ts";
export * from "./math.ts";
