import type { Json, JsonObject } from "../../../core/types.ts";
import { assign, assignInOrder } from "../assignment.ts";
import { isJsonObject } from "../tools/json-equal.ts";
import { type Nearness, plainText, sameValue } from "./equal.ts";
import { type Overlap, overlap } from "./overlap.ts";

/** A row: cells by column name. */
export type Row = ReadonlyMap<string, Json>;

function rowOf(value: Json): Row | undefined {
  if (!isJsonObject(value)) return undefined;
  const cells = new Map<string, Json>();
  for (const [name, cell] of Object.entries(value)) if (cell !== undefined) cells.set(plainText(name), cell);
  return cells;
}

/** The rows of a JSON value, a list of objects or `{ columns, rows }`; undefined if it is neither. */
export function tableOf(value: Json): Row[] | undefined {
  let list = value;
  if (isJsonObject(value) && Array.isArray(value["columns"]) && Array.isArray(value["rows"])) {
    const columns = value["columns"].map(String);
    list = value["rows"].map((cells: Json): JsonObject => {
      const row = Array.isArray(cells) ? (cells as readonly Json[]) : [];
      return Object.fromEntries(row.slice(0, columns.length).map((cell, i) => [columns[i]!, cell]));
    });
  }
  if (!Array.isArray(list)) return undefined;
  const rows: Row[] = [];
  for (const item of list as readonly Json[]) {
    const row = rowOf(item);
    if (row === undefined) return undefined;
    rows.push(row);
  }
  return rows;
}

function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/\|$/, "");
  return inner.split("|").map((cell) => cell.trim());
}

/** The first Markdown table in a text, as rows; undefined if there is none. */
export function markdownTable(text: string): Row[] | undefined {
  const lines = text.split("\n");
  for (let i = 0; i + 1 < lines.length; i++) {
    const rule = lines[i + 1]!;
    if (!lines[i]!.includes("|") || !rule.includes("-") || !/^[\s|:-]+$/.test(rule)) continue;
    const columns = cellsOf(lines[i]!).map(plainText);
    const rows: Row[] = [];
    for (let k = i + 2; k < lines.length && lines[k]!.includes("|"); k++)
      rows.push(
        new Map(
          cellsOf(lines[k]!)
            .slice(0, columns.length)
            .map((cell, c) => [columns[c]!, cell]),
        ),
      );
    return rows;
  }
  return undefined;
}

/** How well two tables agree. */
export interface TableMatch extends Overlap {
  /** Rows paired that are equal in all cells / the greater number of rows. */
  rows: number;
}

/**
 * Cells of a table against those wanted.
 *
 * Rows are paired one to one: by equal values in all `keys` columns if given, else so that the most cells agree (Hungarian method), in the
 * order of the tables if `ordered`. precision = equal cells of the pairs / cells given, recall = equal cells / cells wanted.
 *
 * @param keys names of columns, in any case
 */
export function matchTable(
  wanted: readonly Row[],
  given: readonly Row[],
  options: { keys?: readonly string[] | undefined; ordered?: boolean | undefined; near?: Nearness | undefined } = {},
): TableMatch {
  const near = options.near ?? {};
  const keys = (options.keys ?? []).map(plainText);
  const n = wanted.length;
  const m = given.length;
  const equal = new Float64Array(n * m);
  for (const [i, want] of wanted.entries()) {
    for (const [j, one] of given.entries()) {
      if (!keys.every((key) => want.has(key) && one.has(key) && sameValue(want.get(key), one.get(key), near))) continue;
      let same = 0;
      for (const [name, cell] of want) if (one.has(name) && sameValue(cell, one.get(name), near)) same++;
      equal[i * m + j] = same;
    }
  }
  const { columns, total } = (options.ordered === true ? assignInOrder : assign)(equal, n, m);
  const cells = (rows: readonly Row[]): number => rows.reduce((sum, row) => sum + row.size, 0);
  let whole = 0;
  for (const [i, column] of columns.entries())
    if (column >= 0 && equal[i * m + column] === wanted[i]!.size && given[column]!.size === wanted[i]!.size) whole++;
  const most = Math.max(n, m);
  return { ...overlap(total, cells(wanted), cells(given)), rows: most === 0 ? 1 : whole / most };
}
