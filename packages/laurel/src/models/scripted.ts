import { setTimeout as sleep } from "node:timers/promises";
import {
  type Embedder,
  type GenerateRequest,
  type Generation,
  type JsonObject,
  type LanguageModel,
  type LikelihoodModel,
  type ToolCall,
  textOf,
  type Unscored,
  unscored,
} from "../core/index.ts";
import { modelFingerprint } from "./managed.ts";
import { type Exchange, type ServedModels, serveModels } from "./serve.ts";

/** What a scripted model says to one sample: a text, or more than a text, or that it refuses. */
export type Scripted =
  | string
  | {
      text?: string | undefined;
      reasoning?: string | undefined;
      calls?: readonly ToolCall[] | undefined;
      finish?: Generation["finish"] | undefined;
      /** The distribution of each token as pairs of token and probability (no logarithm), the chosen one first. */
      tokens?: readonly (readonly (readonly [token: string, p: number])[])[] | undefined;
      refusal?: string | undefined;
      /** The name that the server gives itself, where it is another one. */
      modelId?: string | undefined;
      usage?: { inputTokens: number; outputTokens: number } | undefined;
    };

/** What a script is told: the request, its prompt as one text, which call this is (from 0), and which of the call's samples. */
export interface ScriptedCall {
  request: GenerateRequest;
  prompt: string;
  call: number;
  sample: number;
}

/** A function of the call, or answers that are given one after the other (the last one again and again). */
export type Script = ((call: ScriptedCall) => Scripted | Promise<Scripted>) | readonly Scripted[];

/** Tokens of a scripted model: one for about four characters. */
function tokensOf(text: string): number {
  return Math.ceil(text.length / 4);
}

function promptOf(request: GenerateRequest): string {
  return request.messages.map(textOf).join("\n");
}

async function say(script: Script, call: ScriptedCall): Promise<Scripted> {
  if (typeof script === "function") return script(call);
  return script[Math.min(call.call, script.length - 1)] ?? "";
}

/**
 * A language model that says what a script says: for tests of whatever asks a model, without a server.
 *
 * @param options `version` makes its fingerprint; without one nothing is cached
 * @example const judge = scriptedModel(({ prompt }) => (prompt.includes("Paris") ? "5" : "1"));
 */
export function scriptedModel(
  script: Script,
  options: {
    name?: string | undefined;
    version?: string | number | undefined;
    supports?: Partial<LanguageModel["supports"]> | undefined;
  } = {},
): LanguageModel {
  const name = options.name ?? "scripted";
  let calls = 0;
  const generate = async (request: GenerateRequest, call: number): Promise<(Generation | Unscored)[]> => {
    const prompt = promptOf(request);
    const samples = Array.from({ length: request.n ?? 1 }, (_, sample) => sample);
    return Promise.all(
      samples.map(async (sample) =>
        spoken(await say(script, { request, prompt, call, sample }), prompt, request, name, sample),
      ),
    );
  };
  return {
    name,
    fingerprint: options.version === undefined ? null : modelFingerprint("scripted", name, options.version),
    supports: { n: true, seed: true, logprobs: true, tools: true, images: true, schema: true, ...options.supports },
    generate: (requests, ctx) =>
      Promise.all(
        requests.map(async (request) => {
          const answers = await generate(request, calls++);
          for (const { usage } of answers.filter((one): one is Generation => one.unscored === undefined))
            ctx.spend(usage);
          return answers;
        }),
      ),
  };
}

function spoken(
  said: Scripted,
  prompt: string,
  request: GenerateRequest,
  name: string,
  sample: number,
): Generation | Unscored {
  const answer = typeof said === "string" ? { text: said } : said;
  if (answer.refusal !== undefined)
    return unscored("judge-refusal", `${name} refused to answer`, { raw: answer.refusal });
  const text = answer.text ?? answer.tokens?.map((one) => one[0]?.[0] ?? "").join("") ?? "";
  return {
    text,
    ...(answer.reasoning === undefined ? {} : { reasoning: answer.reasoning }),
    ...(answer.calls === undefined ? {} : { calls: answer.calls }),
    finish: answer.finish ?? (answer.calls === undefined ? "stop" : "tool"),
    ...(request.topLogprobs === undefined || answer.tokens === undefined
      ? {}
      : { logprobs: answer.tokens.map((one) => distribution(one, request.topLogprobs!)) }),
    modelId: answer.modelId ?? name,
    usage: {
      model: name,
      // the prompt is read once for all samples
      inputTokens: answer.usage?.inputTokens ?? (sample === 0 ? tokensOf(prompt) : 0),
      outputTokens: answer.usage?.outputTokens ?? tokensOf(text),
      calls: sample === 0 ? 1 : 0,
    },
  };
}

