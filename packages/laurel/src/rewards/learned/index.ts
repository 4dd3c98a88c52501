export * from "./embedding.ts";
