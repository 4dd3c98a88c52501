import { createReadStream } from "node:fs";
import { open, stat, truncate } from "node:fs/promises";
import { resolve } from "node:path";
import {
  hashJson,
  type InputError,
  type JsonObject,
  type Reward,
  seedFrom,
  sha256,
  type Task,
  UsageError,
} from "../core/index.ts";
import { type LineWriter, openAppend, type RowMap, truncateToLastWholeLine } from "../io/index.ts";
import type { RunRecord, Store } from "../store/index.ts";
import { type OnBadRow, readExamples } from "./read-examples.ts";
import { rowLine } from "./row.ts";
import { type Progress, type ScoreAllOptions, scoreBatches, type TaskRow } from "./score-all.ts";

/** Options of `scoreFile`. */
export interface ScoreFileOptions extends ScoreAllOptions {
  /** Path of the tasks (JSON lines, plain or gzip), or "-" for standard input. */
  input: string;
  /** Path of the scored rows; without it rows only go to `onRows`, and the run cannot be resumed. */
  out?: string | undefined;
  /** Where the run is recorded and paid-for scores are kept. */
  store?: Store | undefined;
  map?: RowMap | undefined;
  /** Stop (default), skip into the side file, or skip, report each and count the run as having bad input. */
  onBadRow?: OnBadRow | undefined;
  /** Score the first so many tasks. */
  limit?: number | undefined;
  /** Write over an output of another run. */
  overwrite?: boolean | undefined;
  /** What `laurel runs` shows. */
  command?: string | undefined;
  onRows?: ((rows: readonly TaskRow[]) => void | Promise<void>) | undefined;
  onBad?: ((bad: InputError) => void) | undefined;
  /** Called once, when rows of an earlier, interrupted run are kept. */
  onResume?: ((rows: number) => void) | undefined;
}

/** How a run of `scoreFile` ended. */
export interface ScoreFileResult {
  /** Rows in the output, those of an earlier run included. */
  rows: number;
  /** Rows that an earlier run had written. */
  resumed: number;
  bad: number;
  /** Side file of the bad rows, if there are any. */
  badFile: string | undefined;
  /** Did it end because `stop` was signalled? */
  interrupted: boolean;
  runId: string | undefined;
  progress: Progress | undefined;
}

/**
 * Scores a file of tasks into a file of rows, which is the journal: an interrupted run goes on where it was.
 *
 * Resuming cuts the output to its last whole row, reads the input again and skips the tasks whose rows are there; for a
 * reward that is not random (and for a random one, since its seed is part of the run) the result equals an uninterrupted
 * run byte for byte. A reward that sees the order of the stream starts again from row 1.
 *
 * @throws UsageError where the output belongs to another run; InputError for a bad row under `onBadRow: "stop"`,
 * after the rows before it were written; StoppedError for a full disk, a budget that is used up, or a served model that changed
 */
