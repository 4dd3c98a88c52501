import { setTimeout as sleep } from "node:timers/promises";
import {
  type Compared,
  type Comparer,
  type Comparisons,
  type Context,
  candidateHash,
  type Job,
  messageOf,
  promptHash,
  type Reward,
  random,
  type Score,
  type Scores,
  type Seed,
  sha256,
  split,
  type Task,
  type Usage,
  unscored,
} from "../core/index.ts";
import { type ModelRun, withModelRun } from "../models/model-run.ts";
import type { Limiter } from "./limiter.ts";
import type { Pool } from "./pool.ts";

/** Where paid-for scores are kept; `Store` is one. */
export interface ScoreCache {
  getScores(keys: readonly string[]): readonly (Score | undefined)[];
  /** `later`: they are cheap to make again and may wait in memory. */
  putScores(entries: readonly (readonly [key: string, score: Score])[], later?: boolean): void;
}

/** What the runner does with leaves. */
export interface LeafOptions {
  seed: Seed;
  repeat: number;
  signal: AbortSignal;
  /** Calls of `io` leaves at a time. */
  limiter: Limiter;
  pool?: Pool | undefined;
  cache?: ScoreCache | undefined;
  /** Which leaves are cached: only those that cost something (`io`), all, or none. */
  cached: "io" | "all" | "none";
  /** Milliseconds that one call of an `io` leaf may take. */
  deadline?: number | undefined;
  /** How often a transient failure is tried again. */
  retries: number;
  /** Milliseconds before the first retry; doubled each time, with jitter. */
  backoff: number;
  step?: number | undefined;
  /** What calls of models share: their cache, the budget, the models' identities. */
  models?: ModelRun | undefined;
  /** Was a call of a model refused for good, so that scores which miss it are not to be kept? */
  halted?: (() => boolean) | undefined;
  /** What was warned of already, shared by the contexts of a run. */
  warned?: Set<string> | undefined;
  spend: (usage: Usage) => void;
  open: Context["open"];
  warn: (message: string) => void;
}

const cancelled = unscored("cancelled", "the run was cancelled");

/**
 * The runner's context: composites are called directly, leaves go through cache, pool, concurrency limit, deadline and
 * retries. One context serves one run and repeat.
 */
