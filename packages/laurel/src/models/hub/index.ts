export {
  type CachedModel,
  cachedModels,
  findWeights,
  modelsFolder,
  type Weights,
  type WeightsFormat,
} from "./cache.ts";
export { pullModel } from "./pull.ts";
