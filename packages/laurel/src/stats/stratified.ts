import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { type Random, random } from "../core/seed.ts";
import type { Estimate, Seed } from "../core/types.ts";
import { type Aggregate, iqm, meanOfTasks, median, medianOfTasks } from "./aggregate.ts";
import { type BootstrapMethod, bootstrapInterval } from "./bootstrap.ts";
import { drawBelow } from "./resample.ts";
import type { RunMatrix } from "./run-matrix.ts";
import { meanOf } from "./sample.ts";
import { TaskDraws } from "./task-draws.ts";

export interface StratifiedOptions {
  seed: Seed;
  /** Resamples, default 10,000; the paper uses 50,000 for aggregates and 2,000 for profiles. */
  reps?: number | undefined;
  /** Confidence, default 0.95. */
  level?: number | undefined;
  /** Default "percentile". */
  method?: BootstrapMethod | undefined;
  /** Also resample tasks, default false: the interval then speaks of other tasks of the same kind, too. */
  tasks?: boolean | undefined;
}

/**
 * The stratified bootstrap of an aggregate: within each task its runs are resampled with replacement, tasks apart.
 *
 * @param matrix at least 2 runs a task
 * @param statistic `iqm`, `meanOfTasks`, `medianOfTasks`, `optimalityGap` or any function of a run matrix (its arrays are reused)
 * @returns the statistic with its interval; n is the number of scores
 * @throws NotEnoughDataError where a task has a single run
 * Source: Agarwal et al. (2021), section 4.1; rliable 1.2 `get_interval_estimates` and `StratifiedBootstrap`.
 * @example stratifiedBootstrap(runMatrix(scores), iqm, { seed: seedFrom(1), reps: 50_000 })
 */
export function stratifiedBootstrap(matrix: RunMatrix, statistic: Aggregate, options: StratifiedOptions): Estimate {
  const replicates = stratifiedReplicates(matrix, statistic, options);
  return stratifiedEstimate(replicates, statistic(matrix), matrix.data.length, options, () =>
    withoutEachRun(matrix).map((values) => Float64Array.from(values, statistic)),
  );
}

/**
 * The replicates of the stratified bootstrap, in the order in which they were drawn.
 *
 * For `iqm` the cells' ranks are computed once and each resample is a count by rank, which needs no sorting; `meanOfTasks` and
 * `medianOfTasks` are computed without copying the resample. A wrapped function takes the general path, with equal results.
 */
export function stratifiedReplicates(
  matrix: RunMatrix,
  statistic: Aggregate,
  options: StratifiedOptions,
): Float64Array {
  checkRuns(matrix);
  const reps = repsOf(options);
  if (options.tasks !== true) {
    if (statistic === iqm) return iqmReplicates(matrix, reps, options.seed);
    if (statistic === meanOfTasks) return taskMeanReplicates(matrix, meanOf, reps, options.seed);
    if (statistic === medianOfTasks) return taskMeanReplicates(matrix, (means) => median(means), reps, options.seed);
  }
  return aggregateReplicates(matrix, statistic, reps, options);
}

/** An estimate from replicates, which are sorted in place. */
export function stratifiedEstimate(
  replicates: Float64Array,
  value: number,
  n: number,
  options: { level?: number | undefined; method?: BootstrapMethod | undefined },
  jackknife: (() => Float64Array[]) | undefined,
): Estimate {
  const level = options.level ?? 0.95;
  const method = options.method ?? "percentile";
  const interval = bootstrapInterval(replicates.sort(), value, {
    level,
    method,
    jackknife: method === "bca" ? jackknife?.() : undefined,
  });
  return {
    value,
    ...interval,
    level,
    n,
    unscored: 0,
    method: `stratified bootstrap, ${method}, ${replicates.length} resamples`,
  };
}

/** The statistic of each resample by the general path; all resamples share one matrix. */
export function aggregateReplicates(
  matrix: RunMatrix,
  statistic: Aggregate,
  reps: number,
  options: { seed: Seed; tasks?: boolean | undefined },
): Float64Array {
  const rng = random(options.seed);
  const replicates = new Float64Array(reps);
  const identity = Int32Array.from({ length: matrix.tasks }, (_, m) => m);
  const chosen = options.tasks === true ? new Int32Array(matrix.tasks) : identity;
  const even = matrix.starts.every((start, m) => start * matrix.tasks === m * matrix.data.length);
  let resample = { tasks: matrix.tasks, starts: matrix.starts, data: new Float64Array(matrix.data.length) };
  const indices = new Int32Array(matrix.data.length);
  for (let r = 0; r < reps; r++) {
    if (options.tasks === true) {
      drawBelow(rng, matrix.tasks, chosen);
      if (!even) resample = room(matrix, chosen);
    }
    for (let m = 0; m < matrix.tasks; m++) drawTask(matrix, chosen[m]!, rng, indices, resample, m);
    const replicate = statistic(resample);
    if (!Number.isFinite(replicate))
      throw new UsageError(`the statistic gave ${replicate} on a resample; it must be finite`);
    replicates[r] = replicate;
  }
  return replicates;
}

