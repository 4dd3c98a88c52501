export { type ConstraintOptions, constraints, followed } from "./constraints.ts";
export { type LanguageDetector, languageDetector } from "./language.ts";
export { type IfevalRow, ifevalConstraints, ifevalTask } from "./rows.ts";
