import { messageOf } from "./errors.ts";
import { candidateHash, hashJson } from "./hash.ts";
import { type Draft, settle, unscored } from "./score.ts";
import { split } from "./seed.ts";
import type { Candidate, Context, Json, JsonObject, Reward, Score, Task } from "./types.ts";

/** What an author may state about a reward. */
export interface RewardOptions {
  /** Changes whenever the same input may score differently; without it there is no cache and no resume. */
  version?: string | number | undefined;
  /** Least and greatest value, on the reward's own scale. */
  range?: readonly [min: number, max: number] | undefined;
  /** What a fault scores; the range's lower end if not given. */
  floor?: number | undefined;
  /** "cpu" runs in a worker thread when the reward has a spec; "io" (the default) on the caller's thread. */
  work?: "cpu" | "io" | undefined;
  /** Does the score depend on the seed? */
  random?: boolean | undefined;
  /** The data that builds this reward again, such as `{ kind: "verify.math" }`. */
  spec?: JsonObject | undefined;
  /** Milliseconds that one candidate may take in a worker before it faults with `time-limit`. */
  timeLimit?: number | undefined;
}

/** Hash of all that decides a reward's scores, or null where the author gave no version. */
export function fingerprintOf(
  form: string,
  name: string,
  options: { version?: string | number | undefined; spec?: JsonObject | undefined },
  children: readonly (string | null)[] = [],
): string | null {
  if (options.version === undefined || children.includes(null)) return null;
  return hashJson([form, name, options.version, options.spec ?? null, children as Json]);
}

function describe(form: string, name: string, sees: Reward["sees"], options: RewardOptions): Omit<Reward, "score"> {
  return {
    name,
    fingerprint: fingerprintOf(form, name, options),
    sees,
    work: options.work ?? "io",
    ...(options.spec === undefined ? {} : { spec: options.spec }),
    ...(options.random === undefined ? {} : { random: options.random }),
    ...(options.range === undefined ? {} : { range: options.range }),
    ...(options.floor === undefined ? {} : { floor: options.floor }),
    ...(options.timeLimit === undefined ? {} : { timeLimit: options.timeLimit }),
  };
}

/** A function of one candidate. */
export type PointwiseFunction = (candidate: Candidate, task: Task, ctx: Context) => Draft | Promise<Draft>;

/**
 * A reward that scores each candidate by itself.
 * A thrown error becomes `unscored` with reason `bug`; a random reward gets a seed split by task id and candidate hash.
 *
 * @example const short = pointwise("short", (c) => -answerText(c).length, { version: 1 })
 */
export function pointwise(name: string, f: PointwiseFunction, options: RewardOptions = {}): Reward {
  const about = describe("pointwise", name, "candidate", options);
  const scoreOne = (candidate: Candidate, task: Task, ctx: Context): Score | Promise<Score> => {
    const own =
      options.random === true ? { ...ctx, seed: split(split(ctx.seed, task.id), candidateHash(candidate)) } : ctx;
    try {
      const draft = f(candidate, task, own);
      if (draft instanceof Promise)
        return draft.then(
          (value) => settle(value, about),
          (thrown: unknown) => failure(name, thrown, ctx),
        );
      return settle(draft, about);
    } catch (thrown) {
      return failure(name, thrown, ctx);
    }
  };
  return {
    ...about,
    async score(tasks, ctx) {
      const scores: Score[][] = [];
      for (const task of tasks) {
        const row = task.candidates.map((candidate) => scoreOne(candidate, task, ctx));
        scores.push(row.some((score) => score instanceof Promise) ? await Promise.all(row) : (row as Score[]));
      }
      return scores;
    },
  };
}

/** A function of a task's whole group of candidates; it returns one draft for each. */
export type GroupwiseFunction = (task: Task, ctx: Context) => readonly Draft[] | Promise<readonly Draft[]>;

/** A reward that sees all candidates of a task at once, such as a rank or a group statistic. */
export function groupwise(name: string, f: GroupwiseFunction, options: RewardOptions = {}): Reward {
  const about = describe("groupwise", name, "group", options);
  return {
    ...about,
    async score(tasks, ctx) {
      const scores: Score[][] = [];
      for (const task of tasks) {
        const own = options.random === true ? { ...ctx, seed: split(ctx.seed, task.id) } : ctx;
        try {
          const drafts = await f(task, own);
          if (drafts.length === task.candidates.length) scores.push(drafts.map((draft) => settle(draft, about)));
          else {
            const wrong = unscored(
              "bug",
              `${name} returned ${drafts.length} scores for ${task.candidates.length} candidates`,
            );
            scores.push(task.candidates.map(() => wrong));
          }
        } catch (thrown) {
          const failed = failure(name, thrown, ctx);
          scores.push(task.candidates.map(() => failed));
        }
      }
      return scores;
    },
  };
}

/** The unscored result for a thrown error; a cancelled context gives `cancelled`, anything else is a bug of the reward. */
export function failure(name: string, thrown: unknown, ctx: Pick<Context, "signal">): Score {
  if (ctx.signal.aborted) return unscored("cancelled", `${name} was cancelled`);
  return unscored("bug", `${name} threw: ${messageOf(thrown)}`);
}
