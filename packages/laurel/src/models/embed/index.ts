export { hashedNgrams, hashedVector } from "./hashed-ngrams.ts";
export { hashedTokens } from "./hashed-tokens.ts";
export { readSafetensors, safetensorsBytes, type Tensor, type Weights, writeSafetensors } from "./safetensors.ts";
export { sentenceEncoder } from "./sentence-encoder.ts";
