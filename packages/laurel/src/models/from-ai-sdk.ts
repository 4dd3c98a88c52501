import {
  type Context,
  type GenerateRequest,
  type Generation,
  type Json,
  type JsonObject,
  type LanguageModel,
  type Message,
  messageOf,
  type Part,
  type ToolCall,
  type Unscored,
  UsageError,
  unscored,
} from "../core/index.ts";
import { withAllSamples } from "./around/samples.ts";
import type { Call, Failed } from "./call.ts";
import { generationTraits, type Management, managedCall, modelFingerprint, modelOf } from "./managed.ts";
import { retryAfter } from "./wire/http.ts";

/** What is used of a model of the Vercel AI SDK (`ai` 5 to 7, whose models are `v2`, `v3` and `v4`). */
export interface AiSdkModel {
  readonly specificationVersion: string;
  readonly provider: string;
  readonly modelId: string;
  // the SDK's own option type differs by version; what is passed is common to all three
  doGenerate(options: never): PromiseLike<unknown>;
}

/** Options of `fromAiSdk`. */
export interface FromAiSdkOptions extends Management {
  /** What the model can do, where the default (seed, tools, images and schema) is wrong. */
  supports?: Partial<LanguageModel["supports"]> | undefined;
  /** Passed on to the provider, by its name. */
  providerOptions?: Readonly<Record<string, JsonObject>> | undefined;
}

/**
 * A language model of any provider of the Vercel AI SDK, with Laurel's accounting, limits, retries, cache and budget around it.
 *
 * The SDK has neither `n` nor log-probabilities: samples are asked for one by one, and a request for log-probabilities is unscored with
 * `unsupported`. For a server with OpenAI's routes `languageModelFrom` gives both and costs less per call.
 *
 * @param model what `openai("…")`, `anthropic("…")` and their like return; `ai` 5, 6 and 7
 * @throws UsageError for a model's name instead of a model
 * @example const judge = fromAiSdk(anthropic("claude-x"), { price: { input: 3, output: 15 }, requestsPerMinute: 50 });
 */
export function fromAiSdk(model: AiSdkModel, options: FromAiSdkOptions = {}): LanguageModel {
  if (typeof model !== "object" || model === null || typeof model.doGenerate !== "function")
    throw new UsageError(
      "fromAiSdk needs a model object of the AI SDK",
      'such as openai("…") of @ai-sdk/openai, not a name',
    );
  const name = model.modelId;
  const { providerOptions } = options;
  const fingerprint = modelFingerprint("ai-sdk", `${model.provider}:${name}`, { providerOptions });
  return modelOf(
    {
      name,
      fingerprint,
      random: true,
      supports: { n: false, seed: true, logprobs: false, tools: true, images: true, schema: true, ...options.supports },
    },
    managedCall(
      callOf(model, options),
      generationTraits(options.assumedOutput),
      { model: name, fingerprint },
      options,
      withAllSamples,
    ),
  );
}

interface Answer {
  content?: readonly { type: string; text?: string; toolName?: string; input?: unknown }[];
  structuredOutputText?: string;
  finishReason?: string | { unified?: string };
  usage?: { inputTokens?: number | Counted; outputTokens?: number | Counted; cachedInputTokens?: number };
  response?: { modelId?: string };
}

interface Counted {
  total?: number;
  cacheRead?: number;
}

function callOf(model: AiSdkModel, options: FromAiSdkOptions): Call<GenerateRequest, Generation> {
  return async (request, ctx) => {
    if (request.topLogprobs !== undefined) return [unscored("unsupported", "the AI SDK gives no log-probabilities")];
    let answer: Answer;
    try {
      const given = await callOptions(model, request, options, ctx);
      answer = (await model.doGenerate(given as never)) as Answer;
    } catch (thrown) {
      return [failureOf(thrown, model.modelId, ctx)];
    }
    return [generation(answer, request, model.modelId)];
  };
}

async function callOptions(
  model: AiSdkModel,
  request: GenerateRequest,
  options: FromAiSdkOptions,
  ctx: Context,
): Promise<object> {
  const { temperature, topP, maxTokens, seed, stop, schema, tools } = request;
  return {
    prompt: await promptOf(request.messages, model.specificationVersion === "v4", ctx),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stopSequences: [...stop] }),
    ...(schema === undefined ? {} : { responseFormat: { type: "json", schema, name: "answer" } }),
    ...(tools === undefined || tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, parameters }) => ({
            type: "function",
            name,
            description,
            inputSchema: parameters,
          })),
          toolChoice: { type: "auto" },
        }),
    ...(options.providerOptions === undefined ? {} : { providerOptions: options.providerOptions }),
    abortSignal: ctx.signal,
  };
}

