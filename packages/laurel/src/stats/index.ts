export * from "./bradley-terry.ts";
export * from "./components.ts";
