import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { availableParallelism } from "node:os";
import { hashJson, type Message, sha256, UsageError } from "../../core/index.ts";
import { findWeights, type Weights } from "../hub/index.ts";
import {
  type Grammar,
  type Llama,
  type LlamaContext,
  type LlamaModel,
  type LlamaModule,
  llamaEntry,
  loadLlama,
  missingLlama,
  type Sequence,
  type Token,
} from "./llama.ts";
import { type ChatTemplate, chatTemplate } from "./template.ts";

/** Options of every model that runs in this process. */
export interface LocalOptions {
  /** Tokens that prompt and completion may take together. Default: what the model was trained for, at most 4096. */
  contextSize?: number | undefined;
  /** Threads that compute. Default: one fewer than this process may use, since they wait for each other busily. */
  threads?: number | undefined;
  /** A chat template (Jinja) instead of the model's own. */
  template?: string | undefined;
  /** Folder of pulled models. Default: `modelsFolder()`. */
  folder?: string | undefined;
}

/** Threads where none are named: one is left to the rest, because a thread that has to wait holds up all others. */
export function defaultThreads(): number {
  return Math.max(1, availableParallelism() - 1);
}

/** A loaded model with one context, whose users take turns. */
export interface Engine {
  readonly llama: Llama;
  readonly module: LlamaModule;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  /** The prompt's tokens, up to where the completion begins; at least one. */
  prompt(prefix: readonly Message[] | string): Token[];
  /** The tokens of a text that goes on after a prompt. */
  completion(text: string): Token[];
  /** The text of each token, so that together they are the text: a split character belongs to its last token. */
  pieces(tokens: readonly Token[]): string[];
  /** The log-probabilities that a stretch of text has after a prompt, and the most likely tokens at each place. */
  likelihoods(prompt: readonly Token[], completion: readonly Token[], top?: number): Promise<Likelihoods>;
  /** Runs alone on the sequence. */
  alone<T>(run: (sequence: Sequence) => Promise<T>): Promise<T>;
  /** The grammar of a JSON Schema, compiled once. */
  grammar(schema: Parameters<Llama["createGrammarForJsonSchema"]>[0]): Promise<Grammar>;
}

/** Log-probabilities of given tokens (nats), the tokens evaluated for them, and those found in the context already. */
export interface Likelihoods {
  logprobs: Float64Array;
  top: readonly (readonly { token: Token; logprob: number }[])[];
  evaluated: number;
  reused: number;
}

/** The weights of a name, and the hash that stands for them in fingerprints. */
export interface Identity extends Weights {
  identity: string;
}

const sampled = 64;
const block = 4096;

/** A hash of a file's size, first MiB, and 64 blocks spread over it: enough to tell weights apart without reading gigabytes. */
function sampledHash(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const first = Buffer.alloc(Math.min(size, 1 << 20));
    readSync(file, first, 0, first.length, 0);
    const parts = [String(size), sha256(first.toString("latin1"))];
    const buffer = Buffer.alloc(block);
    for (let i = 1; i <= sampled; i++) {
      const read = readSync(file, buffer, 0, block, Math.max(0, Math.floor(((size - block) * i) / sampled)));
      parts.push(sha256(buffer.toString("latin1", 0, read)));
    }
    return hashJson(parts);
  } finally {
    closeSync(file);
  }
}

/**
 * Finds a GGUF model by name or path.
 * @throws UsageError where there is none; MissingPackageError where nothing is installed that runs it
 */
export function identify(name: string, options: Pick<LocalOptions, "folder">): Identity {
  const weights = findWeights(name, "gguf", options.folder);
  if (llamaEntry() === undefined) throw missingLlama();
  return { ...weights, identity: weights.sha256 ?? sampledHash(weights.path) };
}

const engines = new Map<string, Promise<Engine>>();

/** The engine of a model and its options; equal ones share the weights and the context. */
export function engineOf(weights: Weights, options: LocalOptions): Promise<Engine> {
  const key = JSON.stringify([weights.path, options.contextSize, options.threads, options.template]);
  let engine = engines.get(key);
  if (engine === undefined) {
    engine = start(weights, options);
    engines.set(key, engine);
    // what failed may succeed later, once the cause is gone
    engine.catch(() => engines.delete(key));
  }
  return engine;
}

/** Ends all engines and frees their memory; a later call starts them again. */
export async function disposeEngines(): Promise<void> {
  const running = [...engines.values()];
  const loaded = [...models.values()];
  engines.clear();
  models.clear();
  for (const engine of await Promise.allSettled(running))
    if (engine.status === "fulfilled") await engine.value.context.dispose();
  for (const model of await Promise.allSettled(loaded)) if (model.status === "fulfilled") await model.value.dispose();
}

const models = new Map<string, Promise<LlamaModel>>();

/** The weights of a file, loaded once for all contexts. */
export async function modelOf(path: string): Promise<LlamaModel> {
  const { llama } = await loadLlama();
  let model = models.get(path);
  if (model === undefined) {
    model = llama.loadModel({ modelPath: path });
    models.set(path, model);
    model.catch(() => models.delete(path));
  }
  return model;
}

