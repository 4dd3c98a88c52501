import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Context,
  directContext,
  type Embedder,
  type GenerateRequest,
  type Generation,
  type JsonObject,
  type LanguageModel,
  type LikelihoodModel,
  type Media,
  messageOf,
  type TokenLogprobs,
  type Unscored,
  UsageError,
} from "../core/index.ts";
import { messagesFromWire } from "./wire/messages.ts";

/** What is served, and where. */
export interface ServeOptions {
  /** The name under which the models are served. */
  name: string;
  language?: LanguageModel | undefined;
  /** Goes on from a text as it stands, for `/completions`. Default: `language`, whose chat template stands around the text. */
  raw?: LanguageModel | undefined;
  likelihood?: LikelihoodModel | undefined;
  embedder?: Embedder | undefined;
  /** Default 127.0.0.1, which only this machine can reach. */
  host?: string | undefined;
  /** Default 0: any free port. */
  port?: number | undefined;
  /** Only requests with this bearer token are answered. */
  token?: string | undefined;
  /** Bytes that a request may have. Default 64 MiB. */
  maxBody?: number | undefined;
  /** Looks at a request before it is answered, and may answer it itself by returning true. */
  intercept?: ((exchange: Exchange) => boolean | Promise<boolean>) | undefined;
  /** Called with what each request used. */
  onUsage?: Context["spend"] | undefined;
}

/** One request to the server, with its response. */
export interface Exchange {
  path: string;
  headers: IncomingMessage["headers"];
  body: JsonObject;
  response: ServerResponse;
  /** The answer as the server would give it, such as to change it; streams are whole texts. */
  answer(): Promise<Reply>;
}

/** An answer that is ready to be sent. */
export interface Reply {
  status: number;
  body: string;
  type: string;
}

/** A server that runs. */
export interface ServedModels extends AsyncDisposable {
  /** Where its OpenAI routes are, such as `http://127.0.0.1:41234/v1`. */
  url: string;
  port: number;
}

class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Serves models over OpenAI's protocol: `/v1/chat/completions` (n, seed, log-probabilities, tools, JSON Schema, images as data URLs, streams),
 * `/v1/completions` (one text; with `echo` the log-probabilities of the given text), `/v1/embeddings`, `/v1/models`, `/health`, and
 * `/v1/logprobs` of Laurel's own for the log-probabilities of given completions.
 *
 * It listens on the loopback interface unless told otherwise, and takes JSON only, so that no web page can call it unasked.
 *
 * @throws UsageError where the port is taken
 * @example await using server = await serveModels({ name: "smollm2", language: model });
 */
export async function serveModels(options: ServeOptions): Promise<ServedModels> {
  const ending = new AbortController();
  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const signal = AbortSignal.any([ending.signal, gone.signal]);
    respond(request, response, options, signal).catch((thrown: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else sendReply(response, failureReply(thrown));
    });
  });
  server.keepAliveTimeout = 30_000;
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new UsageError(
              `port ${options.port} of ${host} is taken`,
              "choose another with --port, or none for any free one",
            )
          : error,
      ),
    );
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}/v1`,
    port,
    [Symbol.asyncDispose]: async () => {
      ending.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: ServeOptions,
  signal: AbortSignal,
): Promise<void> {
  const path = (request.url ?? "/").replace(/\?.*$/, "");
  if (options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`)
    throw new Refusal(401, "the bearer token is missing or wrong");
  if (request.method === "GET") {
    const exchange = {
      path,
      headers: request.headers,
      body: {},
      response,
      answer: async () => getReply(path, options),
    };
    if ((await options.intercept?.(exchange)) === true) return;
    sendReply(response, getReply(path, options));
    return;
  }
  if (request.method !== "POST") throw new Refusal(405, "only GET and POST are answered");
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new Refusal(415, "the content type must be application/json");
  const body = await readBody(request, options.maxBody ?? 64 * 1024 * 1024);
  const ctx = contextOf(body, signal, options);
  let kept: Promise<Reply> | undefined;
  const answer = (): Promise<Reply> => (kept ??= postReply(path, body, options, ctx).catch(failureReply));
  if ((await options.intercept?.({ path, headers: request.headers, body, response, answer })) === true) return;
  sendReply(response, await answer());
}

async function readBody(request: IncomingMessage, most: number): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > most) throw new Refusal(413, `the request is longer than ${most} bytes`);
    chunks.push(chunk as Buffer);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (thrown) {
    throw new Refusal(400, `the request is not JSON: ${messageOf(thrown)}`);
  }
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw new Refusal(400, "the request must be an object");
  return body as JsonObject;
}

