import { UsageError } from "../core/errors.ts";
import { type RunMatrix, taskScores } from "./run-matrix.ts";
import { meanOf } from "./sample.ts";
import { averageRanks } from "./wilcoxon.ts";

/**
 * The probability, task by task, that a run of x scores above a run of y; ties count a half.
 *
 * P_m = (1 / N_x N_y) Σ_{i,j} (1[x_i > y_j] + ½ 1[x_i = y_j]), by Mann and Whitney's rank sum
 *
 * @param x runs of the first method
 * @param y runs of the second on the same tasks; numbers of runs may differ
 * @returns one probability a task
 * @throws UsageError for unequal numbers of tasks
 * Source: Agarwal et al. (2021), section 4.3; Mann and Whitney (1947).
 */
export function taskImprovement(x: RunMatrix, y: RunMatrix): Float64Array {
  checkTasks(x, y);
  return Float64Array.from({ length: x.tasks }, (_, m) => exceedance(taskScores(x, m), taskScores(y, m)));
}

/**
 * The average probability of improvement: the mean of `taskImprovement` over tasks.
 *
 * probabilityOfImprovement(x, y) + probabilityOfImprovement(y, x) = 1
 *
 * Source: rliable 1.2 `probability_of_improvement`.
 */
export function probabilityOfImprovement(x: RunMatrix, y: RunMatrix): number {
  return meanOf(taskImprovement(x, y));
}

/** Throws unless both have the same tasks. */
export function checkTasks(x: RunMatrix, y: RunMatrix): void {
  if (x.tasks !== y.tasks) throw new UsageError(`${x.tasks} tasks against ${y.tasks}; both must have the same`);
}

function exceedance(x: Float64Array, y: Float64Array): number {
  const pooled = new Float64Array(x.length + y.length);
  pooled.set(x);
  pooled.set(y, x.length);
  const { ranks } = averageRanks(pooled);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += ranks[i]!;
  return (sum - (x.length * (x.length + 1)) / 2) / (x.length * y.length);
}