export async function scoreFile(reward: Reward, options: ScoreFileOptions): Promise<ScoreFileResult> {
  const out = options.out === undefined ? undefined : resolve(options.out);
  const repeats = options.repeats ?? 1;
  const identity = await identityOf(reward, options);
  const done = out === undefined ? undefined : await prepare(reward, out, identity, repeats, options);
  if (done !== undefined && done.rows > 0) options.onResume?.(done.rows);

  const created = new Date().toISOString();
  const identities = options.identities ?? new Map<string, string>();
  for (const [model, name] of Object.entries((done?.record?.summary["models"] ?? {}) as Record<string, string>))
    identities.set(model, name);
  const record: RunRecord | undefined =
    out === undefined
      ? undefined
      : {
          id: done?.record?.id ?? hashJson([out, created, process.pid]).slice(0, 8),
          state: "running",
          command: options.command ?? "score",
          out,
          created: done?.record?.created ?? created,
          updated: created,
          identity,
          summary: { ...about(reward), input: options.input, pid: process.pid },
        };
  if (record !== undefined) options.store?.putRun(record);

  const badFile = out === undefined ? undefined : `${out}.bad.jsonl`;
  let badWriter: LineWriter | undefined;
  let bad = 0;
  if (badFile !== undefined) await removeContents(badFile);
  const onBad = async (error: InputError, text: string | undefined): Promise<void> => {
    if ((options.onBadRow ?? "stop") === "stop") throw error;
    bad++;
    options.onBad?.(error);
    if (badFile === undefined) return;
    badWriter ??= await openAppend(badFile);
    const { file, line, field } = error.place;
    await badWriter.append(JSON.stringify({ file, line, field, reason: error.reason, row: text }));
  };

  const result: ScoreFileResult = {
    rows: done?.rows ?? 0,
    resumed: done?.rows ?? 0,
    bad: 0,
    badFile: undefined,
    interrupted: false,
    runId: record?.id,
    progress: undefined,
  };
  const writer = out === undefined ? undefined : await openAppend(out);
  let failure: unknown;
  try {
    const tasks = readTasks(options, done, onBad);
    const runOptions: ScoreAllOptions = {
      ...options,
      cache: options.cache ?? options.store,
      calls: options.calls ?? options.store,
      identities,
      onProgress: (progress) => {
        result.progress = progress;
        options.onProgress?.(progress);
      },
    };
    let known = 0;
    for await (const rows of scoreBatches(reward, tasks, runOptions)) {
      if (identities.size > known) {
        // before the first rows: a run that is killed and resumed must know which models its rows are of
        known = identities.size;
        if (record !== undefined)
          options.store?.putRun({ ...record, summary: { ...record.summary, models: Object.fromEntries(identities) } });
      }
      await writer?.append(rows.map(({ row }) => rowLine(row)));
      await options.onRows?.(rows);
      result.rows += rows.length;
    }
    result.interrupted = options.stop?.aborted === true || options.signal?.aborted === true;
  } catch (thrown) {
    failure = thrown;
  }
  try {
    await writer?.flush(true);
    await writer?.close();
    await badWriter?.close();
  } catch (thrown) {
    failure ??= thrown;
  }
  result.bad = bad;
  result.badFile = bad > 0 ? badFile : undefined;
  if (record !== undefined && options.store !== undefined) {
    const progress = result.progress;
    const summary: JsonObject = {
      ...about(reward),
      input: options.input,
      rows: result.rows,
      bad,
      faults: { ...progress?.faults },
      unscored: { ...progress?.unscored },
      usage: (progress?.usage ?? []) as unknown as JsonObject[],
      ...(identities.size === 0 ? {} : { models: Object.fromEntries(identities) }),
      ...(failure === undefined ? {} : { error: failure instanceof Error ? failure.message : String(failure) }),
    };
    const state = failure !== undefined || result.interrupted ? "stopped" : "done";
    try {
      options.store.putRun({ ...record, state, updated: new Date().toISOString(), summary });
    } catch (thrown) {
      failure ??= thrown;
    }
  }
  if (failure !== undefined) throw failure;
  return result;
}

/** The reward in a run's record: its name and, where it has one, its spec. */
function about(reward: Reward): JsonObject {
  return { reward: reward.name, ...(reward.spec === undefined ? {} : { spec: reward.spec }) };
}

/** What must be the same for a run to go on in an output: reward, input, seed, repeats, mapping and order. */
async function identityOf(reward: Reward, options: ScoreFileOptions): Promise<JsonObject> {
  return {
    reward: reward.fingerprint,
    seed: seedFrom(options.seed ?? 0),
    repeats: options.repeats ?? 1,
    map: options.map?.text ?? null,
    order: options.order ?? "input",
    input: options.input === "-" ? "-" : await fileIdentity(options.input),
  };
}

/** A file's size and the hash of its first and last 64 KiB. */
async function fileIdentity(path: string): Promise<string> {
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : -1),
    () => -1,
  );
  if (size < 0) return "unreadable";
  await using handle = await open(path, "r");
  const some = 65536;
  const head = Buffer.alloc(Math.min(some, size));
  const tail = Buffer.alloc(Math.min(some, size));
  await handle.read(head, 0, head.length, 0);
  await handle.read(tail, 0, tail.length, Math.max(0, size - some));
  return `${size}:${sha256(head.toString("latin1") + tail.toString("latin1")).slice(0, 16)}`;
}

