export type { JudgeOptions } from "./ask.ts";
export * from "./autorater.ts";
export { type Calculated, calculate } from "./calculator.ts";
export { dayDifference, targetDay, weekDay } from "./calendar.ts";
export * from "./checklist.ts";
export * from "./claims.ts";
export * from "./classify-prompt.ts";
export { type CorpusText, corpusIndex } from "./corpus-search.ts";
export {
  type Checklist,
  type CriteriaForms,
  type Criterion,
  criteriaFile,
  criteriaFrom,
  type Principle,
  type Rubric,
  type ShippedRubric,
  shippedRubric,
  shippedRubrics,
} from "./criteria.ts";
export * from "./critique.ts";
export * from "./downstream.ts";
export * from "./facets.ts";
export * from "./grm.ts";
export { clean as cleanForJudge, saysNothing } from "./hygiene.ts";
export * from "./hypotheses.ts";
export type { JudgeComparer, Judged, JudgeReward } from "./judge.ts";
export * from "./judge-tools.ts";
export * from "./length-rule.ts";
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
export { comparerPanel, judgePanel, type Member, type PanelOptions } from "./panel.ts";
export { type PointwiseOptions, pointwiseJudge, type ReferenceUse, type ScoreForm } from "./pointwise.ts";
export * from "./precomparison.ts";
export { type PrincipleOptions, type PrincipleVerdict, parsePrincipleOutput, principleJudge } from "./principle.ts";
export { blocksOf, type Prompt, prompt as judgePrompt, type Rendered } from "./prompt.ts";
export { parseReasoningVerdict, type ReasonedVerdict, type ReasoningOptions, reasoningJudge } from "./reasoning.ts";
export { prometheusDraw, type RubricOptions, rubricJudge } from "./rubric.ts";
export { expectedScore, firstRating, likert, type Scale, scale as judgeScale } from "./scales.ts";
export * from "./self-score.ts";
export * from "./step-indicators.ts";
export * from "./swap.ts";
export * from "./swap-report.ts";
export * from "./text-style.ts";
export { type ToolJudgeOptions, type ToolTrace, toolJudge, traceOf } from "./tools.ts";
export * from "./trajectory.ts";
export {
  answerTag,
  boxedScores,
  bracketRating,
  bracketVerdict,
  firstWord,
  type Grade,
  type Grammar,
  gradedChoice,
  isUnreadable,
  jsonScore,
  jsonVerdict,
  labelledScore,
  lastNumber as lastLineNumber,
  overallJudgment,
  preferredLine,
  readVerdict,
  resultMarker,
  type Side,
  type Unreadable as NoVerdict,
} from "./verdict.ts";
export {
  type MajorityOptions,
  majorityJudge,
  type VoteAggregate,
  type VoteSumOptions,
  voteCurve,
  voted,
  voteSum,
} from "./votes.ts";
export { type PairScores, pairScoreReward, parsePairScores, type WritingOptions, writingJudge } from "./writing.ts";