export function runnerContext(options: LeafOptions): Context {
  const warned = options.warned ?? new Set<string>();
  const warnOnce = (key: string, message: string): void => {
    if (warned.has(key)) return;
    warned.add(key);
    options.warn(message);
  };
  const bare: Context = {
    signal: options.signal,
    seed: options.seed,
    repeat: options.repeat,
    step: options.step,
    spend: options.spend,
    open: options.open,
    score: async (child, tasks) => (child.work === "compose" ? child.score(tasks, context) : leaf(child, tasks)),
    compare: async (child, jobs) =>
      child.work === "compose" ? child.compare(jobs, context) : compareLeaf(child, jobs),
  };
  const context = options.models === undefined ? bare : withModelRun(bare, options.models);

  const caches = (one: { work: string; fingerprint: string | null }): ScoreCache | undefined => {
    if (options.cache === undefined || options.cached === "none" || (options.cached === "io" && one.work !== "io"))
      return undefined;
    return one.fingerprint === null ? undefined : options.cache;
  };

  async function leaf(reward: Reward, tasks: readonly Task[]): Promise<Scores> {
    const cache = reward.sees === "order" ? undefined : caches(reward);
    if (options.cache !== undefined && reward.fingerprint === null)
      warnOnce(
        `no-version:${reward.name}`,
        `${reward.name} states no version: its scores are neither cached nor resumed`,
      );
    if (cache === undefined) return run(reward, tasks);

    const keys = tasks.map((task) => scoreKeys(reward, task, options));
    const found = cache.getScores(keys.flat());
    const rows: Score[][] = [];
    const missing: Task[] = [];
    const places: (readonly [row: number, columns: readonly number[]])[] = [];
    let at = 0;
    for (const [t, task] of tasks.entries()) {
      const count = task.candidates.length;
      // a group is one unit: one key, stored as its members' scores, one key a member
      const row = found.slice(at, at + count) as Score[];
      at += count;
      rows.push(row);
      let columns = row.flatMap((score, c) => (score === undefined ? [c] : []));
      if (columns.length === 0) continue;
      if (reward.sees === "group") columns = row.map((_, c) => c);
      missing.push(columns.length === count ? task : { ...task, candidates: columns.map((c) => task.candidates[c]!) });
      places.push([t, columns]);
    }
    if (missing.length === 0) return rows;
    const fresh = await run(reward, missing);
    const halted = options.halted?.() === true;
    const entries: [string, Score][] = [];
    for (const [m, [t, columns]] of places.entries()) {
      const whole = fresh[m]!.every((score) => score.unscored === undefined);
      for (const [i, c] of columns.entries()) {
        const score = fresh[m]![i]!;
        rows[t]![c] = score;
        if (score.unscored === undefined && (reward.sees === "candidate" || whole)) entries.push([keys[t]![c]!, score]);
      }
    }
    // a judge may have scored from fewer votes than it asked for
    if (!halted) cache.putScores(entries, reward.work === "cpu");
    return rows;
  }

  async function run(reward: Reward, tasks: readonly Task[]): Promise<Scores> {
    if (reward.work === "cpu") {
      if (options.pool !== undefined && reward.spec !== undefined)
        return options.pool.score(reward, tasks, options.seed, options.repeat, options.signal);
      if (options.pool !== undefined && reward.timeLimit !== undefined)
        warnOnce(
          `inline:${reward.name}`,
          `${reward.name} has no spec, so it runs on the caller's thread and its time limit is not enforced`,
        );
      return scoreChecked(reward, tasks, context);
    }
    if (reward.sees === "order") return scoreChecked(reward, tasks, context);
    return Promise.all(
      tasks.map(async (task) => {
        if (reward.sees === "group") return callTask(reward, task);
        const scores = await Promise.all(
          task.candidates.map((one) => callTask(reward, { ...task, candidates: [one] })),
        );
        return scores.map((score) => score[0]!);
      }),
    );
  }

  /** One call of an `io` leaf: limited, with deadline; transient failures are tried again. */
  function callTask(reward: Reward, task: Task): Promise<readonly Score[]> {
    return options.limiter.run(() =>
      retried(
        `${reward.name}:${task.id}`,
        async (ctx) => (await scoreChecked(reward, [task], ctx))[0]!,
        (scores) => scores.some((score) => score.unscored?.transient === true),
        (late) => task.candidates.map(() => late),
      ),
    );
  }

  async function retried<T>(
    name: string,
    call: (ctx: Context) => Promise<T>,
    again: (result: T) => boolean,
    failed: (why: ReturnType<typeof unscored>) => T,
  ): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      if (options.signal.aborted) return failed(cancelled);
      const result = await withDeadline(call, failed);
      if (attempt >= options.retries || !again(result) || options.signal.aborted) return result;
      const jitter = 0.5 + random(split(split(options.seed, name), attempt)).uniform();
      try {
        await sleep(options.backoff * 2 ** attempt * jitter, undefined, { signal: options.signal });
      } catch (thrown) {
        if (options.signal.aborted) return failed(cancelled);
        throw thrown;
      }
    }
  }

  async function withDeadline<T>(
    call: (ctx: Context) => Promise<T>,
    failed: (why: ReturnType<typeof unscored>) => T,
  ): Promise<T> {
    const milliseconds = options.deadline;
    if (milliseconds === undefined) return call(context);
    const late = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<T>((resolve) => {
      timer = setTimeout(() => {
        late.abort();
        resolve(failed(unscored("deadline", `no score within ${milliseconds} ms`, { transient: true })));
      }, milliseconds);
    });
    const signal = AbortSignal.any([options.signal, late.signal]);
    try {
      return await Promise.race([call({ ...context, signal, deadline: Date.now() + milliseconds }), expiry]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function compareLeaf(comparer: Comparer, jobs: readonly Job[]): Promise<Comparisons> {
    const cache = caches(comparer);
    return Promise.all(
      jobs.map(({ task, pairs }) =>
        Promise.all(
          pairs.map(async ([first, second]): Promise<Compared> => {
            const key = cache === undefined ? "" : pairKey(comparer, task, first, second, options);
            const known = cache?.getScores([key])[0];
            // a verdict is stored in a score's facts, so that one table serves both
            if (known?.unscored === undefined && known?.facts !== undefined)
              return { ...(known.facts as unknown as Compared), first, second };
            const compared = await options.limiter.run(() =>
              retried(
                `${comparer.name}:${task.id}:${first}:${second}`,
                (ctx) => compareChecked(comparer, task, first, second, ctx),
                (result) => result.unscored?.transient === true,
                (why): Compared => ({ first, second, ...why }),
              ),
            );
            if (cache !== undefined && compared.unscored === undefined && options.halted?.() !== true)
              cache.putScores([[key, { value: compared.p, facts: compared as never }]]);
            return compared;
          }),
        ),
      ),
    );
  }
  return context;
}

/** Calls a reward and turns a throw or a wrong shape into `bug`, so that one broken leaf does not end a run. */
async function scoreChecked(reward: Reward, tasks: readonly Task[], ctx: Context): Promise<Scores> {
  try {
    const scores = await reward.score(tasks, ctx);
    return tasks.map((task, t) => {
      const row = scores[t];
      if (row !== undefined && row.length === task.candidates.length) return row;
      const wrong = unscored(
        "bug",
        `${reward.name} gave ${row?.length ?? 0} scores for ${task.candidates.length} candidates`,
      );
      return task.candidates.map(() => wrong);
    });
  } catch (thrown) {
    const failed = ctx.signal.aborted ? cancelled : unscored("bug", `${reward.name} threw: ${messageOf(thrown)}`);
    return tasks.map((task) => task.candidates.map(() => failed));
  }
}

async function compareChecked(
  comparer: Comparer,
  task: Task,
  first: number,
  second: number,
  ctx: Context,
): Promise<Compared> {
  try {
    const result = (await comparer.compare([{ task, pairs: [[first, second]] }], ctx))[0]?.[0];
    return result ?? { first, second, ...unscored("bug", `${comparer.name} gave no verdict`) };
  } catch (thrown) {
    const failed = ctx.signal.aborted ? cancelled : unscored("bug", `${comparer.name} threw: ${messageOf(thrown)}`);
    return { first, second, ...failed };
  }
}

type KeyOptions = Pick<LeafOptions, "repeat" | "seed">;

function keyBase(
  one: { fingerprint: string | null; random?: boolean | undefined },
  task: Task,
  options: KeyOptions,
): string {
  // a random leaf splits its seed by the task's id, so id and seed decide its scores too
  const chance = one.random === true ? `${options.seed}:${JSON.stringify(task.id)}` : "";
  return `${one.fingerprint}:${promptHash(task)}:${options.repeat}:${chance}`;
}

/** Cache keys of a task's candidates: each by itself, or as members of the whole group. */
export function scoreKeys(reward: Reward, task: Task, options: KeyOptions): string[] {
  const base = keyBase(reward, task, options);
  const hashes = task.candidates.map(candidateHash);
  if (reward.sees === "candidate") return hashes.map((hash) => sha256(`${base}:candidate:${hash}`).slice(0, 32));
  const group = sha256(`${base}:group:${hashes.join(",")}`);
  return hashes.map((_, index) => sha256(`${group}:${index}`).slice(0, 32));
}

function pairKey(comparer: Comparer, task: Task, first: number, second: number, options: KeyOptions): string {
  const a = candidateHash(task.candidates[first]!);
  const b = candidateHash(task.candidates[second]!);
  return sha256(`${keyBase(comparer, task, options)}:pair:${a}:${b}`).slice(0, 32);
}
