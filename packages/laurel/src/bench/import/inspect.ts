import { InputError, messageOf } from "../../core/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import { openZip } from "../../models/hub/zip.ts";
import {
  type ImportedItem,
  type ImportedResult,
  type ImportedResults,
  parsePython,
  type ResultFile,
} from "./results.ts";

/**
 * An `.eval` log: a zip archive (zstd or deflate) of the log's header and its samples' summaries.
 *
 * @throws InputError for a broken archive, or one without a header
 */
export async function readInspect(file: string): Promise<Raw> {
  try {
    await using zip = await openZip(file);
    const entry = (name: string) => zip.entries.find((one) => one.name === name);
    const parsed = async (name: string): Promise<unknown> => {
      const found = entry(name);
      return found === undefined ? undefined : parsePython((await zip.read(found)).toString("utf8"), `${file}/${name}`);
    };
    const header = (await parsed("header.json")) ?? (await parsed("_journal/start.json"));
    if (!isRaw(header)) throw new InputError({ file, field: "header.json" }, "the log has no header");
    let samples = await parsed("summaries.json");
    if (!Array.isArray(samples)) {
      // a log that was cut short has its samples, and no summary of them
      samples = [];
      for (const { name } of zip.entries)
        if (/^samples\/[^/]+\.json$/.test(name)) (samples as unknown[]).push(await parsed(name));
    }
    return { ...header, samples };
  } catch (thrown) {
    if (thrown instanceof InputError) throw thrown;
    throw new InputError({ file }, `this log cannot be read: ${messageOf(thrown)}`);
  }
}

const words: Readonly<Record<string, number>> = { C: 1, P: 0.5, I: 0, N: 0 };

/** A log as results: a figure a score and metric, with a value a sample (the mean of its epochs). */
export function inspectResults(log: Raw, { file, system }: ResultFile): ImportedResults {
  const spec = log["eval"];
  if (!isRaw(spec)) throw new InputError({ file, field: "eval" }, "expected an object");
  const [task, model, status] = [
    String(spec["task"] ?? ""),
    String(spec["model"] ?? ""),
    String(log["status"] ?? "started"),
  ];
  if (task === "") throw new InputError({ file, field: "eval.task" }, "expected a name");
  const name = system ?? model;
  const notes =
    status === "success" ? [] : [`${file}: the run's status is ${status}, so that figures are of what it had done`];
  const scores = itemsOf(log["samples"], file);
  const results: ImportedResult[] = [];
  const stated =
    isRaw(log["results"]) && Array.isArray(log["results"]["scores"]) ? (log["results"]["scores"] as unknown[]) : [];
  for (const score of stated.filter(isRaw)) {
    const label = String(score["name"]);
    const metrics = isRaw(score["metrics"]) ? score["metrics"] : {};
    const metricOf = (metric: string): number | undefined => {
      const found = metrics[metric];
      const value = isRaw(found) ? found["value"] : undefined;
      return typeof value === "number" ? value : undefined;
    };
    const items = scores.get(label);
    const unscored = typeof score["unscored_samples"] === "number" ? score["unscored_samples"] : unscoredOf(items);
    for (const metric of Object.keys(metrics)) {
      if (/^(stderr|std|var|bootstrap_stderr)$/.test(metric)) continue;
      const value = metricOf(metric);
      if (value === undefined) {
        notes.push(`${file}: ${label} has no number for ${metric}`);
        continue;
      }
      const error = metricOf("stderr") ?? metricOf("bootstrap_stderr");
      const mean = items === undefined ? undefined : meanWithNull(items);
      const same = mean !== undefined && Math.abs(mean - value) < 1e-9;
      if (items !== undefined && !same && /^(accuracy|mean)$/.test(metric))
        notes.push(`${file}: ${label}'s ${metric} is ${value}, and its samples' mean ${mean}; no items are taken over`);
      results.push({
        system: name,
        tool: "inspect",
        task,
        metric: Object.keys(metrics).filter((one) => !one.includes("std")).length > 1 ? `${label}.${metric}` : label,
        value,
        ...(error === undefined ? {} : { standardError: error }),
        ...(typeof score["scored_samples"] === "number" ? { n: score["scored_samples"] } : {}),
        unscored,
        ...(same ? { items } : {}),
        file,
      });
    }
  }
  if (results.length === 0)
    for (const [label, items] of scores) {
      const value = meanWithNull(items);
      if (value === undefined) continue;
      const unscored = unscoredOf(items);
      results.push({
        system: name,
        tool: "inspect",
        task,
        metric: label,
        value,
        n: items.length - unscored,
        unscored,
        items,
        file,
      });
    }
  if (results.length === 0) throw new InputError({ file, field: "results" }, `the log (${status}) holds no scores`);
  return { results, notes };
}

const unscoredOf = (items: readonly ImportedItem[] | undefined): number =>
  items?.filter(({ value }) => value === null).length ?? 0;

function meanWithNull(items: readonly ImportedItem[]): number | undefined {
  const scored = items.flatMap(({ value }) => (value === null ? [] : [value]));
  return scored.length === 0 ? undefined : scored.reduce((a, b) => a + b, 0) / scored.length;
}

/** By score, a value a sample; a dictionary's members are scores of their own. */
function itemsOf(samples: unknown, file: string): Map<string, ImportedItem[]> {
  const found = new Map<string, Map<string, (number | null)[]>>();
  const put = (label: string, id: string, value: number | null): void => {
    const byId = found.get(label) ?? new Map<string, (number | null)[]>();
    found.set(label, byId);
    byId.set(id, [...(byId.get(id) ?? []), value]);
  };
  for (const [at, sample] of (Array.isArray(samples) ? samples : []).entries()) {
    if (!isRaw(sample)) throw new InputError({ file, field: `samples[${at}]` }, "expected an object");
    const { id, scores } = sample;
    if (!isRaw(scores)) continue;
    for (const [label, score] of Object.entries(scores)) {
      const value = isRaw(score) ? score["value"] : score;
      const parts = isRaw(value) ? Object.entries(value) : ([[label, value]] as const);
      for (const [part, one] of parts) {
        const number = numberOf(one);
        if (number === undefined)
          throw new InputError(
            { file, field: `samples[${at}].scores.${label}` },
            `'${String(one).slice(0, 40)}' is no score`,
          );
        put(part, String(id), number);
      }
    }
  }
  return new Map(
    [...found].map(([label, byId]) => [
      label,
      [...byId].map(([id, values]): ImportedItem => {
        const scored = values.filter((one) => one !== null);
        return { id, value: scored.length === 0 ? null : scored.reduce((a, b) => a + b, 0) / scored.length };
      }),
    ]),
  );
}

/** As Inspect's `value_to_float`; null is unscored. */
function numberOf(value: unknown): number | null | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return undefined;
  if (Object.hasOwn(words, value)) return words[value];
  const low = value.trim().toLowerCase();
  if (low === "yes" || low === "true") return 1;
  if (low === "no" || low === "false") return 0;
  const number = low === "" ? Number.NaN : Number(low);
  return Number.isFinite(number) ? number : low === "nan" ? null : undefined;
}
