import { NotEnoughDataError, UsageError } from "../../core/index.ts";
import { type WbGroup, wbMacro } from "./groups.ts";
import { checkOnce } from "./reward.ts";
import { overTasks, type WbRow, type WbTable } from "./table.ts";

/** A judge's grade of one model's answer to a task. */
export interface WbScored {
  id: string;
  model: string;
  /** 1 to 10; null where no grade was read. An empty answer is not judged: give it 1. */
  score: number | null;
  groups?: readonly WbGroup[] | undefined;
  /** Was the answer empty or cut off? The groups then leave it out; the overall mean keeps it. */
  skipped?: boolean | undefined;
}

/**
 * WB-Score: the mean of a judge's grades, from −8 to 10.
 *
 *     value = mean of (score − 5)·2 over the tasks with a grade;  a group's the same without skipped items;  macro as of WB-Reward
 *
 * @returns published tables show ten times these values
 * @throws UsageError for a grade outside 1 to 10, or a task that stands twice; NotEnoughDataError for a model with fewer than two grades
 * @source WildBench (2024), leaderboard/data_dir/_create_tables.py
 * @example wbScore([{ id: "t1", model: "m", score: 7 }, { id: "t2", model: "m", score: 8 }]).rows[0].value.value // 5
 */
export function wbScore(judgements: readonly WbScored[], options: { level?: number | undefined } = {}): WbTable {
  const { level = 0.95 } = options;
  const tasks = [...new Set(judgements.map(({ id }) => id))];
  const places = new Map(tasks.map((id, i) => [id, i]));
  const rows = [...Map.groupBy(judgements, ({ model }) => model)].map(([model, own]): WbRow => {
    checkOnce(own);
    const perTask = new Float64Array(tasks.length).fill(Number.NaN);
    const groups = new Map<WbGroup, number[]>();
    let [sum, n] = [0, 0];
    for (const { id, score, groups: names = [], skipped } of own) {
      if (score === null) continue;
      if (!(score >= 1 && score <= 10)) throw new UsageError(`the grade of '${id}' is ${score}, not from 1 to 10`);
      perTask[places.get(id)!] = (score - 5) * 2;
      sum += score;
      n++;
      if (skipped !== true) for (const name of names) groups.set(name, [...(groups.get(name) ?? []), score]);
    }
    if (n < 2) throw new NotEnoughDataError(`${model} has ${n} grades`, 2);
    const means = Object.fromEntries(
      [...groups].map(([name, scores]) => [name, (scores.reduce((a, b) => a + b, 0) / scores.length - 5) * 2]),
    ) as Partial<Record<WbGroup, number>>;
    return {
      model,
      value: overTasks((sum / n - 5) * 2, perTask, { method: "WB-Score", unscored: own.length - n, level }),
      macro: wbMacro(means),
      groups: means,
      perTask,
    };
  });
  return { figure: "WB-Score", rows: rows.sort((a, b) => b.value.value - a.value.value), tasks };
}
