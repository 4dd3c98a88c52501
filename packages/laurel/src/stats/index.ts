export * from "./bradley-terry.ts";
export * from "./components.ts";
export * from "./plackett-luce.ts";
export * from "./spectral.ts";
export * from "./ties.ts";
