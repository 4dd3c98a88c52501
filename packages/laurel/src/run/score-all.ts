import {
  type Context,
  directContext,
  type Fault,
  type LaurelError,
  type Reason,
  type Reward,
  type Score,
  type Scores,
  type Seed,
  seedFrom,
  split,
  type Task,
  type Usage,
} from "../core/index.ts";
import type { Budget } from "../models/budget.ts";
import type { CallCache, ModelRun } from "../models/model-run.ts";
import { runnerContext, type ScoreCache } from "./leaf.ts";
import { Limiter } from "./limiter.ts";
import { Pool } from "./pool.ts";
import { type Row, rowOf } from "./row.ts";

/** How far a run is. Counts are of what was emitted. */
export interface Progress {
  rows: number;
  candidates: number;
  faults: Partial<Record<Fault, number>>;
  unscored: Partial<Record<Reason, number>>;
  /** Rows that wait in memory for an earlier one. */
  waiting: number;
  usage: readonly Usage[];
  milliseconds: number;
}

/** Options of `scoreAll`. */
export interface ScoreAllOptions {
  /** Calls of `io` rewards at a time. Default 32. */
  concurrency?: number | undefined;
  /** Tasks a call of the reward; default 64 where all leaves are `cpu`, else 1. It never changes a score. */
  batch?: number | undefined;
  /** Rows in the order of the input (default) or as they are finished. */
  order?: "input" | "completion" | undefined;
  /** Bytes of finished rows that may wait for an earlier one before no further task is begun. Default 64 MiB. */
  window?: number | undefined;
  /** Default 0. Anything; 32 hex digits are taken as they stand. */
  seed?: Seed | string | number | undefined;
  /** Score each task this many times; each repeat is a row. Default 1. */
  repeats?: number | undefined;
  /** Milliseconds that one call of an `io` reward may take; then it is unscored with `deadline`. */
  deadline?: number | undefined;
  /** Retries of transient failures. Default 3. */
  retries?: number | undefined;
  /** Milliseconds before the first retry. Default 500. */
  backoff?: number | undefined;
  cache?: ScoreCache | undefined;
  /** Which leaves are cached. Default `io`: those that cost something. With `none` answers of models are not kept either. */
  cached?: "io" | "all" | "none" | undefined;
  /** Where answers of models are kept. */
  calls?: CallCache | undefined;
  /** The most that calls of models may cost: at the end of it the rows that are whole are given, then a StoppedError is thrown. */
  budget?: Budget | undefined;
  /** The names that the models' servers gave themselves, by model; another name in mid-run ends the run with a StoppedError. */
  identities?: Map<string, string> | undefined;
  /** A pool to share; one is made and closed where none is given. */
  pool?: Pool | undefined;
  /** Threads of the pool that is made. Default: one a processor. */
  workers?: number | undefined;
  /** Begins nothing new and lets what is in flight finish. */
  stop?: AbortSignal | undefined;
  /** Cancels what is in flight. */
  signal?: AbortSignal | undefined;
  open?: Context["open"] | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  onWarning?: ((message: string) => void) | undefined;
}

/** A task with its row. */
export interface TaskRow {
  task: Task;
  row: Row;
}

/** The leaves of a reward; undefined where a composite does not tell its children. */
export function leavesOf(reward: Reward): readonly Reward[] | undefined {
  if (reward.work !== "compose") return [reward];
  if (reward.children === undefined) return undefined;
  const leaves: Reward[] = [];
  for (const child of reward.children) {
    const below = leavesOf(child);
    if (below === undefined) return undefined;
    leaves.push(...below);
  }
  return leaves;
}

interface Slot {
  tasks: readonly Task[];
  rows: TaskRow[] | undefined;
  bytes: number;
}

/**
 * Scores a stream of batches of tasks. `scoreAll` is the form for single tasks; this one saves a promise a task.
 *
 * Memory is bounded: at most `concurrency` tasks (or a few batches) are in flight, and finished rows that wait for an
 * earlier one count against `window` bytes.
 *
 * @throws StoppedError after the whole rows, where the budget is used up or a served model changed
 */
