import { type Embedder, fingerprintOf, UsageError } from "../../core/index.ts";
import { contentText } from "./text.ts";

/** Lengths of the character n-grams. */
const shortest = 3;
const longest = 5;

/** FNV-1a over UTF-16 units (32 bits), then murmur3's finalizer, so that all bits depend on all units. */
export function hashUnits(text: string, from: number, to: number): number {
  let h = 0x811c9dc5;
  for (let i = from; i < to; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/**
 * The vector of a text by signed feature hashing of its words and character n-grams.
 *
 * The text is NFKC, lower case, its runs of letters and digits ("words") each between two spaces. Features: each word
 * with its spaces, and its n-grams of 3 to 5 units. Feature f adds sign(f) · √tf(f) to place h(f) mod dim, with the sign
 * from the hash's highest bit, so that collisions cancel in expectation (Weinberger et al., 2009); then length 1.
 *
 * @param dim places of the vector
 * @returns dim numbers of length 1, or all 0 for a text without letters and digits
 */
export function hashedVector(text: string, dim: number): Float32Array {
  const counts = new Map<number, number>();
  const add = (word: string, from: number, to: number): void => {
    const key = hashUnits(word, from, to);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  for (const [run] of text
    .normalize("NFKC")
    .toLowerCase()
    .matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    const word = ` ${run} `;
    add(word, 0, word.length);
    for (let n = shortest; n <= longest; n++)
      for (let i = 0; i + n <= word.length; i++) if (n < word.length) add(word, i, i + n);
  }
  const vector = new Float32Array(dim);
  let squares = 0;
  for (const [key, count] of counts) {
    const place = (key & 0x7fffffff) % dim;
    vector[place] = vector[place]! + (key >>> 31 === 1 ? -1 : 1) * Math.sqrt(count);
  }
  for (const value of vector) squares += value * value;
  if (squares > 0) for (let i = 0; i < dim; i++) vector[i] = vector[i]! / Math.sqrt(squares);
  return vector;
}

/**
 * An embedder without weights: signed hashing of words and character n-grams, so that texts with common words and word
 * stems have a high cosine. It knows nothing of meaning; use it for near-duplicates and as a baseline.
 *
 * @param dim places of a vector; default 512
 * @throws UsageError where `dim` is no whole number of at least 2
 * @example const embedder = hashedNgrams(1024);
 */
export function hashedNgrams(dim = 512): Embedder {
  if (!Number.isInteger(dim) || dim < 2) throw new UsageError(`${dim} is no number of dimensions`, "such as 512");
  return {
    name: `hash:${dim}`,
    dim,
    spec: { kind: "hash", dim },
    fingerprint: fingerprintOf("embedder", "hash", { version: 1, spec: { dim } }),
    embed: async (contents) =>
      contents.map((content) => {
        const text = contentText(content);
        return typeof text === "string" ? hashedVector(text, dim) : text;
      }),
  };
}
