import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Example, InputError, type Labels } from "../core/index.ts";
import { openSource, shorten } from "../io/index.ts";
import { isRaw, type Raw, refuse } from "../io/messages.ts";
import type { RowPlace } from "../io/schemas/schema.ts";
import type { Answered, Benchmark, BenchRow } from "./benchmark.ts";

/** Which part of a benchmark is read. */
export interface LoadOptions {
  /** Default: the benchmark's own. */
  split?: string | undefined;
  config?: string | undefined;
  /** The first so many items. */
  limit?: number | undefined;
}

/**
 * A benchmark's items as examples: from the hub (`hub:owner/name`), a folder in the hub's layout or of JSON lines files, or one file
 * (JSON lines, JSON, CSV, Parquet).
 *
 * @param source default: where the benchmark is published
 * @throws InputError with file, row and column for a row that is none of the benchmark's, or an id that stands twice
 * @example const examples = await loadBenchmark(benchmarkOf("rewardbench-2"), "data/rewardbench2.parquet")
 */
export async function loadBenchmark(
  benchmark: Benchmark,
  source: string | undefined = benchmark.data.hub === undefined ? undefined : `hub:${benchmark.data.hub}`,
  options: LoadOptions = {},
): Promise<Example[]> {
  if (source === undefined)
    throw new InputError({}, `${benchmark.title} is not on the hub`, "name its file: laurel bench run NAME DATA");
  const rows = await rowsOf(source, benchmark, options);
  const examples = benchmark.read(rows);
  const seen = new Set<string>();
  for (const { task } of examples) {
    if (seen.has(task.id))
      throw new InputError({ file: source }, `the id '${shorten(task.id)}' stands twice`, "items are told apart by id");
    seen.add(task.id);
  }
  if (examples.length === 0) throw new InputError({ file: source }, "it holds no items");
  return options.limit === undefined ? examples : examples.slice(0, options.limit);
}

async function rowsOf(source: string, { data, folder }: Benchmark, options: LoadOptions): Promise<BenchRow[]> {
  if (folder !== undefined && (await stat(source).catch(() => undefined))?.isDirectory() === true) {
    const own = await folder(source, { split: options.split });
    if (own !== undefined) return own;
  }
  const { split = source.startsWith("hub:") ? data.split : undefined, config = data.config } = options;
  const files = (await folderOfJsonl(source)) ?? [source];
  const rows: BenchRow[] = [];
  for (const file of files) {
    const table = await openSource(file, {
      ...(split === undefined ? {} : { split }),
      ...(config === undefined || !source.startsWith("hub:") ? {} : { config }),
    });
    for await (const batch of table.batches())
      for (const { line, row, bad } of batch) {
        if (bad !== undefined) throw bad;
        rows.push({ row, place: { file: files.length > 1 ? file : table.file, line } });
      }
  }
  return rows;
}

/** The JSON lines files of a folder that has nothing else; undefined for anything but such a folder. */
async function folderOfJsonl(source: string): Promise<string[] | undefined> {
  if (source.startsWith("hub:") || source === "-") return undefined;
  const found = await stat(source).catch(() => undefined);
  if (found?.isDirectory() !== true) return undefined;
  const names = (await readdir(source)).filter((name) => !name.startsWith(".")).sort();
  const jsonl = names.filter((name) => name.endsWith(".jsonl"));
  return jsonl.length > 1 && jsonl.length === names.length ? jsonl.map((name) => join(source, name)) : undefined;
}

/**
 * Items from a file of scores alone, for benchmarks whose files have the right candidates first: no texts are needed, and none are seen.
 *
 * A row is `{ id, scores: [right ones, then wrong ones], num_correct? (default 1), subset? }`, or reward-bench's own
 * `{ scores_chosen, scores_rejected }`. Null is a missing score. Other columns that hold a text are subsets.
 *
 * @throws InputError for a benchmark without such an order, or a row that is none
 */
export async function answeredAlone(benchmark: Benchmark, file: string): Promise<Answered[]> {
  if (!benchmark.rightFirst && benchmark.alone === undefined)
    throw new InputError(
      { file },
      `${benchmark.title} does not have right candidates first, so its labels are needed too`,
      "name its data before --scores",
    );
  const table = await openSource(file);
  const items: Answered[] = [];
  const seen = new Map<string, number>();
  for await (const batch of table.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      const item = (benchmark.alone ?? aloneRow)(row, { file: table.file, line });
      const count = seen.get(item.id) ?? 0;
      seen.set(item.id, count + 1);
      const ties = item.subsets["subset"] === "Ties" && benchmark.keep?.includes("ties") === true;
      if (count > 0 && !ties)
        throw new InputError({ file: table.file, line }, `the id '${shorten(item.id)}' stands twice`);
      items.push(
        ties
          ? {
              ...item,
              id: count === 0 ? item.id : `${item.id}#${count}`,
              cluster: `ties:${item.id.slice(item.id.indexOf(":") + 1)}`,
              facts: { ties: item.id },
            }
          : item,
      );
    }
  if (items.length === 0) throw new InputError({ file }, "it holds no scores");
  return items;
}

function aloneRow(row: Raw, place: RowPlace): Answered {
  const { id = `#${place.line}`, scores, scores_chosen: chosen, scores_rejected: rejected } = row;
  if (typeof id !== "string" && typeof id !== "number") refuse(place, "id", "a text or a number", id);
  let values: (number | null)[];
  let right: number;
  if (scores !== undefined) {
    values = valuesAt(scores, place, "scores");
    right = row["num_correct"] === undefined ? 1 : Number(row["num_correct"]);
  } else {
    const good = valuesAt(chosen, place, "scores_chosen");
    values = [...good, ...valuesAt(rejected, place, "scores_rejected")];
    right = good.length;
  }
  if (!(Number.isInteger(right) && right >= 1 && right < values.length))
    refuse(place, "num_correct", `a number from 1 to ${values.length - 1}`, row["num_correct"] ?? right);
  const labels: Labels = { correct: values.map((_, i) => i < right) };
  const texts = Object.entries(row).filter(([name, value]) => typeof value === "string" && name !== "id");
  return {
    id: String(id),
    cluster: String(id),
    subsets: Object.fromEntries(texts) as Record<string, string>,
    labels,
    values,
  };
}

function valuesAt(value: unknown, place: RowPlace, field: string): (number | null)[] {
  const list: unknown[] = Array.isArray(value) ? value.flat() : [value];
  return list.map((one, i) => {
    if (one === null) return null;
    const number = isRaw(one) ? (one["unscored"] === undefined ? one["value"] : null) : one;
    if (number === null) return null;
    if (typeof number !== "number" || !Number.isFinite(number))
      refuse(place, `${field}[${i}]`, "a number or null", one);
    return number;
  });
}
