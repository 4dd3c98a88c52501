import { UsageError } from "laurel";

/**
 * Plackett and Luce's loss of ranked lists: each place is a choice of its item among those not yet placed.
 *
 *     L = mean over lists of Σ_{i < places} −log( e^(r_i) / Σ_{j ≥ i} e^(r_j) ), items of a list in the order of preference
 *
 * A list of two is Bradley-Terry's pair.
 *
 * @param scores the lists one after the other, the most preferred item first
 * @param sizes items of each list, at least 2
 * @param options `places`: only the first so many choices count (a ranking of the best few, or 1: the best of a set), default all;
 *   `weights`, one a list, default 1
 * @returns the loss and its derivative by each score
 * @throws UsageError where the sizes do not sum to the scores, or one is below 2
 * Source: Plackett (1975); Xia et al. (2008), ListMLE.
 * @example plackettLuceLoss(Float64Array.of(2, 1, 0), [3]).loss // 0.4076 + 0.3133
 */
export function plackettLuceLoss(
  scores: Float64Array,
  sizes: ArrayLike<number>,
  options: { places?: number | undefined; weights?: Float64Array | undefined } = {},
): { loss: number; gradient: Float64Array } {
  const { places = Number.POSITIVE_INFINITY, weights } = options;
  if (!(places >= 1)) throw new UsageError(`places must be at least 1, not ${places}`);
  const gradient = new Float64Array(scores.length);
  let loss = 0;
  let from = 0;
  for (let list = 0; list < sizes.length; list++) {
    const size = sizes[list]!;
    if (!(Number.isInteger(size) && size >= 2)) throw new UsageError(`list ${list} has ${size} items: it needs two`);
    const to = from + size;
    if (to > scores.length) break;
    const weight = (weights?.[list] ?? 1) / sizes.length;
    const choices = Math.min(size - 1, places);
    const after = tails(scores, from, to);
    // item j was on offer in choices 0 … min(j, choices − 1), each with probability e^(r_j) / tail
    let logOffers = Number.NEGATIVE_INFINITY;
    for (let j = 0; j < size; j++) {
      if (j < choices) {
        loss += weight * (after[j]! - scores[from + j]!);
        gradient[from + j]! -= weight;
        logOffers = logAdd(logOffers, -after[j]!);
      }
      gradient[from + j]! += weight * Math.exp(scores[from + j]! + logOffers);
    }
    from = to;
  }
  const total = Array.from(sizes).reduce((sum, size) => sum + size, 0);
  if (total !== scores.length) throw new UsageError(`lists of ${total} items for ${scores.length} scores`);
  return { loss, gradient };
}

/** log Σ_{j ≥ i} e^(r_j) for each i of a list. */
function tails(scores: Float64Array, from: number, to: number): Float64Array {
  const out = new Float64Array(to - from);
  let log = Number.NEGATIVE_INFINITY;
  for (let i = to - 1; i >= from; i--) {
    log = logAdd(log, scores[i]!);
    out[i - from] = log;
  }
  return out;
}

function logAdd(a: number, b: number): number {
  const [high, low] = a > b ? [a, b] : [b, a];
  return low === Number.NEGATIVE_INFINITY ? high : high + Math.log1p(Math.exp(low - high));
}
