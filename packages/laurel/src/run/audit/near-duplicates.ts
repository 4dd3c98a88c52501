import { random, seedFrom } from "../../core/index.ts";
import { wordHash, wordsOf } from "./words.ts";

const hashes = 64;
const bands = 16;
const perBand = hashes / bands;
const shingle = 5;
/** From this estimated Jaccard similarity of their five-word shingles on, two texts count as near-duplicates. */
export const nearSimilarity = 0.8;

const multipliers = (() => {
  const rng = random(seedFrom("minhash"));
  return Array.from({ length: hashes }, () => [rng.u32() | 1, rng.u32()] as const);
})();

/**
 * Groups texts that are nearly the same, one after another, in memory of 256 bytes a text.
 *
 * The Jaccard similarity of the sets of five-word shingles (of lower-cased words) is estimated by 64 min-hashes; 16 bands of 4 find
 * the candidates (a pair at 0.8 is missed with probability 0.0002), and each is compared with the first of its bucket, so that a
 * text that is repeated often costs no more than another.
 *
 * Source: Broder (1997), On the resemblance and containment of documents; Leskovec, Rajaraman and Ullman, chapter 3, for bands.
 */
export class NearDuplicates {
  readonly #signatures: Uint32Array[] = [];
  readonly #parent: number[] = [];
  readonly #buckets = Array.from({ length: bands }, () => new Map<string, number>());

  /** Adds the next text; its number is how many came before it. */
  add(text: string): void {
    const signature = signatureOf(text);
    const own = this.#signatures.length;
    this.#signatures.push(signature);
    this.#parent.push(own);
    for (let b = 0; b < bands; b++) {
      const key = signature.subarray(b * perBand, (b + 1) * perBand).join(",");
      const first = this.#buckets[b]!.get(key);
      if (first === undefined) this.#buckets[b]!.set(key, own);
      else if (
        this.#root(first) !== this.#root(own) &&
        similarity(signature, this.#signatures[first]!) >= nearSimilarity
      )
        this.#parent[this.#root(own)] = this.#root(first);
    }
  }

  /** The group of each text: the number of one of its members, equal for all of them. */
  groups(): Int32Array {
    return Int32Array.from(this.#parent, (_, i) => this.#root(i));
  }

  #root(i: number): number {
    let at = i;
    while (this.#parent[at] !== at) {
      this.#parent[at] = this.#parent[this.#parent[at]!]!;
      at = this.#parent[at]!;
    }
    return at;
  }
}

function similarity(a: Uint32Array, b: Uint32Array): number {
  let same = 0;
  for (let i = 0; i < hashes; i++) if (a[i] === b[i]) same++;
  return same / hashes;
}

function signatureOf(text: string): Uint32Array {
  const codes = wordsOf(text).map((word) => wordHash(word));
  const signature = new Uint32Array(hashes).fill(0xffffffff);
  const last = Math.max(0, codes.length - shingle);
  for (let i = 0; i <= last; i++) {
    let code = 0;
    for (let k = i; k < Math.min(codes.length, i + shingle); k++)
      code = Math.imul(code ^ codes[k]!, 0x9e3779b1) + 0x85ebca6b;
    for (let h = 0; h < hashes; h++) {
      const [multiply, add] = multipliers[h]!;
      let mixed = Math.imul(code, multiply) + add;
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0;
      if (mixed < signature[h]!) signature[h] = mixed;
    }
  }
  return signature;
}
