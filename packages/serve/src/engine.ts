import {
  type Comparer,
  type Comparisons,
  type Context,
  directContext,
  type Job,
  type LaurelError,
  type Reason,
  type Reward,
  type Score,
  type Scores,
  type Seed,
  seedFrom,
  type Task,
  type Unscored,
  type Usage,
  unscored,
} from "laurel/core";
import type { Budget, CallCache } from "laurel/models";
import { Limiter, leavesOf, Pool, runnerContext, type ScoreCache } from "laurel/run";
import { Batcher, type OnBatch } from "./batcher.ts";

/** More work than the queue takes: the client is told to come back after `retryAfter` seconds. */
export class Overloaded extends Error {
  readonly retryAfter: number;
  constructor(retryAfter: number) {
    super("the queue is full");
    this.name = "Overloaded";
    this.retryAfter = retryAfter;
  }
}

/** Options of the engine; all have a default. */
export interface EngineOptions {
  /** Threads for rewards that compute. Default: one a processor. */
  workers?: number | undefined;
  /** How far the threads' priority lies below the server's own thread, 0 to 19 (Linux). Default 10: it answers at once while all are busy. */
  nice?: number | undefined;
  /** Calls at a time of rewards that wait for others (models, servers). Default 32. */
  concurrency?: number | undefined;
  /** Tasks a call of a worker at most. Default 64. */
  batch?: number | undefined;
  /** Candidates that may be queued or in work before 429 is answered. Default 20 000. */
  maxQueue?: number | undefined;
  /** Retries of transient failures of `io` rewards. Default 3. */
  retries?: number | undefined;
  /** Milliseconds before the first retry. Default 500. */
  backoff?: number | undefined;
  seed?: Seed | string | number | undefined;
  /** Where paid-for scores are kept. Default: in the folder for jobs, if there is one. */
  cache?: ScoreCache | undefined;
  /** Where paid-for answers of models are kept. Default: in the folder for jobs, if there is one. */
  calls?: CallCache | undefined;
  /** The most that calls of models may cost while the server runs; what needs a call beyond it is unscored with the reason `budget`. Default: no limit. */
  budget?: Budget | undefined;
  /** Rewards that compute but have no spec may run on the server's thread. Default false: they are refused. */
  inline?: boolean | undefined;
}

/** One request's part in a call: who left, until when, which seed. */
export interface Call {
  signal?: AbortSignal | undefined;
  /** Epoch milliseconds. */
  deadline?: number | undefined;
  seed?: Seed | undefined;
  spend?: ((usage: Usage) => void) | undefined;
}

/**
 * Scores for many requests at once: composites run here, rewards that compute run on the shared pool in micro-batches,
 * rewards that wait run under a shared limit of calls. Nothing that computes runs on the server's thread.
 */
export class Engine implements AsyncDisposable {
  readonly pool: Pool;
  readonly #limiter: Limiter;
  readonly #options: EngineOptions;
  readonly #batchers = new Map<Reward, Batcher>();
  readonly #seed: Seed;
  readonly #maxQueue: number;
  readonly #onBatch: OnBatch;
  readonly #warn: (message: string) => void;
  readonly #warned = new Set<string>();
  /** The names that models' servers gave themselves: one that changes is refused as long as this server runs. */
  readonly identities = new Map<string, string>();
  #kept: (ScoreCache & CallCache) | undefined;
  #queued = 0;
  #perSecond = 0;
  #finished = 0;
  #since = performance.now();

  constructor(options: EngineOptions, on: { batch: OnBatch; warn: (message: string) => void }) {
    this.#options = options;
    this.pool = new Pool({ workers: options.workers, nice: options.nice ?? 10 });
    this.#limiter = new Limiter(options.concurrency ?? 32);
    this.#seed = seedFrom(options.seed ?? 0);
    this.#maxQueue = options.maxQueue ?? 20_000;
    this.#onBatch = on.batch;
    this.#warn = on.warn;
  }

  /** Candidates that are queued or in work. */
  get queued(): number {
    return this.#queued;
  }

  /** Keeps paid-for scores and answers of models here where the options name no other place. */
  keepIn(store: ScoreCache & CallCache): void {
    this.#kept = store;
  }

  /** The most that calls of models may cost, if there is a limit. */
  get budget(): Budget | undefined {
    return this.#options.budget;
  }

  /** Why this engine cannot serve a reward, or undefined if it can. */
  refusal(reward: Reward): string | undefined {
    if (reward.sees === "order")
      return "it sees the order of its whole stream of tasks, and requests of several clients have none";
    if (this.#options.inline === true) return undefined;
    const inline = leavesOf(reward)?.find((leaf) => leaf.work === "cpu" && leaf.spec === undefined);
    if (inline === undefined) return undefined;
    return `${inline.name} computes but has no spec, so it cannot run on a worker thread and would block the server; name it in a spec ({ kind: "module", … }), or allow \`inline\``;
  }

  /**
   * Scores of tasks. A task whose request left is `cancelled`, one that is late is `deadline`.
   * @throws Overloaded where the queue is full
   */
  async score(reward: Reward, tasks: readonly Task[], call: Call = {}): Promise<Scores> {
    const size = tasks.reduce((sum, task) => sum + task.candidates.length, 0);
    this.#admit(size);
    const owner = {};
    try {
      return await this.#until(
        call,
        owner,
        (context) =>
          tasks.map(async (task) => {
            const [scores] = await context.score(reward, [task]);
            return scores ?? [];
          }),
        (t, why) => tasks[t]!.candidates.map((): Score => why),
      );
    } finally {
      this.#leave(size);
    }
  }

