import { InputError, messageOf } from "../../core/index.ts";
import { openSource } from "../../io/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import { inspectResults, readInspect } from "./inspect.ts";
import { lmEvalResults, lmEvalSamples } from "./lm-eval.ts";
import { promptfooResults } from "./promptfoo-results.ts";
import { rewardBenchResults, rewardBenchScores } from "./reward-bench-results.ts";

/** The tools whose results are read. */
export type ResultTool = "lm-eval" | "inspect" | "reward-bench" | "promptfoo";

/** One item's result; of several tries the mean. Null where it was not scored. */
export interface ImportedItem {
  id: string;
  value: number | null;
}

/** One figure of one system, as another tool found it. */
export interface ImportedResult {
  system: string;
  tool: ResultTool;
  task: string;
  /** With lm-evaluation-harness's filter after a comma. */
  metric: string;
  /** As the tool states it; the items' mean where it states none. */
  value: number;
  /** As the tool states it. */
  standardError?: number | undefined;
  n?: number | undefined;
  /** Items without a score. */
  unscored: number;
  lowerIsBetter?: boolean | undefined;
  items?: readonly ImportedItem[] | undefined;
  file: string;
}

/** What a file of results holds. */
export interface ImportedResults {
  results: ImportedResult[];
  /** What a reader should know: a run that did not end, figures that the items do not give. */
  notes: string[];
}

/** What a reader of one format is given. */
export interface ResultFile {
  file: string;
  /** What the system is called, where the user says so. */
  system?: string | undefined;
}

/**
 * Reads results that another tool wrote: lm-evaluation-harness (`results_*.json`, `samples_*.jsonl`), Inspect logs (`.eval`, `.json`), reward-bench
 * (summaries and files of scores) and promptfoo (results version 3). The format is told by the content.
 *
 * Items that the tool could not score stay unscored, also where the tool itself counts them as 0 in its figure.
 *
 * @param system what to call the system; default the file's own name for it
 * @throws InputError with file and field for a file of none of these formats, or a value that is no number
 * @example const { results } = await importResults("logs/2026-11-26_toy.eval")
 */
export async function importResults(file: string, system?: string): Promise<ImportedResults> {
  const of: ResultFile = { file, system };
  if (file.endsWith(".eval")) return checked(inspectResults(await readInspect(file), of));
  if (file.endsWith(".jsonl") || file.endsWith(".parquet")) return checked(ofRows(await rowsOf(file), of));
  const document = await documentOf(file);
  if (Array.isArray(document))
    return checked(
      ofRows(
        document.filter(isRaw).map((row, i) => ({ row, line: i + 1 })),
        of,
      ),
    );
  if (!isRaw(document)) throw unknown(file);
  if (isRaw(document["eval"]) && typeof document["status"] === "string") return checked(inspectResults(document, of));
  if (isRaw(document["results"]) && (isRaw(document["configs"]) || isRaw(document["higher_is_better"])))
    return checked(lmEvalResults(document, of));
  if (isRaw(document["results"]) && Array.isArray(document["results"]["results"]))
    return checked(promptfooResults(document["results"], of));
  if (Array.isArray(document["results"]) && Array.isArray(document["prompts"]))
    return checked(promptfooResults(document, of));
  if (Array.isArray(document["results"]) && (Array.isArray(document["subset"]) || Array.isArray(document["id"])))
    return checked(rewardBenchScores(columnsToRows(document, file), of));
  if (typeof document["model"] === "string") return checked(rewardBenchResults(document, of));
  throw unknown(file);
}

function unknown(file: string): InputError {
  return new InputError(
    { file },
    "it is no results file of lm-evaluation-harness, Inspect, reward-bench or promptfoo",
    "results_*.json or samples_*.jsonl; a .eval or .json log; a summary or scores of reward-bench; promptfoo eval --output FILE.json",
  );
}

function checked(found: ImportedResults): ImportedResults {
  for (const { value, file, metric } of found.results)
    if (!Number.isFinite(value)) throw new InputError({ file, field: metric }, `expected a number, found ${value}`);
  return found;
}

async function documentOf(file: string): Promise<unknown> {
  const { readFile } = await import("node:fs/promises");
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (thrown) {
    throw new InputError({ file }, `it cannot be read: ${messageOf(thrown)}`);
  }
  return parsePython(text, file);
}

/** JSON in which Python's writers may have left NaN and Infinity, which become null. */
export function parsePython(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (first) {
    try {
      return JSON.parse(text.replace(/(?<=[:[,]\s?)(?:NaN|-?Infinity)(?=\s?[,\]}\n])/g, "null"));
    } catch {
      throw new InputError({ file }, `it is no JSON: ${messageOf(first).slice(0, 120)}`, "is the file whole?");
    }
  }
}

interface PlacedRow {
  row: Raw;
  line: number;
}

async function rowsOf(file: string): Promise<PlacedRow[]> {
  const table = await openSource(file);
  const rows: PlacedRow[] = [];
  for await (const batch of table.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      rows.push({ row, line });
    }
  return rows;
}

function ofRows(rows: readonly PlacedRow[], of: ResultFile): ImportedResults {
  const first = rows[0]?.row;
  if (first === undefined) throw new InputError({ file: of.file }, "it holds no rows");
  if ("doc_id" in first && "metrics" in first) return lmEvalSamples(rows, of);
  if ("results" in first) return rewardBenchScores(rows, of);
  throw unknown(of.file);
}

function columnsToRows(document: Raw, file: string): PlacedRow[] {
  const results = document["results"] as unknown[];
  const columns = Object.entries(document).filter((entry): entry is [string, unknown[]] => Array.isArray(entry[1]));
  for (const [field, values] of columns)
    if (values.length !== results.length)
      throw new InputError({ file, field }, `it has ${values.length} values for ${results.length} results`);
  const rest = Object.entries(document).filter(([, value]) => !Array.isArray(value));
  return results.map((_, i) => ({
    row: Object.fromEntries([...rest, ...columns.map(([name, values]) => [name, values[i]])]) as Raw,
    line: i + 1,
  }));
}

/** Items' mean, with those without a score left out. */
export function meanOfItems(items: readonly ImportedItem[]): number | undefined {
  const scored = items.flatMap(({ value }) => (value === null ? [] : [value]));
  return scored.length === 0 ? undefined : scored.reduce((a, b) => a + b, 0) / scored.length;
}
