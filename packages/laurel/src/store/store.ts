import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { type Json, type JsonObject, LaurelError, messageOf, type Score, StoppedError } from "../core/index.ts";

/** One run of a command, as `laurel runs` lists it. */
export interface RunRecord {
  id: string;
  /** `running` of a process that is gone means interrupted. */
  state: "running" | "done" | "stopped";
  command: string;
  /** Absolute path of the output, which is the journal. */
  out: string;
  created: string;
  updated: string;
  /** What decides the output's rows: a resumed run must have the same. */
  identity: JsonObject;
  /** Counts, seed, reward, usage: what a reader wants to know. */
  summary: JsonObject;
}

const schema = `
  CREATE TABLE IF NOT EXISTS scores (key BLOB PRIMARY KEY, score TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS calls (key BLOB PRIMARY KEY, answers TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS runs (id TEXT PRIMARY KEY, out TEXT NOT NULL, created TEXT NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS runs_out ON runs (out, created);
`;

const busyMilliseconds = 10_000;
const mostPending = 4096;

/**
 * Runs, paid-for scores and paid-for answers of models in `<directory>/laurel.db` (SQLite, write-ahead log). Scores belong to a release of
 * their reward; answers of models are kept by their request alone and outlive releases.
 * Several processes may share one: a writer waits for another at most ten seconds, then the call fails with a typed error.
 */
export class Store implements Disposable {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #getCall: StatementSync;
  readonly #putCall: StatementSync;
  readonly #pending = new Map<string, Score>();

  constructor(db: DatabaseSync, path: string) {
    this.path = path;
    this.#db = db;
    this.#get = db.prepare("SELECT score FROM scores WHERE key = ?");
    this.#put = db.prepare("INSERT OR REPLACE INTO scores (key, score, at) VALUES (?, ?, ?)");
    this.#getCall = db.prepare("SELECT answers FROM calls WHERE key = ?");
    this.#putCall = db.prepare("INSERT OR REPLACE INTO calls (key, answers, at) VALUES (?, ?, ?)");
  }

  /**
   * The stored scores of the keys, undefined where there is none.
   * @param keys each 32 hex digits
   */
  getScores(keys: readonly string[]): (Score | undefined)[] {
    return this.#guard(() =>
      keys.map((key) => {
        const pending = this.#pending.get(key);
        if (pending !== undefined) return pending;
        const row = this.#get.get(Buffer.from(key, "hex")) as { score: string } | undefined;
        return row === undefined ? undefined : (JSON.parse(row.score) as Score);
      }),
    );
  }

  /**
   * Stores scores, all or none.
   * @param later keep them in memory until some thousand have come together or the store is closed: for scores that
   * are cheap to make again; those that were paid for are written at once
   */
  putScores(entries: readonly (readonly [key: string, score: Score])[], later = false): void {
    for (const [key, score] of entries) this.#pending.set(key, score);
    if (!later || this.#pending.size >= mostPending) this.#flush();
  }

  #flush(): void {
    if (this.#pending.size === 0) return;
    const now = Date.now();
    this.#transaction(() => {
      for (const [key, score] of this.#pending) this.#put.run(Buffer.from(key, "hex"), JSON.stringify(score), now);
    });
    this.#pending.clear();
  }

  /**
   * The stored answers of calls to models, undefined where there are none.
   * @param keys each 32 hex digits
   */
  getCalls(keys: readonly string[]): (Json | undefined)[] {
    return this.#guard(() =>
      keys.map((key) => {
        const row = this.#getCall.get(Buffer.from(key, "hex")) as { answers: string } | undefined;
        return row === undefined ? undefined : (JSON.parse(row.answers) as Json);
      }),
    );
  }

  /** Stores answers of calls to models, at once and all or none: they were paid for. */
  putCalls(entries: readonly (readonly [key: string, answers: Json])[]): void {
    if (entries.length === 0) return;
    const now = Date.now();
    this.#transaction(() => {
      for (const [key, answers] of entries) this.#putCall.run(Buffer.from(key, "hex"), JSON.stringify(answers), now);
    });
  }

  /** Adds a run or replaces it. */
  putRun(run: RunRecord): void {
    this.#guard(() =>
      this.#db
        .prepare("INSERT OR REPLACE INTO runs (id, out, created, record) VALUES (?, ?, ?, ?)")
        .run(run.id, run.out, run.created, JSON.stringify(run)),
    );
  }

  /** The newest run that wrote to this output. */
  runOf(out: string): RunRecord | undefined {
    return this.#guard(() => {
      const row = this.#db.prepare("SELECT record FROM runs WHERE out = ? ORDER BY created DESC LIMIT 1").get(out);
      return row === undefined ? undefined : (JSON.parse(row["record"] as string) as RunRecord);
    });
  }

  /** All runs, newest first. */
  runs(limit = 100): RunRecord[] {
    return this.#guard(() =>
      this.#db
        .prepare("SELECT record FROM runs ORDER BY created DESC, id LIMIT ?")
        .all(limit)
        .map((row) => JSON.parse(row["record"] as string) as RunRecord),
    );
  }

  /** How many scores are stored. */
  countScores(): number {
    this.#flush();
    return this.#guard(() => this.#db.prepare("SELECT count(*) AS n FROM scores").get()!["n"] as number);
  }

  /** How many calls to models have their answers stored. */
  countCalls(): number {
    return this.#guard(() => this.#db.prepare("SELECT count(*) AS n FROM calls").get()!["n"] as number);
  }

  [Symbol.dispose](): void {
    if (!this.#db.isOpen) return;
    try {
      this.#flush();
    } finally {
      this.#db.close();
    }
  }

  #transaction(body: () => void): void {
    this.#guard(() => {
      this.#db.exec("BEGIN IMMEDIATE");
      try {
        body();
        this.#db.exec("COMMIT");
      } catch (thrown) {
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
        throw thrown;
      }
    });
  }

  #guard<T>(body: () => T): T {
    try {
      return body();
    } catch (thrown) {
      throw storeError(this.path, thrown);
    }
  }
}

function storeError(path: string, thrown: unknown): Error {
  const message = messageOf(thrown);
  if (/full|disk I\/O/i.test(message))
    return new StoppedError(
      `the store ${path} could not be written: ${message}`,
      "free some disk space and run the same command again",
      thrown,
    );
  if (/locked|busy/i.test(message))
    return new LaurelError("store-busy", `the store ${path} is locked by another process`, {
      hint: "wait for it to end, or use another store with --store DIR",
      cause: thrown,
    });
  return new LaurelError("store", `the store ${path} cannot be used: ${message}`, {
    hint: "move the file away, or use another store with --store DIR (scores already written to --out stay valid)",
    cause: thrown,
  });
}

/** Loads node:sqlite without the experimental warning that Node 22 prints. */
async function loadSqlite(): Promise<typeof import("node:sqlite")> {
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes("SQLite")) (emit as (...all: unknown[]) => void).call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return await import("node:sqlite");
  } finally {
    process.emitWarning = emit;
  }
}

/**
 * Opens the store of a directory, which is made if it does not exist.
 * @param directory usually `.laurel` in the working directory
 * @throws LaurelError where the directory or the file in it cannot be used
 */
export async function openStore(directory: string): Promise<Store> {
  const path = join(directory, "laurel.db");
  const { DatabaseSync } = await loadSqlite();
  try {
    mkdirSync(directory, { recursive: true });
    const db = new DatabaseSync(path, { timeout: busyMilliseconds });
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;");
    db.exec(schema);
    return new Store(db, path);
  } catch (thrown) {
    throw storeError(path, thrown);
  }
}
