export {
  type AuditRewardOptions,
  auditReward,
  type ExploitFinding,
  type FormatFinding,
  type RewardAudit,
} from "./audit-reward.ts";
export { generatedExamples } from "./generated.ts";
export * from "./stress/index.ts";
