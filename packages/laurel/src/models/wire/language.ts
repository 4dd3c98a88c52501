import {
  type Context,
  type GenerateRequest,
  type Generation,
  type JsonObject,
  messageOf,
  unscored,
} from "../../core/index.ts";
import type { Call } from "../call.ts";
import { type Abilities, type ChatOptions, chatBody, gatherStream, readChat } from "./chat.ts";
import { type Answered, type Endpoint, send, WireError } from "./http.ts";

/** What the wire sends beside the requests. */
export interface WireOptions {
  model: string;
  /** Ask for the answer as a stream, which keeps long answers from looking like a dead connection. Default false. */
  stream?: boolean | undefined;
  /** Further fields of the body, such as `{ top_k: 40 }` or a server's own. */
  extra?: JsonObject | undefined;
}

/**
 * Calls `POST /chat/completions` of an OpenAI-compatible server, one request a call.
 *
 * What a server refuses is learned from its answer (400 or 422 that names the field) and left out from then on: `n` (one sample a request then),
 * `max_tokens` (named `max_completion_tokens` then), JSON Schema (a JSON object then, and at last only words in the system message).
 * A server that gives fewer samples than asked for gives what it has; `withAllSamples` asks for the rest.
 */
export function wireCall(endpoint: Endpoint, options: WireOptions): Call<GenerateRequest, Generation> {
  const abilities: Abilities = { n: true, schema: "schema" };
  const chat: ChatOptions = {
    model: options.model,
    stream: options.stream ?? false,
    lengthField: "max_tokens",
    extra: options.extra,
  };
  const address = `${endpoint.url}/chat/completions`;
  return async (request, ctx) => {
    for (;;) {
      const tried = { ...abilities, lengthField: chat.lengthField };
      let body: JsonObject;
      try {
        body = await chatBody(request, chat, abilities, ctx);
      } catch (thrown) {
        if (ctx.signal.aborted) return [unscored("cancelled", "the call was cancelled")];
        return [unscored("unsupported", `a part of the messages cannot be sent: ${messageOf(thrown)}`)];
      }
      const answered = await ask(endpoint, address, body, ctx);
      if (answered.unscored === undefined) {
        try {
          return readChat(answered.body, request, options.model);
        } catch (thrown) {
          if (!(thrown instanceof WireError)) throw thrown;
          const raw = JSON.stringify(answered.body).slice(0, 500);
          return [unscored("transport", `${address}: ${thrown.message}`, { transient: true, raw })];
        }
      }
      if (!learn(answered, body, tried, abilities, chat)) {
        const { status: _, ...failed } = answered;
        return [failed];
      }
    }
  };
}

function ask(endpoint: Endpoint, address: string, body: JsonObject, ctx: Context): Promise<Answered> {
  if (body["stream"] !== true) return send(endpoint, address, { body }, ctx);
  return send(endpoint, address, { body, read: streamed }, ctx);
}

async function streamed(response: Response): Promise<unknown> {
  // some servers answer a refused stream with plain JSON
  if (response.headers.get("content-type")?.includes("application/json") === true) return response.json();
  if (response.body === null) throw new WireError("the stream is empty");
  return gatherStream(response.body as unknown as AsyncIterable<Uint8Array>);
}

/** Takes from a refusal what the server cannot do; true where the request should be sent again without it. */
function learn(
  refused: Answered,
  body: JsonObject,
  tried: Abilities & { lengthField: ChatOptions["lengthField"] },
  abilities: Abilities,
  chat: ChatOptions,
): boolean {
  const { status } = refused;
  if (refused.unscored === undefined || (status !== 400 && status !== 422 && status !== 501)) return false;
  const said = `${refused.unscored.message} ${refused.unscored.raw ?? ""}`;
  if (body["max_tokens"] !== undefined && /max_completion_tokens/.test(said)) {
    chat.lengthField = "max_completion_tokens";
    return tried.lengthField === "max_tokens";
  }
  if (
    body["response_format"] !== undefined &&
    /response_format|json_schema|json_object|json.schema|structured|grammar|guided/i.test(said)
  ) {
    if (abilities.schema === tried.schema) abilities.schema = tried.schema === "schema" ? "object" : "words";
    return true;
  }
  if (
    body["n"] !== undefined &&
    /\bn\b|n_choices|number of (?:choices|completions)|multiple (?:choices|completions)/i.test(said)
  ) {
    abilities.n = false;
    return tried.n;
  }
  return false;
}
