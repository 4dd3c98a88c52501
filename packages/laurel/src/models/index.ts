export { withBudget } from "./around/budget.ts";
export { withCache } from "./around/cache.ts";
export { withDeduplication } from "./around/deduplicate.ts";
export { withSteadyIdentity } from "./around/identity.ts";
export { type Limits, withLimits } from "./around/limit.ts";
export { type Retries, withRetries } from "./around/retry.ts";
export { withAllSamples } from "./around/samples.ts";
export { type Price, withSpending } from "./around/spend.ts";
export { Budget, parseBudget } from "./budget.ts";
export type { Call, Failed, Traits } from "./call.ts";
export { embedderFrom, languageModelFrom, likelihoodModelFrom } from "./from.ts";
export { type AiSdkModel, type FromAiSdkOptions, fromAiSdk } from "./from-ai-sdk.ts";
export { callOf, generationTraits, type Management, managed, modelOf } from "./managed.ts";
export { type CallCache, type ModelRun, modelRunOf, withModelRun } from "./model-run.ts";
export { type Parsed, type ParseOptions, parseJson } from "./parse.ts";
export {
  type Script,
  type Scripted,
  type ScriptedCall,
  type ScriptedServer,
  type ScriptedServerOptions,
  type SeenRequest,
  type ServerFault,
  scriptedModel,
  scriptedServer,
} from "./scripted.ts";
export { type Exchange, type Reply, type ServedModels, type ServeOptions, serveModels } from "./serve.ts";
export { type ModelSpec, modelSpec } from "./spec.ts";
export { type Flavour, type Probed, probe } from "./wire/flavour.ts";
export type { Endpoint } from "./wire/http.ts";
