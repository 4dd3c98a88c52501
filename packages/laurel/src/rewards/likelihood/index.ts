export { type ChoiceLikelihoodOptions, choiceLikelihood } from "./choice.ts";
export { type DensityRatioOptions, densityRatio, type RatedModel, selectPair } from "./density-ratio.ts";
export { type FollowUpOptions, followUp } from "./follow-up.ts";
export { type FollowUpCriterion, helpfulnessFollowUps } from "./follow-ups.ts";
export { type ImplicitOptions, implicitReward } from "./implicit.ts";
export { type PerplexityOptions, perplexity } from "./perplexity.ts";
export {
  type PolicyDiscriminatorOptions,
  polarInput,
  policyDiscriminator,
  type TextCodec,
} from "./policy-discriminator.ts";
export {
  alignmentPrefixes,
  domainPrefixes,
  type Exemplar,
  type PromptPrefix,
  type Router,
  routeByModel,
  routeByWords,
  withPrefix,
} from "./prefix.ts";
