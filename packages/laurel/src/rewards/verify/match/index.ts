export { type FactJudge, factVerdicts, modelFactJudge, rewardFactJudge } from "./coverage.ts";
export * from "./equal.ts";
export * from "./facts.ts";
export * from "./hypothesis.ts";
export * from "./items.ts";
export * from "./overlap.ts";
export * from "./read.ts";
export * from "./shapes.ts";
export * from "./table.ts";
