export * from "./bytes.ts";
export * from "./ids.ts";
export * from "./jsonl.ts";
export * from "./map.ts";
export * from "./near.ts";
export * from "./rows.ts";
export * from "./spans.ts";
export * from "./write.ts";
