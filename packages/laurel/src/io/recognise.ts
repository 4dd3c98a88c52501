import { type Example, InputError } from "../core/index.ts";
import type { Raw } from "./messages.ts";
import { didYouMean } from "./near.ts";
import { bestOfN, messages, unpaired } from "./schemas/completions.ts";
import { helpsteer2, helpsteer2Preference } from "./schemas/helpsteer2.ts";
import { judgebench, ppePairs } from "./schemas/judged-pair.ts";
import { native } from "./schemas/native.ts";
import { openrlhf, openrlhfPrompts, verl } from "./schemas/openrlhf.ts";
import { implicitPreference, preference } from "./schemas/preference.ts";
import { rewardbench, rewardbench2, rmBench } from "./schemas/rewardbench.ts";
import type { RowPlace, Schema } from "./schemas/schema.ts";
import { prm800k, processbench, stepwise } from "./schemas/steps.ts";

/** Every row format that is known, the most particular first: the first that matches is taken. */
export const schemas: readonly Schema[] = [
  native,
  prm800k,
  processbench,
  judgebench,
  ppePairs,
  helpsteer2Preference,
  helpsteer2,
  rmBench,
  rewardbench2,
  rewardbench,
  verl,
  openrlhf,
  openrlhfPrompts,
  preference,
  implicitPreference,
  stepwise,
  unpaired,
  bestOfN,
  messages,
];

/**
 * The row format of a table, from its first rows: the first format in `schemas` that all of them have.
 *
 * @param rows some rows, at least one
 * @param place the file, for messages
 * @throws InputError that lists the columns, when no format fits or when rows are of different formats
 * @example recogniseRows([{ prompt: "p", chosen: "a", rejected: "b" }], {}).id // "preference"
 */
export function recogniseRows(rows: readonly Raw[], place: { file?: string | undefined }): Schema {
  const found = schemas.find((schema) => rows.every((row) => schema.match(row)));
  if (found !== undefined && rows.length > 0) return found;
  const first = rows[0];
  if (first === undefined) throw new InputError({ file: place.file }, "there are no rows to recognise a format from");
  const alone = schemas.find((schema) => schema.match(first));
  if (alone !== undefined) {
    const at = rows.findIndex((row) => !alone.match(row));
    const other = schemas.find((schema) => schema.match(rows[at]!));
    throw new InputError(
      { file: place.file },
      `its rows differ: row 1 is ${alone.id}, row ${at + 1} is ${other?.id ?? `of no known format (${columnsOf(rows[at]!)})`}`,
      "split the file by format",
    );
  }
  throw new InputError(
    { file: place.file },
    `its row format is not known; the columns are ${columnsOf(first)}`,
    "--map names the columns, such as --map prompt=question,candidates=answers",
  );
}

function columnsOf(row: Raw): string {
  return Object.keys(row).slice(0, 40).join(", ") || "none";
}

/**
 * A row format by its name.
 *
 * @throws InputError with near misses for an unknown name
 */
export function schemaNamed(id: string): Schema {
  const found = schemas.find((schema) => schema.id === id);
  if (found !== undefined) return found;
  const names = schemas.map((schema) => schema.id);
  throw new InputError({}, `there is no row format '${id}'`, didYouMean(id, names));
}

/** A row as an example, in a known format or recognised by itself. */
export function readExample(row: Raw, place: RowPlace, schema?: Schema): Example {
  const known = schema ?? recogniseRows([row], place);
  // a format that was recognised from the first rows need not be that of every row
  if (schema !== undefined && !schema.match(row)) {
    // of a row of no format, the expected one's reader says which column is wrong, where it can tell
    if (!schemas.some((other) => other.match(row))) readOrMissing(schema, row, place);
    throw new InputError(
      { file: place.file, line: place.line },
      `this is no row of the format ${schema.id}; its columns are ${columnsOf(row)}`,
    );
  }
  return known.read(row, place);
}

/** Reads a row that lacks something, for its error: a column that is not there is said to be missing. */
function readOrMissing(schema: Schema, row: Raw, place: RowPlace): void {
  try {
    schema.read(row, place);
  } catch (thrown) {
    const field = thrown instanceof InputError ? thrown.place.field : undefined;
    if (field === undefined || row[field] !== undefined) throw thrown;
    throw new InputError(
      { file: place.file, line: place.line, field },
      `it is missing; the row has ${columnsOf(row)}`,
      `it is read as ${schema.id}, like the first rows`,
    );
  }
}
