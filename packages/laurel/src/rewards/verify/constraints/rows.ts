import { InputError } from "../../../core/errors.ts";
import { task } from "../../../core/task.ts";
import type { Json, JsonObject, Task } from "../../../core/types.ts";

/** One row of IFEval's own JSONL: `{ key, prompt, instruction_id_list, kwargs }`. */
export type IfevalRow = {
  key: number | string;
  prompt: string;
  instruction_id_list: readonly string[];
  kwargs: readonly JsonObject[];
};

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * IFEval's row as constraints: each instruction's id with its arguments; arguments that are null are left out.
 *
 * @throws InputError if the row has not IFEval's form
 * @example ifevalConstraints({ instruction_id_list: ["punctuation:no_comma"], kwargs: [{}] }) // [{ id: "punctuation:no_comma" }]
 */
export function ifevalConstraints(row: JsonObject): JsonObject[] {
  const { instruction_id_list: ids, kwargs } = row;
  if (!Array.isArray(ids)) throw new InputError({ field: "instruction_id_list" }, "expected a list");
  if (!Array.isArray(kwargs) || kwargs.length !== ids.length)
    throw new InputError({ field: "kwargs" }, "expected a list as long as instruction_id_list");
  return ids.map((id: Json, i) => {
    const given: Json = kwargs[i];
    if (typeof id !== "string") throw new InputError({ field: `instruction_id_list[${i}]` }, "expected a text");
    if (!isObject(given)) throw new InputError({ field: `kwargs[${i}]` }, "expected an object");
    return { id, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)) };
  });
}

/**
 * A task from IFEval's row and the responses to it.
 *
 * @example ifevalTask(row, ["a response"])
 */
export function ifevalTask(row: JsonObject, responses: readonly string[]): Task {
  if (typeof row["prompt"] !== "string") throw new InputError({ field: "prompt" }, "expected a text");
  return task(row["prompt"], responses, { constraints: ifevalConstraints(row) }, { id: String(row["key"]) });
}

/** How many prompts had all their instructions followed, and how many instructions were followed. */
export type IfevalCounts = {
  prompts: number;
  promptsFollowed: number;
  instructions: number;
  instructionsFollowed: number;
};

/**
 * IFEval's two accuracies as counts: promptsFollowed / prompts and instructionsFollowed / instructions.
 *
 * @param results for each prompt, whether each of its instructions is followed
 * @example ifevalCounts([[true, false], [true]]) // { prompts: 2, promptsFollowed: 1, instructions: 3, instructionsFollowed: 2 }
 */
export function ifevalCounts(results: Iterable<readonly boolean[]>): IfevalCounts {
  const counts = { prompts: 0, promptsFollowed: 0, instructions: 0, instructionsFollowed: 0 };
  for (const one of results) {
    const right = one.filter(Boolean).length;
    counts.prompts++;
    counts.instructions += one.length;
    counts.instructionsFollowed += right;
    if (right === one.length) counts.promptsFollowed++;
  }
  return counts;
}
