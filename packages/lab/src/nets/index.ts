export * from "./compile.ts";
export * from "./transformer.ts";
