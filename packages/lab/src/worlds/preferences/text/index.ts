export * from "./forms.ts";
export * from "./parse.ts";
export * from "./render.ts";
