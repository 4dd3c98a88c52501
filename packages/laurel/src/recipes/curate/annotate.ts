import { type Comparer, type Context, candidateHash, type Task, UsageError } from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** Options of `annotatePairs`. */
export interface AnnotateOptions {
  /** A judge of two answers; show it attributes and checked examples by its own prompt or by the tasks' context. */
  judge: Comparer;
  /** Votes a pair, half of them in either order (the odd one in the first); default 5. */
  votes?: number | undefined;
  /** Least share of the votes that agree, in (0.5, 1]; default 0.8. */
  minAgreement?: number | undefined;
  ctx: Context;
}

/**
 * Labels pairs by several votes of a judge, and leaves out those on which it does not agree with itself.
 *
 * A vote is p > ½ for one answer; p = ½ is a vote for neither, and counts among the votes. A pair comes out the way the votes go, whatever
 * its label was, with `target` the share of votes for its chosen answer where that is below 1. Votes of one model are correlated: five of
 * them are worth fewer.
 *
 * @param pairs ties too: their label is what is asked for
 * @returns labelled pairs; `ledger.dropped` counts those without agreement (`unresolved`) and those of which fewer than half of the votes
 *   could be read (`unscored`)
 * @throws UsageError for fewer than one vote, or an agreement outside (0.5, 1]
 * @source Skywork-Reward-V2 (2025), preference-aware annotation with self-consistency
 * @example for await (const pair of annotatePairs(pool, { judge: pairwiseJudge({ model, temperature: 0.7 }), ctx })) save(pair);
 */
export function annotatePairs(
  pairs: AsyncIterable<PreferencePair> | Iterable<PreferencePair>,
  options: AnnotateOptions,
): Recipe<PreferencePair, "unresolved" | "unscored"> {
  const { judge, votes = 5, minAgreement = 0.8, ctx } = options;
  if (!(Number.isInteger(votes) && votes >= 1)) throw new UsageError(`annotatePairs: ${votes} votes`);
  if (!(minAgreement > 0.5 && minAgreement <= 1))
    throw new UsageError(`annotatePairs: minAgreement must lie in (0.5, 1], not ${minAgreement}`);
  return recipe(["unresolved", "unscored"], async function* (ledger) {
    for await (const pair of pairs) {
      ledger.in++;
      const { prompt, chosen, rejected } = pair;
      const task: Task = {
        id: `${candidateHash(chosen)} ${candidateHash(rejected)}`,
        prompt,
        candidates: [chosen, rejected],
      };
      const said = await Promise.all(
        Array.from({ length: votes }, async (_, v) => {
          const order = v % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
          // a repeat of its own is what makes a random judge draw anew
          const own = { ...ctx, repeat: ctx.repeat * votes + v };
          const [[one] = []] = await judge.compare([{ task, pairs: [order] }], own);
          if (one === undefined || one.unscored !== undefined) return undefined;
          return Math.sign(v % 2 === 0 ? one.p - 0.5 : 0.5 - one.p);
        }),
      );
      const read = said.filter((vote) => vote !== undefined);
      if (2 * read.length < votes) {
        ledger.dropped.unscored++;
        continue;
      }
      const forFirst = read.filter((vote) => vote > 0).length / read.length;
      const forSecond = read.filter((vote) => vote < 0).length / read.length;
      const share = Math.max(forFirst, forSecond);
      if (share < minAgreement) {
        ledger.dropped.unresolved++;
        continue;
      }
      ledger.out++;
      const { tie: _tie, target: _target, strength: _strength, ...rest } = pair;
      yield {
        ...rest,
        ...(forFirst >= forSecond ? {} : { chosen: rejected, rejected: chosen }),
        ...(share < 1 ? { target: share } : {}),
      };
    }
  });
}
