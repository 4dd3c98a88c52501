export { type LocalEmbedderOptions, localEmbedder } from "./embedder.ts";
export { disposeEngines, type LocalOptions } from "./engine.ts";
export { type LocalLanguageOptions, localLanguageModel } from "./language.ts";
export { type LocalLikelihoodOptions, localLikelihoodModel } from "./likelihood.ts";
export { leanInstall, llamaEntry } from "./llama.ts";
export { type LocalRankerOptions, localRanker } from "./ranker.ts";
