import type { FileHandle } from "node:fs/promises";
import { open, stat } from "node:fs/promises";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { type Example, sha256 } from "laurel/core";
import { parseMap, parseTaskRow } from "laurel/io";
import { type Row, readExamples } from "laurel/run";
import { Problem } from "../http/problem.ts";
import {
  type ExampleLine,
  examplesWanted,
  type Paged,
  type PairPlace,
  type RowQuery,
  type ScoreLine,
  schema,
  scoresWanted,
} from "./row-queries.ts";
import { exampleValues, scoreValues } from "./row-values.ts";

interface Scored {
  file: number;
  rows: number;
  /** Bytes up to the last whole line that was read, and a hash of the last of them. */
  bytes: number;
  tail: string;
}

interface Read {
  file: number;
  rows: number;
  pairs: number;
  stamp: string;
  bad: number;
  format: string | undefined;
}

const tailBytes = 4096;
const chunkBytes = 256 * 1024;
const keptFiles = 16;

/**
 * Rows of files by place, id, filter and order, in a private SQLite database on the disk that goes away with the process.
 *
 * Scored rows are indexed by where they stand in their file, which may still grow; examples of any format are kept in Laurel's own
 * form. Reading gives the thread back after every chunk, so that a long file does not hold up the rewards that are served.
 */
export class RowIndex implements Disposable {
  readonly #db = new DatabaseSync("");
  readonly #scored = new Map<string, Scored>();
  readonly #read = new Map<string, Read>();
  readonly #busy = new Map<string, Promise<unknown>>();
  #next = 1;

  constructor() {
    this.#db.exec("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;");
    this.#db.exec(schema);
  }