async function promptOf(messages: readonly Message[], tagged: boolean, ctx: Context): Promise<object[]> {
  const names = new Map<string, string>();
  const prompt: object[] = [];
  for (const { role, content } of messages) {
    if (role === "system") {
      prompt.push({ role, content: textIn(content) });
      continue;
    }
    const parts: readonly Part[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
    const own: object[] = [];
    const results: object[] = [];
    for (const part of parts) {
      if (part.type === "text") own.push({ type: "text", text: part.text });
      else if (part.type === "reasoning") {
        if (role === "assistant") own.push({ type: "reasoning", text: part.text });
      } else if (part.type === "tool-call") {
        names.set(part.id, part.name);
        own.push({ type: "tool-call", toolCallId: part.id, toolName: part.name, input: part.input });
      } else if (part.type === "tool-result")
        results.push({
          type: "tool-result",
          toolCallId: part.id,
          toolName: names.get(part.id) ?? "",
          output: toolOutput(part.output),
        });
      else if (part.type === "image" || part.type === "video")
        for (const media of part.type === "image" ? [part.media] : part.frames) {
          const bytes = await ctx.open(media);
          own.push({ type: "file", mediaType: media.mediaType, data: tagged ? { type: "data", data: bytes } : bytes });
        }
    }
    if (own.length > 0) prompt.push({ role: role === "tool" ? "user" : role, content: own });
    if (results.length > 0) prompt.push({ role: "tool", content: results });
  }
  return prompt;
}

function textIn(content: Message["content"]): string {
  if (typeof content === "string") return content;
  return content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

function toolOutput(output: Json): object {
  return typeof output === "string" ? { type: "text", value: output } : { type: "json", value: output };
}

const finishes: Readonly<Record<string, Generation["finish"]>> = {
  stop: "stop",
  length: "length",
  "content-filter": "filter",
  "tool-calls": "tool",
};

function generation(answer: Answer, request: GenerateRequest, model: string): Generation | Unscored {
  const parts = answer.content ?? [];
  const said = parts.flatMap((part) => (part.type === "text" && part.text !== undefined ? [part.text] : [])).join("");
  const text = request.schema === undefined ? said : (answer.structuredOutputText ?? said);
  const reasoning = parts
    .flatMap((part) => (part.type === "reasoning" && part.text !== undefined ? [part.text] : []))
    .join("\n");
  const calls: ToolCall[] = [];
  for (const part of parts) {
    if (part.type !== "tool-call") continue;
    const input = inputOf(part.input);
    if (input === undefined)
      return unscored("transport", "the arguments of a tool call are no JSON object", { transient: true });
    calls.push({ name: part.toolName ?? "", input });
  }
  const finish =
    finishes[typeof answer.finishReason === "string" ? answer.finishReason : (answer.finishReason?.unified ?? "")];
  const modelId = answer.response?.modelId ?? model;
  if (finish === undefined && text === "" && calls.length === 0)
    return unscored("transport", `${modelId} ended without an answer (${JSON.stringify(answer.finishReason ?? null)})`);
  if (finish === "filter" && text === "" && calls.length === 0)
    return unscored("judge-refusal", `the answer of ${modelId} was filtered`);
  const { inputTokens, outputTokens, cachedInputTokens } = answer.usage ?? {};
  const cached = typeof inputTokens === "object" ? inputTokens.cacheRead : cachedInputTokens;
  return {
    text,
    ...(reasoning === "" ? {} : { reasoning }),
    ...(calls.length === 0 ? {} : { calls }),
    finish: finish ?? "stop",
    modelId,
    usage: {
      model,
      inputTokens: countOf(inputTokens),
      outputTokens: countOf(outputTokens),
      ...(cached === undefined ? {} : { cachedTokens: cached }),
      calls: 1,
    },
  };
}

function countOf(tokens: number | Counted | undefined): number {
  return typeof tokens === "object" ? (tokens.total ?? 0) : (tokens ?? 0);
}

/** The input of a tool call; undefined where it is no object. */
function inputOf(input: unknown): JsonObject | undefined {
  let value: unknown = input;
  if (typeof input === "string") {
    try {
      value = JSON.parse(input === "" ? "{}" : input);
    } catch {
      return undefined;
    }
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

/** The SDK throws; its errors of HTTP calls carry the status and the headers. */
function failureOf(thrown: unknown, model: string, ctx: Context): Failed {
  if (ctx.signal.aborted) return unscored("cancelled", "the call was cancelled");
  const error = thrown as { statusCode?: number; responseHeaders?: Record<string, string>; isRetryable?: boolean };
  const message = `${model}: ${messageOf(thrown)}`;
  const { statusCode: status } = error;
  if (status === undefined) return unscored("transport", message, { transient: error.isRetryable ?? false });
  const wait = retryAfter(error.responseHeaders?.["retry-after"] ?? null);
  const waits = wait === undefined ? {} : { retryAfter: wait };
  if (status === 429) return { ...unscored("rate-limit", message), ...waits };
  if (status >= 500 || status === 408 || status === 409) return { ...unscored("transport", message), ...waits };
  return unscored(status === 401 || status === 403 ? "transport" : "unsupported", message, { transient: false });
}