interface Done {
  rows: number;
  /** Tasks whose rows are all there, in order of the output; for `order: "completion"` their set decides. */
  ids: readonly string[];
  set: ReadonlySet<string> | undefined;
  record: RunRecord | undefined;
}

const differs: Record<string, string> = {
  reward: "another reward or version of it",
  seed: "another seed",
  repeats: "another number of repeats",
  map: "another column mapping",
  order: "another order of rows",
  input: "another input",
};

/** Makes an existing output ready to go on, or refuses it. */
async function prepare(
  reward: Reward,
  out: string,
  identity: JsonObject,
  repeats: number,
  options: ScoreFileOptions,
): Promise<Done | undefined> {
  const size = await stat(out).then(
    (found) => {
      if (found.isDirectory()) throw new UsageError(`${out} is a directory`, "name a file after --out");
      return found.isFile() ? found.size : undefined;
    },
    () => 0,
  );
  // a pipe or a device has no journal to go on from
  if (size === undefined || size === 0) return undefined;
  if (options.overwrite === true) {
    await truncate(out, 0);
    return undefined;
  }
  const record = options.store?.runOf(out);
  const hint = "write over it with --overwrite, or name another file after --out";
  if (record === undefined) throw new UsageError(`${out} exists and no run of this store wrote it`, hint);
  const changed = Object.keys(differs).filter(
    (key) => JSON.stringify(record.identity[key]) !== JSON.stringify(identity[key]),
  );
  if (changed.length > 0)
    throw new UsageError(`${out} was written by a run with ${changed.map((key) => differs[key]).join(" and ")}`, hint);
  if (reward.fingerprint === null)
    throw new UsageError(
      `${out} exists, and ${reward.name} states no version, so it is unknown whether its scores would be the same`,
      hint,
    );
  if (reward.sees === "order") {
    await truncate(out, 0);
    return { rows: 0, ids: [], set: undefined, record };
  }
  await truncateToLastWholeLine(out);
  const ids: string[] = [];
  let bytes = 0;
  let kept = 0;
  let group: string | undefined;
  let members = 0;
  for await (const lines of linesOf(out)) {
    for (const line of lines) {
      const row = JSON.parse(line) as { id: string };
      if (row.id !== group) {
        group = row.id;
        members = 0;
      }
      members++;
      bytes += Buffer.byteLength(line) + 1;
      if (members < repeats) continue;
      ids.push(row.id);
      kept = bytes;
      members = 0;
      group = undefined;
    }
  }
  await truncate(out, kept);
  return { rows: ids.length * repeats, ids, set: options.order === "completion" ? new Set(ids) : undefined, record };
}

async function* linesOf(path: string): AsyncGenerator<string[]> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 1 << 20 })) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop()!;
    if (lines.length > 0) yield lines;
  }
}

async function removeContents(path: string): Promise<void> {
  const exists = await stat(path).then(
    () => true,
    () => false,
  );
  if (exists) await truncate(path, 0);
}

/** The tasks of the input that are still to be scored. */
async function* readTasks(
  options: ScoreFileOptions,
  done: Done | undefined,
  onBad: (error: InputError, text: string | undefined) => Promise<void>,
): AsyncGenerator<readonly Task[], void, undefined> {
  let next = 0;
  const isDone = (id: string): boolean => {
    if (done === undefined) return false;
    if (done.set !== undefined) return done.set.has(id);
    const there = done.ids[next];
    if (there === undefined) return false;
    next++;
    if (there === id) return true;
    throw new UsageError(
      `row ${next} of the output has the id "${there}", but the input's is "${id}"`,
      "the input has changed: write over the output with --overwrite, or name another file after --out",
    );
  };
  for await (const examples of readExamples(options.input, { map: options.map, limit: options.limit, onBad })) {
    const tasks = examples.map((example) => example.task).filter((task) => !isDone(task.id));
    if (tasks.length > 0) yield tasks;
  }
}
