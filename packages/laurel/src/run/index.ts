export { type LeafOptions, runnerContext, type ScoreCache } from "./leaf.ts";
export { Limiter } from "./limiter.ts";
export { Pool } from "./pool.ts";
export { type OnBadRow, type ReadOptions, readExamples } from "./read-examples.ts";
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
