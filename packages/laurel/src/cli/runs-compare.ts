import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { matchRuns, parseRunFilter, type RunTable, runResults, runsFromRows, trackerRows } from "../bench/index.ts";
import { NotEnoughDataError, seedFrom, UsageError } from "../core/index.ts";
import {
  curveResult,
  type Figure,
  type Line,
  type MethodCurves,
  type Result,
  readColumns,
} from "../run/table/index.ts";
import {
  improvementBootstrap,
  lastWindowMean,
  minMaxCurves,
  optimalityGap,
  profileBootstrap,
  runStatistics,
  stratifiedBootstrap,
} from "../stats/index.ts";
import { shown } from "./paths.ts";
import { showResult } from "./stats.ts";
import { writeStatsReport } from "./stats-report.ts";

interface Options {
  filters: readonly string[];
  envIds?: readonly string[];
  window: number;
  reps: number;
  level: number;
  seed: string;
  json?: boolean;
  report?: string;
  out?: string;
}

/** `laurel runs compare` and `laurel runs plot`: methods by the curves of their tracked runs. */
export async function runsCompare(name: "compare" | "plot", file: string, options: Options): Promise<void> {
  const methods = await methodsOf(file, options);
  const result = comparison(methods, options);
  const out = name === "plot" ? (options.out ?? "runs.html") : options.report;
  if (out !== undefined)
    await writeStatsReport(`${methods.map((one) => one.name).join(", ")}: runs of ${shown(file)}`, result, out);
  if (name === "compare" || options.json === true) showResult(`runs ${name}`, result, options.json === true);
  else process.stdout.write(`${shown(out!)}\n`);
}

/** The filters by group: each begins with its source. */
function groupsOf(filters: readonly string[]): string[][] {
  const groups: string[][] = [];
  for (const text of filters) {
    if (text.startsWith("?") || groups.length === 0) groups.push([]);
    groups.at(-1)!.push(text);
  }
  return groups;
}

/** The runs' tables: one file, or all of a folder, such as TensorBoard's downloads. */
async function runTables(source: string): Promise<RunTable[]> {
  const folder = (await stat(source).catch(() => undefined))?.isDirectory() === true;
  const files = folder
    ? (await readdir(source)).filter((name) => /\.(?:csv|tsv|jsonl?|parquet)$/.test(name)).sort()
    : [source];
  if (files.length === 0) throw new UsageError(`${source} holds no tables of runs`, "CSV, JSON lines, JSON or Parquet");
  return Promise.all(
    files.map(async (name) => {
      const columns = await readColumns(folder ? join(source, name) : name);
      const rows = Array.from({ length: columns.size }, (_, row) =>
        Object.fromEntries(columns.names.map((one) => [one, columns.cell(row, one)])),
      );
      return { name: basename(name).replace(/\.\w+$/, ""), rows };
    }),
  );
}

interface Tracked extends MethodCurves {
  results: readonly Line[];
  skipped: readonly string[];
}

async function methodsOf(file: string, { filters, envIds, window }: Options): Promise<Tracked[]> {
  const runs = runsFromRows(trackerRows(await runTables(file)));
  const experiments = groupsOf(filters).flatMap((group) => matchRuns(runs, parseRunFilter(group)));
  const first = experiments[0]!;
  const environments =
    envIds ?? [...first.environments.keys()].filter((one) => experiments.every((e) => e.environments.has(one)));
  if (environments.length === 0)
    throw new NotEnoughDataError(`the experiments have no environment in common in which they logged the metric`, 1);
  return experiments.map((experiment): Tracked => {
    for (const one of environments)
      if (!experiment.environments.has(one))
        throw new UsageError(
          `${experiment.label} has no run in '${one}'`,
          `it has ${[...experiment.environments.keys()].join(", ")}`,
        );
    const kept = {
      ...experiment,
      environments: new Map(environments.map((one) => [one, experiment.environments.get(one)!])),
    };
    return {
      name: experiment.label,
      skipped: experiment.skipped,
      tasks: environments.map((one) => kept.environments.get(one)!.map(({ curve }) => curve)),
      results: runResults([kept], window).map(({ environment, runs: n, mean, sd }) => ({
        name: `${experiment.label} in ${environment}`,
        value: `${mean.toFixed(2)} ± ${sd.toFixed(2)} (${n} runs)`,
      })),
    };
  });
}

function comparison(methods: readonly Tracked[], { window, reps, level, seed: text }: Options): Result {
  const seed = seedFrom(text);
  const common = { seed, level, reps };
  const { lines, notes = [], figures = [] } = curveResult(methods, { ...common, window, scale: true });
  const scaled = minMaxCurves(methods.map(({ tasks }) => tasks));
  const finals = scaled.map((tasks) => runStatistics(tasks, (curve) => lastWindowMean(curve, window)));
  const more: Line[] = methods.map(({ name }, m) => ({
    name: `optimality gap of ${name}`,
    estimate: stratifiedBootstrap(finals[m]!, (matrix) => optimalityGap(matrix), common),
  }));
  for (const [m, { name }] of methods.entries())
    if (m > 0)
      more.push({
        name: `P(a run of ${name} beats one of ${methods[0]!.name})`,
        estimate: improvementBootstrap(finals[m]!, finals[0]!, common),
      });
  const skipped = methods.flatMap(({ name, skipped: own }) => (own.length === 0 ? [] : [`${own.length} of ${name}`]));
  return {
    lines: [...methods.flatMap(({ results }) => results), ...lines, ...more],
    notes: [
      ...notes,
      "mean ± population sd over runs, as published tables have it: too small with few runs; decide by the intervals",
      ...(skipped.length === 0
        ? []
        : [`runs left out, since they still run or never logged the metric: ${skipped.join(", ")}`]),
    ],
    figures: [
      ...figures,
      profiles(
        methods.map(({ name }) => name),
        finals,
        { seed, level },
      ),
    ],
  };
}

function profiles(
  names: readonly string[],
  finals: readonly Parameters<typeof profileBootstrap>[0][],
  options: { seed: string; level: number },
): Figure {
  const taus = Float64Array.from({ length: 21 }, (_, k) => k / 20);
  return {
    title: "Performance profiles",
    x: "scaled final score τ",
    y: "share of runs above τ",
    note: `${Math.round(100 * options.level)} % stratified bootstrap, threshold by threshold`,
    series: finals.map((matrix, m) => ({
      name: names[m]!,
      points: profileBootstrap(matrix, taus, { ...options, reps: 1000 }).map(({ value, low, high }, k) => ({
        x: taus[k]!,
        y: value,
        low,
        high,
      })),
    })),
  };
}
