export { adjacentPairs } from "./curate/adjacent-pairs.ts";
export {
  type AdversarialOptions,
  type AdversarialRecipe,
  type Adversary,
  type AdversaryReport,
  adversarialFilter,
} from "./curate/adversarial.ts";
export { type AnnotateOptions, annotatePairs } from "./curate/annotate.ts";
export {
  type BalanceLengthsOptions,
  balanceLengths,
  type DropLongerOptions,
  dropLongerChosen,
} from "./curate/balance.ts";
export {
  type ConsistencyOptions,
  type CuratedPair,
  consistencyFilter,
  type LabelVoter,
  recycle,
} from "./curate/consistency.ts";
export { type DenoisedPair, type DenoiseOptions, denoise } from "./curate/denoise.ts";
export { type ExtractFactsOptions, extractFacts, readFacts } from "./curate/extract-facts.ts";
export { matchRatings } from "./curate/match-ratings.ts";
export {
  bestWorstPairs,
  correctnessPairs,
  labelByReference,
  type PairDrop,
  type PairsFromScoresOptions,
  pairByGap,
  pairsFromScores,
  panelPairs,
  type ScoredTask,
  scoredBy,
} from "./curate/pairs.ts";
export {
  type JudgedQuestion,
  type PreferenceKind,
  type Preferring,
  processIndicators,
  processPreference,
} from "./curate/process-preference.ts";
export { type GoldOfTask, goldOfLabels, type KeptTrace, type RejectiveOptions, rejective } from "./curate/rejective.ts";
export { adaptiveRetrieve, type Checked, type Retrieved } from "./curate/retrieve.ts";
export {
  filterByReward,
  keepSuccessful,
  type Selected,
  type SelectMode,
  type SelectOptions,
  selectBy,
  selectByIndicator,
  uncertainOnly,
} from "./curate/select.ts";
export {
  byStrength,
  type PairStrength,
  type PreferenceStrengthOptions,
  preferenceStrength,
} from "./curate/strength.ts";
export { type AggregateVotesOptions, aggregateRatings, aggregateVotes, type VoteAggregate } from "./curate/votes.ts";
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
export {
  type Attribute,
  type CausalDrop,
  type CausalPairsOptions,
  type CausalRecipe,
  causalPairs,
  causalRubric,
  intervene,
  type RewriteAsk,
} from "./synthesize/causal.ts";
export { type ContrastPair, contrastPairs } from "./synthesize/contrast-pairs.ts";
export {
  type ConvexHullOptions,
  convexHullAugment,
  hullVertices,
  type Perturb,
  spelling,
} from "./synthesize/convex-hull.ts";
export {
  type Discovery,
  type DiscoveryForm,
  type DiscoveryNode,
  type DiscoveryOptions,
  type DiscoveryTasksOptions,
  discoveryForms,
  discoveryMatcher,
  discoveryTask,
  discoveryTasks,
  formValue,
  generalRelation,
  isOrdered,
} from "./synthesize/discovery.ts";
export { type CodeProblem, type LineDatasetOptions, lineDataset } from "./synthesize/line-dataset.ts";
export { type NeutralDrop, type NeutralPairsOptions, neutralPairs } from "./synthesize/neutral.ts";
export { type PolicyPairsOptions, type PolicyTriple, policyPairs } from "./synthesize/policy-pairs.ts";
export { type OperandSpec, type RandomCalculationOptions, randomCalculation } from "./synthesize/random-calculation.ts";
export { type DistilledChain, type RepairChainsOptions, repairChains } from "./synthesize/repair-chains.ts";
export { steerElements } from "./synthesize/steer-me.ts";
export { type LabelledSteps, type StepValueOptions, stepValues } from "./synthesize/step-labels.ts";
export {
  defineElement,
  type Element,
  type ElementDefinition,
  type GenerateOptions,
  generate,
  type SlotRange,
  templateFault,
} from "./synthesize/template.ts";
