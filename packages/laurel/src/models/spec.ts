import { type JsonObject, UsageError } from "../core/index.ts";
import type { Price } from "./around/spend.ts";

/** What an object that describes a model may say. */
export interface ModelSpec {
  /** `openai` is a server with OpenAI's routes, whichever it is; the others also say which, so that it need not be probed. Default: `local` without a `url`, else `openai`. */
  kind?: "openai" | "vllm" | "sglang" | "llama.cpp" | "tgi" | "laurel" | "local" | undefined;
  /** Where the server's OpenAI routes are, such as `http://127.0.0.1:8080/v1`. */
  url?: string | undefined;
  /** The model's name at the server, or of a local model its name or path. Default: the only one that the server has. */
  model?: string | undefined;
  /** Names the weights apart where the same name stands for others, such as a date or a commit. */
  revision?: string | undefined;
  /** The environment variable that holds the key: its name, never the key. */
  key?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  /** US dollars for a million tokens. */
  price?: Price | undefined;
  concurrency?: number | undefined;
  requestsPerMinute?: number | undefined;
  tokensPerMinute?: number | undefined;
  /** Further tries of a call that failed. Default 5. */
  retries?: number | undefined;
  /** Milliseconds before the first of them. Default 500. */
  backoff?: number | undefined;
  /** Milliseconds that one request may take. Default 300 000. */
  timeout?: number | undefined;
  stream?: boolean | undefined;
  /** Take answers also where the server's name for itself changes from call to call, as routers' do. */
  anyIdentity?: boolean | undefined;
  /** What a request is sent with where it does not say. */
  maxTokens?: number | undefined;
  temperature?: number | undefined;
  topP?: number | undefined;
  seed?: number | undefined;
  stop?: readonly string[] | undefined;
  /** Give the model the messages' text as it stands, without a chat template; of a served one its `/completions` is asked. Default false. */
  raw?: boolean | undefined;
  /** Further fields of the request's body. */
  extra?: JsonObject | undefined;
  /** What the model can do, where the default (everything, by asking) is wrong. */
  supports?: Readonly<Partial<Record<"n" | "seed" | "logprobs" | "tools" | "images" | "schema", boolean>>> | undefined;
  /** Of likelihood models: score the end-of-turn token of chat answers too. Default false. */
  endOfTurn?: boolean | undefined;
  /** Of embedders: the number of dimensions to ask for. */
  dim?: number | undefined;
  /** Of local models: how they are loaded. */
  options?: JsonObject | undefined;
}

const kinds = ["openai", "vllm", "sglang", "llama.cpp", "tgi", "laurel", "local"] as const;
const abilities = ["n", "seed", "logprobs", "tools", "images", "schema"];

type Check = (value: unknown) => string | undefined;

const text: Check = (value) => (typeof value === "string" && value !== "" ? undefined : "a text");
const truth: Check = (value) => (typeof value === "boolean" ? undefined : "true or false");
const object: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "an object";
const within =
  (low: number, high: number, whole = false): Check =>
  (value) =>
    typeof value === "number" &&
    Number.isFinite(value) &&
    value >= low &&
    value <= high &&
    (!whole || Number.isInteger(value))
      ? undefined
      : `a ${whole ? "whole " : ""}number of at least ${low}${high === Number.POSITIVE_INFINITY ? "" : ` and at most ${high}`}`;
const any = Number.POSITIVE_INFINITY;

const checks: Readonly<Record<keyof ModelSpec, Check>> = {
  kind: (value) => ((kinds as readonly unknown[]).includes(value) ? undefined : `one of ${kinds.join(", ")}`),
  url: text,
  model: text,
  revision: text,
  key: (value) =>
    typeof value === "string" && /^[A-Za-z_][A-Za-z0-9_]{0,100}$/.test(value)
      ? undefined
      : "the name of an environment variable that holds the key, never the key itself",
  headers: (value) =>
    object(value) === undefined && Object.values(value as object).every((one) => typeof one === "string")
      ? Object.keys(value as object).some((name) => /^(authorization|x-api-key|api-key)$/i.test(name))
        ? "no header that holds a key; name an environment variable under key"
        : undefined
      : "an object of texts",
  price: (value) => {
    const price = value as Price;
    const right = (one: unknown): boolean => typeof one === "number" && one >= 0 && Number.isFinite(one);
    return object(value) === undefined &&
      right(price.input) &&
      right(price.output) &&
      (price.cached === undefined || right(price.cached))
      ? undefined
      : "{ input, output, cached? } in US dollars for a million tokens";
  },
  concurrency: within(1, any, true),
  requestsPerMinute: within(1, any),
  tokensPerMinute: within(1, any),
  retries: within(0, 100, true),
  backoff: within(0, any),
  timeout: within(1, 2 ** 31 - 1),
  stream: truth,
  anyIdentity: truth,
  maxTokens: within(1, any, true),
  temperature: within(0, 100),
  topP: within(0, 1),
  seed: within(0, Number.MAX_SAFE_INTEGER, true),
  stop: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === "string") ? undefined : "a list of texts",
  raw: truth,
  extra: object,
  supports: (value) =>
    object(value) === undefined &&
    Object.entries(value as object).every(([name, one]) => abilities.includes(name) && typeof one === "boolean")
      ? undefined
      : `an object with true or false under any of ${abilities.join(", ")}`,
  endOfTurn: truth,
  dim: within(1, any, true),
  options: object,
};

