export * from "./step-types.ts";
