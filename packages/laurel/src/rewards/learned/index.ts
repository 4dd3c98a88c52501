export * from "./goal.ts";