function contextOf(body: JsonObject, signal: AbortSignal, options: ServeOptions): Context {
  return directContext({
    signal,
    seed: typeof body["seed"] === "number" ? body["seed"] : 0,
    spend: options.onUsage,
    open: async (media: Media) => {
      const match = /^data:[^,]{0,200};base64,/.exec(media.uri);
      if (match === null) throw new UsageError("images are taken as base64 data URLs only");
      return Buffer.from(media.uri.slice(match[0].length), "base64");
    },
  });
}

function sendReply(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, { "content-type": reply.type, "content-length": Buffer.byteLength(reply.body) });
  response.end(reply.body);
}

function json(body: unknown, status = 200): Reply {
  return { status, body: JSON.stringify(body), type: "application/json" };
}

function failureReply(thrown: unknown): Reply {
  const status = thrown instanceof Refusal ? thrown.status : thrown instanceof UsageError ? 400 : 500;
  const type = status < 500 ? "invalid_request_error" : "server_error";
  return json({ error: { message: messageOf(thrown), type, param: null, code: null } }, status);
}

function getReply(path: string, options: ServeOptions): Reply {
  if (path === "/health" || path === "/v1/health") return json({ status: "ok" });
  if (path === "/v1/models")
    return json({ object: "list", data: [{ id: options.name, object: "model", created: 0, owned_by: "laurel" }] });
  throw new Refusal(404, `there is no ${path}`);
}

async function postReply(path: string, body: JsonObject, options: ServeOptions, ctx: Context): Promise<Reply> {
  const asked = body["model"];
  if (asked !== undefined && asked !== options.name)
    throw new Refusal(404, `there is no model '${String(asked)}' here; there is '${options.name}'`);
  if (path === "/v1/chat/completions") return chat(body, served(options.language, "language model"), options.name, ctx);
  if (path === "/v1/completions") return completions(body, options, ctx);
  if (path === "/v1/embeddings") return embeddings(body, served(options.embedder, "embedder"), options.name, ctx);
  if (path === "/v1/logprobs") return logprobs(body, served(options.likelihood, "likelihood model"), options.name, ctx);
  throw new Refusal(404, `there is no ${path}`);
}

function served<T>(model: T | undefined, what: string): T {
  if (model === undefined) throw new Refusal(404, `no ${what} is served here`);
  return model;
}

const statuses: Partial<Record<Unscored["unscored"]["reason"], number>> = {
  unsupported: 400,
  "rate-limit": 429,
  deadline: 504,
  cancelled: 499,
  budget: 402,
};

function refuse(answer: Unscored): Refusal {
  const { reason, message } = answer.unscored;
  return new Refusal(statuses[reason] ?? 502, message);
}

function numberIn(body: JsonObject, name: string, low: number, high: number): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !(value >= low && value <= high))
    throw new Refusal(400, `${name}: expected a number from ${low} to ${high}`);
  return value;
}

function wholeIn(body: JsonObject, name: string, low: number, high: number): number | undefined {
  const value = numberIn(body, name, low, high);
  if (value !== undefined && !Number.isInteger(value)) throw new Refusal(400, `${name}: expected a whole number`);
  return value;
}

function stopIn(body: JsonObject): string[] | undefined {
  const stop = body["stop"];
  if (stop === undefined || stop === null) return undefined;
  const list: readonly unknown[] = Array.isArray(stop) ? stop : [stop];
  if (!list.every((one) => typeof one === "string")) throw new Refusal(400, "stop: expected a text or a list of texts");
  return list as string[];
}

