import { wordHash, wordsOf } from "./words.ts";

/** Words of an n-gram, and the share of an item's n-grams from which it counts as leaked. */
export const overlapWords = 8;
export const overlapShare = 0.5;
/** An n-gram of more items than this is a benchmark's own formula and tells nothing. */
const mostItems = 50;

/**
 * Finds texts of a benchmark in other texts by overlap of their 8-grams of words.
 *
 * An item is found in a text that holds at least half of the item's distinct 8-grams; an item of fewer than 8 words in a text that is the
 * same but for case, punctuation and white space. 8-grams that more than 50 items share are left out.
 *
 * Source: the rule of Lambert et al. (2024), Tulu 3, section 3.2 (8-grams, half of the item).
 * @example new Overlap(["one two three four five six seven eight nine"]).find("zero one two three four five six seven eight nine") // [0]
 */
export class Overlap {
  readonly items: number;
  readonly #holders = new Map<number, number[]>();
  readonly #grams: Int32Array;
  readonly #short = new Map<string, number[]>();

  constructor(texts: readonly string[]) {
    this.items = texts.length;
    this.#grams = new Int32Array(texts.length);
    const words = texts.map(wordsOf);
    for (const [item, own] of words.entries())
      for (const gram of gramsOf(own)) {
        const known = this.#holders.get(gram);
        if (known === undefined) this.#holders.set(gram, [item]);
        else known.push(item);
      }
    for (const [gram, holders] of this.#holders)
      if (holders.length > mostItems) this.#holders.delete(gram);
      else for (const item of holders) this.#grams[item]!++;
    for (const [item, own] of words.entries()) {
      if (this.#grams[item]! > 0 || own.length === 0) continue;
      const key = own.join(" ");
      const known = this.#short.get(key);
      if (known === undefined) this.#short.set(key, [item]);
      else known.push(item);
    }
  }

  /** The items found in a text, by their places. */
  find(text: string): number[] {
    const words = wordsOf(text);
    const shared = new Map<number, number>();
    for (const gram of gramsOf(words))
      for (const item of this.#holders.get(gram) ?? []) shared.set(item, (shared.get(item) ?? 0) + 1);
    const found = [...shared].filter(([item, n]) => n >= overlapShare * this.#grams[item]!).map(([item]) => item);
    if (this.#short.size > 0) found.push(...(this.#short.get(words.join(" ")) ?? []));
    return found;
  }
}

/** The distinct n-grams of words, as 52-bit hashes. */
function gramsOf(words: readonly string[]): Set<number> {
  const low = words.map((word) => wordHash(word));
  const high = words.map((word) => wordHash(word, 0x2f0b4c47));
  const grams = new Set<number>();
  for (let i = 0; i + overlapWords <= words.length; i++) {
    let [a, b] = [0x9e3779b1, 0x85ebca6b];
    for (let k = i; k < i + overlapWords; k++) {
      a = Math.imul(a ^ low[k]!, 0x01000193) + 0x7f4a7c15;
      b = Math.imul(b ^ high[k]!, 0x5bd1e995) + 0x27d4eb2f;
    }
    grams.add((a >>> 6) * 0x4000000 + (b >>> 6));
  }
  return grams;
}
