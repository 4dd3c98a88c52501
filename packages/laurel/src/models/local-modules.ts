import {
  type Embedder,
  type JsonObject,
  type LanguageModel,
  LaurelError,
  type LikelihoodModel,
} from "../core/index.ts";

/** What `local/` exports: models in process. */
export interface LocalModels {
  localLanguageModel(name: string, options?: JsonObject): Promise<LanguageModel> | LanguageModel;
  localLikelihoodModel(name: string, options?: JsonObject): Promise<LikelihoodModel> | LikelihoodModel;
  localEmbedder(name: string, options?: JsonObject): Promise<Embedder> | Embedder;
}

/** What `embed/` exports: embedders without a server. */
export interface Embedders {
  hashedNgrams(dim?: number): Promise<Embedder> | Embedder;
  sentenceEncoder(path?: string): Promise<Embedder> | Embedder;
}

const folders = {
  local: "./local/index.ts",
  embed: "./embed/index.ts",
} as const;

async function load(folder: keyof typeof folders): Promise<unknown> {
  const path: string = folders[folder];
  try {
    return (await import(path)) as unknown;
  } catch (thrown) {
    if ((thrown as { code?: string }).code !== "ERR_MODULE_NOT_FOUND" || !String(thrown).includes(`models/${folder}`))
      throw thrown;
    throw new LaurelError("missing-module", "this build of Laurel has no models in process", {
      hint: "serve the model and name its address instead; in-process models need: npm i --ignore-scripts --omit=optional node-llama-cpp @node-llama-cpp/linux-x64",
      cause: thrown,
    });
  }
}

/** The models in process, loaded on first use. */
export async function localModels(): Promise<LocalModels> {
  return (await load("local")) as LocalModels;
}

/** The embedders without a server, loaded on first use. */
export async function embedders(): Promise<Embedders> {
  return (await load("embed")) as Embedders;
}
