import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type ImportedResult, importedEstimate, importedRun, importResults } from "../bench/index.ts";
import { InputError, UsageError } from "../core/index.ts";
import { writeFailure } from "../io/index.ts";
import { shown } from "./paths.ts";
import { plain, short, table, whole } from "./terminal.ts";

interface Options {
  task?: string;
  metric?: string;
  runs?: string;
  csv?: string;
  level: number;
  json?: boolean;
}

/** `laurel bench import`. */
export async function benchImport(files: readonly string[], options: Options): Promise<void> {
  const found: ImportedResult[] = [];
  const notes: string[] = [];
  for (const given of files) {
    const at = existsSync(given) ? -1 : given.indexOf("=");
    const one = await importResults(at > 0 ? given.slice(at + 1) : given, at > 0 ? given.slice(0, at) : undefined);
    found.push(...one.results);
    notes.push(...one.notes);
  }
  const results = merged(found).filter(
    ({ task, metric }) =>
      (options.task === undefined || task === options.task) &&
      (options.metric === undefined || metric === options.metric),
  );
  if (results.length === 0)
    throw new InputError(
      {},
      "no result is of that task and metric",
      `there are ${[...new Set(found.map(({ task, metric }) => `${task} ${metric}`))].slice(0, 10).join("; ")}`,
    );
  const seen = new Set<string>();
  for (const { system, task, metric, file } of results) {
    const key = `${system}\n${task}\n${metric}`;
    if (seen.has(key))
      throw new UsageError(
        `${system} has two results for ${metric} of ${task} (the second in ${file})`,
        "call the systems apart: NAME=FILE",
      );
    seen.add(key);
  }
  const ordered = results.sort(
    (a, b) =>
      (a.task < b.task ? -1 : a.task > b.task ? 1 : 0) ||
      (a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : 0) ||
      (a.lowerIsBetter === true ? a.value - b.value : b.value - a.value),
  );
  const rows = ordered.map((result) => ({ result, estimate: importedEstimate(result, options.level) }));
  const written = options.runs === undefined ? [] : writeRuns(options.runs, ordered);
  if (options.csv !== undefined)
    save(
      options.csv,
      [
        ["task", "metric", "system", "tool", "value", "low", "high", "n", "unscored", "how"],
        ...rows.map(({ result: { task, metric, system, tool, value, n, unscored }, estimate }) =>
          [
            task,
            metric,
            system,
            tool,
            value,
            estimate?.low ?? "",
            estimate?.high ?? "",
            n ?? "",
            unscored,
            estimate?.method ?? "no interval",
          ].map(String),
        ),
      ]
        .map(
          (row) =>
            `${row.map((cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",")}\n`,
        )
        .join(""),
    );
  if (options.json === true) {
    const plainRows = rows.map(({ result: { items, ...rest }, estimate }) => ({
      ...rest,
      items: items?.length ?? 0,
      estimate: estimate ?? null,
    }));
    process.stdout.write(`${JSON.stringify({ v: 1, results: plainRows, notes, written }, null, 2)}\n`);
    return;
  }
  const text = table(
    ["task", "metric", "system", "tool", "value", "interval", "n", "unscored", "how"],
    rows.map(({ result, estimate }) => [
      plain(result.task, 40),
      plain(`${result.metric}${result.lowerIsBetter === true ? " (lower is better)" : ""}`, 40),
      plain(result.system, 50),
      result.tool,
      short(result.value, 4),
      estimate === undefined ? "none" : `[${short(estimate.low, 4)}, ${short(estimate.high, 4)}]`,
      result.n === undefined ? "" : whole(result.n),
      whole(result.unscored),
      estimate === undefined ? "no items and no standard error" : plain(estimate.method, 60),
    ]),
  );
  process.stdout.write(
    `${[text, ...notes.map((note) => plain(note, 300)), ...written.map((path) => `wrote ${path}`)].join("\n")}\n`,
  );
}

/** A figure that stands in a results file and in its items' file is one result: the stated value with the items, where these give it. */
function merged(found: readonly ImportedResult[]): ImportedResult[] {
  const out: ImportedResult[] = [];
  for (const one of found) {
    const twin = out.findIndex(
      (other) =>
        other.tool === one.tool &&
        other.task === one.task &&
        other.metric === one.metric &&
        other.system === one.system &&
        (other.items === undefined) !== (one.items === undefined) &&
        Math.abs(other.value - one.value) < 1e-9,
    );
    if (twin < 0) out.push(one);
    else out[twin] = { ...one, ...out[twin]!, items: one.items ?? out[twin]!.items };
  }
  return out;
}

function writeRuns(folder: string, results: readonly ImportedResult[]): string[] {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (thrown) {
    throw writeFailure(thrown, folder);
  }
  const safe = (text: string): string => text.replace(/[^\w.-]+/g, "-").slice(0, 60);
  const taken = new Set<string>();
  return results.flatMap((result) => {
    const run = importedRun(result);
    if (run === undefined) return [];
    const base = `${safe(result.task)}.${safe(result.metric)}.${safe(result.system)}`;
    let name = base;
    for (let i = 2; taken.has(name); i++) name = `${base}-${i}`;
    taken.add(name);
    const path = join(folder, `${name}.run.jsonl`);
    save(path, [run.header, ...run.items].map((one) => `${JSON.stringify(one)}\n`).join(""));
    return [shown(resolve(path))];
  });
}

function save(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (thrown) {
    throw writeFailure(thrown, path);
  }
}