/** The sampling fields that chat and completions share. */
function sampling(body: JsonObject): Omit<GenerateRequest, "messages"> {
  return {
    n: wholeIn(body, "n", 1, 1024),
    seed: wholeIn(body, "seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    temperature: numberIn(body, "temperature", 0, 100),
    topP: numberIn(body, "top_p", 0, 1),
    maxTokens: wholeIn(body, "max_completion_tokens", 1, 1e9) ?? wholeIn(body, "max_tokens", 0, 1e9),
    stop: stopIn(body),
  };
}

function chatRequest(body: JsonObject): GenerateRequest {
  const format = body["response_format"] as JsonObject | null | undefined;
  const schema = (format?.["json_schema"] as JsonObject | undefined)?.["schema"] as JsonObject | undefined;
  const tools = body["tools"] as
    | readonly { function?: { name?: string; description?: string; parameters?: JsonObject } }[]
    | undefined;
  return {
    messages: messagesFromWire(body["messages"]),
    ...sampling(body),
    ...(body["logprobs"] === true ? { topLogprobs: wholeIn(body, "top_logprobs", 0, 1e6) ?? 0 } : {}),
    ...(format?.["type"] === "json_object" ? { schema: { type: "object" } } : {}),
    ...(schema === undefined ? {} : { schema }),
    ...(tools === undefined
      ? {}
      : {
          tools: tools.map((tool) => ({
            name: String(tool.function?.name ?? ""),
            description: tool.function?.description ?? "",
            parameters: tool.function?.parameters ?? {},
          })),
        }),
  };
}

const wireFinish = { stop: "stop", length: "length", tool: "tool_calls", filter: "content_filter" } as const;

function usageOf(generations: readonly Generation[]): JsonObject {
  const input = generations.reduce((sum, one) => sum + one.usage.inputTokens, 0);
  const output = generations.reduce((sum, one) => sum + one.usage.outputTokens, 0);
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

async function chat(body: JsonObject, model: LanguageModel, name: string, ctx: Context): Promise<Reply> {
  const request = chatRequest(body);
  const [answers] = await model.generate([request], ctx);
  const failed = answers!.find(
    (one): one is Unscored => one.unscored !== undefined && one.unscored.reason !== "judge-refusal",
  );
  if (failed !== undefined) throw refuse(failed);
  const given = answers!.filter((one): one is Generation => one.unscored === undefined);
  const choices = answers!.map((one, index): JsonObject => {
    if (one.unscored !== undefined)
      return {
        index,
        message: { role: "assistant", content: null, refusal: one.unscored.raw ?? one.unscored.message },
        logprobs: null,
        finish_reason: "stop",
      };
    return {
      index,
      message: {
        role: "assistant",
        content: one.text === "" && one.calls !== undefined ? null : one.text,
        ...(one.reasoning === undefined ? {} : { reasoning_content: one.reasoning }),
        ...(one.calls === undefined
          ? {}
          : {
              tool_calls: one.calls.map((call, i) => ({
                id: `call_${index}_${i}`,
                type: "function",
                function: { name: call.name, arguments: JSON.stringify(call.input) },
              })),
            }),
      },
      logprobs: one.logprobs === undefined ? null : { content: one.logprobs.map(wireLogprob) },
      finish_reason: wireFinish[one.finish],
    };
  });
  const about = { id: "chatcmpl-laurel", created: Math.floor(Date.now() / 1000), model: given[0]?.modelId ?? name };
  const usage = usageOf(given);
  if (body["stream"] !== true) return json({ ...about, object: "chat.completion", choices, usage });
  const withUsage = (body["stream_options"] as JsonObject | undefined)?.["include_usage"] === true;
  return {
    status: 200,
    type: "text/event-stream",
    body: streamText({ ...about, object: "chat.completion.chunk" }, choices, withUsage ? usage : undefined),
  };
}

function wireLogprob(one: {
  token: string;
  logprob: number;
  top?: readonly { token: string; logprob: number }[] | undefined;
}): JsonObject {
  const bytes = (token: string): number[] => [...Buffer.from(token)];
  return {
    token: one.token,
    logprob: one.logprob,
    bytes: bytes(one.token),
    top_logprobs: (one.top ?? []).map(({ token, logprob }) => ({ token, logprob, bytes: bytes(token) })),
  };
}

/** Finished choices as a stream of events: the role, the text in pieces, the rest, and the end. */
function streamText(about: JsonObject, choices: readonly JsonObject[], usage: JsonObject | undefined): string {
  const events: JsonObject[] = [];
  for (const { index, message, logprobs, finish_reason } of choices as readonly (JsonObject & {
    message: JsonObject;
  })[]) {
    const { role, content, tool_calls, ...rest } = message;
    const chunk = (delta: JsonObject, more: JsonObject = {}): void => {
      events.push({ ...about, choices: [{ index, delta, logprobs: null, finish_reason: null, ...more }] });
    };
    chunk({ role, content: "", ...rest });
    const text = typeof content === "string" ? content : "";
    // by code points, so that no piece ends inside of a surrogate pair
    const points = [...text];
    for (let at = 0; at < points.length; at += 16) chunk({ content: points.slice(at, at + 16).join("") });
    for (const [i, call] of ((tool_calls ?? []) as readonly JsonObject[]).entries())
      chunk({ tool_calls: [{ index: i, ...call }] });
    chunk({}, { logprobs: logprobs ?? null, finish_reason: finish_reason ?? null });
  }
  if (usage !== undefined) events.push({ ...about, choices: [], usage });
  return `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")}data: [DONE]\n\n`;
}

function textsIn(value: unknown, name: string): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0 || !list.every((one) => typeof one === "string"))
    throw new Refusal(400, `${name}: expected a text or a list of texts`);
  return list as string[];
}

