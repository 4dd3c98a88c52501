export type { Agreement, HumanCorrelation } from "./agreement.ts";
export { type Asked, type AskOptions, askJudge } from "./ask.ts";
export { type AuditJudgeOptions, auditJudge, type JudgeAudit, type PartAccuracy } from "./audit-judge.ts";
export { betweenJudges, type JudgeDifference } from "./between-judges.ts";
export type { Biases } from "./bias.ts";
export { type JudgedPair, type PairChoice, pairsOfExample, type Side } from "./pairs.ts";
export { type Ballot, ballotsOf, type Heard, judgesOf, readVotes, type Vote, verdictOf } from "./votes.ts";
export type { WinRate } from "./win-rate.ts";