async function start(weights: Weights, options: LocalOptions): Promise<Engine> {
  const { module, llama, entry } = await loadLlama();
  const model = await modelOf(weights.path);
  const context = await model.createContext({
    contextSize: options.contextSize ?? Math.min(model.trainContextSize, 4096),
    threads: options.threads ?? defaultThreads(),
    swaFullCache: true,
  });
  const sequence = context.getSequence();
  let last: Promise<unknown> = Promise.resolve();
  const alone = <T>(run: (sequence: Sequence) => Promise<T>): Promise<T> => {
    const next = last.then(
      () => run(sequence),
      () => run(sequence),
    );
    last = next;
    return next;
  };
  let template: ChatTemplate | undefined;
  const grammars = new Map<string, Promise<Grammar>>();
  const { tokens: special } = model;

  return {
    llama,
    module,
    model,
    context,
    alone,
    prompt(prefix) {
      if (typeof prefix !== "string") {
        template ??= chatTemplate(model, entry, options.template);
        return template.tokens(prefix);
      }
      const tokens = model.tokenize(prefix, false);
      if (special.bos === null || (tokens.length > 0 && !special.shouldPrependBosToken)) {
        if (tokens.length > 0) return tokens;
        throw new UsageError("the prefix is empty, and this model has no token that begins a text");
      }
      return [special.bos, ...tokens];
    },
    completion: (text) => model.tokenize(text, false, "trimLeadingSpace"),
    pieces(tokens) {
      const pieces: string[] = [];
      let from = 0;
      for (let i = 0; i < tokens.length; i++) {
        const text = model.detokenize(tokens.slice(from, i + 1), true, tokens.slice(Math.max(0, from - 4), from));
        // an unfinished character shows as U+FFFD
        if (text.endsWith("\uFFFD") && i + 1 < tokens.length && i - from < 4) pieces.push("");
        else {
          pieces.push(text);
          from = i + 1;
        }
      }
      return pieces;
    },
    likelihoods: (prompt, completion, top = 0) => likelihoods(sequence, prompt, completion, top),
    grammar(schema) {
      const key = hashJson(schema);
      let grammar = grammars.get(key);
      if (grammar === undefined) {
        grammar = llama.createGrammarForJsonSchema(schema);
        grammars.set(key, grammar);
      }
      return grammar;
    },
  };
}

/** Log-probabilities of these many positions are asked for at a time. */
const chunk = 256;

/**
 * log p(completion[i] | prompt, completion before i) for each i, by one pass over the completion.
 *
 * The library's own logits: logit of the token, less the greatest logit, less the log of Σ exp(logit − greatest), which
 * is the full distribution without copying it. The prompt's last token is evaluated with each completion, since the
 * logits after it belong to the completion's first token; what comes before it stays in the context.
 */
async function likelihoods(
  sequence: Sequence,
  prompt: readonly Token[],
  completion: readonly Token[],
  top: number,
): Promise<Likelihoods> {
  const before = prompt.slice(0, -1);
  const reused = await resume(sequence, before);
  const inputs = [prompt.at(-1)!, ...completion.slice(0, -1)];
  const logprobs = new Float64Array(completion.length);
  const tops: { token: Token; logprob: number }[][] = [];
  for (let from = 0; from < completion.length; from += chunk) {
    const wanted = completion.slice(from, from + chunk);
    const answers = await sequence.controlledEvaluate(
      wanted.map((token, i) => [
        inputs[from + i]!,
        {
          generateNext: {
            logits: { filter: { tokens: [token], includeSelected: true, includeTop: top } },
            totalLogitWeight: true,
          },
        },
      ]),
    );
    for (const [i, token] of wanted.entries()) {
      const { logits, totalLogitWeight } = answers[i]?.next ?? {};
      const logit = logits?.get(token);
      if (logits === undefined || logit === undefined || totalLogitWeight === undefined)
        throw new UsageError("node-llama-cpp gave no logits for a token", "version 3.22 or later is needed");
      // the selected token is the most likely one, so the greatest logit is among those given
      const norm = Math.max(...logits.values()) + Math.log(totalLogitWeight);
      logprobs[from + i] = logit - norm;
      if (top > 0)
        tops.push(
          [...logits]
            .map(([id, value]) => ({ token: id, logprob: value - norm }))
            .sort((a, b) => b.logprob - a.logprob)
            .slice(0, top),
        );
    }
  }
  return { logprobs, top: tops, evaluated: before.length - reused + inputs.length, reused };
}

/** Brings the sequence to exactly these tokens, evaluating what it does not hold yet; gives how many it held. */
export async function resume(sequence: Sequence, tokens: readonly Token[]): Promise<number> {
  await sequence.adaptStateToTokens(tokens, false);
  const held = sequence.nextTokenIndex;
  if (held < tokens.length) await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(held));
  // models whose state cannot be cut back (recurrent ones, sliding windows) go on from here instead
  if (sequence.needsCheckpoints) await sequence.takeCheckpoint();
  return held;
}
