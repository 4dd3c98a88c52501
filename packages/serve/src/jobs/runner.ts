import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, type Reward } from "laurel/core";
import { parseMap } from "laurel/io";
import type { Budget } from "laurel/models";
import { type Pool, scoreFile } from "laurel/run";
import type { Store } from "laurel/store";
import type { JobFiles } from "./files.ts";
import type { Job, JobStore } from "./store.ts";

const lease = 10_000;
const beat = 2_000;
const look = 1_000;

/** What the runner works with. */
export interface JobRunnerParts {
  jobs: JobStore;
  files: JobFiles;
  /** Where runs are recorded, so that a job goes on where it was. */
  store: Store;
  pool: Pool;
  /** What the calls of models of all jobs and requests may cost together. */
  budget: Budget | undefined;
  identities: Map<string, string>;
  reward(name: string): Reward | undefined;
  /** Jobs at a time. */
  atOnce: number;
  warn(message: string): void;
}

/**
 * Runs jobs through `scoreFile`, whose output is the journal: a job that another process left behind, killed or not,
 * goes on behind its last whole row.
 */
export class JobRunner {
  readonly #parts: JobRunnerParts;
  readonly #name = randomUUID();
  readonly #end = new AbortController();
  readonly #loops: Promise<void>[] = [];
  #wake: (() => void)[] = [];

  constructor(parts: JobRunnerParts) {
    this.#parts = parts;
    for (let i = 0; i < parts.atOnce; i++) this.#loops.push(this.#loop(`${this.#name}:${i}`));
  }

  /** Looks for work at once. */
  poke(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Stops after the rows in flight and gives running jobs back. */
  async close(): Promise<void> {
    this.#end.abort();
    this.poke();
    await Promise.all(this.#loops);
  }

  async #loop(worker: string): Promise<void> {
    const { jobs, warn } = this.#parts;
    while (!this.#end.signal.aborted) {
      try {
        const job = jobs.claim(worker, lease);
        if (job !== undefined) {
          await this.#run(job, worker);
          continue;
        }
      } catch (thrown) {
        warn(`jobs: ${messageOf(thrown)}`);
      }
      const woken = new Promise<void>((resolve) => this.#wake.push(resolve));
      const rest = new AbortController();
      // a job of a server that died, or one submitted to a replica, is found by looking
      await Promise.race([woken, sleep(look, undefined, { signal: rest.signal, ref: false }).catch(() => {})]);
      rest.abort();
    }
  }

  async #run(job: Job, worker: string): Promise<void> {
    const { jobs, files, store, pool, budget, identities } = this.#parts;
    const reward = this.#parts.reward(job.reward);
    if (reward === undefined) {
      jobs.finish(job.id, worker, "failed", job.rows, `the reward "${job.reward}" is served no more`);
      return;
    }
    if (reward.fingerprint !== job.fingerprint) {
      jobs.finish(
        job.id,
        worker,
        "failed",
        job.rows,
        `the reward "${job.reward}" is not the one that the job was submitted for`,
      );
      return;
    }
    const stop = new AbortController();
    let rows = job.rows;
    let lost = false;
    let cancelled = job.cancelling;
    if (cancelled) stop.abort();
    const live = setInterval(() => {
      if (!jobs.heartbeat(job.id, worker, rows, lease)) {
        lost = true;
        stop.abort();
      } else if (jobs.get(job.id)?.cancelling === true) {
        cancelled = true;
        stop.abort();
      }
    }, beat);
    const onEnd = (): void => stop.abort();
    this.#end.signal.addEventListener("abort", onEnd);
    if (this.#end.signal.aborted) stop.abort();
    try {
      const map = job.options["map"];
      const result = await scoreFile(reward, {
        input: files.input(job.id),
        out: files.output(job.id),
        store,
        pool,
        budget,
        identities,
        command: `job ${job.id}`,
        // small batches, so that requests do not wait behind a whole file
        batch: 16,
        seed: job.options["seed"],
        map: map === undefined ? undefined : parseMap(map),
        onBadRow: "skip",
        // without a version nothing says that the rows there would come out the same: they are scored again
        overwrite: reward.fingerprint === null,
        stop: stop.signal,
        onRows: (scored) => {
          rows += scored.length;
        },
        onResume: (kept) => {
          rows = kept;
        },
      });
      if (lost) return;
      if (cancelled) jobs.finish(job.id, worker, "cancelled", result.rows);
      else if (result.interrupted) jobs.release(job.id, worker);
      else
        jobs.finish(
          job.id,
          worker,
          "done",
          result.rows,
          result.bad > 0 ? `${result.bad} bad rows were skipped` : undefined,
        );
    } catch (thrown) {
      if (!lost) jobs.finish(job.id, worker, "failed", rows, messageOf(thrown));
    } finally {
      clearInterval(live);
      this.#end.signal.removeEventListener("abort", onEnd);
    }
  }
}
