import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type JsonObject, MissingPackageError, messageOf, UsageError } from "../../core/index.ts";

/** A token's number in the model's vocabulary. */
export type Token = number;

/** What of `node-llama-cpp` is used here; it is an optional peer, so its own types may be absent. */
export interface LlamaModule {
  getLlama(options: JsonObject): Promise<Llama>;
  LlamaGrammarEvaluationState: new (options: { model: LlamaModel; grammar: Grammar }) => object;
}
/** A grammar that generated text must follow. */
export type Grammar = object;
/** The running library. */
export interface Llama {
  loadModel(options: JsonObject): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: JsonObject): Promise<Grammar>;
}
/** A model's weights. */
export interface LlamaModel {
  readonly trainContextSize: number;
  readonly embeddingVectorSize: number;
  readonly fileInfo: { metadata: { general?: Record<string, unknown>; tokenizer?: Record<string, unknown> } };
  readonly tokens: {
    bos: Token | null;
    bosString: string | null;
    eos: Token | null;
    eosString: string | null;
    eot: Token | null;
    shouldPrependBosToken: boolean;
  };
  tokenize(text: string, specialTokens: boolean, options?: "trimLeadingSpace"): Token[];
  detokenize(tokens: readonly Token[], specialTokens: boolean, lastTokens?: readonly Token[]): string;
  createContext(options: JsonObject): Promise<LlamaContext>;
  createEmbeddingContext(options: JsonObject): Promise<EmbeddingContext>;
  createRankingContext(options: JsonObject): Promise<RankingContext>;
  dispose(): Promise<void>;
}
/** A model's working memory. */
export interface LlamaContext {
  readonly contextSize: number;
  getSequence(): Sequence;
  dispose(): Promise<void>;
}
/** Vectors of texts. */
export interface EmbeddingContext {
  getEmbeddingFor(tokens: readonly Token[]): Promise<{ vector: readonly number[] }>;
  dispose(): Promise<void>;
}
/** Relevance of texts to a query. */
export interface RankingContext {
  rankAll(query: string, documents: readonly string[]): Promise<number[]>;
  dispose(): Promise<void>;
}
/** What is asked of the position after a token. */
export type Asked =
  | Token
  | [
      Token,
      {
        generateNext: {
          logits: { filter: { tokens: readonly Token[]; includeSelected: true; includeTop: number } };
          totalLogitWeight: true;
        };
      },
    ];
/** A stretch of text in a context. */
export interface Sequence {
  readonly nextTokenIndex: number;
  readonly needsCheckpoints: boolean;
  adaptStateToTokens(tokens: readonly Token[], allowShift: boolean): Promise<void>;
  takeCheckpoint(): Promise<void>;
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void>;
  controlledEvaluate(
    input: readonly Asked[],
  ): Promise<readonly ({ next: { logits?: Map<Token, number>; totalLogitWeight?: number } } | undefined)[]>;
  evaluate(tokens: readonly Token[], options: Record<string, unknown>): AsyncGenerator<Token, void, void>;
}

/** The command that installs the library without its gigabyte of other backends. */
export const leanInstall = "npm i --ignore-scripts --omit=optional node-llama-cpp @node-llama-cpp/linux-x64";

const packageName = "node-llama-cpp";

/** Where the peer may be: a folder named by LAUREL_LLAMA, beside this package, or in the project that is run. */
function places(): string[] {
  const named = process.env["LAUREL_LLAMA"];
  return [
    ...(named === undefined || named === "" ? [] : [pathToFileURL(join(resolve(named), "x.js")).href]),
    import.meta.url,
    pathToFileURL(join(process.cwd(), "x.js")).href,
  ];
}

/** The path of the peer's entry, or undefined where it is not installed. */
export function llamaEntry(): string | undefined {
  for (const from of places()) {
    try {
      return createRequire(from).resolve(packageName);
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== "MODULE_NOT_FOUND") throw thrown;
    }
  }
  return undefined;
}

/** The error of a peer that is not installed, with the command that installs it. */
export function missingLlama(): MissingPackageError {
  return new MissingPackageError("node-llama-cpp, which runs models in this process,", leanInstall);
}

let loading: Promise<{ module: LlamaModule; llama: Llama; entry: string }> | undefined;

/**
 * The library, loaded and started on first use, on the CPU and without building or downloading anything.
 * @throws MissingPackageError that names the lean install command; UsageError where it does not start
 */
export function loadLlama(): Promise<{ module: LlamaModule; llama: Llama; entry: string }> {
  loading ??= startLlama();
  return loading;
}

async function startLlama(): Promise<{ module: LlamaModule; llama: Llama; entry: string }> {
  const entry = llamaEntry();
  if (entry === undefined) throw missingLlama();
  try {
    const module = (await import(pathToFileURL(entry).href)) as LlamaModule;
    const llama = await module.getLlama({
      gpu: false,
      build: "never",
      progressLogs: false,
      logLevel: "error",
      // its own count is that of the machine's cores; more threads than this process may use wait for each other
      maxThreads: availableParallelism(),
    });
    return { module, llama, entry };
  } catch (thrown) {
    throw new UsageError(
      `node-llama-cpp does not start: ${messageOf(thrown)}`,
      `it needs its binary for this platform, of the same version: ${leanInstall}`,
    );
  }
}
