export { type BarOutcome, barValues, type JudgeOptions, judgeBar } from "./bar.ts";
export * from "./experiment/index.ts";
export { asExpected, type ClaimFigures, type ClaimOutcome, judge, judgePaper, verdictText } from "./judge.ts";
export { paper } from "./paper.ts";
export { boundaryChart, paperPage } from "./paper-page.ts";
export {
  type Columns,
  figuresOf,
  readResult,
  resultPath,
  type StoredClaim,
  type StoredResult,
  storedResult,
  writeResult,
} from "./results.ts";
export { type LabProgress, type PaperRun, type RunOptions, runPaper } from "./run.ts";
export { loadPaper, type Setting } from "./seed-run.ts";
export { claimSeed, type Phase } from "./seeds.ts";
export type * from "./types.ts";
export { untestable } from "./untestable.ts";
export { type StaleFigure, verifyResult } from "./verify.ts";
export * from "./watch/index.ts";
