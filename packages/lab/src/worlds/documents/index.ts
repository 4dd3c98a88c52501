export * from "./checks.ts";
export { drawKnowledge, exactEntails, factsIn, type Knowledge, sentenceOf } from "./knowledge.ts";
export * from "./scenarios.ts";
