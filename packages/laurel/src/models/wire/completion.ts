import {
  type GenerateRequest,
  type Generation,
  type JsonObject,
  textOf,
  type Unscored,
  unscored,
} from "../../core/index.ts";
import type { Call } from "../call.ts";
import { type WireChat, wireUsage } from "./chat.ts";
import { type Endpoint, send } from "./http.ts";

/** The body of a request to `/completions`, or why there can be none. */
function completionBody(
  request: GenerateRequest,
  { model, extra }: { model: string; extra?: JsonObject | undefined },
): JsonObject | Unscored {
  if ((request.tools?.length ?? 0) > 0 || request.schema !== undefined || request.topLogprobs !== undefined)
    return unscored("unsupported", "a text that goes on as it stands has no tools, schema or log-probabilities");
  for (const { content } of request.messages)
    if (typeof content !== "string" && content.some(({ type }) => type === "image" || type === "video"))
      return unscored("unsupported", "a text that goes on as it stands holds no images");
  const { n = 1, seed, temperature, topP, maxTokens, stop } = request;
  return {
    model,
    prompt: request.messages.map(textOf).join("\n"),
    ...(n > 1 ? { n } : {}),
    ...(seed === undefined ? {} : { seed }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
    ...extra,
  };
}

/**
 * Calls `POST /completions` of an OpenAI-compatible server: the messages' text, joined by line breaks, goes to the model as it stands,
 * without a chat template, and what comes is its continuation. One request a call.
 */
export function completionCall(
  endpoint: Endpoint,
  options: { model: string; extra?: JsonObject | undefined },
): Call<GenerateRequest, Generation> {
  const address = `${endpoint.url}/completions`;
  return async (request, ctx) => {
    const body = completionBody(request, options);
    if ("unscored" in body) return [body as Unscored];
    const answered = await send(endpoint, address, { body }, ctx);
    if (answered.unscored !== undefined) {
      const { status: _, ...failed } = answered;
      return [failed];
    }
    const said = answered.body as { choices?: unknown; model?: unknown; usage?: WireChat["usage"] } | null;
    const choices: unknown = said?.choices;
    if (!Array.isArray(choices) || choices.length === 0)
      return [unscored("transport", `${address}: the answer has no choices`, { transient: true })];
    const modelId = typeof said?.model === "string" && said.model !== "" ? said.model : options.model;
    return (choices as ({ text?: unknown; finish_reason?: unknown } | null)[]).map(
      (choice, i): Generation | Unscored => {
        if (typeof choice?.text !== "string")
          return unscored("transport", `${address}: a choice has no text`, { transient: true });
        return {
          text: choice.text,
          finish: choice.finish_reason === "length" ? "length" : "stop",
          modelId,
          usage:
            i === 0
              ? wireUsage(said?.usage, options.model)
              : { model: options.model, inputTokens: 0, outputTokens: 0, calls: 0 },
        };
      },
    );
  };
}
