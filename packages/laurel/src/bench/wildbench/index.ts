export { type WbEloOptions, wbElo } from "./elo.ts";
export { type WbGroup, wbGroups, wbTags, wbWeights } from "./groups.ts";
export { wbJudgement, wbScored, wbSkips } from "./read.ts";
export {
  type WbCounts,
  type WbDivisor,
  type WbJudgement,
  type WbRewardOptions,
  type WbRewards,
  type WbTally,
  wbCounts,
  wbReward,
  wbRewardOfCounts,
} from "./reward.ts";
export { type WbScored, wbScore } from "./score.ts";
export { type CorrelateOptions, correlate, type WbCorrelation, type WbRow, type WbTable } from "./table.ts";
