export * from "./audit.ts";
export * from "./cut.ts";
export * from "./questions.ts";
export * from "./verdict.ts";
