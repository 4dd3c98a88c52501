import type { SQLInputValue } from "node:sqlite";
import { candidateHash, type Example, isScored, promptHash, promptText } from "laurel/core";
import { nativeRow } from "laurel/io";
import { itemise, type Row } from "laurel/run";
import { Problem } from "../http/problem.ts";

const notScores = "its rows are no scores in Laurel's form, such as laurel score writes";

/** What is indexed of a line of scores, in the order of the columns. @throws Problem (422) */
export function scoreValues(line: string, n: number): { id: string; repeat: number; rest: (number | null)[] } {
  let row: Row;
  try {
    row = JSON.parse(line) as Row;
  } catch {
    throw new Problem(422, "not-scores", `row ${n + 1} is not JSON: ${notScores}`);
  }
  if (typeof row?.id !== "string" || !Array.isArray(row.scores)) throw new Problem(422, "not-scores", notScores);
  const values = row.scores.filter(isScored);
  const numbers = values.map(({ value }) => value);
  const spreads = values.flatMap(({ spread }) => (spread === undefined ? [] : [spread.sd]));
  return {
    id: row.id,
    repeat: row.repeat ?? 0,
    rest: [
      row.best ?? null,
      row.margin ?? null,
      numbers.length === 0 ? null : Math.max(...numbers),
      numbers.length === 0 ? null : Math.min(...numbers),
      spreads.length === 0 ? null : Math.max(...spreads),
      row.scores.length,
      row.scores.length - values.length,
      values.filter(({ fault }) => fault !== undefined).length,
    ],
  };
}

const shownPrompt = 300;

/** What is indexed of an example, in the order of the columns. */
export function exampleValues(example: Example): SQLInputValue[] {
  const { task, labels, subsets } = example;
  const row = nativeRow(example);
  return [
    task.id,
    promptText(task).slice(0, shownPrompt),
    task.candidates.length,
    task.candidates.reduce((most, { output }) => Math.max(most, textLength(output)), 0),
    ["preferred", "correct", "value", "steps", "parts"].filter((name) => name in labels).join(", "),
    JSON.stringify(subsets),
    dissentOf(example),
    promptHash(task),
    task.candidates.length - new Set(task.candidates.map(candidateHash)).size,
    JSON.stringify(row),
  ];
}

/** The largest share of raters that contradict a pair's label; null where no pair has two raters. */
function dissentOf({ task, labels, cluster }: Example): number | null {
  const { preferred } = labels;
  if (preferred === undefined || preferred.length < 2) return null;
  const scores = task.candidates.map(() => ({ value: 0 }));
  const row = { id: task.id, repeat: 0, cluster, subsets: {}, labels: { preferred }, scores };
  const shares = itemise([row], { basis: "preferences" }).items.flatMap(({ dissent }) => dissent ?? []);
  return shares.length === 0 ? null : Math.max(...shares);
}

function textLength(output: Example["task"]["candidates"][number]["output"]): number {
  let sum = 0;
  for (const { content } of output)
    if (typeof content === "string") sum += content.length;
    else for (const part of content) if ("text" in part) sum += part.text.length;
  return sum;
}
