import { basename } from "node:path";
import { InputError } from "../../core/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import {
  type ImportedItem,
  type ImportedResult,
  type ImportedResults,
  type ResultFile,
  resultOfItems,
} from "./result-file.ts";

/** A summary of reward-bench: the script's `{ model, <subset>: accuracy }`, or the command's `{ model, accuracy, num_prompts, extra_results }`. */
export function rewardBenchResults(document: Raw, { file, system }: ResultFile): ImportedResults {
  const name = system ?? String(document["model"]);
  const results: ImportedResult[] = [];
  const add = (metric: string, value: number, n?: number): void => {
    if (!(value >= 0 && value <= 1))
      throw new InputError({ file, field: metric }, `expected a share from 0 to 1, found ${value}`);
    results.push({
      system: name,
      tool: "reward-bench",
      task: "reward-bench",
      metric,
      value,
      ...(n === undefined ? {} : { n }),
      unscored: 0,
      file,
    });
  };
  const { accuracy, num_prompts: count, extra_results: extra } = document;
  if (typeof accuracy === "number") {
    add("accuracy", accuracy, typeof count === "number" ? count : undefined);
    if (isRaw(extra))
      for (const [subset, value] of Object.entries(extra)) if (typeof value === "number") add(subset, value);
  } else for (const [subset, value] of Object.entries(document)) if (typeof value === "number") add(subset, value);
  if (results.length === 0) throw new InputError({ file }, "it holds no accuracy", "is it a summary of reward-bench?");
  return { results, notes: [] };
}

/** reward-bench's scores an item: `results` is 1, ½ or 0 (or RewardBench 2's share), with `subset` and `id`. */
export function rewardBenchScores(
  rows: readonly { row: Raw; line: number }[],
  { file, system }: ResultFile,
): ImportedResults {
  const name =
    system ??
    (typeof rows[0]!.row["model"] === "string" ? rows[0]!.row["model"] : basename(file).replace(/\.\w+$/, ""));
  const subsets = new Map<string, ImportedItem[]>();
  const all: ImportedItem[] = [];
  const seen = new Set<string>();
  for (const { row, line } of rows) {
    const { results: result, subset, subsets: plural, id } = row;
    const value = result === null ? null : typeof result === "boolean" ? Number(result) : result;
    if (value !== null && (typeof value !== "number" || !(value >= 0 && value <= 1)))
      throw new InputError(
        { file, line, field: "results" },
        `expected a number from 0 to 1, found ${JSON.stringify(result)?.slice(0, 40)}`,
      );
    const group = typeof subset === "string" ? subset : typeof plural === "string" ? plural : undefined;
    const own = `${group === undefined ? "" : `${group}/`}${id === undefined ? line : String(id)}`;
    if (seen.has(own)) throw new InputError({ file, line, field: "id" }, `'${own}' stands twice`);
    seen.add(own);
    all.push({ id: own, value });
    if (group !== undefined) subsets.set(group, [...(subsets.get(group) ?? []), { id: own, value }]);
  }
  const results = [["accuracy", all] as const, ...subsets].flatMap(([metric, items]) =>
    resultOfItems({ system: name, tool: "reward-bench", task: "reward-bench", metric, file }, items),
  );
  return {
    results,
    notes: [
      `${file}: accuracy is over all items; the leaderboard's average is of sections (laurel bench run rewardbench --scores gives it)`,
    ],
  };
}
