export * from "./attributes.ts";
export * from "./head.ts";
export * from "./heads.ts";
export * from "./linear.ts";
export * from "./mlp.ts";
export * from "./network.ts";
export * from "./quantile.ts";
