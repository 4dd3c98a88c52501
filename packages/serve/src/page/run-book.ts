import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { JsonObject, Reward } from "laurel/core";
import { parseMap, readLineBatches } from "laurel/io";
import { scoreFile } from "laurel/run";
import { openStore, type RunRecord, type Store } from "laurel/store";
import { Problem } from "../http/problem.ts";
import type { Service } from "../service.ts";
import { beginsScored, outputOf, type RunEntry, stateOf } from "./run-entry.ts";
import type { Workspace } from "./workspace.ts";

/** What a run is asked for. */
export interface RunRequest {
  reward: Reward;
  input: string;
  /** Where the rows go, below the folder. Default: beside the input, with `.scored.jsonl`. */
  out?: string | undefined;
  map?: string | undefined;
  seed?: string | undefined;
  repeats?: number | undefined;
}

interface Active {
  stop: AbortController;
  done: Promise<void>;
  began: number;
  /** Rows that were there before, and all of them now. */
  resumed: number;
  rows: number;
  total: number | null;
}

const atOnce = 4;

/**
 * The runs of a folder: those of its store (`.laurel`, as `laurel score` writes it), those that go on here, and files of scores besides.
 *
 * A run that is begun here is one of `scoreFile`, whose output is the journal; stopped, or left behind by a server that was killed, it
 * goes on behind its last whole row, here or with `laurel score`.
 */
export class RunBook {
  readonly #workspace: Workspace;
  readonly #service: Service;
  readonly #active = new Map<string, Active>();
  readonly #looks = new Map<string, { changed: number; bytes: number; scored: boolean }>();
  readonly #lines = new Map<string, { stamp: string; lines: number }>();
  #store: Promise<Store> | undefined;
  #closed = false;

  constructor(workspace: Workspace, service: Service) {
    this.#workspace = workspace;
    this.#service = service;
  }

