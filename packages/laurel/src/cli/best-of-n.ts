import { type Estimate, NotEnoughDataError } from "../core/index.ts";
import { bestOfN, RunningMean } from "../stats/index.ts";

/** Mean gold value of the best of n by a proxy, for n = 1 to the least number of candidates, with intervals by task. */
export function bestOfNCurve(tasks: readonly { proxy: readonly number[]; gold: readonly number[] }[]): Estimate[] {
  const most = Math.min(...tasks.map(({ proxy }) => proxy.length));
  return Array.from({ length: most }, (_, i) => {
    const mean = new RunningMean();
    for (const { proxy, gold } of tasks) mean.add([bestOfN(proxy, i + 1, gold)]);
    const estimate = mean.estimate();
    if (estimate === undefined) throw new NotEnoughDataError("a best-of-n curve needs at least 2 tasks", 2);
    return estimate;
  });
}
