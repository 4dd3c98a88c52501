import type {
  Context,
  GenerateRequest,
  Generation,
  Json,
  JsonObject,
  ToolCall,
  Unscored,
  Usage,
} from "../../core/index.ts";
import { unscored } from "../../core/index.ts";
import { WireError } from "./http.ts";
import { wireMessages } from "./messages.ts";
import { sseData } from "./sse.ts";

/** What a server has turned out not to take; learned from its refusals. */
export interface Abilities {
  /** Several samples a request. */
  n: boolean;
  /** Structured output: by JSON schema, as any JSON object, or by asking in words only. */
  schema: "schema" | "object" | "words";
}

/** What is sent beside the request. */
export interface ChatOptions {
  model: string;
  stream: boolean;
  /** The field for the answer's greatest length. */
  lengthField: "max_tokens" | "max_completion_tokens";
  /** Further fields of the body, such as a server's own. */
  extra?: JsonObject | undefined;
}

/** The body of a request to `/chat/completions`. */
export async function chatBody(
  request: GenerateRequest,
  options: ChatOptions,
  abilities: Abilities,
  ctx: Pick<Context, "open">,
): Promise<JsonObject> {
  const n = request.n ?? 1;
  const messages = await wireMessages(request.messages, ctx);
  if (request.schema !== undefined && abilities.schema !== "schema") askInWords(messages, request.schema);
  return {
    model: options.model,
    messages,
    ...(n > 1 && abilities.n ? { n } : {}),
    ...(request.seed === undefined ? {} : { seed: request.seed }),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(request.topP === undefined ? {} : { top_p: request.topP }),
    ...(request.maxTokens === undefined ? {} : { [options.lengthField]: request.maxTokens }),
    ...(request.stop === undefined || request.stop.length === 0 ? {} : { stop: request.stop }),
    ...(request.topLogprobs === undefined ? {} : { logprobs: true, top_logprobs: request.topLogprobs }),
    ...(request.schema === undefined ? {} : responseFormat(request.schema, abilities.schema)),
    ...(request.tools === undefined || request.tools.length === 0
      ? {}
      : {
          tools: request.tools.map(({ name, description, parameters }) => ({
            type: "function",
            function: { name, description, parameters },
          })),
        }),
    ...(options.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...options.extra,
  };
}

function responseFormat(schema: JsonObject, how: Abilities["schema"]): JsonObject {
  if (how === "words") return {};
  if (how === "object") return { response_format: { type: "json_object" } };
  return { response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } } };
}

function askInWords(messages: JsonObject[], schema: JsonObject): void {
  const text = `Answer with one JSON value that satisfies this JSON Schema, and with nothing else:\n${JSON.stringify(schema)}`;
  const first = messages[0];
  if (first?.["role"] === "system" && typeof first["content"] === "string")
    messages[0] = { ...first, content: `${first["content"]}\n\n${text}` };
  else messages.unshift({ role: "system", content: text });
}

interface WireLogprob {
  token?: unknown;
  logprob?: unknown;
  top_logprobs?: unknown;
}

interface WireChoice {
  index?: number;
  finish_reason?: string | null;
  message?: {
    content?: unknown;
    refusal?: unknown;
    reasoning?: unknown;
    reasoning_content?: unknown;
    tool_calls?: unknown;
  };
  logprobs?: { content?: readonly WireLogprob[] | null } | null;
}

/** A chat answer as a server sends it. */
export interface WireChat {
  model?: unknown;
  choices?: readonly WireChoice[];
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    prompt_tokens_details?: { cached_tokens?: number | null } | null;
  } | null;
}

/** The usage that an answer states; zeros where it states none. */
export function wireUsage(usage: WireChat["usage"], model: string): Usage {
  const cached = usage?.prompt_tokens_details?.cached_tokens;
  return {
    model,
    inputTokens: usage?.prompt_tokens ?? 0,
    outputTokens: usage?.completion_tokens ?? 0,
    ...(typeof cached === "number" ? { cachedTokens: cached } : {}),
    calls: 1,
  };
}

/**
 * The samples of a chat answer. The usage of the whole answer stands with the first of them, zeros with the others.
 * @throws WireError for another shape
 */
export function readChat(body: unknown, request: GenerateRequest, model: string): (Generation | Unscored)[] {
  const chat = body as WireChat | null;
  if (!Array.isArray(chat?.choices) || chat.choices.length === 0) throw new WireError("the answer has no choices");
  const usage = wireUsage(chat.usage, model);
  const none: Usage = { model, inputTokens: 0, outputTokens: 0, calls: 0 };
  const modelId = typeof chat.model === "string" && chat.model !== "" ? chat.model : model;
  const choices = [...(chat.choices as WireChoice[])].sort((a, b) => (a.index ?? 0) - (b.index ?? 0));
  return choices.map((choice, i) => readChoice(choice, request, modelId, i === 0 ? usage : none));
}

const finishes: Readonly<Record<string, Generation["finish"]>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool",
  function_call: "tool",
  content_filter: "filter",
  eos_token: "stop",
  stop_sequence: "stop",
};

