export * from "./audit/index.ts";
export * from "./conform/index.ts";
export * from "./import/index.ts";
export * from "./judge-audit/index.ts";
export * from "./mj-video/index.ts";
export * from "./taxonomy/index.ts";
