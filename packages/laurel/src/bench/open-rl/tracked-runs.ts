import { NotEnoughDataError, UsageError } from "../../core/index.ts";
import { type Curve, curveOf, lastWindowMean, meanOf, varianceOf } from "../../stats/index.ts";
import type { RunExperiment, RunFilter, RunSource } from "./query.ts";

type Cell = string | number | boolean | null;

/** A run that was tracked: its settings and its logged metrics. */
export interface TrackedRun {
  id: string;
  entity?: string | undefined;
  project?: string | undefined;
  user?: string | undefined;
  tags: readonly string[];
  /** "running" ones are skipped. */
  state: string;
  config: Readonly<Record<string, Cell>>;
  /** Rows of logged columns, such as global_step, charts/episodic_return. */
  history: readonly Readonly<Record<string, Cell>>[];
}

/** An experiment's runs, by environment. */
export interface ExperimentRuns {
  label: string;
  /** By environment, in order of first appearance: a curve a run, and the runs' ids. */
  environments: ReadonlyMap<string, { id: string; curve: Curve }[]>;
  /** Runs that fit but are still running or never logged the metric. */
  skipped: string[];
}

/**
 * The runs that a filter asks for.
 *
 * @param runs all there are.
 * @throws UsageError for an experiment without a run.
 *
 * Source: openrlbenchmark, rlops.py: settings are looked up as given and as `KEY.value`.
 */
export function matchRuns(runs: readonly TrackedRun[], { source, experiments }: RunFilter): ExperimentRuns[] {
  return experiments.map((experiment) => {
    const fit = runs.filter((run) => matches(run, source, experiment));
    if (fit.length === 0)
      throw new UsageError(
        `no run fits '${experiment.label}'`,
        `names in ${source.nameKey}: ${[...new Set(runs.map((run) => String(setting(run, source.nameKey) ?? "nothing")))].slice(0, 12).join(", ")}`,
      );
    const environments = new Map<string, { id: string; curve: Curve }[]>();
    const skipped: string[] = [];
    for (const run of fit) {
      const curve = run.state === "running" ? undefined : curveIn(run, source);
      const environment = setting(run, source.environmentKey);
      if (curve === undefined || environment === undefined || environment === null) {
        skipped.push(run.id);
        continue;
      }
      const own = environments.get(String(environment)) ?? [];
      own.push({ id: run.id, curve });
      environments.set(String(environment), own);
    }
    return { label: experiment.label, environments, skipped };
  });
}

function matches(run: TrackedRun, source: RunSource, { name, tags, user, settings }: RunExperiment): boolean {
  if (source.entity !== undefined && run.entity !== source.entity) return false;
  if (source.project !== undefined && run.project !== source.project) return false;
  if (String(setting(run, source.nameKey)) !== name) return false;
  if (user !== undefined && run.user !== user) return false;
  if (!tags.every((tag) => run.tags.includes(tag))) return false;
  return Object.entries(settings).every(([key, values]) => {
    const own = setting(run, key) ?? null;
    return values.some((value) => own === value || (own !== null && String(own) === String(value)));
  });
}

function setting(run: TrackedRun, key: string): Cell | undefined {
  return Object.hasOwn(run.config, key) ? run.config[key] : run.config[`${key}.value`];
}

function curveIn(run: TrackedRun, { xaxis, metric }: RunSource): Curve | undefined {
  const steps: number[] = [];
  const values: number[] = [];
  for (const row of run.history) {
    const [step, value] = [numberIn(row[xaxis]), numberIn(row[metric])];
    if (step === undefined || value === undefined) continue;
    steps.push(step);
    values.push(value);
  }
  return steps.length === 0 ? undefined : curveOf(steps, values);
}

function numberIn(cell: Cell | undefined): number | undefined {
  if (cell === null || cell === undefined || cell === "" || typeof cell === "boolean") return undefined;
  const number = Number(cell);
  return Number.isFinite(number) ? number : undefined;
}

/** What a column of a run table is when it is no setting and no metric. */
const own = { id: "run", entity: "entity", project: "project", user: "user", tags: "tags", state: "state" };

/**
 * Runs from a table with a row a logged step, as trackers export them.
 *
 * The columns run, entity, project, user, tags (joined by ;) and state are the run's own; a column that has one value throughout a run
 * is a setting, and all columns are logged metrics.
 *
 * @param rows in any order; each names its run.
 * @throws UsageError for a row without a run.
 */
export function runsFromRows(rows: readonly Readonly<Record<string, Cell>>[]): TrackedRun[] {
  const byRun = new Map<string, Readonly<Record<string, Cell>>[]>();
  for (const [i, row] of rows.entries()) {
    const id = row[own.id];
    if (id === undefined || id === null || id === "")
      throw new UsageError(`row ${i + 1} names no run`, `the column '${own.id}' tells runs apart`);
    const list = byRun.get(String(id));
    if (list === undefined) byRun.set(String(id), [row]);
    else list.push(row);
  }
  return Array.from(byRun, ([id, history]): TrackedRun => {
    const first = history[0]!;
    const config: Record<string, Cell> = {};
    for (const key of Object.keys(first))
      if (history.every((row) => row[key] === first[key])) config[key] = first[key]!;
    const text = (key: string): string | undefined => {
      const value = config[key];
      return value === undefined || value === null || value === "" ? undefined : String(value);
    };
    return {
      id,
      entity: text(own.entity),
      project: text(own.project),
      user: text(own.user),
      tags: text(own.tags)?.split(";") ?? [],
      state: text(own.state) ?? "finished",
      config,
      history,
    };
  });
}

/** One cell of the result table. */
export interface RunResult {
  experiment: string;
  environment: string;
  runs: number;
  /** Mean over runs of each run's last-window mean, and the population standard deviation (as published tables have it). */
  mean: number;
  sd: number;
}

/**
 * The table of results as the field publishes it: mean and population standard deviation over runs of the last logged values.
 *
 * With few runs that deviation is too small; decide with `compareCurves`.
 *
 * @param window last logged values a run, default 100.
 * @throws NotEnoughDataError where no run has the metric.
 *
 * Source: openrlbenchmark, rlops.py (`metric_last_n_average_window`, NumPy's std).
 */
export function runResults(experiments: readonly ExperimentRuns[], window = 100): RunResult[] {
  const results = experiments.flatMap(({ label, environments }) =>
    Array.from(environments, ([environment, runs]): RunResult => {
      const last = runs.map(({ curve }) => lastWindowMean(curve, window));
      return {
        experiment: label,
        environment,
        runs: runs.length,
        mean: meanOf(last),
        sd: Math.sqrt(varianceOf(last, 0)),
      };
    }),
  );
  if (results.length === 0) throw new NotEnoughDataError("no run has logged the metric", 1);
  return results;
}
