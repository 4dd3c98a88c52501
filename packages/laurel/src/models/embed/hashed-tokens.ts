import { type Embedder, fingerprintOf, UsageError } from "../../core/index.ts";
import { hashUnits } from "./hashed-ngrams.ts";
import { contentText } from "./text.ts";

/**
 * A text as hashed tokens: its words and single marks in lower case (NFKC), each as a number from 1 to vocabulary − 1.
 *
 * @returns context numbers: the last `context` tokens, then zeros
 */
export function hashedTokenIds(text: string, vocabulary: number, context: number): Float32Array {
  const ids: number[] = [];
  for (const [token] of text
    .normalize("NFKC")
    .toLowerCase()
    .matchAll(/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu))
    ids.push(1 + (hashUnits(token, 0, token.length) % (vocabulary - 1)));
  const out = new Float32Array(context);
  out.set(ids.slice(-context));
  return out;
}

/**
 * The embedder `tokens`: hashed tokens for heads that read text themselves, such as `transformer`. No vocabulary is learned or stored; words
 * that hash alike are the same word.
 *
 * @param options `vocabulary` at least 2, default 512; `context` tokens, default 64: of longer texts the end is kept
 * @throws UsageError for other numbers
 * @example await embedderFrom("tokens:512x64")
 */
export function hashedTokens(
  options: { vocabulary?: number | undefined; context?: number | undefined } = {},
): Embedder {
  const { vocabulary = 512, context = 64 } = options;
  if (!(Number.isInteger(vocabulary) && vocabulary >= 2 && Number.isInteger(context) && context >= 1))
    throw new UsageError(`tokens:${vocabulary}x${context} is no vocabulary and context`, "such as tokens:512x64");
  const name = `tokens:${vocabulary}x${context}`;
  return {
    name,
    fingerprint: fingerprintOf("embedder", "tokens", { version: 1, spec: { vocabulary, context } }),
    dim: context,
    spec: { kind: "tokens", vocabulary, context },
    async embed(contents) {
      return contents.map((content) => {
        const text = contentText(content);
        return typeof text === "string" ? hashedTokenIds(text, vocabulary, context) : text;
      });
    },
  };
}