/** An empty matrix for the chosen tasks' numbers of runs. */
function room(
  matrix: RunMatrix,
  chosen: Int32Array,
): { tasks: number; starts: Int32Array; data: Float64Array<ArrayBuffer> } {
  const starts = new Int32Array(matrix.tasks + 1);
  for (let m = 0; m < matrix.tasks; m++)
    starts[m + 1] = starts[m]! + matrix.starts[chosen[m]! + 1]! - matrix.starts[chosen[m]!]!;
  return { tasks: matrix.tasks, starts, data: new Float64Array(starts[matrix.tasks]!) };
}

function drawTask(matrix: RunMatrix, task: number, rng: Random, indices: Int32Array, out: RunMatrix, at: number): void {
  const start = matrix.starts[task]!;
  const size = matrix.starts[task + 1]! - start;
  const to = out.starts[at]!;
  drawBelow(rng, size, indices, 0, size);
  for (let n = 0; n < size; n++) out.data[to + n] = matrix.data[start + indices[n]!]!;
}

/** IQM's replicates by counting the drawn cells by rank; draws as `aggregateReplicates` does. */
function iqmReplicates(matrix: RunMatrix, reps: number, seed: Seed): Float64Array {
  const size = matrix.data.length;
  const order = Int32Array.from({ length: size }, (_, i) => i).sort((i, j) => matrix.data[i]! - matrix.data[j]!);
  const rank = new Int32Array(size);
  const sorted = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    rank[order[k]!] = k;
    sorted[k] = matrix.data[order[k]!]!;
  }
  const cut = Math.floor(0.25 * size);
  const kept = size - 2 * cut;
  const origin = sorted[size >> 1]!;
  for (let k = 0; k < size; k++) sorted[k]! -= origin;
  const counts = new Int32Array(size);
  const replicates = new Float64Array(reps);
  const draws = new TaskDraws(matrix, seed);
  for (let r = 0; r < reps; r++) {
    draws.countByRank(rank, counts);
    replicates[r] = origin + middleSum(counts, sorted, cut, size - cut) / kept;
    counts.fill(0);
  }
  return replicates;
}

/** Replicates of a summary of the tasks' means, without copying the resample; draws and rounds as `aggregateReplicates` does. */
function taskMeanReplicates(
  matrix: RunMatrix,
  summary: (means: Float64Array) => number,
  reps: number,
  seed: Seed,
): Float64Array {
  const means = new Float64Array(matrix.tasks);
  const replicates = new Float64Array(reps);
  const draws = new TaskDraws(matrix, seed);
  for (let r = 0; r < reps; r++) {
    draws.means(means);
    replicates[r] = summary(means);
  }
  return replicates;
}

/** The sum of the drawn values whose place in sorted order lies in [from, to). */
function middleSum(counts: Int32Array, sorted: Float64Array, from: number, to: number): number {
  let k = 0;
  let seen = 0;
  while (seen + counts[k]! <= from) seen += counts[k++]!;
  let sum = (Math.min(to, seen + counts[k]!) - from) * sorted[k]!;
  seen += counts[k++]!;
  while (seen < to) {
    const count = counts[k]!;
    if (seen + count > to) return sum + (to - seen) * sorted[k]!;
    sum += count * sorted[k]!;
    seen += count;
    k++;
  }
  return sum;
}

/** By task, the matrices without one run each: the jackknife of a stratified sample. */
function withoutEachRun(matrix: RunMatrix): RunMatrix[][] {
  return Array.from({ length: matrix.tasks }, (_, task) =>
    Array.from({ length: matrix.starts[task + 1]! - matrix.starts[task]! }, (_, run) => {
      const gone = matrix.starts[task]! + run;
      return {
        tasks: matrix.tasks,
        starts: matrix.starts.map((start, m) => (m > task ? start - 1 : start)),
        data: matrix.data.filter((_, i) => i !== gone),
      };
    }),
  );
}

/** Throws where a task has a single run. */
export function checkRuns(matrix: RunMatrix): void {
  for (let m = 0; m < matrix.tasks; m++)
    if (matrix.starts[m + 1]! - matrix.starts[m]! < 2)
      throw new NotEnoughDataError(`task ${m} has a single run; an interval over runs needs at least 2`, 2);
}

/** The number of resamples, default 10,000. */
export function repsOf(options: { reps?: number | undefined }): number {
  const reps = options.reps ?? 10_000;
  if (!(Number.isInteger(reps) && reps >= 1)) throw new UsageError(`reps must be a whole number above 0, got ${reps}`);
  return reps;
}
