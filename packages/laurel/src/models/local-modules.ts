import type { Embedder, JsonObject, LanguageModel, LikelihoodModel } from "../core/index.ts";

/** What `local/` exports: models in process. */
interface LocalModels {
  localLanguageModel(name: string, options?: JsonObject): LanguageModel;
  localLikelihoodModel(name: string, options?: JsonObject): LikelihoodModel;
  localEmbedder(name: string, options?: JsonObject): Embedder;
}

/** The models in process, loaded on first use: nobody who calls served models pays for reading their code. */
export async function localModels(): Promise<LocalModels> {
  return import("./local/index.ts");
}

/** The embedders without a server, loaded on first use. */
export async function embedders(): Promise<typeof import("./embed/index.ts")> {
  return import("./embed/index.ts");
}
