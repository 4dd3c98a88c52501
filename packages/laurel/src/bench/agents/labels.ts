import { type Raw, refuse } from "../../io/messages.ts";
import type { RowPlace } from "../../io/schemas/schema.ts";
import { textAt } from "../read.ts";

/** What one expert says of a run; null is "Unsure" (or, where the column is missing, nothing). */
export interface AgentLabel {
  success: boolean | null;
  sideEffect: boolean | null;
  loop: boolean | null;
  /** 1 complete failure, 2 suboptimal, 3 somewhat optimal, 4 completely optimal. */
  optimality: 1 | 2 | 3 | 4 | null;
}

/** A run of an agent on a task, with its labels in the order of the file. */
export interface LabelledRun {
  benchmark: string;
  model: string;
  /** The task's id without ".resized" and ".improved". */
  task: string;
  /** The first label counts. */
  first: AgentLabel;
  /** By another expert, where there is one. */
  second?: AgentLabel | undefined;
  /** The row of the first label. */
  row: Raw;
  place: RowPlace;
}

// a misspelling stands in published labels
const yes = new Set(["successful", "success", "yes"]);
const no = new Set(["unsuccessful", "unsuccesful", "failure", "no"]);

/** A published word for a yes/no question: true, false, or null for "Unsure"; undefined for any other. */
export function yesNo(label: string): boolean | null | undefined {
  const word = label.trim().toLowerCase().replace(/['"]/g, "");
  if (word === "unsure") return null;
  return yes.has(word) ? true : no.has(word) ? false : undefined;
}

/** The published grade of a way: 1 to 4, null for "Unsure", undefined for anything else. */
export function optimalityOf(label: string): 1 | 2 | 3 | 4 | null | undefined {
  const word = label.trim().toLowerCase().replace(/['"]/g, "");
  if (word === "unsure") return null;
  const digit = /^([1-4])(?:\.|$)/.exec(word)?.[1];
  if (digit !== undefined) return Number(digit) as 1 | 2 | 3 | 4;
  const words = ["complete failure", "suboptimal", "somewhat optimal", "completely optimal"];
  const at = words.indexOf(word);
  return at < 0 ? undefined : ((at + 1) as 1 | 2 | 3 | 4);
}

function answerAt(row: Raw, name: string, place: RowPlace, expected: string): boolean | null {
  const found = yesNo(textAt(row, name, place));
  return found === undefined ? refuse(place, name, expected, row[name]) : found;
}

/** A row's label; the columns of side effects, loops and optimality may be missing, but not hold another word. */
export function agentLabel(row: Raw, place: RowPlace): AgentLabel {
  const maybe = (name: string): boolean | null =>
    row[name] === undefined ? null : answerAt(row, name, place, "Yes, No or Unsure");
  const grade = row["trajectory_optimality"];
  const optimality = grade === undefined ? null : typeof grade === "string" ? optimalityOf(grade) : undefined;
  if (optimality === undefined)
    refuse(
      place,
      "trajectory_optimality",
      "1. Complete Failure, 2. Suboptimal, 3. Somewhat Optimal, 4. Completely Optimal or Unsure",
      grade,
    );
  return {
    success: answerAt(row, "trajectory_success", place, "Successful, Unsuccessful or Unsure"),
    sideEffect: maybe("trajectory_side_effect"),
    loop: maybe("trajectory_looping"),
    optimality,
  };
}

/** A task's id as the splits have it: without ".resized" and ".improved". */
export function taskOf(id: string): string {
  return id.replaceAll(".resized", "").replaceAll(".improved", "");
}

/** A benchmark's name; WorkArena's tasks of the second level are WorkArena++. */
export function benchmarkNamed(name: string, task: string): string {
  return name === "workarena" && task.toLowerCase().includes("l2") ? "workarena++" : name;
}

/**
 * The rows of AgentRewardBench's `annotations.csv`, gathered by run: the first label of a (benchmark, agent, task) counts, a later one is
 * the second expert's.
 *
 * @throws InputError with file, row and column for a missing column or a word that is no label
 * @example labelledRuns(rows).filter(({ second }) => second !== undefined) // for the experts' agreement
 */
export function labelledRuns(rows: readonly { row: Raw; place: RowPlace }[]): LabelledRun[] {
  const runs = new Map<string, LabelledRun>();
  for (const { row, place } of rows) {
    const label = agentLabel(row, place);
    const task = taskOf(textAt(row, "task_id", place));
    const benchmark = benchmarkNamed(textAt(row, "benchmark", place), task);
    const model = textAt(row, "model_name", place);
    const key = JSON.stringify([benchmark, model, task]);
    const known = runs.get(key);
    if (known === undefined) runs.set(key, { benchmark, model, task, first: label, row, place });
    else known.second ??= label;
  }
  return [...runs.values()];
}
