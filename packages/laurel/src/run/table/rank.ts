import { type Estimate, UsageError } from "../../core/index.ts";
import { kemeny, kendallDistance, type RankIntervals, rankIntervals, rankRules, taskTable } from "../../stats/index.ts";
import type { Columns } from "./columns.ts";
import type { Line, Method, Settings } from "./method.ts";

/** Scores of systems by task, then by item: one systems x items table a task. */
function tablesOf(columns: Columns, settings: Settings): { names: string[]; tables: Float64Array[] } {
  const task = settings.text("task", "task");
  const hasTask = settings.has("task") || columns.has(task);
  const own = new Set([task, settings.text("item", "item"), "id"]);
  const names = settings.list("systems") ?? columns.names.filter((name) => !own.has(name));
  if (names.length < 2) throw new UsageError("a ranking needs the columns of at least 2 systems", "systems=A+B+C");
  const better = settings.choice("better", ["higher", "lower"], "higher");
  const scores = names.map((name) => columns.numbers(name, "error").map((x) => (better === "lower" ? -x : x)));
  const labels = hasTask ? columns.texts(task) : Array.from({ length: columns.size }, (_, row) => String(row));
  const rows = Map.groupBy(labels.keys(), (row) => labels[row]!);
  const tables = Array.from(rows.values(), (own) =>
    Float64Array.from(scores.flatMap((score) => own.map((row) => score[row]!))),
  );
  return { names, tables };
}

/** `laurel stats rank`: an order of systems with the interval of each rank. */
export const rank: Method = {
  about: "an order of systems over tasks with the interval of each rank: Borda, Kemeny or the mean",
  group: "ranking",
  settings: {
    systems: "columns of the systems, joined by + (default: all but task, item and id)",
    task: "column of the task; several rows of one task are its items (default: task, if there is one; else a row is a task)",
    item: "column of the item, which is no system (default: item)",
    rule: "borda (default), borda-items (in two levels: items rank within tasks), kemeny or mean",
    resample: "what another benchmark would draw anew: tasks (default), items or both",
    better: "higher (default) or lower",
    reps: "resamples (default: 1000)",
  },
  run(columns, settings) {
    const { names, tables } = tablesOf(columns, settings);
    const rule = settings.choice("rule", ["borda", "borda-items", "kemeny", "mean"], "borda");
    const resample = settings.choice("resample", ["tasks", "items", "both"], "tasks");
    const { seed, level } = settings;
    const n = names.length;
    const options = { resample, seed, level, reps: settings.number("reps", 1000) };
    const found = rankIntervals(tables, n, rankRules[rule], options);
    const lines = found.order.map(
      (i): Line => ({
        name: names[i]!,
        estimate: rankEstimate(found, i, tables.length, `rank by ${rule}, ${resample} resampled`),
      }),
    );
    for (const i of found.order)
      if (found.topProbability[i]! >= 0.005)
        lines.push({ name: `chance that ${names[i]} is first`, value: found.topProbability[i]! });
    return { lines, notes: notesOf(found, names, tables, rule) };
  },
};

function rankEstimate(found: RankIntervals, i: number, n: number, method: string): Estimate {
  return {
    value: found.rank[i]!,
    low: Math.min(found.low[i]!, found.rank[i]!),
    high: Math.max(found.high[i]!, found.rank[i]!),
    level: found.level,
    n,
    unscored: 0,
    method,
  };
}

function notesOf(
  found: RankIntervals,
  names: readonly string[],
  tables: readonly Float64Array[],
  rule: string,
): string[] {
  const n = names.length;
  const certain = found.order
    .slice(1)
    .filter((i, at) => found.pairWin[found.order[at]! * n + i]! >= found.level).length;
  const notes = [
    `${certain} of ${n - 1} neighbours in the order keep it in at least ${Math.round(100 * found.level)} % of the resamples`,
  ];
  if (rule !== "mean") {
    const mean = rankRules.mean(tables, n);
    const turned = kendallDistance(found, mean);
    const first = mean.order[0]!;
    notes.push(
      turned === 0
        ? "the mean gives the same order"
        : `the mean orders ${turned} of ${(n * (n - 1)) / 2} pairs otherwise${first === found.order[0] ? "" : `, and puts ${names[first]} first`}`,
    );
  }
  if (rule === "kemeny") {
    const { cost, optimal, unique } = kemeny(taskTable(tables, n), n);
    notes.push(
      optimal
        ? `this order disagrees least with the tasks (cost ${cost})${unique === false ? "; others cost as little" : ""}`
        : `the order was found by local search (cost ${cost}): no proof that none disagrees less`,
    );
  }
  return notes;
}