function readChoice(
  choice: WireChoice,
  request: GenerateRequest,
  modelId: string,
  usage: Usage,
): Generation | Unscored {
  const message = choice.message;
  if (typeof message !== "object" || message === null) throw new WireError("a choice has no message");
  if (typeof message.refusal === "string" && message.refusal !== "")
    return unscored("judge-refusal", `${modelId} refused to answer`, { raw: message.refusal.slice(0, 2000) });
  if (choice.finish_reason === "abort" || choice.finish_reason === "error")
    return unscored("transport", `${modelId} ended the answer with '${choice.finish_reason}'`);
  const text = contentText(message.content);
  const calls = readCalls(message.tool_calls);
  const thought = message.reasoning_content ?? message.reasoning;
  const logprobs = request.topLogprobs === undefined ? undefined : readLogprobs(choice.logprobs?.content);
  const finish = finishes[choice.finish_reason ?? "stop"] ?? "stop";
  if (finish === "filter" && text === "" && calls.length === 0)
    return unscored("judge-refusal", `the answer of ${modelId} was filtered`);
  return {
    text,
    ...(typeof thought === "string" && thought !== "" ? { reasoning: thought } : {}),
    ...(calls.length === 0 ? {} : { calls }),
    finish: calls.length > 0 && finish === "stop" ? "tool" : finish,
    ...(logprobs === undefined ? {} : { logprobs }),
    modelId,
    usage,
  };
}

function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((part: { text?: unknown } | null) => (typeof part?.text === "string" ? part.text : "")).join("");
}

function readCalls(value: unknown): ToolCall[] {
  if (!Array.isArray(value)) return [];
  return (value as { function?: { name?: unknown; arguments?: unknown } }[]).map((call) => {
    const given = call.function?.arguments;
    let input: Json;
    try {
      input = (typeof given === "string" ? JSON.parse(given === "" ? "{}" : given) : (given ?? {})) as Json;
    } catch {
      throw new WireError("the arguments of a tool call are not JSON");
    }
    if (typeof input !== "object" || input === null || Array.isArray(input))
      throw new WireError("the arguments of a tool call are no object");
    return { name: String(call.function?.name ?? ""), input: input as JsonObject };
  });
}

function readLogprobs(content: readonly WireLogprob[] | null | undefined): Generation["logprobs"] {
  if (!Array.isArray(content)) return undefined;
  return (content as WireLogprob[]).map((one) => {
    const top = Array.isArray(one.top_logprobs) ? (one.top_logprobs as WireLogprob[]) : [];
    return { ...tokenLogprob(one), ...(top.length === 0 ? {} : { top: top.map(tokenLogprob) }) };
  });
}

function tokenLogprob({ token, logprob }: WireLogprob): { token: string; logprob: number } {
  if (typeof token !== "string" || typeof logprob !== "number")
    throw new WireError("a log-probability has another shape");
  return { token, logprob };
}

interface WireDelta {
  model?: unknown;
  usage?: WireChat["usage"];
  error?: unknown;
  choices?: readonly {
    index?: number;
    finish_reason?: string | null;
    delta?: {
      content?: unknown;
      refusal?: unknown;
      reasoning?: unknown;
      reasoning_content?: unknown;
      tool_calls?: readonly { index?: number; id?: unknown; function?: { name?: unknown; arguments?: unknown } }[];
    };
    logprobs?: { content?: readonly WireLogprob[] | null } | null;
  }[];
}

interface Gathered {
  content: string;
  refusal: string;
  reasoning: string;
  finish: string | null;
  calls: { name: string; arguments: string }[];
  logprobs: WireLogprob[] | undefined;
}

/**
 * A streamed chat answer, put together into the form of one that was not streamed.
 * @throws WireError where the stream ends before all of its choices do
 */
export async function gatherStream(stream: AsyncIterable<Uint8Array>): Promise<WireChat> {
  const choices = new Map<number, Gathered>();
  let model: unknown;
  let usage: WireChat["usage"];
  let done = false;
  for await (const data of sseData(stream)) {
    if (data.trim() === "[DONE]") {
      done = true;
      break;
    }
    let event: WireDelta;
    try {
      event = JSON.parse(data) as WireDelta;
    } catch {
      throw new WireError("an event of the stream is not JSON");
    }
    if (event.error !== undefined)
      throw new WireError(`the stream reports an error: ${JSON.stringify(event.error).slice(0, 300)}`);
    model ??= event.model;
    usage = event.usage ?? usage;
    for (const choice of event.choices ?? []) {
      const index = choice.index ?? 0;
      let held = choices.get(index);
      if (held === undefined) {
        held = { content: "", refusal: "", reasoning: "", finish: null, calls: [], logprobs: undefined };
        choices.set(index, held);
      }
      const { delta } = choice;
      held.content += contentText(delta?.content);
      if (typeof delta?.refusal === "string") held.refusal += delta.refusal;
      const thought = delta?.reasoning_content ?? delta?.reasoning;
      if (typeof thought === "string") held.reasoning += thought;
      for (const call of delta?.tool_calls ?? []) {
        const place = (held.calls[call.index ?? 0] ??= { name: "", arguments: "" });
        if (typeof call.function?.name === "string") place.name += call.function.name;
        if (typeof call.function?.arguments === "string") place.arguments += call.function.arguments;
      }
      if (Array.isArray(choice.logprobs?.content)) (held.logprobs ??= []).push(...choice.logprobs.content);
      held.finish = choice.finish_reason ?? held.finish;
    }
  }
  const all = [...choices.entries()];
  if (all.length === 0 || (!done && all.some(([, one]) => one.finish === null)))
    throw new WireError("the stream was cut off before its end");
  return {
    model,
    usage: usage ?? null,
    choices: all.map(([index, one]) => ({
      index,
      finish_reason: one.finish,
      message: {
        content: one.content,
        refusal: one.refusal,
        reasoning_content: one.reasoning,
        tool_calls: one.calls.filter((call) => call !== undefined).map((call) => ({ function: call })),
      },
      logprobs: one.logprobs === undefined ? null : { content: one.logprobs },
    })),
  };
}
