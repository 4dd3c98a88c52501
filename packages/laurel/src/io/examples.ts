import { type Example, InputError, type Seed } from "../core/index.ts";
import { type ByteSource, sourceName } from "./bytes.ts";
import { type DatasetOptions, openSource } from "./hub.ts";
import { IdCheck } from "./ids.ts";
import type { RowMap } from "./map.ts";
import type { Raw } from "./messages.ts";
import { openRows } from "./open.ts";
import { readExample, recogniseRows, schemaNamed } from "./recognise.ts";
import { parseTaskRow } from "./rows.ts";
import type { Schema } from "./schemas/schema.ts";
import { shuffleCandidates } from "./shuffle.ts";
import { type BadTableRow, gatherFirst, type TableFormat, type TableRow } from "./source.ts";

/** An example with the row that it was read from. */
export interface ExampleRow {
  line: number;
  example: Example;
  /** `order[i]` is the place at which candidate i stood in the file; absent where candidates were not shuffled. */
  order?: readonly number[] | undefined;
  bad?: undefined;
}

/** How examples are read. */
export interface ExamplesOptions extends DatasetOptions {
  format?: TableFormat | undefined;
  /** Where the members of a task stand; without it the row format is recognised. */
  map?: RowMap | undefined;
  /** The row format by name, in place of recognising it. */
  from?: string | undefined;
  /** Shuffles each example's candidates by this seed: to be given wherever labels are held against scores. */
  shuffle?: Seed | undefined;
  /** Must there be candidates (default), or may a row hold a prompt only? */
  candidates?: "required" | "optional" | undefined;
}

const looked = 20;

/**
 * Reads examples from anything: a file of any table format, a folder or a hub's dataset, standard input, or a stream.
 *
 * The row format is what `map` says, or `from` names, or is recognised from the first rows. Bad rows and repeated ids come
 * out as bad rows at their place.
 *
 * @throws InputError for a source that cannot be read at all or whose row format is not known
 * @example for await (const batch of readExamples("pairs.parquet", { shuffle: seed })) for (const one of batch) { ... }
 */
export async function* readExamples(
  source: ByteSource,
  options: ExamplesOptions = {},
): AsyncGenerator<(ExampleRow | BadTableRow)[], void, undefined> {
  const table = typeof source === "string" ? await openSource(source, options) : await openRows(source, options);
  const file = options.name ?? (typeof source === "string" ? table.file : sourceName(source));
  const ids = new IdCheck();
  let schema: Schema | undefined = options.from === undefined ? undefined : schemaNamed(options.from);

  const exampleOf = (row: Raw, line: number): Example => {
    const place = { file, line };
    if (options.map !== undefined || schema?.id === "laurel")
      return parseTaskRow(row, { ...place, map: options.map, candidates: options.candidates });
    const example = readExample(row, place, schema);
    if (example.task.candidates.length === 0 && options.candidates !== "optional")
      throw new InputError(place, `rows of the format ${schema?.id} hold prompts without candidates`);
    return example;
  };

  for await (const batch of gatherFirst(table.batches(), looked)) {
    if (options.map === undefined) schema ??= recogniseFirst(batch, file);
    const out: (ExampleRow | BadTableRow)[] = [];
    for (const one of batch) {
      if (one.bad !== undefined) {
        out.push(one);
        continue;
      }
      const { line, row } = one;
      try {
        const example = exampleOf(row, line);
        ids.check(example.task.id, { file, line });
        out.push(
          options.shuffle === undefined ? { line, example } : { line, ...shuffleCandidates(example, options.shuffle) },
        );
      } catch (thrown) {
        if (!(thrown instanceof InputError)) throw thrown;
        out.push({ line, bad: thrown });
      }
    }
    yield out;
  }
}

/**
 * The format of the first readable rows. One row that no format knows does not stand in the way of those that agree: it
 * is a bad row then. Nothing is recognised where all rows of a batch are bad.
 */
function recogniseFirst(batch: readonly (TableRow | BadTableRow)[], file: string): Schema | undefined {
  const rows: Raw[] = [];
  for (const { row } of batch) {
    if (row !== undefined) rows.push(row);
    if (rows.length === looked) break;
  }
  if (rows.length === 0) return undefined;
  const known = rows.filter((row) => {
    try {
      recogniseRows([row], { file });
      return true;
    } catch (thrown) {
      if (thrown instanceof InputError) return false;
      throw thrown;
    }
  });
  return recogniseRows(known.length * 2 > rows.length ? known : rows, { file });
}
