export { type AgentRowsOptions, agentJudgements, agentRows } from "./folder.ts";
export { cumulativeReward, fourStepOptimality, judgementValue } from "./judgements.ts";
export { type AgentLabel, type LabelledRun, labelledRuns } from "./labels.ts";
export { type AgentRun, type AgentRunOptions, agentRun } from "./trajectory.ts";
