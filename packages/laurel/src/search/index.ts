export * from "./best-of-middleware.ts";
export * from "./best-of-n.ts";
export * from "./rerank.ts";
export * from "./tree.ts";
export * from "./votes.ts";
