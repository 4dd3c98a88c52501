import { type Estimate, NotEnoughDataError } from "../core/index.ts";
import { RunningMean } from "../stats/index.ts";

/**
 * Mean gold value of the best of n by a proxy, for n = 1 to N, from N candidates a task without bias:
 * the average over all subsets of size n, ties of the proxy averaged. Intervals are by task.
 *
 * With candidates sorted by the proxy, the one of rank k (from the lowest, 1 to N) is the best of C(k−1, n−1) of the
 * C(N, n) subsets; candidates that tie share their ranks' weights.
 */
export function bestOfN(tasks: readonly { proxy: readonly number[]; gold: readonly number[] }[]): Estimate[] {
  const most = Math.min(...tasks.map(({ proxy }) => proxy.length));
  return Array.from({ length: most }, (_, i) => {
    const mean = new RunningMean();
    for (const { proxy, gold } of tasks) mean.add([expectedBest(proxy, gold, i + 1)]);
    const estimate = mean.estimate();
    if (estimate === undefined) throw new NotEnoughDataError("a best-of-n curve needs at least 2 tasks", 2);
    return estimate;
  });
}

function expectedBest(proxy: readonly number[], gold: readonly number[], n: number): number {
  const total = proxy.length;
  const order = proxy.map((_, index) => index).sort((a, b) => proxy[a]! - proxy[b]!);
  // weight of rank k: C(k-1, n-1) / C(N, n), by its recurrence from the top
  const weights = new Float64Array(total);
  let weight = n / total;
  for (let k = total; k >= n; k--) {
    weights[k - 1] = weight;
    if (k > n) weight *= (k - n) / (k - 1);
  }
  let sum = 0;
  for (let from = 0; from < total; ) {
    let to = from;
    while (to < total && proxy[order[to]!] === proxy[order[from]!]) to++;
    let weightOfTie = 0;
    let goldOfTie = 0;
    for (let k = from; k < to; k++) {
      weightOfTie += weights[k]!;
      goldOfTie += gold[order[k]!]!;
    }
    sum += (weightOfTie * goldOfTie) / (to - from);
    from = to;
  }
  return sum;
}
