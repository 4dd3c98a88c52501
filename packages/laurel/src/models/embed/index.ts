export { hashedNgrams, hashedVector } from "./hashed-ngrams.ts";
export { hashedTokens } from "./hashed-tokens.ts";
export { sentenceEncoder } from "./sentence-encoder.ts";
