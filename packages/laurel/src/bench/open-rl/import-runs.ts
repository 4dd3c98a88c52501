type Cell = string | number | boolean | null;
type Row = Readonly<Record<string, Cell>>;

/** A file of runs: its name without folder and ending, and its rows. */
export interface RunTable {
  name: string;
  rows: readonly Row[];
}

/** What the run is called in the tables of other trackers. */
const runNames = ["run", "run_id", "run_uuid", "run_name", "Run", "Run ID", "Name"];
const metricNames = ["key", "metric", "tag", "metric_name"];
const valueNames = ["value", "Value", "scalar"];
const stepNames = ["global_step", "step", "_step", "Step"];

const firstOf = (names: readonly string[], columns: ReadonlySet<string>): string | undefined =>
  names.find((name) => columns.has(name));

/**
 * Rows a logged step with a column `run`, from what trackers export:
 *
 * - a row a step with the run named (`run`, `run_id`, `run_uuid`, `run_name`, `Name`): as it is;
 * - a row a metric (MLflow: `run_id, key, value, step`; TensorBoard: `run, tag, step, value`): put together by run and step;
 * - a column a run (W&B's chart download: `Step, "RUN - METRIC", "RUN - METRIC__MIN", …`): taken apart; the bounds are left out;
 * - one run alone: TensorBoard's `Wall time, Step, Value`, whose run and tag its file's name gives (`run-RUN-tag-TAG`), and W&B's history
 *   of a run, which is called like its file.
 *
 * `global_step` is the row's own, else `step`, `_step` or `Step`. A run's name of the form `ENV__EXPERIMENT__SEED__TIME` gives `env_id`, `exp_name` and
 * `seed` where the table has none. Settings that are flattened as `config.KEY` or `config/KEY` count as `KEY`.
 *
 * @returns the rows of all tables, for `runsFromRows`
 * @example trackerRows([{ name: "run-ppo-tag-return", rows: [{ "Wall time": 0, Step: 1, Value: 2 }] }]) // [{ run: "ppo", return: 2, global_step: 1 }]
 */
export function trackerRows(tables: readonly RunTable[]): Row[] {
  return tables.flatMap((table) => rowsOfTable(table)).map(complete);
}

function rowsOfTable({ name, rows }: RunTable): Row[] {
  const columns = new Set(rows.flatMap((row) => Object.keys(row)));
  const run = firstOf(runNames, columns);
  const metric = firstOf(metricNames, columns);
  const value = firstOf(valueNames, columns);
  const step = firstOf(stepNames, columns);
  if (metric !== undefined && value !== undefined && step !== undefined)
    return pivoted(rows, { run, metric, value, step }, name);
  if (run !== undefined) return rows.map((row) => ({ ...row, run: row[run]! }));
  const wide = [...columns].filter((column) => / - /.test(column) && !/__(?:MIN|MAX)$/.test(column));
  if (step !== undefined && wide.length > 0) return unstacked(rows, step, wide);
  if (value !== undefined && step !== undefined && columns.has("Wall time")) {
    const [, own = name, tag = "value"] = /^run-(.+)-tag-(.+)$/.exec(name) ?? [];
    return rows.map((row) => ({ run: own, [tag]: row[value] ?? null, global_step: row[step] ?? null }));
  }
  // without a step it is no history, and `runsFromRows` says that no run is named
  return step === undefined ? [...rows] : rows.map((row) => ({ ...row, run: name }));
}

/** Rows of one metric each as rows of one step each. */
function pivoted(
  rows: readonly Row[],
  names: { run: string | undefined; metric: string; value: string; step: string },
  file: string,
): Row[] {
  const byStep = new Map<string, Record<string, Cell>>();
  const gone = new Set<string>([names.metric, names.value, names.step, "timestamp", "wall_time", "Wall time"]);
  for (const row of rows) {
    const run = names.run === undefined ? file : String(row[names.run] ?? "");
    const key = JSON.stringify([run, row[names.step] ?? null]);
    let made = byStep.get(key);
    if (made === undefined) {
      const settings = Object.entries(row).filter(([name]) => !gone.has(name));
      byStep.set(key, (made = { ...Object.fromEntries(settings), run, global_step: row[names.step] ?? null }));
    }
    made[String(row[names.metric])] = row[names.value] ?? null;
  }
  return [...byStep.values()];
}

/** Columns of one run each as rows of one run each. */
function unstacked(rows: readonly Row[], step: string, columns: readonly string[]): Row[] {
  const parts = columns.map((column) => {
    const at = column.lastIndexOf(" - ");
    return { column, run: column.slice(0, at), metric: column.slice(at + 3) };
  });
  return [...Map.groupBy(parts, ({ run }) => run)].flatMap(([run, own]) =>
    rows.flatMap((row) => {
      const logged = own.filter(({ column }) => (row[column] ?? null) !== null && row[column] !== "");
      if (logged.length === 0) return [];
      const metrics = logged.map(({ column, metric }) => [metric, row[column]!] as const);
      return [{ ...Object.fromEntries(metrics), run, global_step: row[step] ?? null }];
    }),
  );
}

/** Adds the step and the settings that stand under other names. */
function complete(row: Row): Row {
  const made: Record<string, Cell> = { ...row };
  for (const [name, cell] of Object.entries(row)) {
    const key = /^config[./](.+)$/.exec(name)?.[1];
    if (key !== undefined) made[key] ??= cell;
  }
  const step = stepNames.find((name) => (row[name] ?? null) !== null);
  if (step !== undefined) made["global_step"] ??= row[step]!;
  const found = /^(.+)__(.+)__(\d+)__(\d+)$/.exec(String(row["run"] ?? ""));
  if (found !== null) {
    made["env_id"] ??= found[1]!;
    made["exp_name"] ??= found[2]!;
    made["seed"] ??= Number(found[3]);
  }
  return made;
}
