import { type JsonObject, unscored } from "../../core/index.ts";
import type { Call, Traits } from "../call.ts";
import { type Endpoint, send } from "./http.ts";

/** One text's vector with its share of what the request used. */
export interface Embedded {
  vector: Float32Array;
  inputTokens: number;
  modelId: string | undefined;
}

/** What the wrappers need to know of a call to an embedder: a list of texts, an answer for each. */
export const embeddingTraits: Traits<readonly string[], Embedded> = {
  key: (texts) => ["embed", ...texts],
  bound: (texts) => ({ input: texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 8, 0), output: 0 }),
  usage: (answers) => ({
    inputTokens: answers.reduce((sum, one) => sum + one.inputTokens, 0),
    outputTokens: 0,
    calls: answers.length > 0 ? 1 : 0,
  }),
  identity: (answer) => answer.modelId,
  pack: (answers) =>
    answers.map(({ vector, inputTokens, modelId }) => [
      bytesOf(vector).toString("base64"),
      inputTokens,
      modelId ?? null,
    ]),
  unpack: (stored) =>
    (stored as unknown as readonly [string, number, string | null][]).map(([text, inputTokens, modelId]) => ({
      vector: floatsOf(text),
      inputTokens,
      modelId: modelId ?? undefined,
    })),
};

function bytesOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

function floatsOf(base64: string): Float32Array {
  const bytes = Buffer.from(base64, "base64");
  // a copy, because a buffer from the pool need not begin at a multiple of four
  return new Float32Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / 4));
}

/** Which route of a server gives vectors: OpenAI's `/embeddings`, or vLLM's `/pooling`, which stands beside `/v1`. */
export type EmbedRoute = "embeddings" | "pooling";

/**
 * Calls `POST /embeddings` of an OpenAI-compatible server, or `POST /pooling` of vLLM, several texts a call. Where `/pooling` gives a vector
 * for each token, the last token's is taken, which has seen the whole text.
 */
export function embedCall(
  endpoint: Endpoint,
  options: { model: string; dim?: number | undefined; extra?: JsonObject | undefined },
  route: EmbedRoute = "embeddings",
): Call<readonly string[], Embedded> {
  const address = route === "pooling" ? `${endpoint.url.replace(/\/v1$/, "")}/pooling` : `${endpoint.url}/embeddings`;
  return async (texts, ctx) => {
    const body = {
      model: options.model,
      input: texts,
      encoding_format: "float",
      ...(options.dim === undefined ? {} : { dimensions: options.dim }),
      ...options.extra,
    };
    const answered = await send(endpoint, address, { body }, ctx);
    if (answered.unscored !== undefined) {
      const { status: _, ...failed } = answered;
      return texts.map(() => failed);
    }
    const read = readEmbeddings(answered.body, texts.length);
    if (typeof read !== "string") return read;
    const wrong = unscored("transport", `${address}: ${read}`, { transient: true });
    return texts.map(() => wrong);
  };
}

function readEmbeddings(body: unknown, count: number): Embedded[] | string {
  const answer = body as { data?: unknown; model?: unknown; usage?: { prompt_tokens?: unknown } | null } | null;
  if (!Array.isArray(answer?.data) || answer.data.length !== count) return `expected ${count} vectors`;
  const rows = [...(answer.data as { index?: number; embedding?: unknown; data?: unknown }[])].sort(
    (a, b) => (a?.index ?? 0) - (b?.index ?? 0),
  );
  const tokens = typeof answer.usage?.prompt_tokens === "number" ? answer.usage.prompt_tokens : 0;
  const modelId = typeof answer.model === "string" ? answer.model : undefined;
  const out: Embedded[] = [];
  for (const [i, row] of rows.entries()) {
    const pooled = row?.data;
    const given = row?.embedding ?? (Array.isArray(pooled) && Array.isArray(pooled.at(-1)) ? pooled.at(-1) : pooled);
    const vector =
      typeof given === "string"
        ? floatsOf(given)
        : Array.isArray(given)
          ? Float32Array.from(given as number[])
          : undefined;
    if (vector === undefined || vector.length === 0 || !vector.every(Number.isFinite))
      return `data[${i}] holds no list of numbers`;
    if (out[0] !== undefined && out[0].vector.length !== vector.length) return "the vectors differ in length";
    out.push({ vector, inputTokens: i === 0 ? tokens : 0, modelId });
  }
  return out;
}
