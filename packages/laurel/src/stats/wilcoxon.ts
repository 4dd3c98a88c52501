import { UsageError } from "../core/errors.ts";
import { normalCdf } from "./distributions.ts";
import { type Alternative, checkSample, type Numbers } from "./sample.ts";

/** Ranks from 1 of ascending values, equal ones sharing their mean rank, and the sizes of the groups of equals. */
export function averageRanks(values: Numbers): { ranks: Float64Array; ties: number[] } {
  const order = Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const ranks = new Float64Array(values.length);
  const ties: number[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) ranks[order[k]!] = (from + to + 1) / 2;
    ties.push(to - from);
    from = to;
  }
  return { ranks, ties };
}

export interface WilcoxonOptions {
  /** Default "two-sided"; "greater": the differences tend to be above 0. */
  alternative?: Alternative | undefined;
  /** What becomes of zeros: dropped ("wilcox", default), ranked but not counted ("pratt"), ranked and halved ("zsplit"). */
  zeros?: "wilcox" | "pratt" | "zsplit" | undefined;
  /** "auto" (default): exact up to 50 differences, else normal. */
  method?: "auto" | "exact" | "normal" | undefined;
  /** Continuity correction of the normal approximation, default false. */
  correction?: boolean | undefined;
}

/** p is 1 where all differences are 0. */
export interface Wilcoxon {
  p: number;
  /** The sum of ranks of the positive differences. */
  positive: number;
  /** The sum of ranks of the negative differences. */
  negative: number;
  /** The share of rank sum that is positive less the share that is negative, in [-1, 1]: the rank-biserial correlation. */
  effect: number;
  method: "exact" | "normal";
}

/**
 * Wilcoxon's signed-rank test of paired differences.
 *
 * W⁺ = Σ_{d>0} rank|d|; exact: its distribution over all sign assignments (also with ties, by counting on doubled ranks);
 * normal: (W⁺ - n(n+1)/4) / √(n(n+1)(2n+1)/24 - Σ(t³-t)/48), with Cureton's change for "pratt"
 *
 * @param differences n finite numbers, n >= 1
 * @throws NotEnoughDataError for no differences
 * Source: Wilcoxon (1945), Pratt (1959), Cureton (1967); agrees with SciPy 1.17 `wilcoxon`, except that SciPy turns to the normal
 * approximation for 14 to 50 differences with ties or zeros where this stays exact.
 */
export function wilcoxon(differences: Numbers, options: WilcoxonOptions = {}): Wilcoxon {
  checkSample(differences, 1, "differences");
  const zeros = options.zeros ?? "wilcox";
  const alternative = options.alternative ?? "two-sided";
  const kept = zeros === "wilcox" ? Array.from(differences).filter((d) => d !== 0) : Array.from(differences);
  const zeroCount = kept.filter((d) => d === 0).length;
  const n = kept.length;
  const { ranks, ties } = averageRanks(kept.map(Math.abs));
  let positive = 0;
  let negative = 0;
  let halves = 0;
  for (let i = 0; i < n; i++) {
    if (kept[i]! > 0) positive += ranks[i]!;
    else if (kept[i]! < 0) negative += ranks[i]!;
    else if (zeros === "zsplit") halves += ranks[i]! / 2;
  }
  const total = positive + negative;
  const effect = total === 0 ? 0 : (positive - negative) / total;
  const exact = options.method === "exact" || (options.method !== "normal" && n <= 50);
  const base = { positive: positive + halves, negative: negative + halves, effect };
  if (total === 0) return { p: 1, ...base, method: exact ? "exact" : "normal" };
  if (exact) {
    if (n > 500)
      throw new UsageError(`an exact signed-rank test of ${n} differences is too large; use the normal method`);
    return {
      p: exactP(
        ranks.filter((_, i) => kept[i] !== 0),
        positive,
        alternative,
      ),
      ...base,
      method: "exact",
    };
  }
  let mean = (n * (n + 1)) / 4;
  let variance = n * (n + 1) * (2 * n + 1);
  if (zeros === "pratt") {
    mean -= (zeroCount * (zeroCount + 1)) / 4;
    variance -= zeroCount * (zeroCount + 1) * (2 * zeroCount + 1);
  }
  // with "pratt" the zeros, which are the first group, are not a tie to correct for
  for (const [k, t] of ties.entries())
    if (!(k === 0 && zeros === "pratt" && zeroCount > 0)) variance -= (t ** 3 - t) / 2;
  const deviation = Math.sqrt(variance / 24);
  let z = (base.positive - mean) / deviation;
  const direction = alternative === "two-sided" ? Math.sign(z) : alternative === "greater" ? 1 : -1;
  if (options.correction === true) z -= (direction * 0.5) / deviation;
  const p = alternative === "two-sided" ? 2 * normalCdf(-Math.abs(z)) : normalCdf(alternative === "greater" ? -z : z);
  return { p: Math.min(1, p), ...base, method: "normal" };
}

/** The exact p of a positive rank sum under random signs: the distribution of the sum by dynamic programming on doubled ranks. */
function exactP(ranks: Float64Array, positive: number, alternative: Alternative): number {
  const doubled = Array.from(ranks, (rank) => Math.round(2 * rank));
  const total = doubled.reduce((sum, one) => sum + one, 0);
  const probability = new Float64Array(total + 1);
  probability[0] = 1;
  let reach = 0;
  for (const step of doubled) {
    reach += step;
    for (let s = reach; s >= 0; s--) probability[s] = (probability[s]! + (s >= step ? probability[s - step]! : 0)) / 2;
  }
  const at = Math.round(2 * positive);
  let atMost = 0;
  let atLeast = 0;
  for (let s = 0; s <= at; s++) atMost += probability[s]!;
  for (let s = total; s >= at; s--) atLeast += probability[s]!;
  const p = alternative === "greater" ? atLeast : alternative === "less" ? atMost : 2 * Math.min(atLeast, atMost);
  return Math.min(1, p);
}
