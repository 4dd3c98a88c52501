import { UsageError } from "../../core/index.ts";

/** A text that can be found. */
export interface CorpusText {
  id?: string | undefined;
  text: string;
}

/** A text that was found, with its place in the corpus. */
export interface Found {
  index: number;
  score: number;
}

/**
 * A search over a given corpus by BM25, in memory.
 *
 *     score(d) = Σ_t ln(1 + (N − n_t + ½)/(n_t + ½)) · f·(k₁ + 1)/(f + k₁·(1 − b + b·|d|/avg)),  k₁ 1.2, b 0.75
 *
 * Words are runs of letters and digits, lower-cased. Equal scores keep the corpus' order; texts that share no word with the
 * query are not found.
 *
 * @throws UsageError on an empty corpus
 * @source Robertson and Zaragoza (2009), with the non-negative inverse document frequency
 * @example const find = corpusIndex([{ text: "Paris is in France." }]); find("where is Paris?", 1)[0]?.index; // 0
 */
export function corpusIndex(texts: readonly CorpusText[]): (query: string, top: number) => Found[] {
  if (texts.length === 0) throw new UsageError("a search needs a corpus with at least one text");
  const postings = new Map<string, { docs: number[]; counts: number[] }>();
  const lengths = new Float64Array(texts.length);
  for (const [d, { text }] of texts.entries()) {
    const words = wordsOf(text);
    lengths[d] = words.length;
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const [word, count] of counts) {
      let list = postings.get(word);
      if (list === undefined) postings.set(word, (list = { docs: [], counts: [] }));
      list.docs.push(d);
      list.counts.push(count);
    }
  }
  const average = lengths.reduce((sum, length) => sum + length, 0) / texts.length || 1;
  return (query, top) => {
    const scores = new Map<number, number>();
    for (const word of new Set(wordsOf(query).slice(0, 64))) {
      const list = postings.get(word);
      if (list === undefined) continue;
      const n = list.docs.length;
      const weight = Math.log(1 + (texts.length - n + 0.5) / (n + 0.5));
      for (const [k, d] of list.docs.entries()) {
        const f = list.counts[k]!;
        const gain = (weight * f * 2.2) / (f + 1.2 * (0.25 + (0.75 * lengths[d]!) / average));
        scores.set(d, (scores.get(d) ?? 0) + gain);
      }
    }
    return [...scores]
      .map(([index, score]) => ({ index, score }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, top);
  };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
