import { type Example, InputError, type JsonObject, type Task } from "../core/index.ts";
import { clusterOf, IdCheck, parseTaskRow } from "../io/index.ts";

/** What the matchers take for a row: a task, an example, or a plain row as in a file. */
export type GateRow =
  | Task
  | Example
  | {
      readonly id?: string | number | undefined;
      readonly prompt: unknown;
      readonly candidates: readonly unknown[];
      readonly answer?: unknown;
      readonly reference?: unknown;
      readonly context?: JsonObject | undefined;
      readonly cluster?: string | number | undefined;
      readonly subsets?: Readonly<Record<string, string>> | string | undefined;
    };

/**
 * Rows as examples.
 *
 * @throws InputError that names the row and its member; also for a repeated id
 */
export function examplesOf(rows: unknown): Example[] {
  if (!Array.isArray(rows))
    throw new InputError({ field: "rows" }, `expected a list of rows, found ${rows === null ? "null" : typeof rows}`);
  const ids = new IdCheck();
  return rows.map((row: unknown, i) => {
    const example = exampleOf(row, i + 1);
    ids.check(example.task.id, { file: "rows", line: i + 1 });
    return example;
  });
}

function exampleOf(row: unknown, line: number): Example {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw new InputError({ file: "rows", line }, "expected a task, an example, or { prompt, candidates, answer }");
  if (isExample(row)) return row;
  if (isTask(row)) return { task: row, labels: {}, cluster: clusterOf(row.prompt), subsets: {} };
  return parseTaskRow(row as Record<string, unknown>, { file: "rows", line });
}

function isExample(row: object): row is Example {
  return "task" in row && typeof row.task === "object" && row.task !== null && isTask(row.task) && "cluster" in row;
}

function isTask(row: object): row is Task {
  const { id, prompt, candidates } = row as Partial<Task>;
  return (
    typeof id === "string" &&
    !("answer" in row || "labels" in row || "subsets" in row || "cluster" in row) &&
    Array.isArray(prompt) &&
    prompt.every((one) => typeof one === "object" && one !== null) &&
    Array.isArray(candidates) &&
    candidates.every(
      (one) => typeof one === "object" && one !== null && Array.isArray((one as { output?: unknown }).output),
    )
  );
}
