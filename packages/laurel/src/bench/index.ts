export * from "./conform/index.ts";
