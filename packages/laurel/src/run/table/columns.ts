import { InputError, UsageError } from "../../core/index.ts";
import { didYouMean, openRows } from "../../io/index.ts";

type Cell = string | number | boolean | null;

/** A table in memory whose columns are asked for by name. */
export class Columns {
  readonly file: string;
  readonly names: readonly string[];
  readonly #rows: readonly Readonly<Record<string, unknown>>[];
  readonly #lines: readonly number[];

  constructor(file: string, rows: readonly Readonly<Record<string, unknown>>[], lines: readonly number[]) {
    this.file = file;
    this.#rows = rows;
    this.#lines = lines;
    const names = new Set<string>();
    for (const row of rows) for (const name of Object.keys(row)) names.add(name);
    this.names = [...names];
  }

  /** Number of rows. */
  get size(): number {
    return this.#rows.length;
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** One cell; null where it is missing or empty. */
  cell(row: number, name: string): Cell {
    const value = this.#rows[row]![name];
    if (value === undefined || value === null || value === "") return null;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    if (typeof value === "bigint") return Number(value);
    throw this.#wrong(row, name, "a number or a text", value);
  }

  /** A column's cells. */
  cells(name: string): Cell[] {
    this.#needs(name);
    return this.#rows.map((_, i) => this.cell(i, name));
  }

  /** A column of texts, such as names of prompts or systems; an empty cell is an error. */
  texts(name: string): string[] {
    return this.cells(name).map((cell, i) => {
      if (cell === null) throw this.#wrong(i, name, "a name", "nothing");
      return String(cell);
    });
  }

  /** A column of numbers; true and false count 1 and 0. An empty cell is null where `missing` allows it. */
  numbers(name: string, missing: "error"): number[];
  numbers(name: string, missing: "null"): (number | null)[];
  numbers(name: string, missing: "error" | "null"): (number | null)[] {
    return this.cells(name).map((cell, i) => {
      if (cell === null && missing === "null") return null;
      const number = numberOf(cell);
      if (number === undefined) throw this.#wrong(i, name, "a number", cell ?? "nothing");
      return number;
    });
  }

  /** A column of labels: numbers where all of its cells are numbers, else texts; null where empty. */
  labels(...names: string[]): (string | number | null)[][] {
    const columns = names.map((name) => this.cells(name));
    const numeric = columns.every((cells) => cells.every((cell) => cell === null || numberOf(cell) !== undefined));
    return columns.map((cells) =>
      cells.map((cell) => (cell === null ? null : numeric ? numberOf(cell)! : String(cell))),
    );
  }

  #needs(name: string): void {
    if (this.has(name)) return;
    const near = didYouMean(name, [...this.names]);
    throw new UsageError(
      `${this.file} has no column '${name}'`,
      near === undefined || near === "" ? `it has ${this.names.slice(0, 30).join(", ")}` : near,
    );
  }

  #wrong(row: number, name: string, expected: string, found: unknown): InputError {
    return new InputError(
      { file: this.file, line: this.#lines[row], field: name },
      `expected ${expected}, found ${String(found).slice(0, 40)}`,
    );
  }
}

function numberOf(cell: Cell): number | undefined {
  if (typeof cell === "number") return Number.isFinite(cell) ? cell : undefined;
  if (typeof cell === "boolean") return Number(cell);
  if (cell === null) return undefined;
  const text = cell.trim();
  if (/^true$/i.test(text)) return 1;
  if (/^false$/i.test(text)) return 0;
  const number = text === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** Reads a whole table of any format. */
export async function readColumns(file: string): Promise<Columns> {
  const table = await openRows(file);
  const rows: Readonly<Record<string, unknown>>[] = [];
  const lines: number[] = [];
  for await (const batch of table.batches())
    for (const { line, row, bad } of batch) {
      if (bad !== undefined) throw bad;
      rows.push(row);
      lines.push(line);
    }
  return new Columns(table.file, rows, lines);
}
