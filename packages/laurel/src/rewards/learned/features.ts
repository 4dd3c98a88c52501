import {
  answerText,
  type Candidate,
  type Context,
  type Embedder,
  type JsonObject,
  type Message,
  textOf,
  type Unscored,
  UsageError,
  unscored,
} from "../../core/index.ts";
import { embedderFrom } from "../../models/from.ts";
import type { Features } from "./head.ts";

/**
 * What of a prompt and its candidate is embedded, and how the vectors make features:
 *
 * - `answer`: e(answer), width d;
 * - `joint`: e(prompt, a blank line, answer), width d: for encoders that read both, within their limit of tokens;
 * - `interaction`: [e(answer), √d · e(prompt) ∘ e(answer)], width 2d: a linear head then sees what answer and prompt share.
 */
export type Encoding = "answer" | "joint" | "interaction";

/** Which features an artefact was trained on. */
export interface FeatureConfig {
  /** The embedder, as `embedderFrom` takes it: `hash:1024`, `minilm`, `local:NAME`, `http://HOST/v1#MODEL`, `pooling:http://HOST/v1#MODEL`, or an object. */
  embedder: string | JsonObject;
  /** Its name and fingerprint when the head was trained: others are refused. */
  name: string;
  fingerprint: string | null;
  /** Numbers of one of its vectors. */
  dim: number;
  encoding: Encoding;
}

/** What is scored: a prompt and one candidate. */
export interface Answered {
  prompt: readonly Message[];
  candidate: Candidate;
}

/** From prompts and candidates to what heads read. */
export interface FeatureExtractor {
  config: FeatureConfig;
  /** Numbers of a candidate's vector. */
  width: number;
  /** @param prompts also the prompt's own vector, of `config.dim` numbers */
  features(items: readonly Answered[], ctx: Context, prompts?: boolean): Promise<readonly (Features | Unscored)[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Numbers of a candidate's vector under an encoding of vectors of `dim` numbers. */
export function featureWidth(encoding: Encoding, dim: number): number {
  return encoding === "interaction" ? 2 * dim : dim;
}

/** The prompt as a text: that of its only message, or each message behind its role. */
export function promptAsText(prompt: readonly Message[]): string {
  if (prompt.length === 1) return textOf(prompt[0]!);
  return prompt.map((message) => `${message.role}: ${textOf(message)}`).join("\n");
}

const hasMedia = (messages: readonly Message[]): boolean =>
  messages.some(
    ({ content }) =>
      typeof content !== "string" && content.some((part) => part.type === "image" || part.type === "video"),
  );

/**
 * Features by an embedder.
 *
 * @param spec how the embedder is named in an artefact
 * @example const features = featuresBy(hashedNgrams(512), "hash:512", "joint");
 */
export function featuresBy(embedder: Embedder, spec: string | JsonObject, encoding: Encoding): FeatureExtractor {
  const { dim } = embedder;
  const config: FeatureConfig = {
    embedder: spec,
    name: embedder.name,
    fingerprint: embedder.fingerprint,
    dim,
    encoding,
  };
  const width = featureWidth(encoding, dim);
  return {
    config,
    width,
    async features(items, ctx, prompts = false) {
      const places = new Map<string, number>();
      const place = (text: string): number => {
        const known = places.get(text);
        if (known !== undefined) return known;
        places.set(text, places.size);
        return places.size - 1;
      };
      const asked = items.map(({ prompt, candidate }) => {
        if (hasMedia(prompt) || hasMedia(candidate.output)) return undefined;
        const answer = answerText(candidate);
        return {
          answer: place(encoding === "joint" ? `${promptAsText(prompt)}\n\n${answer}` : answer),
          prompt: encoding === "interaction" || prompts ? place(promptAsText(prompt)) : undefined,
        };
      });
      const vectors = await embedder.embed([...places.keys()], ctx);
      return asked.map((one) => {
        if (one === undefined) return unscored("unsupported", "these features are of texts only");
        const answer = vectors[one.answer]!;
        const prompt = one.prompt === undefined ? undefined : vectors[one.prompt]!;
        if (!(answer instanceof Float32Array)) return answer;
        if (prompt !== undefined && !(prompt instanceof Float32Array)) return prompt;
        const candidate = encoding === "interaction" ? interaction(answer, prompt!) : answer;
        return prompts ? { candidate, prompt } : { candidate };
      });
    },
    async [Symbol.asyncDispose]() {
      await embedder[Symbol.asyncDispose]?.();
    },
  };
}

/** [a, √d · p ∘ a]: for vectors of length 1 both halves are then of about the same size. */
function interaction(answer: Float32Array, prompt: Float32Array): Float32Array {
  const dim = answer.length;
  const scale = Math.sqrt(dim);
  const out = new Float32Array(2 * dim);
  out.set(answer);
  for (let i = 0; i < dim; i++) out[dim + i] = scale * answer[i]! * prompt[i]!;
  return out;
}

/**
 * The features that an artefact names, if the embedder here is the one that it was trained with.
 *
 * @throws UsageError where the embedder has other weights or another width; what `embedderFrom` throws where it is missing
 */
export async function featuresOf(config: FeatureConfig, where: string): Promise<FeatureExtractor> {
  const embedder = await embedderFrom(config.embedder);
  const other = `the features of ${where} were made by ${config.name}`;
  if (embedder.dim !== config.dim)
    throw new UsageError(
      `${other} with ${config.dim} numbers a vector, but ${embedder.name} gives ${embedder.dim} here`,
      "use the same embedder, or train again with --features",
    );
  if (config.fingerprint !== null && embedder.fingerprint !== config.fingerprint)
    throw new UsageError(
      `${other} (${config.fingerprint.slice(0, 12)}), but the one here is ${embedder.name} (${embedder.fingerprint?.slice(0, 12) ?? "unknown"}): other weights or settings give other vectors`,
      "use the same embedder's weights, or train again with --features",
    );
  return featuresBy(embedder, config.embedder, config.encoding);
}
