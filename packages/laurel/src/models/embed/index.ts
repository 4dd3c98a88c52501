export { hashedNgrams, hashedVector } from "./hashed-ngrams.ts";
export { sentenceEncoder } from "./sentence-encoder.ts";
