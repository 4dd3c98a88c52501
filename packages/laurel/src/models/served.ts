import { directContext, type GenerateRequest, type JsonObject, type LanguageModel, UsageError } from "../core/index.ts";
import { withAllSamples } from "./around/samples.ts";
import { generationTraits, type Management, managedCall, modelFingerprint, modelOf } from "./managed.ts";
import type { ModelSpec } from "./spec.ts";
import { completionCall } from "./wire/completion.ts";
import { type Endpoint, send } from "./wire/http.ts";
import { wireCall } from "./wire/language.ts";

/** A spec of a served model whose server and name are known. */
export type ServedSpec = ModelSpec & { url: string; model: string };

/** The endpoint of a spec. */
export function endpointOf(spec: ServedSpec): Endpoint {
  return { url: spec.url, key: spec.key, headers: spec.headers, timeout: spec.timeout ?? 300_000 };
}

/** The part of a spec that stands around the calls. */
export function managementOf(spec: ModelSpec): Management {
  const { price, concurrency, requestsPerMinute, tokensPerMinute, retries, backoff, maxTokens, anyIdentity } = spec;
  return {
    price,
    concurrency,
    requestsPerMinute,
    tokensPerMinute,
    retries,
    backoff,
    assumedOutput: maxTokens,
    anyIdentity,
  };
}

/** The spec as the data that builds the model again; it names the key's variable, never the key. */
export function specOf(spec: ModelSpec): JsonObject {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as JsonObject;
}

/**
 * A spec with its model's name: the one that is stated, else the only one that the server lists.
 * @throws UsageError where the server cannot be asked or lists several
 */
export async function withModelName(spec: ModelSpec): Promise<ServedSpec> {
  if (spec.model !== undefined) return { ...spec, url: spec.url!, model: spec.model };
  const url = spec.url!;
  const endpoint: Endpoint = {
    url,
    key: spec.key,
    headers: spec.headers,
    timeout: Math.min(spec.timeout ?? 10_000, 10_000),
  };
  const listed = await send(endpoint, `${url}/models`, { method: "GET" }, directContext());
  const hint = `name it: ${url}#MODEL`;
  if (listed.unscored !== undefined)
    throw new UsageError(`the spec names no model, and ${listed.unscored.message}`, hint);
  const rows = (listed.body as { data?: unknown } | null)?.data;
  const names = Array.isArray(rows)
    ? rows.map((row: { id?: unknown } | null) => row?.id).filter((id) => typeof id === "string")
    : [];
  if (names.length !== 1)
    throw new UsageError(
      `the spec names no model, and ${url} has ${names.length === 0 ? "none" : names.length}`,
      names.length === 0 ? hint : `it has ${names.slice(0, 10).join(", ")}; ${hint}`,
    );
  return { ...spec, url, model: names[0]! };
}

/** A fingerprint that also holds the sampling options that a spec states. */
export function withSampling(fingerprint: string | null, spec: ModelSpec): string | null {
  const { maxTokens, temperature, topP, seed, stop } = spec;
  const sampling = { maxTokens, temperature, topP, seed, stop };
  if (fingerprint === null || Object.values(sampling).every((value) => value === undefined)) return fingerprint;
  return modelFingerprint("sampling", fingerprint, sampling);
}

/** A request with what the spec says where the request does not. */
export function withDefaults(spec: ModelSpec, request: GenerateRequest): GenerateRequest {
  const pick = {
    maxTokens: request.maxTokens ?? spec.maxTokens,
    temperature: request.temperature ?? spec.temperature,
    topP: request.topP ?? spec.topP,
    seed: request.seed ?? spec.seed,
    stop: request.stop ?? spec.stop,
  };
  return { ...request, ...pick };
}

/** A language model behind a server with OpenAI's routes. */
export function servedLanguageModel(spec: ServedSpec): LanguageModel {
  const { model, revision, extra, raw = false } = spec;
  // the address, the key, prices and limits change no answer
  const fingerprint = modelFingerprint("language-model", model, { revision, extra, ...(raw ? { raw } : {}) });
  const wire = raw
    ? completionCall(endpointOf(spec), { model, extra })
    : wireCall(endpointOf(spec), { model, stream: spec.stream, extra });
  const managedWire = managedCall(
    wire,
    generationTraits(spec.maxTokens),
    // sampling options are part of each request that is kept, so the cache's key needs only the model
    { model, fingerprint },
    managementOf(spec),
    withAllSamples,
  );
  return modelOf(
    {
      name: model,
      fingerprint: withSampling(fingerprint, spec),
      spec: specOf(spec),
      // a temperature that is not stated is the server's own, which is seldom 0
      random: spec.temperature !== 0,
      supports: raw
        ? { n: true, seed: true, logprobs: false, tools: false, images: false, schema: false }
        : { n: true, seed: true, logprobs: true, tools: true, images: true, schema: true, ...spec.supports },
    },
    (request, ctx) => managedWire(withDefaults(spec, request), ctx),
  );
}
