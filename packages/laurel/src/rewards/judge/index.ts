export * from "./ask.ts";
export * from "./hygiene.ts";
export type { JudgeComparer, Judged, JudgeReward } from "./judge.ts";
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
export * from "./prompt.ts";
export * from "./scales.ts";
export * from "./swap.ts";
export * from "./verdict.ts";
export * from "./votes.ts";
