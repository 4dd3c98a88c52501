export * from "./completions.ts";
export * from "./helpsteer2.ts";
export * from "./judged-pair.ts";
export * from "./native.ts";
export * from "./openrlhf.ts";
export * from "./preference.ts";
export * from "./rewardbench.ts";
export type * from "./schema.ts";
export * from "./steps.ts";
