import { messageOf } from "./errors.ts";
import { candidateHash } from "./hash.ts";
import { fingerprintOf, type RewardOptions } from "./reward.ts";
import { unscored } from "./score.ts";
import { split } from "./seed.ts";
import type { Candidate, Compared, Comparer, Context, Preferred, Task, Unscored } from "./types.ts";

/** What a comparison function may return: p that the first is better (a tie counts half), or more about it. */
export type ComparedDraft = number | Omit<Preferred, "first" | "second"> | Unscored;

/** A function of two candidates of a task, in the order in which they are shown. */
export type PairwiseFunction = (
  first: Candidate,
  second: Candidate,
  task: Task,
  ctx: Context,
) => ComparedDraft | Promise<ComparedDraft>;

/**
 * A comparer from a function of two candidates. p must lie in [0, 1]; a thrown error is `unscored` with reason `bug`.
 *
 * @example const longer = pairwise("longer", (a, b) => (answerText(a).length > answerText(b).length ? 1 : 0))
 */
export function pairwise(
  name: string,
  f: PairwiseFunction,
  options: Pick<RewardOptions, "version" | "random" | "spec" | "work"> = {},
): Comparer {
  const compareOne = async (task: Task, first: number, second: number, ctx: Context): Promise<Compared> => {
    const a = task.candidates[first];
    const b = task.candidates[second];
    if (a === undefined || b === undefined)
      return { first, second, ...unscored("bug", `${name}: task ${task.id} has no pair (${first}, ${second})`) };
    const seed =
      options.random === true ? split(split(split(ctx.seed, task.id), candidateHash(a)), candidateHash(b)) : ctx.seed;
    try {
      const draft = await f(a, b, task, { ...ctx, seed });
      const compared = typeof draft === "number" ? { p: draft } : draft;
      if (compared.unscored !== undefined) return { first, second, unscored: compared.unscored };
      if (!(compared.p >= 0 && compared.p <= 1))
        return { first, second, ...unscored("bug", `${name} returned p = ${compared.p}, outside [0, 1]`) };
      return { ...compared, first, second };
    } catch (thrown) {
      if (ctx.signal.aborted) return { first, second, ...unscored("cancelled", `${name} was cancelled`) };
      return { first, second, ...unscored("bug", `${name} threw: ${messageOf(thrown)}`) };
    }
  };
  return {
    name,
    fingerprint: fingerprintOf("pairwise", name, options),
    work: options.work ?? "io",
    ...(options.spec === undefined ? {} : { spec: options.spec }),
    ...(options.random === undefined ? {} : { random: options.random }),
    compare: (jobs, ctx) =>
      Promise.all(
        jobs.map((job) => Promise.all(job.pairs.map(([first, second]) => compareOne(job.task, first, second, ctx)))),
      ),
  };
}
