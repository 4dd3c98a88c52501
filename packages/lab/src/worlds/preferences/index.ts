export * from "./dials.ts";
export * from "./hackable.ts";
export * from "./panel.ts";
export * from "./raters.ts";
export * from "./text/index.ts";
export * from "./text-world.ts";
export * from "./world.ts";