/** What may stand after `?` in a model's text form, and how it is read. */
const inText: Readonly<Record<string, "number" | "text">> = {
  key: "text",
  revision: "text",
  temperature: "number",
  topP: "number",
  maxTokens: "number",
  seed: "number",
  concurrency: "number",
  requestsPerMinute: "number",
  tokensPerMinute: "number",
  timeout: "number",
};

const forms =
  "a model is http://HOST/v1#MODEL, http://HOST/v1#MODEL?key=ENV_NAME, local:NAME, a path that ends in .gguf, or an object with url and model";

/**
 * A model's description from its text or object form, checked.
 *
 * @param spec `http://127.0.0.1:8080/v1#model`, `https://HOST/v1#model?key=ENV_NAME&temperature=0`, `local:NAME`, `./x.gguf`, or a `ModelSpec`
 * @throws UsageError for anything else; the message never repeats what might be a key
 * @example modelSpec("http://127.0.0.1:8080/v1#qwen").model // "qwen"
 */
export function modelSpec(spec: unknown): ModelSpec {
  if (typeof spec === "string") return fromText(spec.trim());
  if (object(spec) !== undefined) throw new UsageError("a model is a text or an object", forms);
  const given = spec as Record<string, unknown>;
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(checks, name))
      throw new UsageError(`a model has no option "${name}"`, `it has ${Object.keys(checks).join(", ")}`);
    const expected = checks[name as keyof ModelSpec](value);
    if (expected !== undefined) throw new UsageError(`the model's ${name}: expected ${expected}`, forms);
  }
  const checked = { ...given } as ModelSpec;
  const local = checked.kind === "local" || (checked.kind === undefined && checked.url === undefined);
  if (local) {
    if (checked.model === undefined) throw new UsageError("a local model needs its name or path under model", forms);
    return { ...checked, kind: "local", model: checked.model.replace(/^local:/, "") };
  }
  if (checked.url === undefined) throw new UsageError("the model needs the address of its server under url", forms);
  return { ...checked, ...address(checked.url, checked.model) };
}

function fromText(text: string): ModelSpec {
  if (text.startsWith("local:")) {
    if (text.length === 6) throw new UsageError("local: needs a model's name, as in local:smollm2", forms);
    return { kind: "local", model: text.slice(6) };
  }
  if (/\.gguf$/i.test(text) && !/^https?:/i.test(text)) return { kind: "local", model: text };
  if (!/^https?:\/\//i.test(text)) throw new UsageError("this text names no model", forms);
  const hash = text.indexOf("#");
  const fragment = hash < 0 ? "" : text.slice(hash + 1);
  const question = fragment.indexOf("?");
  const model = question < 0 ? fragment : fragment.slice(0, question);
  const options: Record<string, unknown> = {};
  if (question >= 0)
    for (const [name, value] of new URLSearchParams(fragment.slice(question + 1))) {
      const form = inText[name];
      if (form === undefined)
        throw new UsageError(`a model's text form has no option "${name}"`, `it has ${Object.keys(inText).join(", ")}`);
      options[name] = form === "number" ? Number(value) : value;
    }
  return modelSpec({ ...options, url: hash < 0 ? text : text.slice(0, hash), ...(model === "" ? {} : { model }) });
}

/** A server's address without a slash at its end, and the model that its fragment names. */
function address(given: string, model: string | undefined): { url: string; model?: string } {
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    throw new UsageError("the model's url is no address", forms);
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new UsageError("the model's url must begin with http:// or https://", forms);
  if (url.username !== "" || url.password !== "" || url.search !== "")
    throw new UsageError(
      "the model's url must not hold a user, a password or a query",
      "name the environment variable that holds the key: { url, model, key: ENV_NAME }",
    );
  const inHash = url.hash === "" ? undefined : decodeURIComponent(url.hash.slice(1));
  url.hash = "";
  const named = model ?? inHash;
  return { url: url.href.replace(/\/+$/, ""), ...(named === undefined ? {} : { model: named }) };
}