  /** Scored rows that a file holds now. @throws Problem (422) where it holds no rows of scores */
  async countScores(path: string): Promise<number> {
    return (await this.#scores(path)).rows;
  }

  /** A page of a file's scored rows. */
  async scoreLines(path: string, query: RowQuery): Promise<Paged<ScoreLine>> {
    const { file } = await this.#scores(path);
    const { where, values, sort } = scoresWanted(file, query);
    const columns = "n, id, repeat, best, margin, top, low, spread, candidates, unscored, faults";
    return this.#page("scores", columns, where, values, sort, query) as unknown as Paged<ScoreLine>;
  }

  /** The lines of a file's scored rows that a filter leaves, in its order, in batches: for exports. */
  async *scoreTexts(path: string, query: Omit<RowQuery, "offset" | "limit">): AsyncGenerator<string[]> {
    const { file } = await this.#scores(path);
    const { where, values, sort } = scoresWanted(file, query);
    const places = this.#db
      .prepare(`SELECT at, bytes FROM scores WHERE ${where.join(" AND ")} ORDER BY ${sort}`)
      .all(...values) as unknown as Place[];
    await using handle = await open(path, "r");
    for (let from = 0; from < places.length; from += 500)
      yield await Promise.all(places.slice(from, from + 500).map((place) => lineAt(handle, place)));
  }

  /** One scored row by its place. @throws Problem (404) */
  async scoredRow(path: string, n: number): Promise<Row> {
    const { file } = await this.#scores(path);
    await using handle = await open(path, "r");
    return JSON.parse(await lineAt(handle, this.#place(file, n))) as Row;
  }

  /** The scored row of a task; the first of its repeats. */
  async scoresOf(path: string, id: string): Promise<Row | undefined> {
    const { file } = await this.#scores(path);
    const found = this.#db.prepare("SELECT n FROM scores WHERE file = ? AND id = ? ORDER BY n LIMIT 1").get(file, id);
    return found === undefined ? undefined : this.scoredRow(path, found["n"] as number);
  }

  /** What a file of examples holds. @throws InputError for a file that cannot be read */
  async countExamples(path: string, map?: string): Promise<{ rows: number; bad: number; format: string | undefined }> {
    const { rows, bad, format } = await this.#examples(path, map);
    return { rows, bad, format };
  }

  /** A page of a file's examples. */
  async exampleLines(path: string, query: RowQuery, map?: string): Promise<Paged<ExampleLine>> {
    const { file } = await this.#examples(path, map);
    const { where, values, sort } = examplesWanted(file, query);
    const columns = "n, id, prompt, candidates, longest, labels, subsets, dissent";
    const found = this.#page("examples", columns, where, values, sort, query);
    const rows = found.rows.map((row) => ({ ...row, subsets: JSON.parse(row["subsets"] as string) as object }));
    return { ...found, rows: rows as unknown as ExampleLine[] };
  }

  /** One example by its place. @throws Problem (404) */
  async example(path: string, n: number, map?: string): Promise<Example> {
    const { file } = await this.#examples(path, map);
    return this.#exampleOf("n = ?", file, n) ?? missing(`row ${n}`);
  }

  /** The example of a task's id, if the file has it. */
  async exampleById(path: string, id: string, map?: string): Promise<Example | undefined> {
    const { file } = await this.#examples(path, map);
    return this.#exampleOf("id = ?", file, id);
  }

  /** The place of a task in its file. */
  async placeOf(path: string, id: string, map?: string): Promise<number | undefined> {
    const { file } = await this.#examples(path, map);
    const found = this.#db.prepare("SELECT n FROM examples WHERE file = ? AND id = ?").get(file, id);
    return found?.["n"] as number | undefined;
  }

  /** Pairs of candidates in a file: all of a task of up to four, of a larger one those that are labelled (all, without labels). */
  async countPairs(path: string, map?: string): Promise<number> {
    const { file } = await this.#examples(path, map);
    return this.#db.prepare("SELECT count(*) AS n FROM pairs WHERE file = ?").get(file)!["n"] as number;
  }

  /** Some of a file's pairs, in its order. */
  async pairPlaces(path: string, offset: number, limit: number, map?: string): Promise<PairPlace[]> {
    const { file } = await this.#examples(path, map);
    const found = this.#db.prepare(`${placeColumns} WHERE file = ? AND k >= ? ORDER BY k LIMIT ?`);
    return found.all(file, offset, limit) as unknown as PairPlace[];
  }

  /** Where a pair stands; undefined where it is none of the file's. */
  async pairAt(path: string, id: string, first: number, second: number, map?: string): Promise<PairPlace | undefined> {
    const { file } = await this.#examples(path, map);
    const found = this.#db.prepare(`${placeColumns} WHERE file = ? AND id = ? AND one = ? AND two = ?`);
    return found.get(file, id, first, second) as unknown as PairPlace | undefined;
  }

  [Symbol.dispose](): void {
    if (this.#db.isOpen) this.#db.close();
  }

  #exampleOf(where: string, file: number, value: SQLInputValue): Example | undefined {
    const found = this.#db.prepare(`SELECT id, line FROM examples WHERE file = ? AND ${where}`).get(file, value);
    if (found === undefined) return undefined;
    const example = parseTaskRow(found["line"] as string, { line: 1 });
    return { ...example, task: { ...example.task, id: found["id"] as string } };
  }

  #page(
    table: "scores" | "examples",
    columns: string,
    where: readonly string[],
    values: readonly SQLInputValue[],
    sort: string,
    { offset, limit }: RowQuery,
  ): Paged<Record<string, unknown>> {
    const which = where.join(" AND ");
    const total = this.#db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${which}`).get(...values)!["n"] as number;
    const rows = this.#db
      .prepare(`SELECT ${columns} FROM ${table} WHERE ${which} ORDER BY ${sort} LIMIT ? OFFSET ?`)
      .all(...values, limit, offset);
    return { total, offset, rows };
  }

  #place(file: number, n: number): Place {
    const found = this.#db.prepare("SELECT at, bytes FROM scores WHERE file = ? AND n = ?").get(file, n);
    return found === undefined ? missing(`row ${n}`) : (found as unknown as Place);
  }

  /** One reading of a file at a time; who asks meanwhile waits for it and looks again. */
  async #once<T>(key: string, read: () => Promise<T>): Promise<T> {
    for (let before = this.#busy.get(key); before !== undefined; before = this.#busy.get(key))
      await before.catch(() => {});
    const reading = read();
    this.#busy.set(key, reading);
    try {
      return await reading;
    } finally {
      this.#busy.delete(key);
    }
  }

  #begin(path: string, kind: "scores" | "examples"): number {
    const file = this.#next++;
    this.#db.prepare("INSERT INTO files VALUES (?, ?, ?, ?)").run(file, path, kind, file);
    const old = this.#db.prepare("SELECT file, path, kind FROM files ORDER BY file DESC LIMIT -1 OFFSET ?");
    for (const one of old.all(keptFiles)) {
      this.#forget(one["file"] as number, one["kind"] as "scores" | "examples");
      (one["kind"] === "scores" ? this.#scored : this.#read).delete(one["path"] as string);
    }
    return file;
  }

  #forget(file: number, kind: "scores" | "examples"): void {
    this.#db.prepare(`DELETE FROM ${kind} WHERE file = ?`).run(file);
    if (kind === "examples") this.#db.prepare("DELETE FROM pairs WHERE file = ?").run(file);
    this.#db.prepare("DELETE FROM files WHERE file = ?").run(file);
  }

