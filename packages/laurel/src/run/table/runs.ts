import { UsageError } from "../../core/index.ts";
import {
  type Aggregate,
  improvementBootstrap,
  iqm,
  meanOfTasks,
  medianOfTasks,
  optimalityGap,
  profileBootstrap,
  type RunMatrix,
  runsByTask,
  stratifiedBootstrap,
  varianceComponents,
} from "../../stats/index.ts";
import type { Columns } from "./columns.ts";
import type { Method, Settings } from "./method.ts";
import { hasSeeds, seedVariance } from "./seed-variance.ts";

const settings = {
  task: "column of the task (default: task); a row is a run",
  score: "column of the score (default: score)",
  system: "column of the system, one result each (default: system, if there is one)",
  tasks: "or: columns with a task each, joined by +; a row is a run of all of them",
  reps: "resamples (default: 10000)",
};

/** A run matrix for each system, with the tasks in one order. */
function matrices(columns: Columns, given: Settings): { name: string; tasks: string[]; matrix: RunMatrix }[] {
  const wide = given.list("tasks");
  const named = given.text("system", "system");
  const systems =
    given.has("system") || columns.has(named) ? columns.texts(named) : new Array<string>(columns.size).fill("all");
  const bySystem = new Map<string, Map<string, number[]>>();
  const add = (system: string, task: string, score: number): void => {
    let tasks = bySystem.get(system);
    if (tasks === undefined) bySystem.set(system, (tasks = new Map()));
    const list = tasks.get(task);
    if (list === undefined) tasks.set(task, [score]);
    else list.push(score);
  };
  if (wide === undefined) {
    const task = columns.texts(given.text("task", "task"));
    const score = columns.numbers(given.text("score", "score"), "null");
    for (const [i, one] of score.entries()) if (one !== null) add(systems[i]!, task[i]!, one);
  } else
    for (const task of wide)
      for (const [i, one] of columns.numbers(task, "null").entries()) if (one !== null) add(systems[i]!, task, one);
  return Array.from(bySystem, ([name, tasks]) => {
    const order = [...tasks.keys()].sort();
    return { name, tasks: order, matrix: runsByTask(order.map((task) => tasks.get(task)!)) };
  });
}

function aggregate(about: string, of: Aggregate): Method {
  return {
    about,
    group: "runs",
    settings,
    run: (columns, given) => ({
      lines: matrices(columns, given).map(({ name, matrix }) => ({
        name,
        estimate: stratifiedBootstrap(matrix, of, {
          seed: given.seed,
          level: given.level,
          reps: given.number("reps", 10_000),
        }),
      })),
    }),
  };
}

const improvement: Method = {
  about: "probability that a run of x beats a run of y, mean over tasks",
  group: "runs",
  settings: { ...settings, x: "a system", y: "another system" },
  run(columns, given) {
    const all = matrices(columns, given);
    const [x, y] = ["x", "y"].map((side, i) => {
      const name = given.text(side, all[i]?.name ?? "");
      const found = all.find((one) => one.name === name);
      if (found === undefined)
        throw new UsageError(`there is no system '${name}'`, `there is ${all.map((one) => one.name).join(", ")}`);
      return found;
    }) as [(typeof all)[number], (typeof all)[number]];
    if (x.tasks.join("\n") !== y.tasks.join("\n"))
      throw new UsageError(`${x.name} and ${y.name} were not run on the same tasks`);
    const estimate = improvementBootstrap(x.matrix, y.matrix, {
      seed: given.seed,
      level: given.level,
      reps: given.number("reps", 10_000),
    });
    return { lines: [{ name: `P(${x.name} > ${y.name})`, estimate }] };
  },
};

const profile: Method = {
  about: "performance profile: share of runs above each threshold, stratified bootstrap (rliable)",
  group: "runs",
  settings: {
    ...settings,
    above: "thresholds joined by + (default: 11 from the least to the greatest score)",
    kind: "runs (default), or tasks for the tasks' means",
    reps: "resamples (default: 2000)",
  },
  run(columns, given) {
    const all = matrices(columns, given);
    const scores = all.flatMap(({ matrix }) => Array.from(matrix.data));
    const least = scores.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    const greatest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const taus = given.list("above")?.map((text) => {
      const tau = text.trim() === "" ? Number.NaN : Number(text);
      if (!Number.isFinite(tau)) throw new UsageError(`above must be numbers joined by +, not '${text}'`);
      return tau;
    }) ?? [...new Set(Array.from({ length: 11 }, (_, i) => least + ((greatest - least) * i) / 10))];
    return {
      lines: all.flatMap(({ name, matrix }) =>
        profileBootstrap(matrix, taus, {
          seed: given.seed,
          level: given.level,
          reps: given.number("reps", 2000),
          kind: given.choice("kind", ["runs", "tasks"], "runs"),
        }).map((estimate, i) => ({ name: `${name} > ${Number(taus[i]!.toPrecision(6))}`, estimate })),
      ),
    };
  },
};

const variance: Method = {
  about:
    "variance of a benchmark between seeds, items and checkpoints, or of a judge between items, orders and repeats",
  group: "runs",
  settings: {
    item: "column (default: item)",
    order: "column (default: order, if there is one)",
    score: "column (default: score); further rows of one item and order are repeats",
    run: "for a benchmark: column of the seed (default: seed, if there is one)",
    checkpoint: "for a benchmark: column of the step (default: checkpoint)",
    chance: "for a benchmark: the score of guessing (default: 0)",
  },
  run(columns, given) {
    if (hasSeeds(columns, given)) return seedVariance(columns, given);
    const items = columns.texts(given.text("item", "item"));
    const named = given.text("order", "order");
    const orders = given.has("order") || columns.has(named) ? columns.texts(named) : items.map(() => "");
    const score = columns.numbers(given.text("score", "score"), "error");
    const table = new Map<string, Map<string, number[]>>();
    for (const [i, item] of items.entries()) {
      let row = table.get(item);
      if (row === undefined) table.set(item, (row = new Map()));
      const list = row.get(orders[i]!);
      if (list === undefined) row.set(orders[i]!, [score[i]!]);
      else list.push(score[i]!);
    }
    const names = [...new Set(orders)];
    const found = varianceComponents(
      Array.from(table.values(), (row) => names.map((name) => row.get(name) ?? [])),
      { level: given.level },
    );
    return {
      lines: [
        { name: "between items", estimate: found.item },
        ...(found.order === undefined ? [] : [{ name: "between orders", estimate: found.order }]),
        ...(found.repeat === undefined ? [] : [{ name: "between repeats", estimate: found.repeat }]),
      ],
    };
  },
};

/** Methods on scores by task and run. */
export const runs: Readonly<Record<string, Method>> = {
  iqm: aggregate("interquartile mean over tasks and runs, stratified bootstrap (rliable)", iqm),
  "mean-of-tasks": aggregate("mean of the tasks' means, stratified bootstrap", meanOfTasks),
  "median-of-tasks": aggregate("median of the tasks' means, stratified bootstrap", medianOfTasks),
  "optimality-gap": aggregate("how far scores stay below 1, stratified bootstrap (rliable)", (m) => optimalityGap(m)),
  improvement,
  profile,
  variance,
};
