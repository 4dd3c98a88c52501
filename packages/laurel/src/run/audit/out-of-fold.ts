import { random, type Seed, sha256, split } from "../../core/index.ts";
import { wordHash, wordsOf } from "./words.ts";

const bits = 16;
const dim = 1 << bits;
const folds = 5;
const epochs = 4;
const rate = 0.3;
/** Words of a text that are looked at. */
const mostWords = 1500;

/** A labelled pair as what its two texts do not share. */
export interface PairFeatures {
  id: string;
  cluster: string;
  /** Hashed words and pairs of words of the better text only, then of the worse only. */
  better: Uint32Array;
  worse: Uint32Array;
}

/** The hashed words and pairs of words of a text, each once. */
function hashed(text: string): Set<number> {
  const found = new Set<number>();
  let before = 0;
  for (const word of wordsOf(text).slice(0, mostWords)) {
    const code = wordHash(word);
    found.add(code & (dim - 1));
    if (before !== 0) found.add((Math.imul(before ^ (code >>> 5), 0x9e3779b1) >>> (32 - bits)) & (dim - 1));
    before = code;
  }
  return found;
}

/** What two texts do not share. */
export function pairFeatures(id: string, cluster: string, better: string, worse: string): PairFeatures {
  const [a, b] = [hashed(better), hashed(worse)];
  return {
    id,
    cluster,
    better: Uint32Array.from([...a].filter((code) => !b.has(code))),
    worse: Uint32Array.from([...b].filter((code) => !a.has(code))),
  };
}

/**
 * The probability that a reward trained on the other prompts gives each pair's own label.
 *
 * A linear Bradley-Terry reward of hashed words and pairs of words (65,536 columns, each difference divided by the root of its number of
 * entries), trained by AdaGrad, four passes; five folds, whole prompts in one of them.
 *
 * @returns one number in (0, 1) a pair, in their order
 */
export function outOfFold(pairs: readonly PairFeatures[], seed: Seed): Float64Array {
  const fold = pairs.map(({ cluster }) => Number.parseInt(sha256(cluster).slice(0, 8), 16) % folds);
  const out = new Float64Array(pairs.length);
  for (let held = 0; held < folds; held++) {
    const weights = new Float64Array(dim);
    const squares = new Float64Array(dim);
    const rows = pairs.flatMap((_, i) => (fold[i] === held ? [] : [i]));
    const rng = random(split(seed, held));
    for (let epoch = 0; epoch < epochs; epoch++)
      for (const i of rng.shuffled(rows)) {
        const { better, worse } = pairs[i]!;
        const size = Math.sqrt(better.length + worse.length);
        if (size === 0) continue;
        const slope = 1 / (1 + Math.exp(marginOf(weights, pairs[i]!))) / size;
        for (const d of better) {
          squares[d]! += slope * slope;
          weights[d]! += (rate * slope) / Math.sqrt(squares[d]! + 1e-8);
        }
        for (const d of worse) {
          squares[d]! += slope * slope;
          weights[d]! -= (rate * slope) / Math.sqrt(squares[d]! + 1e-8);
        }
      }
    for (const [i, pair] of pairs.entries())
      if (fold[i] === held) out[i] = 1 / (1 + Math.exp(-marginOf(weights, pair)));
  }
  return out;
}

function marginOf(weights: Float64Array, { better, worse }: PairFeatures): number {
  const size = Math.sqrt(better.length + worse.length);
  if (size === 0) return 0;
  let sum = 0;
  for (const d of better) sum += weights[d]!;
  for (const d of worse) sum -= weights[d]!;
  return sum / size;
}
