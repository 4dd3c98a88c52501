import { basename, dirname } from "node:path";
import { InputError } from "../../core/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import {
  type ImportedItem,
  type ImportedResult,
  type ImportedResults,
  type ResultFile,
  resultOfItems,
} from "./result-file.ts";

const own = new Set(["name", "alias", "sample_len", "sample_count", "samples"]);

/** The results file of lm-evaluation-harness: each metric of each task (and group) with its stated standard error. */
export function lmEvalResults(document: Raw, { file, system }: ResultFile): ImportedResults {
  const results: ImportedResult[] = [];
  const notes: string[] = [];
  const name = system ?? text(document["model_name"]) ?? text(document["model_source"]) ?? basename(dirname(file));
  const counts = isRaw(document["n-samples"]) ? document["n-samples"] : {};
  const higher = isRaw(document["higher_is_better"]) ? document["higher_is_better"] : {};
  // a group stands in `results` too, beside its subtasks
  const tasks = { ...(document["results"] as Raw), ...(isRaw(document["groups"]) ? document["groups"] : {}) };
  for (const [task, figures] of Object.entries(tasks)) {
    if (!isRaw(figures)) throw new InputError({ file, field: `results.${task}` }, "expected an object");
    const count = counts[task];
    const stated = isRaw(count) ? count["effective"] : figures["sample_len"];
    for (const [key, value] of Object.entries(figures)) {
      const [metric, filter] = key.split(",") as [string, string | undefined];
      if (own.has(metric) || metric.endsWith("_stderr")) continue;
      if (typeof value !== "number") {
        notes.push(`${file}: ${task} has no number for ${key}: ${String(value).slice(0, 40)}`);
        continue;
      }
      const error = figures[`${metric}_stderr${filter === undefined ? "" : `,${filter}`}`];
      const better = higher[task];
      results.push({
        system: name,
        tool: "lm-eval",
        task,
        metric: named(metric, filter),
        value,
        ...(typeof error === "number" ? { standardError: error } : {}),
        ...(typeof stated === "number" ? { n: stated } : {}),
        unscored: 0,
        ...(isRaw(better) && better[metric] === false ? { lowerIsBetter: true } : {}),
        file,
      });
    }
  }
  if (results.length === 0) throw new InputError({ file, field: "results" }, "it holds no figures");
  return { results, notes };
}

/** A samples file: one line a document and filter, with a number a metric. */
export function lmEvalSamples(
  rows: readonly { row: Raw; line: number }[],
  { file, system }: ResultFile,
): ImportedResults {
  const task = /^samples_(.+?)_\d{4}-\d\d-\d\dT/.exec(basename(file))?.[1] ?? basename(file).replace(/\.jsonl$/, "");
  const found = new Map<string, { metric: string; items: ImportedItem[]; seen: Set<string> }>();
  const notes = new Set<string>();
  for (const { row, line } of rows) {
    const { doc_id: id, filter, metrics } = row;
    if (typeof id !== "number" && typeof id !== "string")
      throw new InputError({ file, line, field: "doc_id" }, "expected a number");
    if (!Array.isArray(metrics)) throw new InputError({ file, line, field: "metrics" }, "expected a list of names");
    for (const metric of metrics as unknown[]) {
      const value = row[String(metric)];
      const key = named(String(metric), text(filter));
      if (value !== null && (typeof value !== "number" || !Number.isFinite(value))) {
        if (Array.isArray(value) || isRaw(value)) notes.add(`${file}: ${key} is no number an item, so it is left out`);
        else
          throw new InputError(
            { file, line, field: String(metric) },
            `expected a number, found ${String(value).slice(0, 40)}`,
          );
        continue;
      }
      const entry = found.get(key) ?? { metric: key, items: [], seen: new Set<string>() };
      found.set(key, entry);
      if (entry.seen.has(String(id)))
        throw new InputError({ file, line, field: "doc_id" }, `${id} stands twice for ${key}`);
      entry.seen.add(String(id));
      entry.items.push({ id: String(id), value });
    }
  }
  const name = system ?? basename(dirname(file));
  const results = [...found.values()].flatMap(({ metric, items }) =>
    resultOfItems({ system: name, tool: "lm-eval", task, metric, file }, items),
  );
  if (results.length === 0) throw new InputError({ file }, "no metric of it is a number an item");
  return { results, notes: [...notes] };
}

function named(metric: string, filter: string | undefined): string {
  return filter === undefined || filter === "none" ? metric : `${metric},${filter}`;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
