export { type ConstraintOptions, constraints, followed } from "./constraints.ts";
export { type LanguageDetector, languageDetector } from "./language.ts";
export { type IfevalCounts, type IfevalRow, ifevalConstraints, ifevalCounts, ifevalTask } from "./rows.ts";
