export * from "./ask.ts";
export * from "./autorater.ts";
export * from "./calculator.ts";
export * from "./calendar.ts";
export * from "./checklist.ts";
export * from "./claims.ts";
export * from "./corpus-search.ts";
export * from "./criteria.ts";
export * from "./critique.ts";
export * from "./downstream.ts";
export * from "./facets.ts";
export * from "./grm.ts";
export * from "./hygiene.ts";
export type { JudgeComparer, Judged, JudgeReward } from "./judge.ts";
export * from "./judge-tools.ts";
export * from "./length-rule.ts";
export * from "./lenient-json.ts";
export { type ListwiseOptions, listwiseJudge } from "./listwise.ts";
export {
  type GradedOptions,
  gradedComparer,
  type OrderRule,
  type PairForm,
  type PairOptions,
  type PairwiseOptions,
  pairwiseJudge,
} from "./pairwise.ts";
export { type PointwiseOptions, pointwiseJudge, type ReferenceUse, type ScoreForm } from "./pointwise.ts";
export * from "./precomparison.ts";
export * from "./principle.ts";
export * from "./prompt.ts";
export * from "./reasoning.ts";
export { prometheusDraw, type RubricOptions, rubricJudge } from "./rubric.ts";
export * from "./scales.ts";
export * from "./self-score.ts";
export * from "./swap.ts";
export * from "./tools.ts";
export * from "./trajectory.ts";
export * from "./verdict.ts";
export * from "./votes.ts";
export * from "./writing.ts";
