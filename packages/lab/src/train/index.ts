export * from "./adam.ts";
export * from "./losses/clip.ts";
export * from "./losses/listwise.ts";
export * from "./losses/preference.ts";
export * from "./mlp.ts";
export * from "./pair-logistic.ts";
