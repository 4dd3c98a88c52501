import { type Example, InputError } from "../core/index.ts";
import { IdCheck, parseTaskRow, type RowMap, readLineBatches } from "../io/index.ts";

/** What happens at a row that cannot be read. */
export type OnBadRow = "stop" | "skip" | "report";

/** Options of `readExamples`. */
export interface ReadOptions {
  map?: RowMap | undefined;
  /** Read the first so many good rows. */
  limit?: number | undefined;
  /** Called at each row that cannot be read, with its text where there is one; throws to end the reading. */
  onBad: (bad: InputError, text: string | undefined) => void | Promise<void>;
}

/**
 * The tasks of a file with their labels, in batches; ids are checked for repetition.
 * Rows before a bad one are given out before `onBad` is called, so that an error loses nothing.
 */
export async function* readExamples(
  input: string,
  options: ReadOptions,
): AsyncGenerator<readonly Example[], void, undefined> {
  const file = input === "-" ? "standard input" : input;
  const ids = new IdCheck();
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  let taken = 0;
  if (limit <= 0) return;
  for await (const lines of readLineBatches(input, { name: file })) {
    const examples: Example[] = [];
    for (const line of lines) {
      try {
        if (line.bad !== undefined) throw line.bad;
        const example = parseTaskRow(line.text, { line: line.line, file, map: options.map });
        ids.check(example.task.id, { file, line: line.line });
        examples.push(example);
        taken++;
      } catch (thrown) {
        if (!(thrown instanceof InputError)) throw thrown;
        if (examples.length > 0) yield examples.splice(0);
        await options.onBad(thrown, line.text);
      }
      if (taken >= limit) break;
    }
    if (examples.length > 0) yield examples;
    if (taken >= limit) return;
  }
}
