import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How far a job is. */
export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";

/** A job as it is stored. */
export interface Job {
  id: string;
  state: JobState;
  /** Name of the key that submitted it; empty where the server has no keys. */
  owner: string;
  /** Name of the served reward, and what it was when the job was submitted. */
  reward: string;
  fingerprint: string | null;
  /** What the run was asked for, such as its seed and mapping. */
  options: Readonly<Record<string, string>>;
  /** Rows in the output so far. */
  rows: number;
  /** Times that a worker took it up. */
  attempts: number;
  /** Has somebody asked for its end? */
  cancelling: boolean;
  error: string | null;
  created: number;
  updated: number;
}

/**
 * Where jobs are kept. A worker claims one, says from time to time that it lives, and finishes it; a job whose worker
 * has been silent for longer than its lease is claimed by another. All calls are durable when they return.
 */
export interface JobStore {
  add(job: Pick<Job, "id" | "owner" | "reward" | "fingerprint" | "options">): Job;
  get(id: string): Job | undefined;
  /** Newest first; of one owner, or of all. */
  list(owner: string | undefined, limit: number): Job[];
  /** The oldest job that is queued or whose worker is silent, now held by `worker` for `lease` milliseconds. */
  claim(worker: string, lease: number): Job | undefined;
  /** Lengthens the lease and notes the rows; false where the worker does not hold the job (any more). */
  heartbeat(id: string, worker: string, rows: number, lease: number): boolean;
  /** Ends the job; false where the worker does not hold it. */
  finish(id: string, worker: string, state: "done" | "failed" | "cancelled", rows: number, error?: string): boolean;
  /** Gives a job back, so that another worker goes on at once. */
  release(id: string, worker: string): void;
  /** Asks for a job's end: a queued one is cancelled at once, a running one by its worker. */
  cancel(id: string): void;
  remove(id: string): void;
  /** Jobs that are queued or running. */
  open(): number;
  close(): void;
}

type Raw = Record<string, unknown>;

function jobOf(row: Raw): Job {
  return {
    id: row["id"] as string,
    state: row["state"] as JobState,
    owner: row["owner"] as string,
    reward: row["reward"] as string,
    fingerprint: row["fingerprint"] as string | null,
    options: JSON.parse(row["options"] as string) as Record<string, string>,
    rows: row["rows"] as number,
    attempts: row["attempts"] as number,
    cancelling: row["cancelling"] === 1,
    error: row["error"] as string | null,
    created: row["created"] as number,
    updated: row["updated"] as number,
  };
}

const schema = `
  CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, state TEXT NOT NULL, owner TEXT NOT NULL, reward TEXT NOT NULL, fingerprint TEXT,
    options TEXT NOT NULL, rows INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0,
    cancelling INTEGER NOT NULL DEFAULT 0, error TEXT, worker TEXT, lease INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL, updated INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS jobs_state ON jobs (state, created);
`;

/** Jobs in `<directory>/jobs.db` (SQLite). Several servers may share the folder; each job runs in one of them at a time. */
export class SqliteJobStore implements JobStore {
  readonly #db: DatabaseSync;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#db = new DatabaseSync(join(directory, "jobs.db"), { timeout: 10_000 });
    // FULL: a job that was acknowledged is on the disk, not only in the operating system
    this.#db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    this.#db.exec(schema);
  }

  add(job: Pick<Job, "id" | "owner" | "reward" | "fingerprint" | "options">): Job {
    const now = Date.now();
    this.#db
      .prepare(
        "INSERT INTO jobs (id, state, owner, reward, fingerprint, options, created, updated) VALUES (?, 'queued', ?, ?, ?, ?, ?, ?)",
      )
      .run(job.id, job.owner, job.reward, job.fingerprint, JSON.stringify(job.options), now, now);
    return this.get(job.id)!;
  }

  get(id: string): Job | undefined {
    const row = this.#db.prepare("SELECT * FROM jobs WHERE id = ?").get(id) as Raw | undefined;
    return row === undefined ? undefined : jobOf(row);
  }

  list(owner: string | undefined, limit: number): Job[] {
    const rows =
      owner === undefined
        ? this.#db.prepare("SELECT * FROM jobs ORDER BY created DESC, id LIMIT ?").all(limit)
        : this.#db.prepare("SELECT * FROM jobs WHERE owner = ? ORDER BY created DESC, id LIMIT ?").all(owner, limit);
    return (rows as Raw[]).map(jobOf);
  }

  claim(worker: string, lease: number): Job | undefined {
    const now = Date.now();
    // one statement, so that two servers cannot claim the same job
    const row = this.#db
      .prepare(
        `UPDATE jobs SET state = 'running', worker = ?, lease = ?, attempts = attempts + 1, updated = ?
         WHERE id = (SELECT id FROM jobs WHERE state = 'queued' OR (state = 'running' AND lease < ?) ORDER BY created, id LIMIT 1)
         RETURNING *`,
      )
      .get(worker, now + lease, now, now) as Raw | undefined;
    return row === undefined ? undefined : jobOf(row);
  }

  heartbeat(id: string, worker: string, rows: number, lease: number): boolean {
    const now = Date.now();
    const { changes } = this.#db
      .prepare("UPDATE jobs SET rows = ?, lease = ?, updated = ? WHERE id = ? AND worker = ? AND state = 'running'")
      .run(rows, now + lease, now, id, worker);
    return changes === 1;
  }

  finish(id: string, worker: string, state: "done" | "failed" | "cancelled", rows: number, error?: string): boolean {
    const { changes } = this.#db
      .prepare(
        "UPDATE jobs SET state = ?, rows = ?, error = ?, updated = ?, worker = NULL WHERE id = ? AND worker = ? AND state = 'running'",
      )
      .run(state, rows, error ?? null, Date.now(), id, worker);
    return changes === 1;
  }

  release(id: string, worker: string): void {
    this.#db
      .prepare(
        "UPDATE jobs SET state = 'queued', worker = NULL, lease = 0 WHERE id = ? AND worker = ? AND state = 'running'",
      )
      .run(id, worker);
  }

  cancel(id: string): void {
    const now = Date.now();
    this.#db.prepare("UPDATE jobs SET state = 'cancelled', updated = ? WHERE id = ? AND state = 'queued'").run(now, id);
    this.#db.prepare("UPDATE jobs SET cancelling = 1, updated = ? WHERE id = ? AND state = 'running'").run(now, id);
  }

  remove(id: string): void {
    this.#db.prepare("DELETE FROM jobs WHERE id = ? AND state NOT IN ('queued', 'running')").run(id);
  }

  open(): number {
    return this.#db.prepare("SELECT count(*) AS n FROM jobs WHERE state IN ('queued', 'running')").get()![
      "n"
    ] as number;
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }
}
