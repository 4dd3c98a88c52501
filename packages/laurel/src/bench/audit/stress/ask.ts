import type { Reward, Score, Task } from "../../../core/index.ts";
import type { ScoreTable } from "../../../io/index.ts";
import { scoresFor } from "../../../rewards/precomputed.ts";
import { type ScoreAllOptions, type ScoreSource, scoreAll } from "../../../run/index.ts";

/** Scores of tasks in their order; undefined for a task that a score file does not have. */
export type Ask = (tasks: readonly Task[]) => Promise<(readonly Score[] | undefined)[]>;

/** Asks a reward. */
export function askReward(reward: Reward, options: ScoreAllOptions): Ask {
  return async (tasks) => {
    const scores: (readonly Score[])[] = [];
    for await (const row of scoreAll(reward, tasks, { ...options, repeats: 1 })) scores.push(row.scores);
    return scores;
  };
}

function askTable(table: ScoreTable): Ask {
  return async (tasks) =>
    tasks.map((task) => (table.group(task.id) === undefined ? undefined : scoresFor(table, task)));
}

/** Asks a reward, or looks its scores up. */
export function askOf(source: ScoreSource, options: ScoreAllOptions): Ask {
  return source.table === undefined ? askReward(source.reward, options) : askTable(source.table);
}