  /** Runs and files of scores, newest first. */
  async list(): Promise<RunEntry[]> {
    const records = await this.#records();
    const entries: RunEntry[] = [];
    const known = new Set<string>();
    const files = this.#workspace.list().filter(({ kind }) => kind === "file");
    const sizes = new Map(files.map((one) => [one.path, one]));
    for (const record of records) {
      const file = this.#below(record.out);
      if (file === null || known.has(file)) continue;
      const there = sizes.get(file);
      if (there === undefined && !this.#active.has(record.out)) continue;
      known.add(file);
      entries.push(await this.#entry(file, record, there?.bytes ?? 0));
    }
    for (const one of files)
      if (!known.has(one.path) && this.#isScored(one.path, one))
        entries.push(await this.#entry(one.path, undefined, one.bytes, one.changed));
    return entries.sort((a, b) => (a.updated < b.updated ? 1 : a.updated > b.updated ? -1 : a.file < b.file ? -1 : 1));
  }

  /** One of them. @throws Problem (404) */
  async one(file: string): Promise<RunEntry> {
    const path = this.#workspace.resolve(file);
    const stats = await stat(path);
    return this.#entry(
      file,
      (await this.#records()).find(({ out }) => out === path),
      stats.size,
      stats.mtimeMs,
    );
  }

  /**
   * Begins a run; when this returns, it is in the store.
   * @throws Problem (409) where the output belongs to another run; UsageError as `scoreFile`
   */
  async start(request: RunRequest): Promise<string> {
    this.#workspace.resolve(request.input);
    const file = request.out ?? outputOf(request.input);
    const folder = dirname(file);
    const path = join(folder === "." ? this.#workspace.folder : this.#workspace.resolve(folder), basename(file));
    if (basename(file).startsWith(".") || /[\\\0]/.test(file) || !/\.jsonl$/.test(file))
      throw new Problem(422, "invalid", "out: name a file below the folder that ends with .jsonl");
    if (existsSync(path))
      throw new Problem(409, "output-exists", `${file} exists: go on with its run, or name another file for the rows`);
    await this.#begin(path, request);
    return file;
  }

  /** Goes on with a run. @throws Problem (409) where that cannot be, with the reason */
  async resume(file: string): Promise<void> {
    const path = this.#workspace.resolve(file);
    const record = (await this.#records()).find(({ out }) => out === path);
    if (record === undefined) throw new Problem(409, "no-run", `no run of this folder's store wrote ${file}`);
    const why = this.#hindrance(record);
    if (why !== undefined) throw new Problem(409, "cannot-resume", why);
    const { map, seed, repeats } = record.identity;
    await this.#begin(path, {
      reward: this.#rewardOf(record)!,
      input: this.#inputOf(record)!,
      map: typeof map === "string" ? map : undefined,
      seed: String(seed),
      repeats: Number(repeats),
    });
  }

  /** Stops a run after the rows in flight. @throws Problem (409) where it does not run here */
  async stop(file: string): Promise<void> {
    const active = this.#active.get(this.#workspace.resolve(file));
    if (active === undefined) throw new Problem(409, "not-running", `no run of this server writes ${file} now`);
    active.stop.abort();
    await active.done;
  }

  /** Stops all runs, so that they can go on later. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { stop } of this.#active.values()) stop.abort();
    await Promise.all([...this.#active.values()].map(({ done }) => done));
    (await this.#store)?.[Symbol.dispose]();
  }

  async #begin(path: string, request: RunRequest): Promise<void> {
    if (this.#closed) throw new Problem(503, "ending", "the server is ending");
    if (this.#active.has(path)) throw new Problem(409, "running", "this run is running");
    if (this.#active.size >= atOnce)
      throw new Problem(429, "too-many-runs", `${atOnce} runs are running; stop one, or wait`, { "retry-after": "10" });
    const { reward, repeats = 1, map } = request;
    if (reward.fingerprint === null)
      throw new Problem(
        422,
        "no-version",
        `${reward.name} states no version, so a run of it could not be gone on with; use laurel score instead`,
      );
    const stop = new AbortController();
    const active: Active = { stop, done: Promise.resolve(), began: Date.now(), resumed: 0, rows: 0, total: null };
    this.#active.set(path, active);
    const { engine } = this.#service;
    let ended = false;
    try {
      const input = this.#workspace.resolve(request.input);
      const store = await this.#opened();
      const before = store.runOf(path)?.updated;
      const lines = await this.#linesOf(input);
      active.total = lines === null ? null : lines * repeats;
      const running = scoreFile(reward, {
        input,
        out: path,
        store,
        pool: engine.pool,
        budget: engine.budget,
        identities: engine.identities,
        command: "page",
        // small batches, so that requests do not wait behind a whole file
        batch: 16,
        seed: request.seed,
        repeats,
        map: map === undefined || map === "" ? undefined : parseMap(map),
        onBadRow: "skip",
        stop: stop.signal,
        onResume: (rows) => {
          active.resumed = rows;
          active.rows = rows;
        },
        onRows: (rows) => {
          active.rows += rows.length;
        },
      });
      const end = (): void => {
        ended = true;
        this.#active.delete(path);
      };
      // how it went is in its record
      active.done = running.then(end, end);
      while (!ended && store.runOf(path)?.updated === before) await Promise.race([active.done, sleep(5)]);
      if (ended) await running;
    } catch (thrown) {
      this.#active.delete(path);
      throw thrown;
    }
  }

  async #entry(file: string, record: RunRecord | undefined, bytes: number, changed = 0): Promise<RunEntry> {
    const active = record === undefined ? undefined : this.#active.get(record.out);
    const why = record === undefined ? "no run of this folder's store wrote it" : this.#hindrance(record);
    const summary = record?.summary ?? {};
    const state = record === undefined ? "file" : stateOf(record, active !== undefined);
    const input = record === undefined ? this.#guess(file) : this.#inputOf(record);
    return {
      file,
      id: record?.id ?? null,
      state,
      reward: typeof summary["reward"] === "string" ? summary["reward"] : null,
      input,
      map: typeof record?.identity["map"] === "string" ? record.identity["map"] : null,
      rows: active?.rows ?? (typeof summary["rows"] === "number" ? summary["rows"] : null),
      total: active?.total ?? null,
      bad: typeof summary["bad"] === "number" ? summary["bad"] : 0,
      faults: (summary["faults"] ?? {}) as JsonObject,
      unscored: (summary["unscored"] ?? {}) as JsonObject,
      usage: (summary["usage"] ?? []) as unknown as JsonObject[],
      error: typeof summary["error"] === "string" ? summary["error"] : null,
      created: record?.created ?? null,
      updated: record?.updated ?? new Date(changed).toISOString(),
      bytes,
      live:
        active === undefined
          ? null
          : { milliseconds: Date.now() - active.began, rows: Math.max(0, active.rows - active.resumed) },
      can: active !== undefined ? "stop" : state !== "done" && why === undefined ? "resume" : null,
      cannot: active !== undefined || state === "done" ? null : (why ?? null),
    };
  }

  /** Why a run cannot be gone on with here. */
  #hindrance(record: RunRecord): string | undefined {
    if (this.#active.has(record.out)) return "it is running";
    if (record.state === "done") return "it is done";
    if (stateOf(record, false) === "running") return "another process is writing it";
    if (this.#rewardOf(record) === undefined)
      return `this server does not serve the reward that it was begun with (${String(record.summary["reward"])})`;
    if (this.#inputOf(record) === null) return "its tasks are not in this folder";
    return undefined;
  }

  #rewardOf({ identity }: RunRecord): Reward | undefined {
    return [...this.#service.rewards.values()].find(
      ({ fingerprint }) => fingerprint !== null && fingerprint === identity["reward"],
    );
  }

  #inputOf({ summary }: RunRecord): string | null {
    const { input } = summary;
    if (typeof input !== "string" || input === "-") return null;
    return this.#below(isAbsolute(input) ? input : join(this.#workspace.folder, input));
  }

  /** The tasks that a file of scores is named after, if they are there. */
  #guess(file: string): string | null {
    const stem = file.replace(/\.scored\.jsonl$/, "");
    if (stem === file) return null;
    return (
      [".jsonl", ".jsonl.gz", ".json", ".csv", ".parquet"].map((end) => stem + end).find((one) => this.#has(one)) ??
      null
    );
  }

  #has(file: string): boolean {
    try {
      this.#workspace.resolve(file);
      return true;
    } catch (thrown) {
      if (thrown instanceof Problem) return false;
      throw thrown;
    }
  }

  /** A path below the folder as clients name it; null for one that is elsewhere, hidden or gone. */
  #below(path: string): string | null {
    const file = relative(this.#workspace.folder, path).split(sep).join("/");
    return this.#has(file) ? file : null;
  }

  /** Does a file begin like Laurel's scored rows? */
  #isScored(file: string, { changed, bytes }: { changed: number; bytes: number }): boolean {
    if (!file.endsWith(".jsonl") || bytes === 0) return false;
    const known = this.#looks.get(file);
    if (known?.changed === changed && known.bytes === bytes) return known.scored;
    const scored = beginsScored(this.#workspace.resolve(file));
    this.#looks.set(file, { changed, bytes, scored });
    return scored;
  }

  async #records(): Promise<RunRecord[]> {
    if (this.#store === undefined && !existsSync(join(this.#workspace.folder, ".laurel", "laurel.db"))) return [];
    return (await this.#opened()).runs(mostRuns);
  }

  #opened(): Promise<Store> {
    this.#store ??= openStore(join(this.#workspace.folder, ".laurel"));
    return this.#store;
  }

  /** Lines of a plain file of JSON lines that are not blank; null for other formats. */
  async #linesOf(path: string): Promise<number | null> {
    if (!/\.(jsonl|ndjson)$/i.test(path)) return null;
    const { size, mtimeMs } = await stat(path);
    const stamp = `${size}:${mtimeMs}`;
    const known = this.#lines.get(path);
    if (known?.stamp === stamp) return known.lines;
    let lines = 0;
    for await (const batch of readLineBatches(path, { empty: "allow" })) lines += batch.length;
    this.#lines.set(path, { stamp, lines });
    return lines;
  }
}

const mostRuns = 10_000;
