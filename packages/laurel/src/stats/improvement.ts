import { UsageError } from "../core/errors.ts";
import { random, split } from "../core/seed.ts";
import type { Estimate } from "../core/types.ts";
import type { BootstrapMethod } from "./bootstrap.ts";
import { drawBelow } from "./resample.ts";
import { type RunMatrix, taskScores } from "./run-matrix.ts";
import { meanOf } from "./sample.ts";
import { checkRuns, repsOf, type StratifiedOptions, stratifiedEstimate } from "./stratified.ts";
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

/**
 * The probability of improvement of x over y with its interval; x and y are resampled apart.
 *
 * @param options `method` "bca" is not offered for two samples; `tasks` is not used
 * @returns n is the number of scores of both
 * Source: rliable 1.2, which resamples the two methods independently.
 */
export function improvementBootstrap(
  x: RunMatrix,
  y: RunMatrix,
  options: Omit<StratifiedOptions, "tasks" | "method"> & { method?: Exclude<BootstrapMethod, "bca"> | undefined },
): Estimate {
  checkTasks(x, y);
  checkRuns(x);
  checkRuns(y);
  const reps = repsOf(options);
  const [ofX, ofY] = [random(split(options.seed, "x")), random(split(options.seed, "y"))];
  const wins = Array.from({ length: x.tasks }, (_, m) => winTable(taskScores(x, m), taskScores(y, m)));
  const replicates = new Float64Array(reps);
  for (let r = 0; r < reps; r++) {
    let sum = 0;
    for (const { nx, ny, table, ix, iy } of wins) {
      drawBelow(ofX, nx, ix);
      drawBelow(ofY, ny, iy);
      let points = 0;
      for (let i = 0; i < nx; i++) {
        const row = ix[i]! * ny;
        for (let j = 0; j < ny; j++) points += table[row + iy[j]!]!;
      }
      sum += points / (2 * nx * ny);
    }
    replicates[r] = sum / x.tasks;
  }
  return stratifiedEstimate(
    replicates,
    probabilityOfImprovement(x, y),
    x.data.length + y.data.length,
    options,
    undefined,
  );
}

/** Throws unless both have the same tasks. */
function checkTasks(x: RunMatrix, y: RunMatrix): void {
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

/** Twice the points of each pair of runs: 2 for a win of x, 1 for a tie. */
function winTable(x: Float64Array, y: Float64Array) {
  const table = new Uint8Array(x.length * y.length);
  for (let i = 0; i < x.length; i++)
    for (let j = 0; j < y.length; j++) table[i * y.length + j] = x[i]! > y[j]! ? 2 : x[i]! === y[j]! ? 1 : 0;
  return { nx: x.length, ny: y.length, table, ix: new Int32Array(x.length), iy: new Int32Array(y.length) };
}
