export { type PairVotes, type RaterAgreement, raterAgreement } from "./audit/agreement.ts";
export { type AuditOptions, auditData, type DataAudit, fixedOrderFormats } from "./audit/audit-data.ts";
export type { Finding } from "./audit/finding.ts";
export { type TokenizerFiles, tokenizerChecks } from "./audit/tokenizer.ts";
export { type TrainingCheckOptions, TrainingChecks, trainingChecks } from "./audit/training-checks.ts";
export type { Severity, TrainingFinding } from "./audit/training-finding.ts";
export { type Baseline, baselineDiffers, baselineOf } from "./baseline.ts";
export { type Calibration, calibrationOf, type MarginScale } from "./calibration.ts";
export {
  type CompareOptions,
  type Comparison,
  type Conclusion,
  compareJudged,
  compareTables,
  type Dispute,
  type SubsetDifference,
} from "./compare.ts";
export { type Difference, differenceOf, type Paired } from "./difference.ts";
export { type EvaluateOptions, type Evaluation, evaluate, type Noted, type SubsetAccuracy } from "./eval.ts";
export {
  type Bar,
  type Gated,
  type GateOnOptions,
  type GateSubset,
  type GateVerdict,
  gateOn,
  type WorstTask,
} from "./gate.ts";
export { type DataCounts, Inspector, type Lengths } from "./inspect.ts";
export { type Basis, type Item, type Itemised, type ItemOptions, itemise } from "./items.ts";
export { type Judged, judged, type ScoreSource, shownOrder } from "./judged.ts";
export { type LeafOptions, runnerContext, type ScoreCache } from "./leaf.ts";
export { Limiter } from "./limiter.ts";
export { Pool } from "./pool.ts";
export { type OnBadRow, type ReadOptions, readExamples } from "./read-examples.ts";
export { type FlippedRow, type Replayed, type ReplayOptions, type ReplaySide, replay } from "./replay.ts";
export { type Row, ranked, rowLine, rowOf } from "./row.ts";
export {
  leavesOf,
  type Progress,
  type ScoreAllOptions,
  score,
  scoreAll,
  scoreBatches,
  type TaskRow,
} from "./score-all.ts";
export { type ScoreFileOptions, type ScoreFileResult, scoreFile } from "./score-file.ts";
export { methods } from "./table/index.ts";
