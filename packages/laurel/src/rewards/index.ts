export * from "./judge/index.ts";
export * from "./length.ts";
export * from "./likelihood/index.ts";
export * from "./precomputed.ts";
export * from "./process/index.ts";
export * from "./reference/index.ts";
export * from "./remote/index.ts";
export * from "./verify/index.ts";
