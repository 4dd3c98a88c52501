import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import type { Numbers } from "./sample.ts";

/**
 * Scores of runs on tasks, task by task: the scores of task m are data[starts[m] .. starts[m + 1]).
 * Tasks may have unequal numbers of runs.
 */
export interface RunMatrix {
  readonly tasks: number;
  /** tasks + 1 offsets into `data`. */
  readonly starts: Int32Array;
  readonly data: Float64Array;
}

/**
 * A run matrix from one list of run scores a task; lists may differ in length.
 *
 * @param byTask tasks × runs of the task, finite, at least 1 run each
 * @throws NotEnoughDataError for no tasks or a task without runs, UsageError for a score that is not finite
 * @example runsByTask([[0.3, 0.4, 0.2], [0.9, 0.8]])
 */
export function runsByTask(byTask: readonly Numbers[]): RunMatrix {
  if (byTask.length === 0) throw new NotEnoughDataError("a run matrix needs at least 1 task", 1);
  const starts = new Int32Array(byTask.length + 1);
  for (const [m, scores] of byTask.entries()) {
    if (scores.length === 0) throw new NotEnoughDataError(`task ${m} has no runs`, 1);
    starts[m + 1] = starts[m]! + scores.length;
  }
  const data = new Float64Array(starts[byTask.length]!);
  for (const [m, scores] of byTask.entries()) {
    for (let n = 0; n < scores.length; n++) {
      if (!Number.isFinite(scores[n])) throw new UsageError(`task ${m}, run ${n}: score ${scores[n]} is not finite`);
      data[starts[m]! + n] = scores[n]!;
    }
  }
  return { tasks: byTask.length, starts, data };
}

/**
 * A run matrix from rows of runs and columns of tasks, as rliable has them.
 *
 * @param rows runs × tasks, all rows of equal length
 */
export function runMatrix(rows: readonly Numbers[]): RunMatrix {
  const tasks = rows[0]?.length ?? 0;
  for (const [n, row] of rows.entries())
    if (row.length !== tasks) throw new UsageError(`run ${n} has ${row.length} tasks, run 0 has ${tasks}`);
  return runsByTask(Array.from({ length: tasks }, (_, m) => rows.map((row) => row[m]!)));
}

/** The scores of one task. */
export function taskScores(matrix: RunMatrix, task: number): Float64Array {
  return matrix.data.subarray(matrix.starts[task]!, matrix.starts[task + 1]!);
}
