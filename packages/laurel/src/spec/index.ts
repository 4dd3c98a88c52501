export type { Kind, Make, Nested, Options, Z } from "./kind.ts";
export { rewardFromText, specFromText } from "./resolve.ts";
export { allKinds, comparerFrom, type RewardFromOptions, rewardFrom, specSchema } from "./reward-from.ts";
