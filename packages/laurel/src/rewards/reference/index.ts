export * from "./normalise.ts";
export * from "./texts.ts";
export * from "./token-f1.ts";
