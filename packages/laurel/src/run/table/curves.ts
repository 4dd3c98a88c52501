import { UsageError } from "../../core/index.ts";
import {
  areaUnderCurve,
  type Curve,
  commonRange,
  compareCurves,
  curveOf,
  iqm,
  lastWindowMean,
  median,
  minMaxCurves,
  resampleCurve,
  runStatistics,
  runsByTask,
  sampleEfficiency,
  stepsToThreshold,
  stratifiedBootstrap,
} from "../../stats/index.ts";
import type { Columns } from "./columns.ts";
import type { Figure, Line, Method, Result, Settings } from "./method.ts";

/** A method's runs by task; the tasks of all methods are in one order. */
export interface MethodCurves {
  name: string;
  tasks: Curve[][];
}

/** What to say of curves. */
export interface CurveOptions {
  seed: Settings["seed"];
  level: number;
  /** Last logged values a run. */
  window: number;
  reps: number;
  /** A score on the scaled axis to be reached. */
  threshold?: number | undefined;
  scale: boolean;
}

/**
 * Areas, last scores, time to a threshold, and each method against the first, with learning curves of stratified bands.
 *
 * @param methods with the same tasks; scaled by the least and greatest value of all methods in each task, where `scale` says so.
 */
export function curveResult(methods: readonly MethodCurves[], options: CurveOptions): Result {
  const { seed, level, reps, window, threshold } = options;
  const scaled = options.scale ? minMaxCurves(methods.map(({ tasks }) => tasks)) : methods.map(({ tasks }) => tasks);
  const names = methods.map(({ name }) => name);
  const lines: Line[] = [];
  const of = (what: string, statistic: (curve: Curve) => number): void => {
    for (const [m, name] of names.entries())
      lines.push({
        name: `${what} of ${name}`,
        estimate: stratifiedBootstrap(runStatistics(scaled[m]!, statistic), iqm, { seed, level, reps }),
      });
  };
  of("area", areaUnderCurve);
  of(`last ${window} values`, (curve) => lastWindowMean(curve, window));
  for (const [m, name] of names.entries()) {
    if (m === 0) continue;
    lines.push({
      name: `area of ${name} - ${names[0]}`,
      estimate: compareCurves(scaled[m]!, scaled[0]!, { seed, level, reps: Math.min(reps, 2000) }),
    });
  }
  const notes = [
    options.scale
      ? "scaled to [0, 1] in each task by the least and greatest value of these methods: another method changes all figures"
      : "on the metric's own scale",
  ];
  if (threshold !== undefined) {
    for (const [m, name] of names.entries()) {
      const reached = scaled[m]!.flat().map((curve) => stepsToThreshold(curve, threshold));
      const known = reached.filter((steps) => steps !== undefined);
      lines.push({ name: `runs of ${name} that reach ${threshold}`, value: `${known.length} of ${reached.length}` });
      if (2 * known.length > reached.length)
        lines.push({
          name: `median steps of ${name} to ${threshold}`,
          value: median(reached.map((steps) => steps ?? Number.POSITIVE_INFINITY)),
        });
    }
  }
  return { lines, notes, figures: [bands(names, scaled, options)] };
}

/** The interquartile mean over runs and tasks with its stratified band at 25 common steps. */
function bands(names: readonly string[], scaled: readonly Curve[][][], { seed, level, scale }: CurveOptions): Figure {
  const points = 25;
  const [from, to] = commonRange(scaled.flat(2));
  return {
    title: "Learning curves",
    x: "steps",
    y: scale ? "scaled score" : "score",
    note: `interquartile mean over tasks and runs, ${Math.round(100 * level)} % stratified bootstrap by checkpoint`,
    series: scaled.map((tasks, m) => {
      const even = tasks.map((runs) => runs.map((run) => resampleCurve(run, points, [from, to])));
      const checkpoints = Array.from({ length: points }, (_, k) =>
        runsByTask(even.map((runs) => runs.map((run) => run.values[k]!))),
      );
      const estimates = sampleEfficiency(checkpoints, iqm, { seed, level, reps: 1000 });
      return {
        name: names[m]!,
        points: estimates.map(({ value, low, high }, k) => ({
          x: from + ((to - from) * k) / (points - 1),
          y: value,
          low,
          high,
        })),
      };
    }),
  };
}

/** `laurel stats curves`: learning curves of methods on tasks. */
export const curves: Method = {
  about: "learning curves: area, last scores, steps to a threshold, each method against the first",
  group: "runs",
  settings: {
    system: "column of the method (default: system)",
    task: "column of the task (default: task, if there is one)",
    run: "column of the run, such as its seed (default: run)",
    step: "column (default: step)",
    value: "column (default: value)",
    window: "last logged values that count (default: 100)",
    threshold: "a score to be reached, on the scaled axis",
    scale: "task (default): [0, 1] by task; or none",
    reps: "resamples (default: 2000)",
  },
  run(columns, settings) {
    const methods = methodsOf(columns, settings);
    return curveResult(methods, {
      seed: settings.seed,
      level: settings.level,
      window: settings.number("window", 100),
      reps: settings.number("reps", 2000),
      threshold: settings.has("threshold") ? settings.number("threshold") : undefined,
      scale: settings.choice("scale", ["task", "none"], "task") === "task",
    });
  },
};

function methodsOf(columns: Columns, settings: Settings): MethodCurves[] {
  const systems = columns.texts(settings.text("system", "system"));
  const task = settings.text("task", "task");
  const tasks = settings.has("task") || columns.has(task) ? columns.texts(task) : systems.map(() => "");
  const runs = columns.texts(settings.text("run", "run"));
  const steps = columns.numbers(settings.text("step", "step"), "error");
  const values = columns.numbers(settings.text("value", "value"), "null");
  const order = [...new Set(tasks)];
  return Array.from(
    Map.groupBy(systems.keys(), (row) => systems[row]!),
    ([name, own]) => ({
      name,
      tasks: order.map((one) => {
        const rows = own.filter((row) => tasks[row] === one);
        if (rows.length === 0)
          throw new UsageError(`${name} has no run of the task '${one}'`, "methods are compared on the same tasks");
        return Array.from(Map.groupBy(rows, (row) => runs[row]!).values(), (run) =>
          curveOf(
            run.map((row) => steps[row]!),
            run.map((row) => values[row] ?? Number.NaN),
          ),
        );
      }),
    }),
  );
}
