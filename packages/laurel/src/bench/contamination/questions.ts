import { InputError, type Task } from "../../core/index.ts";
import { openSource, parseTaskRow, schemas } from "../../io/index.ts";
import { isRaw, type Raw } from "../../io/messages.ts";
import { type ReadOptions, readExamples } from "../../run/read-examples.ts";

/** The columns that hold a question, its answer and its id, in the order in which they are looked for. */
const columns = {
  prompt: ["prompt", "question", "problem", "instruction", "query", "input"],
  reference: ["reference", "answer", "ground_truth", "gold", "target", "solution", "final_answer"],
  id: ["id", "idx", "unique_id", "task_id", "problem_id", "key"],
} as const;

function guessed(row: Raw): Raw {
  const found = (names: readonly string[]): unknown => {
    const name = names.find((one) => row[one] !== undefined && row[one] !== null);
    return name === undefined ? undefined : row[name];
  };
  const reference = found(columns.reference);
  return {
    id: found(columns.id),
    prompt: found(columns.prompt),
    ...(typeof reference === "string" || typeof reference === "number" || isRaw(reference) ? { reference } : {}),
  };
}

/**
 * The tasks of a file whose candidates are not wanted: rows in any form that `readExamples` knows, and rows that have none, such as a
 * benchmark's questions with their answers.
 *
 * Without a mapping the question is the first there is of the columns prompt, question, problem, instruction, query and input, the answer of
 * reference, answer, ground_truth, gold, target, solution and final_answer, the id of id, idx, unique_id, task_id, problem_id and key.
 *
 * @throws as `readExamples`
 * @example await readQuestions("gsm8k.jsonl", { limit: 100, onBad: (bad) => { throw bad; } })
 */
export async function readQuestions(input: string, options: ReadOptions): Promise<Task[]> {
  const tasks: Task[] = [];
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const file = input === "-" ? "standard input" : input;
  const table = options.from === undefined && input !== "-" ? await openSource(input) : undefined;
  let first = true;
  for await (const batch of table?.batches() ?? []) {
    for (const { line, row, bad } of batch) {
      if (tasks.length >= limit) return tasks;
      try {
        if (bad !== undefined) throw bad;
        const place = { line, file };
        const mapped = options.map === undefined ? row : options.map.apply(row, place);
        const known = options.map === undefined && schemas.some((one) => one.id !== "laurel" && one.match(row));
        if (first && (known || mapped["candidates"] !== undefined)) return withCandidates(input, options);
        first = false;
        const asked = options.map === undefined ? guessed(row) : mapped;
        tasks.push(parseTaskRow({ ...asked, candidates: [""] }, place).task);
      } catch (thrown) {
        if (!(thrown instanceof InputError)) throw thrown;
        await options.onBad(thrown, undefined);
      }
    }
  }
  return table === undefined ? withCandidates(input, options) : tasks;
}

async function withCandidates(input: string, options: ReadOptions): Promise<Task[]> {
  const tasks: Task[] = [];
  for await (const examples of readExamples(input, options)) tasks.push(...examples.map(({ task }) => task));
  return tasks;
}