  #scores(path: string): Promise<Scored> {
    return this.#once(`scores ${path}`, async () => {
      await using handle = await openFile(path);
      const { size } = await handle.stat();
      let known = this.#scored.get(path);
      if (known !== undefined && (size < known.bytes || (await tailOf(handle, known.bytes)) !== known.tail)) {
        this.#forget(known.file, "scores");
        this.#scored.delete(path);
        known = undefined;
      }
      if (known !== undefined && known.bytes === size) return known;
      known ??= { file: this.#begin(path, "scores"), rows: 0, bytes: 0, tail: "" };
      try {
        await this.#growScores(handle, known, size);
      } catch (thrown) {
        this.#forget(known.file, "scores");
        this.#scored.delete(path);
        throw thrown;
      }
      known.tail = await tailOf(handle, known.bytes);
      this.#scored.set(path, known);
      return known;
    });
  }

  async #growScores(handle: FileHandle, known: Scored, size: number): Promise<void> {
    const put = this.#db.prepare("INSERT INTO scores VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    let rest = Buffer.alloc(0);
    for (let at = known.bytes; at < size; ) {
      const chunk = Buffer.alloc(Math.min(chunkBytes, size - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) break;
      at += bytesRead;
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
      let from = 0;
      this.#db.exec("BEGIN");
      try {
        for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, from)) {
          const line = rest.subarray(from, end);
          const values = scoreValues(line.toString("utf8"), known.rows);
          put.run(known.file, known.rows, values.id, values.repeat, known.bytes, line.length, ...values.rest);
          known.rows++;
          known.bytes += end + 1 - from;
          from = end + 1;
        }
      } finally {
        this.#db.exec("COMMIT");
      }
      rest = rest.subarray(from);
      await turn();
    }
  }

  #examples(path: string, map?: string): Promise<Read> {
    const key = map === undefined || map === "" ? path : `${path}\n${map}`;
    return this.#once(`examples ${key}`, async () => {
      const stats = await stat(path);
      const stamp = `${stats.size}:${stats.mtimeMs}:${stats.ino}`;
      const known = this.#read.get(key);
      if (known?.stamp === stamp) return known;
      if (known !== undefined) this.#forget(known.file, "examples");
      this.#read.delete(key);
      const made: Read = { file: this.#begin(key, "examples"), rows: 0, pairs: 0, stamp, bad: 0, format: undefined };
      // loaded where it is needed: it brings all benchmarks along
      const { pairsOfLabels } = await import("laurel/bench");
      const pair = this.#db.prepare("INSERT INTO pairs VALUES (?, ?, ?, ?, ?)");
      const put = this.#db.prepare("INSERT INTO examples VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
      try {
        const batches = readExamples(path, {
          map: map === undefined || map === "" ? undefined : parseMap(map),
          extra: true,
          onFormat: (format) => {
            made.format = format;
          },
          onBad: () => {
            made.bad++;
          },
        });
        let began = performance.now();
        for await (const batch of batches) {
          this.#db.exec("BEGIN");
          try {
            for (const example of batch) {
              put.run(made.file, made.rows++, ...exampleValues(example));
              const { id, candidates } = example.task;
              for (const { low, high } of pairsOfLabels(
                example.labels,
                candidates.length,
                candidates.length > mostForAll ? "labelled" : "all",
              ))
                pair.run(made.file, made.pairs++, id, low, high);
            }
          } finally {
            this.#db.exec("COMMIT");
          }
          if (performance.now() - began > 10) {
            await turn();
            began = performance.now();
          }
        }
      } catch (thrown) {
        this.#forget(made.file, "examples");
        throw thrown;
      }
      this.#read.set(key, made);
      return made;
    });
  }
}

const placeColumns = "SELECT k, id, one AS first, two AS second FROM pairs";
const mostForAll = 4;

/** Where a line stands in its file. */
interface Place {
  at: number;
  bytes: number;
}

async function lineAt(handle: FileHandle, { at, bytes }: Place): Promise<string> {
  const line = Buffer.alloc(bytes);
  await handle.read(line, 0, bytes, at);
  return line.toString("utf8");
}

function missing(what: string): never {
  throw new Problem(404, "no-such-row", `there is no ${what} in the file`);
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
    throw new Problem(404, "no-such-file", "the file went away");
  }
}

async function tailOf(handle: FileHandle, bytes: number): Promise<string> {
  const tail = Buffer.alloc(Math.min(tailBytes, bytes));
  await handle.read(tail, 0, tail.length, bytes - tail.length);
  return sha256(tail.toString("latin1"));
}
