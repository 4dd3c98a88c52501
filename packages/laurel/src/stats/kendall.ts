import type { Numbers } from "./sample.ts";

/** What Kendall's tau and its variance are made of: numbers of pairs, and sums over groups of t equal values. */
export interface KendallCounts {
  discordant: number;
  tiedX: number;
  tiedY: number;
  tiedBoth: number;
  /** Σ t (t - 1)(t - 2) and Σ t (t - 1)(2t + 5) over the groups of equal x, and of equal y. */
  x0: number;
  x1: number;
  y0: number;
  y1: number;
}

/**
 * Counts discordant and tied pairs by sorting on x and counting the exchanges of a merge sort on y: O(n log n).
 *
 * Source: Knight, JASA 61 (1966).
 */
export function kendallCounts(x: Numbers, y: Numbers): KendallCounts {
  const n = x.length;
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => x[a]! - x[b]! || y[a]! - y[b]!);
  let tiedBoth = 0;
  for (let from = 0; from < n; ) {
    let to = from + 1;
    while (to < n && x[order[to]!] === x[order[from]!] && y[order[to]!] === y[order[from]!]) to++;
    tiedBoth += ((to - from) * (to - from - 1)) / 2;
    from = to;
  }
  const inOrder = Float64Array.from(order, (i) => y[i]!);
  const discordant = exchanges(inOrder);
  const tx = groups(Float64Array.from(order, (i) => x[i]!));
  const ty = groups(inOrder);
  return { discordant, tiedX: tx.pairs, tiedY: ty.pairs, tiedBoth, x0: tx.t0, x1: tx.t1, y0: ty.t0, y1: ty.t1 };
}

function groups(sorted: Float64Array): { pairs: number; t0: number; t1: number } {
  let pairs = 0;
  let t0 = 0;
  let t1 = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from + 1;
    while (to < sorted.length && sorted[to] === sorted[from]) to++;
    const t = to - from;
    pairs += (t * (t - 1)) / 2;
    t0 += t * (t - 1) * (t - 2);
    t1 += t * (t - 1) * (2 * t + 5);
    from = to;
  }
  return { pairs, t0, t1 };
}

/** Sorts in place by merging and returns the number of pairs that stood in strictly descending order. */
function exchanges(values: Float64Array): number {
  const n = values.length;
  let from: Float64Array = values;
  let to: Float64Array = new Float64Array(n);
  let count = 0;
  for (let width = 1; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) {
      const middle = Math.min(start + width, n);
      const end = Math.min(start + 2 * width, n);
      let i = start;
      let j = middle;
      for (let k = start; k < end; k++) {
        if (i < middle && (j >= end || from[i]! <= from[j]!)) to[k] = from[i++]!;
        else {
          to[k] = from[j++]!;
          count += middle - i;
        }
      }
    }
    [from, to] = [to, from];
  }
  if (from !== values) values.set(from);
  return count;
}

/**
 * Exact two-sided p value of Kendall's tau without ties.
 *
 * 2 P(D <= c) for the number D of discordant pairs of a random order, at most 1.
 *
 * @param n pairs of values.
 * @param c the smaller of the numbers of discordant and concordant pairs, small where n is above 33.
 *
 * Source: Kendall, Rank Correlation Methods (4th ed.), chapter 5; the recurrence of the Mahonian numbers.
 */
export function kendallExact(n: number, c: number): number {
  if (4 * c >= n * (n - 1)) return 1;
  let share = new Float64Array(c + 1);
  share[0] = 1;
  // share[d] = P(D = d) for orders of `items`: the new item adds 0 to items - 1 discordant pairs, each as likely.
  for (let items = 2; items <= n; items++) {
    const next = new Float64Array(c + 1);
    let window = 0;
    for (let d = 0; d <= c; d++) {
      window += share[d]!;
      if (d >= items) window -= share[d - items]!;
      next[d] = window / items;
    }
    share = next;
  }
  return Math.min(1, 2 * share.reduce((a, b) => a + b, 0));
}
