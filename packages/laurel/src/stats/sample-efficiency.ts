import { NotEnoughDataError, UsageError } from "../core/errors.ts";
import { split } from "../core/seed.ts";
import type { Estimate } from "../core/types.ts";
import type { Aggregate } from "./aggregate.ts";
import type { RunMatrix } from "./run-matrix.ts";
import { type StratifiedOptions, stratifiedBootstrap } from "./stratified.ts";

/**
 * A sample-efficiency curve: an aggregate with its interval at each checkpoint.
 *
 * @param checkpoints one run matrix a checkpoint, all of the same shape, run n of task m at the same place in each
 * @param options as the bootstrap's; `keepRunsTogether` (default true) resamples whole runs, so that the intervals of different
 * checkpoints go together; false draws anew for each checkpoint, as rliable does
 * @returns one estimate a checkpoint
 * Source: Agarwal et al. (2021), Figure 6; rliable 1.2 draws indices of the full shape runs × tasks × checkpoints.
 */
export function sampleEfficiency(
  checkpoints: readonly RunMatrix[],
  statistic: Aggregate,
  options: StratifiedOptions & { keepRunsTogether?: boolean | undefined },
): Estimate[] {
  const first = checkpoints[0];
  if (first === undefined) throw new NotEnoughDataError("a curve needs at least 1 checkpoint", 1);
  for (const [k, one] of checkpoints.entries())
    if (one.tasks !== first.tasks || one.starts.some((start, m) => start !== first.starts[m]))
      throw new UsageError(`checkpoint ${k} has other runs than checkpoint 0`);
  return checkpoints.map((one, k) =>
    // the same seed draws the same runs at every checkpoint
    stratifiedBootstrap(
      one,
      statistic,
      options.keepRunsTogether === false ? { ...options, seed: split(options.seed, k) } : options,
    ),
  );
}
