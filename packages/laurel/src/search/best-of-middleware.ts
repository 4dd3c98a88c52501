import {
  type Candidate,
  isScored,
  type Json,
  type Message,
  type Part,
  type Reward,
  sha256,
  type Task,
  task,
  UsageError,
} from "../core/index.ts";
import { Pool, type Row, type ScoreAllOptions, scoreAll } from "../run/index.ts";

/** A part of an AI SDK message or result, of which only what is read is named. */
interface AiPart {
  readonly type: string;
}

/** What a language model of the AI SDK gives; the members that differ between its versions are not read by name. */
export interface AiResult {
  content: readonly AiPart[];
  finishReason: unknown;
  usage: unknown;
  providerMetadata?: Readonly<Record<string, unknown>> | undefined;
  warnings?: unknown;
}

/** Call options of the AI SDK. */
export interface AiParams {
  readonly prompt: readonly { readonly role: string; readonly content: unknown }[];
  readonly seed?: number | undefined;
  readonly abortSignal?: AbortSignal | undefined;
}

/** What a wrapper is handed. */
export interface AiCall<P extends AiParams, R extends AiResult> {
  readonly doGenerate: () => PromiseLike<R>;
  readonly params: P;
  readonly model: { doGenerate(params: P): PromiseLike<R> };
}

/** A middleware for `wrapLanguageModel` of AI SDK 5, 6 and 7. */
export interface BestOfMiddleware {
  readonly specificationVersion: "v3";
  wrapGenerate<P extends AiParams, R extends AiResult>(call: AiCall<P, R>): Promise<R>;
  wrapStream<P extends AiParams, R extends AiResult, S>(
    call: AiCall<P, R> & { readonly doStream: () => PromiseLike<{ stream: ReadableStream<S> }> },
  ): Promise<{ stream: ReadableStream<S> }>;
}

/** Options of `bestOfMiddleware`; those of scoring are passed on. */
export interface BestOfMiddlewareOptions extends Omit<ScoreAllOptions, "repeats" | "order" | "batch" | "stop"> {
  /** Answers to sample, at least 1. */
  n: number;
  /** Adds a reference or a context to the task that is scored. */
  task?: ((task: Task) => Task) | undefined;
}

/**
 * Best of n as a middleware of the AI SDK: n calls of the model, and the result that the reward scores highest, with the usage of all.
 *
 * Calls differ by seed (the given one plus 0 … n − 1) where a seed was given, else by the provider's own sampling. A failed call only
 * lowers n; if all fail, the first error is thrown. A stream is answered by the whole best result in stream form, since an answer can be
 * scored only once it is there. `providerMetadata.laurel` holds `{ n, index, values, margin }`, a null for what has no score; with no
 * score at all the first result is returned and `index` is null.
 *
 * @example const model = wrapLanguageModel({ model: openai("…"), middleware: bestOfMiddleware(reward, { n: 4 }) });
 */
export function bestOfMiddleware(reward: Reward, options: BestOfMiddlewareOptions): BestOfMiddleware {
  const { n, task: complete, ...run } = options;
  if (!(Number.isInteger(n) && n >= 1)) throw new UsageError(`n must be a whole number of at least 1, not ${n}`);
  let own: Pool | undefined;

  async function pick<P extends AiParams, R extends AiResult>({ doGenerate, params, model }: AiCall<P, R>): Promise<R> {
    const { seed } = params;
    const settled = await Promise.allSettled(
      Array.from({ length: n }, (_, i) =>
        i === 0 ? doGenerate() : model.doGenerate(seed === undefined ? params : { ...params, seed: seed + i }),
      ),
    );
    const results = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const [first] = results;
    if (first === undefined) throw (settled[0] as PromiseRejectedResult).reason;
    const asked = task(params.prompt.map(messageOf), results.map(candidateOf));
    const pool = run.pool ?? (own ??= new Pool({ workers: run.workers }));
    const signal = params.abortSignal ?? run.signal;
    let row: Row | undefined;
    for await (row of scoreAll(reward, [complete?.(asked) ?? asked], { ...run, pool, signal })) break;
    const index = row?.best ?? null;
    const chosen = results[index ?? 0]!;
    const laurel = {
      n: results.length,
      index,
      values: (row?.scores ?? []).map((score) => (isScored(score) ? score.value : null)),
      margin: row?.margin ?? null,
    };
    return {
      ...chosen,
      usage: results.map((one) => one.usage).reduce(sumUsage),
      providerMetadata: { ...chosen.providerMetadata, laurel },
    };
  }

  return {
    specificationVersion: "v3",
    wrapGenerate: pick,
    async wrapStream(call) {
      const result = await pick(call);
      const parts = streamParts(result);
      return {
        stream: new ReadableStream({
          start(controller) {
            for (const part of parts) controller.enqueue(part as never);
            controller.close();
          },
        }),
      };
    },
  };
}

