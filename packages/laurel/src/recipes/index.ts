export { type ExtractFactsOptions, extractFacts, readFacts } from "./curate/extract-facts.ts";
export { type GoldOfTask, goldOfLabels, type KeptTrace, type RejectiveOptions, rejective } from "./curate/rejective.ts";
export type { Ledger, Recipe } from "./ledger.ts";
export {
  type BundleOptions,
  bundleMixture,
  type Mixture,
  type MixtureOptions,
  type MixtureShares,
  type MixtureSource,
  mixture,
  mixtureShares,
  proportionalMixture,
} from "./mixture.ts";
export { type AutoSteerOptions, autoSteer, type Steered } from "./synthesize/auto-steer.ts";
export { type CodeProblem, type LineDatasetOptions, lineDataset } from "./synthesize/line-dataset.ts";
export { type OperandSpec, type RandomCalculationOptions, randomCalculation } from "./synthesize/random-calculation.ts";
export { type DistilledChain, type RepairChainsOptions, repairChains } from "./synthesize/repair-chains.ts";
export { steerElements } from "./synthesize/steer-me.ts";
export {
  defineElement,
  type Element,
  type ElementDefinition,
  type GenerateOptions,
  generate,
  type SlotRange,
  templateFault,
} from "./synthesize/template.ts";
