export * from "./autoevals.ts";