function distribution(pairs: readonly (readonly [token: string, p: number])[], top: number) {
  const all = pairs.map(([token, p]) => ({ token, logprob: Math.log(p) }));
  const sorted = [...all].sort((a, b) => b.logprob - a.logprob).slice(0, top);
  return { ...all[0]!, ...(sorted.length === 0 ? {} : { top: sorted }) };
}

/** What goes wrong with one request. */
export type ServerFault =
  | { status: number; retryAfter?: string | undefined; message?: string | undefined }
  /** Milliseconds that the answer waits. */
  | { slow: number }
  /** Bytes after which the answer breaks off. */
  | { truncate: number }
  | { wrongJson: true }
  /** The connection is closed without an answer. */
  | { hangUp: true };

/** A request that a scripted server has seen. */
export interface SeenRequest {
  path: string;
  body: JsonObject;
  headers: Exchange["headers"];
}

/** Options of `scriptedServer`. */
export interface ScriptedServerOptions {
  name?: string | undefined;
  /** What goes wrong with the request of this number (from 0, only POST requests are counted); undefined: nothing. */
  fault?: ((request: SeenRequest & { call: number }) => ServerFault | undefined) | undefined;
  likelihood?: LikelihoodModel | undefined;
  embedder?: Embedder | undefined;
  token?: string | undefined;
}

/** A scripted server that runs. */
export interface ScriptedServer extends ServedModels {
  /** The model's spec for `languageModelFrom`. */
  spec: string;
  /** The POST requests so far, in order of arrival. */
  requests: readonly SeenRequest[];
}

/**
 * A loopback server with OpenAI's chat, completions and embeddings protocols that answers from a script, with faults on demand: for tests of
 * judges and clients without a provider.
 *
 * @example
 * await using server = await scriptedServer(["5", "3"], { fault: ({ call }) => (call === 0 ? { status: 429, retryAfter: "1" } : undefined) });
 * const judge = await languageModelFrom(server.spec);
 */
export async function scriptedServer(script: Script, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const name = options.name ?? "scripted";
  const requests: SeenRequest[] = [];
  const server = await serveModels({
    name,
    language: scriptedModel(script, { name }),
    likelihood: options.likelihood,
    embedder: options.embedder,
    token: options.token,
    intercept: async (exchange) => {
      const { path, body, headers } = exchange;
      if (Object.keys(body).length === 0) return false;
      const seen = { path, body, headers };
      const call = requests.push(seen) - 1;
      const fault = options.fault?.({ ...seen, call });
      return fault === undefined ? false : apply(fault, exchange);
    },
  });
  return Object.assign(server, { spec: `${server.url}#${name}`, requests });
}

/** Answers as a fault says; false where the ordinary answer follows. */
async function apply(fault: ServerFault, { response, answer }: Exchange): Promise<boolean> {
  if ("slow" in fault) {
    await sleep(fault.slow, undefined, { ref: false });
    return false;
  }
  if ("hangUp" in fault) {
    response.destroy();
    return true;
  }
  if ("status" in fault) {
    const body = JSON.stringify({
      error: { message: fault.message ?? `scripted fault ${fault.status}`, type: "scripted" },
    });
    response.writeHead(fault.status, {
      "content-type": "application/json",
      ...(fault.retryAfter === undefined ? {} : { "retry-after": fault.retryAfter }),
    });
    response.end(body);
    return true;
  }
  const reply = await answer();
  response.writeHead(reply.status, { "content-type": reply.type });
  if ("wrongJson" in fault) response.end(`${reply.body.slice(0, -1)},`);
  else {
    response.write(Buffer.from(reply.body).subarray(0, fault.truncate));
    // a stream that breaks off ends its chunked body, as a proxy that lost its server does; anything else loses the connection
    if (reply.type === "text/event-stream") response.end();
    else response.destroy();
  }
  return true;
}
