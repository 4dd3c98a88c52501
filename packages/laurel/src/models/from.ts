import { type Embedder, type LanguageModel, type LikelihoodModel, UsageError } from "../core/index.ts";
import { embedders, localModels } from "./local-modules.ts";
import { managed, modelOf } from "./managed.ts";
import { managementOf, servedLanguageModel, specOf, withDefaults, withModelName, withSampling } from "./served.ts";
import { servedEmbedder } from "./served-embedder.ts";
import { servedLikelihoodModel } from "./served-likelihood.ts";
import { modelSpec } from "./spec.ts";

/**
 * The language model that a spec describes. Building it asks no server, unless the spec names no model.
 *
 * @param spec `http://127.0.0.1:8080/v1#model` (any server with OpenAI's routes), `local:NAME` or the path of a `.gguf` file (in process,
 * through node-llama-cpp), or a `ModelSpec` with price, limits and sampling options
 * @returns a model with accounting, limits, retries, de-duplication, cache and budget around it. Its fingerprint holds the model's name
 * and sampling options, not its address or key
 * @throws UsageError for a wrong spec; MissingPackageError for a local model where node-llama-cpp is not installed
 * @example await languageModelFrom({ url: "https://HOST/v1", model: "m", key: "MY_KEY", price: { input: 0.5, output: 1.5 } })
 */
export async function languageModelFrom(spec: unknown): Promise<LanguageModel> {
  const checked = modelSpec(spec);
  if (checked.kind !== "local") return servedLanguageModel(await withModelName(checked));
  const { localLanguageModel } = await localModels();
  const model = await localLanguageModel(checked.model!, {
    ...checked.options,
    ...(checked.raw === true ? { raw: true } : {}),
  });
  const around = managed(model, {
    ...managementOf(checked),
    price: checked.price ?? { input: 0, output: 0 },
    retries: 0,
  });
  return modelOf(
    { ...around, fingerprint: withSampling(model.fingerprint, checked), spec: specOf(checked) },
    async (request, ctx) => (await around.generate([withDefaults(checked, request)], ctx))[0]!,
  );
}

/**
 * The embedder that a spec describes.
 *
 * @param spec `hash` or `hash:DIM` (hashed n-grams, no download), `minilm` or `minilm:PATH` (a small sentence encoder),
 *   `pooling:http://HOST/v1#MODEL` (hidden states by vLLM's `/pooling`), or as `languageModelFrom`
 * @throws UsageError for a wrong spec, or where a server that should say how long its vectors are cannot be asked
 * @example const embedder = await embedderFrom("hash:512");
 */
export async function embedderFrom(spec: unknown): Promise<Embedder> {
  if (typeof spec === "string") {
    const [name, rest] = [spec.split(":", 1)[0], spec.slice(spec.indexOf(":") + 1)];
    if (spec === "hash" || name === "hash") {
      const dim = spec === "hash" ? undefined : Number(rest);
      if (dim !== undefined && !(Number.isInteger(dim) && dim > 0))
        throw new UsageError(`hash:${rest} names no whole number of dimensions`, "such as hash:512");
      return (await embedders()).hashedNgrams(dim);
    }
    if (name === "tokens") {
      const [vocabulary, context] = spec === "tokens" ? [] : rest.split("x").map(Number);
      return (await embedders()).hashedTokens({ vocabulary, context });
    }
    if (spec === "minilm" || name === "minilm")
      return (await embedders()).sentenceEncoder(spec === "minilm" ? undefined : rest);
    if (name === "pooling") return servedEmbedder(await withModelName(modelSpec(rest)), "pooling");
  }
  const checked = modelSpec(spec);
  if (checked.kind === "local") return (await localModels()).localEmbedder(checked.model!, checked.options);
  return servedEmbedder(await withModelName(checked));
}

/**
 * The likelihood model that a spec describes: log-probabilities of given completions.
 *
 * @param spec as `languageModelFrom`; the server must be vLLM, SGLang, TGI, one whose completions take `echo`, or Laurel's own
 * @returns a model whose answers are unscored with `unsupported` where the server cannot give them (llama.cpp's cannot)
 * @throws UsageError for a wrong spec
 * @example const policy = await likelihoodModelFrom({ kind: "vllm", url: "http://127.0.0.1:8000/v1", model: "m" });
 */
export async function likelihoodModelFrom(spec: unknown): Promise<LikelihoodModel> {
  const checked = modelSpec(spec);
  if (checked.kind === "local") return (await localModels()).localLikelihoodModel(checked.model!, checked.options);
  return servedLikelihoodModel(await withModelName(checked));
}
