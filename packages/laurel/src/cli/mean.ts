import { type Estimate, NotEnoughDataError } from "../core/index.ts";
import { clusteredMean } from "../stats/index.ts";

/** The mean of values with its interval by task, or undefined where there are too few tasks for one. */
export function meanByTask(values: readonly number[], tasks: readonly number[], unscored = 0): Estimate | undefined {
  try {
    const { mean, low, high, clusters } = clusteredMean(values, tasks);
    return { value: mean, low, high, level: 0.95, n: values.length, clusters, unscored, method: "clustered t" };
  } catch (thrown) {
    if (thrown instanceof NotEnoughDataError) return undefined;
    throw thrown;
  }
}
