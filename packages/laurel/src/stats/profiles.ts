import { taskMeans } from "./aggregate.ts";
import { type RunMatrix, taskScores } from "./run-matrix.ts";
import { meanOf, type Numbers } from "./sample.ts";

/**
 * A performance profile: the share of scores strictly above each threshold.
 *
 * runs: F(τ) = (1/M) Σ_m (1/N_m) Σ_n 1[x_mn > τ]; tasks: F(τ) = (1/M) Σ_m 1[x̄_m > τ]
 *
 * Each task weighs the same; with equal numbers of runs that is the share of all scores, as in rliable.
 *
 * @param taus thresholds in any order
 * @param kind "runs" (default) for the distribution of run scores, "tasks" for that of the tasks' average scores
 * @returns one share a threshold
 * Source: Agarwal et al. (2021), section 4.2; rliable 1.2 `run_score_distribution`, `average_score_distribution`.
 */
export function performanceProfile(matrix: RunMatrix, taus: Numbers, kind: "runs" | "tasks" = "runs"): Float64Array {
  const groups =
    kind === "runs" ? Array.from({ length: matrix.tasks }, (_, m) => taskScores(matrix, m)) : [taskMeans(matrix)];
  const sorted = groups.map((scores) => Float64Array.from(scores).sort());
  return Float64Array.from(taus, (tau) =>
    meanOf(sorted.map((scores) => (scores.length - countUpTo(scores, tau)) / scores.length)),
  );
}

/** How many ascending values are at most x. */
function countUpTo(sorted: Float64Array, x: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
}