/** The parts in which a model would have streamed a result. */
function streamParts(result: AiResult): object[] {
  const parts: object[] = [{ type: "stream-start", warnings: result.warnings ?? [] }];
  for (const [i, part] of result.content.entries()) {
    if (part.type !== "text" && part.type !== "reasoning") {
      parts.push(part);
      continue;
    }
    const id = String(i);
    parts.push({ type: `${part.type}-start`, id });
    parts.push({ type: `${part.type}-delta`, id, delta: textIn(part) });
    parts.push({ type: `${part.type}-end`, id });
  }
  const { finishReason, usage, providerMetadata } = result;
  parts.push({ type: "finish", finishReason, usage, providerMetadata });
  return parts;
}

/** Usage of two calls added: numbers of either version's form, flat or nested; a provider's raw figures are left out. */
function sumUsage(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === undefined || a === null) return b;
  if (b === undefined || b === null) return a;
  if (typeof a !== "object" || typeof b !== "object") return a;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  keys.delete("raw");
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return Object.fromEntries([...keys].map((key) => [key, sumUsage(left[key], right[key])]));
}

function textIn(part: object): string {
  const { text } = part as { text?: unknown };
  return typeof text === "string" ? text : "";
}

function candidateOf(result: AiResult): Candidate {
  const { finishReason } = result;
  const reason =
    typeof finishReason === "string" ? finishReason : (finishReason as { unified?: unknown } | undefined)?.unified;
  const finish = ({ stop: "stop", length: "length", "tool-calls": "tool", "content-filter": "filter" } as const)[
    String(reason) as "stop"
  ];
  return {
    output: [{ role: "assistant", content: result.content.flatMap(partOf) }],
    ...(finish === undefined ? {} : { finish }),
  };
}

const roles = new Set<unknown>(["system", "user", "assistant", "tool"]);

function messageOf({ role, content }: { role: string; content: unknown }): Message {
  if (!roles.has(role)) throw new UsageError(`a message of the AI SDK has the unknown role "${role}"`);
  const known = role as Message["role"];
  if (typeof content === "string") return { role: known, content };
  return { role: known, content: (content as AiPart[]).flatMap(partOf) };
}

/** A part of the AI SDK as ours; sources and other things beside the text are left out. */
function partOf(part: AiPart): Part[] {
  const raw = part as AiPart & Record<string, unknown>;
  if (part.type === "text" || part.type === "reasoning") return [{ type: part.type, text: textIn(part) }];
  if (part.type === "tool-call")
    return [
      { type: "tool-call", id: String(raw["toolCallId"]), name: String(raw["toolName"]), input: json(raw["input"]) },
    ];
  if (part.type === "tool-result") {
    const output = (raw["output"] ?? raw["result"] ?? null) as Json;
    return [{ type: "tool-result", id: String(raw["toolCallId"]), output }];
  }
  const mediaType = String(raw["mediaType"] ?? "");
  if (part.type === "file" && mediaType.startsWith("image/")) {
    const uri = uriOf(raw["data"], mediaType);
    return uri === undefined ? [] : [{ type: "image", media: { hash: sha256(uri), mediaType, uri } }];
  }
  return [];
}

function json(input: unknown): Json {
  if (typeof input !== "string") return (input ?? null) as Json;
  try {
    return JSON.parse(input) as Json;
  } catch {
    // a model may write arguments that are no JSON: the reward judges them as they stand
    return input;
  }
}

function uriOf(data: unknown, mediaType: string): string | undefined {
  if (data instanceof URL) return data.href;
  if (data instanceof Uint8Array) return `data:${mediaType};base64,${Buffer.from(data).toString("base64")}`;
  if (typeof data === "string") return /^(https?|data):/.test(data) ? data : `data:${mediaType};base64,${data}`;
  return undefined;
}
