export * from "./criteria.ts";
export * from "./dials.ts";
export * from "./hackable.ts";
export * from "./log-linear-lms.ts";
export * from "./raters.ts";
export * from "./reactive-users.ts";
export * from "./tool-questions.ts";
export * from "./world.ts";
