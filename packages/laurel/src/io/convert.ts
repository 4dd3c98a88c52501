import { type Example, InputError, type JsonObject, UsageError } from "../core/index.ts";
import { factsOf } from "./facts.ts";
import type { Raw } from "./messages.ts";
import { readExample, recogniseRows, schemaNamed } from "./recognise.ts";
import type { Schema } from "./schemas/schema.ts";
import { type BadTableRow, gatherFirst, type Table, type TableRow } from "./source.ts";

const looked = 20;

/** A count for a field, or for a reason. */
export interface Counted {
  what: string;
  rows: number;
}

/** What a conversion did; it is complete when the rows have been read to their end. */
export interface ConversionReport {
  /** The formats, by name. */
  from: string;
  to: string;
  rowsIn: number;
  rowsOut: number;
  /** Rows that could not be read. */
  bad: number;
  /** Rows that were read but have no form in the target format, by reason. */
  unwritable: Counted[];
  /** Fields that the target format does not carry, and in how many rows something in them was lost. */
  lost: Counted[];
  /** Fields that the target states and the source did not, such as pairs worked out from right and wrong. */
  derived: Counted[];
}

/** How a table is converted. */
export interface ConvertOptions {
  /** The source's format by name; recognised from the first rows by default. */
  from?: string | undefined;
  /** The target's format by name. */
  to: string;
  /** Is told of each row that cannot be read, which is then left out; by default such a row ends the conversion. */
  onBadRow?: ((bad: InputError) => void) | undefined;
}

/** A conversion under way. */
export interface Conversion {
  rows: AsyncIterable<readonly JsonObject[]>;
  report: ConversionReport;
}

/**
 * Rows of one format as rows of another, with an exact account of what gets lost.
 *
 * Every written row is read back in the target format and compared with what was read from the source, fact by fact:
 * what is missing is lost, what is new is derived. So the account holds for every pair of formats, without a table of
 * what each can carry. An example that becomes several rows (pairs, single answers) gets ids with `.1`, `.2` behind
 * them, because an id may not repeat.
 *
 * @throws UsageError for a format that cannot be written; reading throws InputError for bad rows unless `onBadRow` is given
 * @example const { rows, report } = convertRows(await openRows("pairs.jsonl"), { to: "laurel" });
 */
export function convertRows(table: Table, options: ConvertOptions): Conversion {
  const to = schemaNamed(options.to);
  if (to.write === undefined) throw new UsageError(`the format ${to.id} can be read, but not written`);
  const counts = {
    unwritable: new Map<string, number>(),
    lost: new Map<string, number>(),
    derived: new Map<string, number>(),
  };
  const listed = (counted: Map<string, number>): Counted[] => Array.from(counted, ([what, rows]) => ({ what, rows }));
  const report: ConversionReport = {
    from: options.from ?? "",
    to: to.id,
    rowsIn: 0,
    rowsOut: 0,
    bad: 0,
    get unwritable() {
      return listed(counts.unwritable);
    },
    get lost() {
      return listed(counts.lost);
    },
    get derived() {
      return listed(counts.derived);
    },
  };
  let from = options.from === undefined ? undefined : schemaNamed(options.from);

  function one(row: Raw, line: number, schema: Schema): readonly JsonObject[] {
    const place = { file: table.file, line };
    const example = readExample(row, place, schema);
    const written = to.write!(example);
    if (typeof written === "string") {
      add(counts.unwritable, written);
      return [];
    }
    const rows =
      written.length > 1
        ? written.map((each, k) => (each["id"] === undefined ? each : { ...each, id: `${each["id"]}.${k + 1}` }))
        : written;
    const again = rows.map((each) => to.read(each, place));
    compare(example, again, counts);
    return rows;
  }

  async function* convert(): AsyncGenerator<JsonObject[], void, undefined> {
    for await (const batch of gatherFirst(table.batches(), looked)) {
      from ??= recogniseRows(firstRows(batch), { file: table.file });
      report.from = from.id;
      const out: JsonObject[] = [];
      for (const { line, row, bad } of batch) {
        report.rowsIn++;
        try {
          if (bad !== undefined) throw bad;
          out.push(...one(row, line, from));
        } catch (thrown) {
          if (!(thrown instanceof InputError) || options.onBadRow === undefined) throw thrown;
          report.bad++;
          options.onBadRow(thrown);
        }
      }
      report.rowsOut += out.length;
      if (out.length > 0) yield out;
    }
  }
  return { rows: convert(), report };
}

function firstRows(batch: readonly (TableRow | BadTableRow)[]): Raw[] {
  const rows: Raw[] = [];
  for (const { row } of batch) {
    if (row !== undefined) rows.push(row);
    if (rows.length === looked) break;
  }
  return rows;
}

function add(counted: Map<string, number>, what: string): void {
  counted.set(what, (counted.get(what) ?? 0) + 1);
}

function compare(
  before: Example,
  after: readonly Example[],
  counts: { lost: Map<string, number>; derived: Map<string, number> },
): void {
  const had = factsOf(before);
  const has = new Map<string, string>();
  for (const example of after) for (const [fact, field] of factsOf(example)) has.set(fact, field);
  const lost = new Set<string>();
  for (const [fact, field] of had) if (!has.has(fact)) lost.add(field);
  const derived = new Set<string>();
  for (const [fact, field] of has) if (!had.has(fact)) derived.add(field);
  for (const field of lost) add(counts.lost, field);
  for (const field of derived) if (!lost.has(field)) add(counts.derived, field);
}
