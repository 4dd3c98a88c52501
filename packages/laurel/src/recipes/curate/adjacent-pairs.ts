import { type Example, InputError, type Labels, promptHash } from "../../core/index.ts";

/**
 * Rows 2i and 2i + 1 of a rated data set as one task of two candidates, as HelpSteer2 stores its pairs.
 *
 * The prompts must be the same: after shuffling or filtering, adjacent rows are no pairs, and pairing them by position would train on
 * noise. Labels `value`, `parts` and `correct` of both stand side by side.
 *
 * @param rows examples of one candidate each
 * @throws InputError with the row's number where its prompt is not its neighbour's, it has not one candidate, or the last row is alone
 * @source HelpSteer2 (2024), data card
 */
export async function* adjacentPairs(rows: AsyncIterable<Example> | Iterable<Example>): AsyncIterable<Example> {
  let first: Example | undefined;
  let row = 0;
  for await (const example of rows) {
    row++;
    if (example.task.candidates.length !== 1)
      throw new InputError({ field: `row ${row}` }, `one candidate, not ${example.task.candidates.length}`);
    if (first === undefined) {
      first = example;
      continue;
    }
    if (promptHash(first.task) !== promptHash(example.task))
      throw new InputError(
        { field: `row ${row}` },
        "its prompt is not that of the row before: these rows are no pairs",
        "pair by prompt before shuffling or filtering",
      );
    yield joined(first, example);
    first = undefined;
  }
  if (first !== undefined)
    throw new InputError({ field: `row ${row}` }, "it has no partner: the number of rows is odd");
}

function joined(a: Example, b: Example): Example {
  const labels: Labels = {};
  const side = <T>(x: readonly T[] | undefined, y: readonly T[] | undefined, none: T): readonly T[] | undefined =>
    x === undefined && y === undefined ? undefined : [x?.[0] ?? none, y?.[0] ?? none];
  const [value, correct] = [side(a.labels.value, b.labels.value, null), side(a.labels.correct, b.labels.correct, null)];
  const parts = side(a.labels.parts, b.labels.parts, {});
  if (value !== undefined) labels.value = value;
  if (correct !== undefined) labels.correct = correct;
  if (parts !== undefined) labels.parts = parts;
  return { ...a, task: { ...a.task, candidates: [...a.task.candidates, ...b.task.candidates] }, labels };
}
