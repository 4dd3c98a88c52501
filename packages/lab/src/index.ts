export * from "./lab/index.ts";
export {
  catalogue,
  catalogueClaims,
} from "./papers/catalogue.ts";
export { type Capability, type PaperRow, paperRows } from "./papers/rows.ts";
export { checkedSlugs, paperModule } from "./papers/table.ts";
export * from "./rehearse/index.ts";
export {
  fitTable,
  headKinds,
  objectives,
  type TrainEvent,
  type Trained,
  type TrainOptions,
  type TrainPlan,
  trainReward,
} from "./train/index.ts";