async function completions(body: JsonObject, options: ServeOptions, ctx: Context): Promise<Reply> {
  const prompts = textsIn(body["prompt"], "prompt");
  const about = {
    id: "cmpl-laurel",
    object: "text_completion",
    created: Math.floor(Date.now() / 1000),
    model: options.name,
  };
  if (body["echo"] === true) {
    if ((wholeIn(body, "max_tokens", 0, 1e9) ?? 16) > 0) throw new Refusal(400, "echo goes with max_tokens 0 here");
    const model = served(options.likelihood, "likelihood model");
    const rows = await model.logprobs(
      prompts.map((prompt) => ({ prefix: "", completions: [prompt] })),
      ctx,
    );
    let tokens = 0;
    const choices = rows.map(([row], index): JsonObject => {
      if (row === undefined || row.unscored !== undefined)
        throw row === undefined ? new Error("no answer") : refuse(row);
      tokens += row.tokens.length;
      return { index, text: prompts[index], finish_reason: "length", logprobs: echoLogprobs(row) };
    });
    return json({ ...about, choices, usage: { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens } });
  }
  const model = served(options.raw ?? options.language, "language model");
  const requests = prompts.map(
    (prompt): GenerateRequest => ({ messages: [{ role: "user", content: prompt }], ...sampling(body) }),
  );
  const rows = await model.generate(requests, ctx);
  const given: Generation[] = [];
  const choices = rows.flat().map((one, index): JsonObject => {
    if (one.unscored !== undefined) throw refuse(one);
    given.push(one);
    return { index, text: one.text, logprobs: null, finish_reason: wireFinish[one.finish] };
  });
  return json({ ...about, model: given[0]?.modelId ?? options.name, choices, usage: usageOf(given) });
}

function echoLogprobs(row: TokenLogprobs): JsonObject {
  let offset = 0;
  const offsets = row.tokens.map((token) => {
    const at = offset;
    offset += token.length;
    return at;
  });
  // the first token of a text has no left context
  const logprobs = [...row.logprobs].map((value) => (Number.isFinite(value) ? value : null));
  return { tokens: row.tokens, token_logprobs: logprobs, text_offset: offsets, top_logprobs: null };
}

async function embeddings(body: JsonObject, model: Embedder, name: string, ctx: Context): Promise<Reply> {
  const texts = textsIn(body["input"], "input");
  const vectors = await model.embed(texts, ctx);
  const base64 = body["encoding_format"] === "base64";
  const data = vectors.map((vector, index): JsonObject => {
    if (!(vector instanceof Float32Array)) throw refuse(vector);
    const embedding = base64
      ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64")
      : [...vector];
    return { object: "embedding", index, embedding };
  });
  return json({ object: "list", data, model: name, usage: { prompt_tokens: 0, total_tokens: 0 } });
}

async function logprobs(body: JsonObject, model: LikelihoodModel, name: string, ctx: Context): Promise<Reply> {
  if (body["next"] !== undefined) return next(body, model, name, ctx);
  const given = body["jobs"];
  if (!Array.isArray(given)) throw new Refusal(400, "jobs: expected a list of { prefix, completions }");
  const jobs = (given as readonly JsonObject[]).map((job) => ({
    prefix: typeof job["prefix"] === "string" ? job["prefix"] : messagesFromWire(job["prefix"]),
    completions: textsIn(job["completions"], "completions"),
  }));
  const rows = await model.logprobs(jobs, ctx);
  const results = rows.map((row) =>
    row.map((one) =>
      one.unscored === undefined ? { tokens: one.tokens, logprobs: [...one.logprobs] } : { unscored: one.unscored },
    ),
  );
  return json({ model: name, tokenizer: model.tokenizer, results });
}

async function next(body: JsonObject, model: LikelihoodModel, name: string, ctx: Context): Promise<Reply> {
  const prefixes = body["next"];
  if (!Array.isArray(prefixes)) throw new Refusal(400, "next: expected a list of prefixes");
  if (model.next === undefined) throw new Refusal(400, `${model.name} gives no distribution of the next token`);
  const read = (prefixes as readonly unknown[]).map((prefix) =>
    typeof prefix === "string" ? prefix : messagesFromWire(prefix),
  );
  const rows = await model.next(read, wholeIn(body, "top", 1, 1e6) ?? 20, ctx);
  const results = rows.map((row) => {
    if ("unscored" in row) throw refuse(row);
    return row;
  });
  return json({ model: name, results });
}
