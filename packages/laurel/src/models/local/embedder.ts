import { type Embedder, fingerprintOf, messageOf, type Unscored, unscored } from "../../core/index.ts";
import { contentText } from "../embed/text.ts";
import { defaultThreads, identify, type LocalOptions, modelOf } from "./engine.ts";
import { openGguf } from "./gguf.ts";
import { halted } from "./likelihood.ts";
import type { EmbeddingContext } from "./llama.ts";

/** Options of `localEmbedder`. */
export interface LocalEmbedderOptions extends Pick<LocalOptions, "contextSize" | "threads" | "folder"> {
  /** Are vectors scaled to length 1? Default true. */
  normalise?: boolean | undefined;
}

/**
 * Embeddings by a GGUF model in this process: an embedding model's own pooling, or a text model's last hidden states
 * pooled as its file says.
 *
 * @param name a pulled model's name, or a GGUF file's path
 * @returns vectors of `dim` numbers, of length 1 unless `normalise` is false; unscored: `unsupported` for images and for
 *   texts longer than the context
 * @throws UsageError where there are no such weights; MissingPackageError where node-llama-cpp is not installed
 * @example const embedder = localEmbedder("nomic-embed-text-v1.5.Q8_0");
 */
export function localEmbedder(name: string, options: LocalEmbedderOptions = {}): Embedder {
  const weights = identify(name, options);
  const { normalise = true, contextSize, threads } = options;
  let context: Promise<EmbeddingContext> | undefined;
  const open = async (): Promise<EmbeddingContext> => {
    const model = await modelOf(weights.path);
    return model.createEmbeddingContext({
      contextSize: contextSize ?? Math.min(model.trainContextSize, 2048),
      threads: threads ?? defaultThreads(),
    });
  };
  return {
    name: weights.name,
    dim: openGguf(weights.path).embeddingLength,
    fingerprint: fingerprintOf("embedder", weights.identity, {
      version: 1,
      spec: { normalise, contextSize: contextSize ?? null },
    }),
    async embed(contents, ctx) {
      const model = await modelOf(weights.path);
      context ??= open();
      const running = await context;
      const vectors: (Float32Array | Unscored)[] = [];
      for (const content of contents) {
        const text = contentText(content);
        const stop = halted(ctx);
        if (stop !== undefined || typeof text !== "string") {
          vectors.push(stop ?? (text as Unscored));
          continue;
        }
        const tokens = model.tokenize(text, false);
        try {
          const { vector } = await running.getEmbeddingFor(tokens);
          ctx.spend({ model: weights.name, inputTokens: tokens.length, outputTokens: 0, calls: 1 });
          const norm = normalise ? Math.hypot(...vector) || 1 : 1;
          vectors.push(Float32Array.from(vector, (value) => value / norm));
        } catch (thrown) {
          vectors.push(unscored("unsupported", `${weights.name} gave no vector: ${messageOf(thrown)}`));
        }
      }
      return vectors;
    },
    async [Symbol.asyncDispose]() {
      const running = await context;
      context = undefined;
      await running?.dispose();
    },
  };
}