  /** Verdicts on pairs, under the same rules as `score`. */
  async compare(comparer: Comparer, jobs: readonly Job[], call: Call = {}): Promise<Comparisons> {
    const size = jobs.reduce((sum, job) => sum + job.pairs.length, 0);
    this.#admit(size);
    try {
      return await this.#until(
        call,
        {},
        (context) => jobs.map(async (job) => (await context.compare(comparer, [job]))[0] ?? []),
        (j, why) => jobs[j]!.pairs.map(([first, second]) => ({ first, second, ...why })),
      );
    } finally {
      this.#leave(size);
    }
  }

  /** Runs one promise an item; what is not there when the request leaves or is late gets `instead`. */
  #until<T>(
    call: Call,
    owner: object,
    start: (context: Context) => Promise<T>[],
    instead: (index: number, why: Unscored) => T,
  ): Promise<T[]> {
    return new Promise((resolve, reject) => {
      const cut = new AbortController();
      const results: T[] = [];
      let left = -1;
      let timer: NodeJS.Timeout | undefined;
      let ended = false;
      const done = new Set<number>();
      const end = (): void => {
        ended = true;
        clearTimeout(timer);
        call.signal?.removeEventListener("abort", onAbort);
        resolve(results);
      };
      const stop = (why: Unscored): void => {
        if (ended) return;
        cut.abort();
        for (const batcher of this.#batchers.values()) batcher.drop(owner);
        for (let i = 0; i < total; i++) if (!done.has(i)) results[i] = instead(i, why);
        end();
      };
      const onAbort = (): void => stop(unscored("cancelled", "the client left"));
      let halted: Unscored | undefined;
      const halt = (why: Unscored): void => {
        halted ??= why;
        stop(why);
      };
      const running = start(this.#context(call, cut.signal, owner, { halt, halted: () => halted !== undefined }));
      const total = running.length;
      left = total;
      if (total === 0) return end();
      for (const [i, one] of running.entries())
        one.then(
          (value) => {
            if (ended) return;
            results[i] = value;
            done.add(i);
            if (--left === 0) end();
          },
          (thrown: unknown) => {
            if (ended) return;
            ended = true;
            clearTimeout(timer);
            call.signal?.removeEventListener("abort", onAbort);
            cut.abort();
            reject(thrown);
          },
        );
      if (call.signal?.aborted === true) return onAbort();
      call.signal?.addEventListener("abort", onAbort);
      if (call.deadline !== undefined) {
        const late = unscored("deadline", "no score before the request's deadline", { transient: true });
        const milliseconds = call.deadline - Date.now();
        if (milliseconds <= 0) stop(late);
        else timer = setTimeout(() => stop(late), Math.min(milliseconds, 2 ** 31 - 1));
      }
    });
  }

  #context(
    call: Call,
    signal: AbortSignal,
    owner: object,
    ends: { halt(why: Unscored): void; halted(): boolean },
  ): Context {
    const seed = call.seed ?? this.#seed;
    const remaining = call.deadline === undefined ? undefined : Math.max(1, call.deadline - Date.now());
    const inner = runnerContext({
      seed,
      repeat: 0,
      signal,
      limiter: this.#limiter,
      cache: this.#options.cache ?? this.#kept,
      cached: "io",
      warned: this.#warned,
      models: {
        cache: this.#options.calls ?? this.#kept,
        budget: this.#options.budget,
        identities: this.identities,
        // as in a run, what misses an answer is no result: votes that did come must not pass for all of them
        halt: (error: LaurelError, reason: Reason) => {
          this.#warn(error.message);
          ends.halt(unscored(reason, error.message, { transient: false }));
        },
      },
      halted: ends.halted,
      deadline: remaining,
      retries: this.#options.retries ?? 3,
      backoff: this.#options.backoff ?? 500,
      spend: call.spend ?? (() => {}),
      open: directContext().open,
      warn: this.#warn,
    });
    const context: Context = {
      ...inner,
      score: async (child, tasks) => {
        if (child.work === "compose") return child.score(tasks, context);
        if (child.work !== "cpu" || child.spec === undefined) return inner.score(child, tasks);
        if (signal.aborted) {
          const gone = unscored("cancelled", "the request ended before this was scored");
          return tasks.map((task) => task.candidates.map(() => gone));
        }
        const batcher = this.#batcher(child);
        return Promise.all(tasks.map((task) => batcher.add(task, seed, owner)));
      },
      compare: async (child, jobs) =>
        child.work === "compose" ? child.compare(jobs, context) : inner.compare(child, jobs),
    };
    return context;
  }

  #batcher(reward: Reward): Batcher {
    let batcher = this.#batchers.get(reward);
    if (batcher === undefined) {
      batcher = new Batcher(reward, this.pool, this.#options.batch ?? 64, this.#onBatch);
      this.#batchers.set(reward, batcher);
    }
    return batcher;
  }

  /** Forgets a reward that is served no more. */
  forget(reward: Reward): void {
    for (const leaf of leavesOf(reward) ?? []) this.#batchers.delete(leaf);
  }

  #admit(size: number): void {
    // a request that alone is larger than the queue is taken when nothing else waits; the body limit bounds it
    if (this.#queued > 0 && this.#queued + size > this.#maxQueue) {
      const rate = Math.max(this.#perSecond, 1);
      throw new Overloaded(Math.min(60, Math.max(1, Math.ceil((this.#queued + size - this.#maxQueue) / rate))));
    }
    this.#queued += size;
  }

  #leave(size: number): void {
    this.#queued -= size;
    this.#finished += size;
    const now = performance.now();
    const seconds = (now - this.#since) / 1000;
    if (seconds < 1) return;
    const rate = this.#finished / seconds;
    this.#perSecond = this.#perSecond === 0 ? rate : 0.7 * this.#perSecond + 0.3 * rate;
    this.#finished = 0;
    this.#since = now;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool[Symbol.asyncDispose]();
  }
}
