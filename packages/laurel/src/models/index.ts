export { type Limits, withLimits } from "./around/limit.ts";
export { type Retries, withRetries } from "./around/retry.ts";
export type { Price } from "./around/spend.ts";
export { Budget, parseBudget } from "./budget.ts";
export { embedderFrom, languageModelFrom, likelihoodModelFrom } from "./from.ts";
export { type Management, managed } from "./managed.ts";
export { type CallCache, type ModelRun, modelRunOf, withModelRun } from "./model-run.ts";
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