export async function* scoreBatches(
  reward: Reward,
  input: AsyncIterable<readonly Task[]> | Iterable<readonly Task[]>,
  options: ScoreAllOptions = {},
): AsyncGenerator<readonly TaskRow[], void, undefined> {
  const leaves = leavesOf(reward);
  const onlyCpu = leaves?.every((leaf) => leaf.work === "cpu") ?? false;
  const needsPool = leaves?.some((leaf) => leaf.work === "cpu" && leaf.spec !== undefined) ?? true;
  const own = options.pool === undefined && needsPool ? new Pool({ workers: options.workers }) : undefined;
  const pool = options.pool ?? own;
  const concurrency = options.concurrency ?? 32;
  const ordered = (options.order ?? "input") === "input";
  const sequential = reward.sees === "order";
  const batch = options.batch ?? (onlyCpu ? 64 : 1);
  const inFlight = sequential ? 1 : onlyCpu ? (pool?.size ?? 1) * 3 : Math.max(1, Math.ceil(concurrency / batch));
  const window = options.window ?? 64 * 1024 * 1024;
  const repeats = options.repeats ?? 1;
  const seed = seedFrom(options.seed ?? 0);
  const usage = new Map<string, Usage>();
  const began = performance.now();
  const limiter = new Limiter(concurrency);
  const warned = new Set<string>();
  const identities = options.identities ?? new Map<string, string>();
  let ended = false;
  let failure: { thrown: unknown } | undefined;
  const contextsWith = (models?: ModelRun, halted?: () => boolean): Context[] =>
    Array.from({ length: repeats }, (_, repeat) => contextOf(repeat, models, halted));
  const contextOf = (repeat: number, models?: ModelRun, halted?: () => boolean): Context =>
    runnerContext({
      models,
      halted,
      warned,
      seed: repeat === 0 ? seed : split(seed, `repeat:${repeat}`),
      repeat,
      signal: options.signal ?? new AbortController().signal,
      limiter,
      pool,
      cache: options.cache,
      cached: options.cached ?? "io",
      deadline: options.deadline,
      retries: options.retries ?? 3,
      backoff: options.backoff ?? 500,
      spend: (used) => usage.set(used.model, addUsage(usage.get(used.model), used)),
      open: options.open ?? directContext().open,
      warn: options.onWarning ?? (() => {}),
    });
  const shared = onlyCpu ? contextsWith() : undefined;
  const progress: Progress = {
    rows: 0,
    candidates: 0,
    faults: {},
    unscored: {},
    waiting: 0,
    usage: [],
    milliseconds: 0,
  };

  /** The tasks' rows; undefined where a call of a model was refused for good, because rows that miss an answer are not results. */
  const scoreTasks = async (tasks: readonly Task[]): Promise<TaskRow[] | undefined> => {
    let halted = false;
    const contexts =
      shared ??
      contextsWith(
        {
          cache: options.cached === "none" ? undefined : options.calls,
          budget: options.budget,
          identities,
          halt: (error: LaurelError) => {
            halted = true;
            ended = true;
            failure ??= { thrown: error };
          },
        },
        () => halted,
      );
    const byRepeat: Scores[] = [];
    if (sequential) for (const context of contexts) byRepeat.push(await context.score(reward, tasks));
    else byRepeat.push(...(await Promise.all(contexts.map((context) => context.score(reward, tasks)))));
    if (halted) return undefined;
    return tasks.flatMap((task, t) =>
      byRepeat.map((scores, repeat) => ({
        task,
        row: rowOf(task.id, scores[t]!, repeats === 1 ? undefined : repeat),
      })),
    );
  };

  const batches = rebatched(input, batch);
  const slots: Slot[] = [];
  const finished: TaskRow[][] = [];
  let running = 0;
  let waitingBytes = 0;
  let reading = false;
  let wake: (() => void) | undefined;
  const poke = (): void => {
    wake?.();
    wake = undefined;
  };

  const start = (tasks: readonly Task[]): void => {
    const place: Slot = { tasks, rows: undefined, bytes: 0 };
    if (ordered) slots.push(place);
    running++;
    scoreTasks(tasks).then(
      (rows) => {
        running--;
        if (rows === undefined) {
          // its place stays open, so that no later row of an ordered run is given either
        } else if (!ordered) finished.push(rows);
        else {
          place.rows = rows;
          if (slots[0] !== place) {
            place.bytes = sizeOf(rows);
            waitingBytes += place.bytes;
          }
        }
        poke();
      },
      (thrown: unknown) => {
        running--;
        failure ??= { thrown };
        poke();
      },
    );
  };
  const read = (): void => {
    reading = true;
    batches.next().then(
      (next) => {
        reading = false;
        if (next.done === true) ended = true;
        else start(next.value);
        poke();
      },
      (thrown: unknown) => {
        reading = false;
        ended = true;
        failure ??= { thrown };
        poke();
      },
    );
  };
  const stopped = (): boolean => options.stop?.aborted === true || options.signal?.aborted === true;

  options.stop?.addEventListener("abort", poke);
  options.signal?.addEventListener("abort", poke);
  try {
    for (;;) {
      if (stopped()) ended = true;
      if (!ended && !reading && failure === undefined && running < inFlight && (waitingBytes < window || running === 0))
        read();
      const ready: TaskRow[] = [];
      if (ordered)
        while (slots[0]?.rows !== undefined) {
          const head = slots.shift()!;
          waitingBytes -= head.bytes;
          ready.push(...head.rows!);
        }
      else while (finished.length > 0) ready.push(...finished.shift()!);
      if (ready.length > 0) {
        count(progress, ready);
        progress.waiting = slots.reduce((sum, one) => sum + (one.rows?.length ?? 0), 0);
        progress.usage = [...usage.values()];
        progress.milliseconds = performance.now() - began;
        options.onProgress?.(progress);
        yield ready;
        continue;
      }
      if (failure !== undefined && running === 0 && !reading) throw failure.thrown;
      if (ended && running === 0 && (!reading || stopped())) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    options.stop?.removeEventListener("abort", poke);
    options.signal?.removeEventListener("abort", poke);
    // a read that hangs, such as on a terminal, cannot be waited for
    if (!reading) await batches.return(undefined);
    await own?.[Symbol.asyncDispose]();
  }
}

/**
 * Scores a stream of tasks.
 *
 * @param reward any reward; composites' leaves go through cache, pool and limits
 * @param tasks an iterable or async iterable, read no faster than rows are taken
 * @returns rows, in the order of the input unless `order: "completion"`
 * @example for await (const row of scoreAll(math(), [task("2 + 3?", ["5", "6"], "5")])) console.log(row.best);
 */
export async function* scoreAll(
  reward: Reward,
  tasks: AsyncIterable<Task> | Iterable<Task>,
  options: ScoreAllOptions = {},
): AsyncGenerator<Row, void, undefined> {
  async function* single(): AsyncGenerator<readonly Task[]> {
    for await (const task of tasks) yield [task];
  }
  for await (const rows of scoreBatches(reward, single(), options)) for (const { row } of rows) yield row;
}

/**
 * Scores one task, or several, at once and in memory.
 * @example const [score] = await score(math(), task("2 + 3?", ["5"], "5"));
 */
export async function score(reward: Reward, task: Task, options: ScoreAllOptions = {}): Promise<readonly Score[]> {
  for await (const row of scoreAll(reward, [task], options)) return row.scores;
  return [];
}

/** Batches of exactly `size` tasks (the last may be smaller), whatever the sizes that come in. */
async function* rebatched(
  input: AsyncIterable<readonly Task[]> | Iterable<readonly Task[]>,
  size: number,
): AsyncGenerator<readonly Task[], void, undefined> {
  let rest: Task[] = [];
  let failure: { thrown: unknown } | undefined;
  try {
    for await (const tasks of input) {
      if (rest.length === 0 && tasks.length === size) {
        yield tasks;
        continue;
      }
      for (const task of tasks) {
        rest.push(task);
        if (rest.length < size) continue;
        yield rest;
        rest = [];
      }
    }
  } catch (thrown) {
    failure = { thrown };
  }
  // what came before an error is scored before the error is passed on
  if (rest.length > 0) yield rest;
  if (failure !== undefined) throw failure.thrown;
}

function sizeOf(rows: readonly TaskRow[]): number {
  let bytes = 0;
  for (const { row } of rows) bytes += 64 + 2 * JSON.stringify(row).length;
  return bytes;
}

function count(progress: Progress, rows: readonly TaskRow[]): void {
  for (const { row } of rows) {
    progress.rows++;
    for (const one of row.scores) {
      progress.candidates++;
      if (one.unscored !== undefined) {
        const reason = one.unscored.reason;
        progress.unscored[reason] = (progress.unscored[reason] ?? 0) + 1;
      } else if (one.fault !== undefined) progress.faults[one.fault] = (progress.faults[one.fault] ?? 0) + 1;
    }
  }
}

function addUsage(sum: Usage | undefined, used: Usage): Usage {
  if (sum === undefined) return used;
  const usd = sum.usd === undefined && used.usd === undefined ? undefined : (sum.usd ?? 0) + (used.usd ?? 0);
  return {
    model: used.model,
    inputTokens: sum.inputTokens + used.inputTokens,
    outputTokens: sum.outputTokens + used.outputTokens,
    cachedTokens: (sum.cachedTokens ?? 0) + (used.cachedTokens ?? 0),
    calls: sum.calls + used.calls,
    ...(usd === undefined ? {} : { usd }),
  };
}
