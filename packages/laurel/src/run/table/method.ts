import { type Estimate, type Seed, UsageError } from "../../core/index.ts";
import { didYouMean } from "../../io/index.ts";
import type { Columns } from "./columns.ts";

/** One line of a result: an estimate, or a p-value or another number that belongs to one. */
export interface Line {
  name: string;
  estimate?: Estimate | undefined;
  p?: number | undefined;
  /** A number that is exact or planned, such as a count or a needed n. */
  value?: number | string | null | undefined;
}

/** Lines of points with bands, to be drawn. */
export interface Figure {
  title: string;
  x: string;
  y: string;
  note: string;
  series: readonly { name: string; points: readonly { x: number; y: number; low: number; high: number }[] }[];
}

/** What a method says. */
export interface Result {
  lines: readonly Line[];
  notes?: readonly string[] | undefined;
  figures?: readonly Figure[] | undefined;
}

/** A method of `laurel stats`. */
export interface Method {
  /** One line for the list. */
  about: string;
  group: "interval" | "test" | "association" | "agreement" | "ranking" | "runs" | "judge" | "planning";
  /** Its settings: what each means, and its default where it has one ("column" settings default to the column of that name). */
  settings: Readonly<Record<string, string>>;
  /** Does it need a table? Default true. */
  table?: boolean | undefined;
  run(columns: Columns, settings: Settings): Result;
}

/** The settings that a user gave, as `NAME=VALUE`. */
export class Settings {
  readonly seed: Seed;
  readonly level: number;
  readonly #given: ReadonlyMap<string, string>;

  constructor(given: ReadonlyMap<string, string>, seed: Seed, level: number) {
    this.#given = given;
    this.seed = seed;
    this.level = level;
  }

  /** Throws where a setting is none of the method's. */
  check(method: string, known: readonly string[]): void {
    for (const name of this.#given.keys())
      if (!known.includes(name))
        throw new UsageError(
          `${method} has no setting '${name}'`,
          didYouMean(name, [...known]) || `it has ${known.join(", ") || "none"}`,
        );
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  /** A text, such as a column's name. */
  text(name: string, otherwise: string): string {
    return this.#given.get(name) ?? otherwise;
  }

  /** Several texts, joined by `+`. */
  list(name: string): string[] | undefined {
    return this.#given.get(name)?.split("+");
  }

  /** One of some words. */
  choice<const T extends string>(name: string, words: readonly T[], otherwise: T): T {
    const value = this.#given.get(name) ?? otherwise;
    const found = words.find((word) => word === value);
    if (found === undefined) throw new UsageError(`${name} is ${words.join(", ")}, not '${value}'`);
    return found;
  }

  number(name: string, otherwise?: number): number {
    const text = this.#given.get(name);
    if (text === undefined && otherwise !== undefined) return otherwise;
    if (text === undefined) throw new UsageError(`the setting ${name} is missing`, `add ${name}=NUMBER`);
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) throw new UsageError(`${name} must be a number, not '${text}'`);
    return value;
  }

  /** The column of clusters, where it is named or the table has one called `cluster`. */
  clusters(columns: Columns): string[] | undefined {
    const name = this.text("cluster", "cluster");
    return this.has("cluster") || columns.has(name) ? columns.texts(name) : undefined;
  }
}

/** What many settings mean. */
export const says = {
  cluster: "column of the prompt that rows belong to (default: cluster, if there is one)",
  seed: "see --seed",
};
