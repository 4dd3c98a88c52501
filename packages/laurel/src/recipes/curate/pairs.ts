import {
  type Candidate,
  type Comparer,
  type Context,
  candidate,
  isScored,
  type Reward,
  random,
  type Seed,
  split,
  type Task,
  UsageError,
} from "../../core/index.ts";
import type { PreferencePair } from "../../io/index.ts";
import { type Recipe, recipe } from "../ledger.ts";

/** A task with its candidates' scores. */
export interface ScoredTask {
  task: Task;
  /** One a candidate; null where there is none. */
  scores: readonly (number | null)[];
  /** The scores of each judge, where `scores` are their means. */
  judges?: readonly (readonly (number | null)[])[] | undefined;
}

/** Options of `pairsFromScores`. */
export interface PairsFromScoresOptions {
  /**
   * "all": every pair of candidates; "best-worst": one, the highest and the lowest score; "gap": the widest gaps; "random": pairs drawn
   * before their gaps are looked at, so that narrow ones are lost and not replaced.
   */
  pick: "all" | "best-worst" | "gap" | "random";
  /** Only gaps above this; at least 0, default 0. */
  minGap?: number | undefined;
  /** Pairs a task for "gap" and "random"; default 1. */
  perTask?: number | undefined;
  /** Only pairs that each judge orders as their mean does. */
  unanimous?: boolean | undefined;
  /** Needed for "random". */
  seed?: Seed | undefined;
}

/** Why a task gave no pair (`too-few` scored candidates), or a pair is none (`gap` not above the least, judges `divided`). */
export type PairDrop = "too-few" | "gap" | "divided";

/**
 * Preference pairs from scores: the one function behind the pair builders of the literature, which are its presets.
 *
 * The higher score is chosen; equal scores never make a pair. A pair's `strength` is the gap, and its `meta` has both scores and, where
 * there are judges, `agreement`: the share of them (of those that scored both) that order the pair as their mean does.
 *
 * @param rows tasks with scores, as `scoredBy` gives
 * @returns pairs in the order of the tasks; `ledger.in` counts the pairs that were looked at, and tasks with too few scores once each
 * @throws UsageError for a negative gap, `perTask` below 1, "random" without a seed, `unanimous` without judges, or a task with another
 *   number of scores than candidates
 * @source GAPO, COIG-P, FLR, RAG-RewardBench, JudgeBench and IXC-2.5-Reward build pairs in these ways
 * @example pairsFromScores(rows, { pick: "best-worst", minGap: 1 })
 */
export function pairsFromScores(
  rows: AsyncIterable<ScoredTask> | Iterable<ScoredTask>,
  options: PairsFromScoresOptions,
): Recipe<PreferencePair, PairDrop> {
  const { pick, minGap = 0, perTask = 1, unanimous = false, seed } = options;
  if (!(minGap >= 0)) throw new UsageError(`pairsFromScores: minGap must be at least 0, not ${minGap}`);
  if (!(Number.isInteger(perTask) && perTask >= 1))
    throw new UsageError(`pairsFromScores: perTask must be a whole number of at least 1, not ${perTask}`);
  if (pick === "random" && seed === undefined) throw new UsageError('pairsFromScores: pick "random" needs a seed');
  return recipe(["too-few", "gap", "divided"], async function* (ledger) {
    for await (const { task, scores, judges } of rows) {
      if (scores.length !== task.candidates.length)
        throw new UsageError(`task ${task.id} has ${scores.length} scores for ${task.candidates.length} candidates`);
      if (unanimous && judges === undefined)
        throw new UsageError(`pairsFromScores: unanimous needs each judge's scores, which task ${task.id} has not`);
      const pairs = gapsOf(scores);
      if (pairs.length === 0) {
        ledger.in++;
        ledger.dropped["too-few"]++;
        continue;
      }
      for (const { better, worse, gap } of picked(pairs, pick, perTask, seed, task.id)) {
        ledger.in++;
        if (!(gap > minGap)) {
          ledger.dropped.gap++;
          continue;
        }
        if (unanimous && !judges!.every((own) => (own[better] ?? Number.NaN) > (own[worse] ?? Number.NaN))) {
          ledger.dropped.divided++;
          continue;
        }
        ledger.out++;
        yield {
          prompt: task.prompt,
          chosen: task.candidates[better]!,
          rejected: task.candidates[worse]!,
          strength: gap,
          origin: task.id,
          meta: {
            chosenScore: scores[better]!,
            rejectedScore: scores[worse]!,
            ...(judges === undefined ? {} : { agreement: agreementOf(judges, better, worse) }),
          },
        };
      }
    }
  });
}

function agreementOf(judges: readonly (readonly (number | null)[])[], better: number, worse: number): number | null {
  const both = judges.filter((own) => own[better] != null && own[worse] != null);
  return both.length === 0 ? null : both.filter((own) => own[better]! > own[worse]!).length / both.length;
}

interface Gap {
  better: number;
  worse: number;
  gap: number;
}

function gapsOf(scores: readonly (number | null)[]): Gap[] {
  const scored = scores.flatMap((score, i) => (score === null ? [] : [{ score, i }]));
  const gaps: Gap[] = [];
  for (const [at, a] of scored.entries())
    for (const b of scored.slice(at + 1)) {
      const [high, low] = a.score >= b.score ? [a, b] : [b, a];
      gaps.push({ better: high.i, worse: low.i, gap: high.score - low.score });
    }
  return gaps;
}

function picked(
  pairs: readonly Gap[],
  pick: PairsFromScoresOptions["pick"],
  perTask: number,
  seed: Seed | undefined,
  id: string,
): readonly Gap[] {
  if (pick === "all") return pairs;
  if (pick === "random")
    return random(split(seed!, `pairs ${id}`))
      .shuffled(pairs)
      .slice(0, perTask);
  return [...pairs].sort((a, b) => b.gap - a.gap).slice(0, pick === "best-worst" ? 1 : perTask);
}

/**
 * Tasks with the mean of several rewards' scores. A judge that fails leaves its place empty, never 0; a candidate without any score has
 * none.
 *
 * @param judges one or more rewards on the same scale
 * @example pairByGap(scoredBy(tasks, [judge], ctx), { seed })
 */
export async function* scoredBy(
  tasks: AsyncIterable<Task> | Iterable<Task>,
  judges: readonly Reward[],
  ctx: Context,
): AsyncGenerator<ScoredTask & { judges: readonly (readonly (number | null)[])[] }> {
  if (judges.length === 0) throw new UsageError("scoredBy needs at least one reward");
  for await (const task of tasks) {
    const own = await Promise.all(
      judges.map(async (judge) =>
        (await ctx.score(judge, [task]))[0]!.map((score) => (isScored(score) ? score.value : null)),
      ),
    );
    const scores = task.candidates.map((_, i) => {
      const given = own.flatMap((each) => (each[i] == null ? [] : [each[i]]));
      return given.length === 0 ? null : given.reduce((a, b) => a + b, 0) / given.length;
    });
    yield { task, scores, judges: own };
  }
}

/**
 * COIG-P's pairs: `perTask` random pairs a task, kept where the gap is above the threshold.
 *
 * @param options `threshold` default 2 on its scale of 0 to 10 (a gap of exactly 2 is not kept); `perTask` default 1
 * @source COIG-P (2025), sections 3 and 5.3
 */
export function pairByGap(
  rows: AsyncIterable<ScoredTask> | Iterable<ScoredTask>,
  options: { threshold?: number | undefined; perTask?: number | undefined; seed: Seed },
): Recipe<PreferencePair, PairDrop> {
  const { threshold = 2, perTask, seed } = options;
  return pairsFromScores(rows, { pick: "random", minGap: threshold, perTask, seed });
}

/** GAPO's and FLR's pairs: the best and the worst of each task. */
export function bestWorstPairs(
  rows: AsyncIterable<ScoredTask> | Iterable<ScoredTask>,
  options: { minGap?: number | undefined } = {},
): Recipe<PreferencePair, PairDrop> {
  return pairsFromScores(rows, { pick: "best-worst", minGap: options.minGap });
}

/**
 * RAG-RewardBench's pairs: all whose mean gap is above `minGap` and, unless told otherwise, on whose order all judges agree.
 *
 * Pairs on which all agree are the easy ones: rewards get higher scores on them, and what is true of them need not be true of the rest.
 *
 * @source RAG-RewardBench (2024), labels of a panel of four judges on a scale of 1 to 5; its threshold could not be confirmed
 * @example panelPairs(scoredBy(tasks, judges, ctx), { minGap: 1 }) // each pair's meta.agreement is 1
 */
export function panelPairs(
  rows: AsyncIterable<ScoredTask> | Iterable<ScoredTask>,
  options: { minGap: number; unanimous?: boolean | undefined },
): Recipe<PreferencePair, PairDrop> {
  return pairsFromScores(rows, { pick: "all", minGap: options.minGap, unanimous: options.unanimous ?? true });
}

/**
 * JudgeBench's pairs: one answer that is right and one that is wrong by an objective check, of the same author, so that neither style nor
 * ability tells which is which.
 *
 * @param rows tasks with the samples of one policy, whose scores are 0 or 1; with several checks (`scoredBy(tasks, [verify, second], ctx)`)
 *   an answer counts only where all that scored it agree
 * @param options `perTask` pairs a task, default 1, drawn among all right and wrong ones by `seed`
 * @returns pairs; `ledger.in` counts tasks, and `dropped` those that are all right, all wrong, or left without a pair by checks that
 *   disagree or give no score
 * @throws UsageError for a score that is neither 0 nor 1
 * @source JudgeBench (2024), section 3; the second check is optional here
 * @example correctnessPairs(scoredBy(tasks, [verifier], ctx), { seed })
 */
export function correctnessPairs(
  rows: AsyncIterable<ScoredTask> | Iterable<ScoredTask>,
  options: { seed: Seed; perTask?: number | undefined },
): Recipe<PreferencePair, "all-right" | "all-wrong" | "disputed"> {
  const { seed, perTask } = options;
  return recipe(["all-right", "all-wrong", "disputed"], async function* (ledger) {
    for await (const { task, scores, judges = [scores] } of rows) {
      ledger.in++;
      const agreed = task.candidates.map((_, i) => agreedScore(task.id, judges, i));
      // of equal gaps the first ones are taken, so that the order must be drawn
      const order = random(split(seed, `correctness ${task.id}`)).shuffled(task.candidates.map((_, i) => i));
      const drawn = { ...task, candidates: order.map((i) => task.candidates[i]!) };
      const row = { task: drawn, scores: order.map((i) => agreed[i]!) };
      let any = false;
      for await (const pair of pairsFromScores([row], { pick: "gap", perTask })) {
        any = true;
        ledger.out++;
        yield pair;
      }
      if (any) continue;
      if (agreed.length === 0 || agreed.includes(null)) ledger.dropped.disputed++;
      else ledger.dropped[agreed[0] === 1 ? "all-right" : "all-wrong"]++;
    }
  });
}

/** 0 or 1 where all checks that scored a candidate say so; else null. */
function agreedScore(id: string, judges: readonly (readonly (number | null)[])[], i: number): number | null {
  let found: number | null = null;
  for (const own of judges) {
    const score = own[i] ?? null;
    if (score === null) continue;
    if (score !== 0 && score !== 1)
      throw new UsageError(
        `correctnessPairs: candidate ${i} of task ${id} has the score ${score}, and a check says 0 or 1`,
        "take a verifier, or scores above a threshold",
      );
    if (found !== null && found !== score) return null;
    found = score;
  }
  return found;
}

/**
 * Pairs of each task's reference answer before those samples that are judged worse than it.
 *
 * A sample that is as good as the reference, or better, makes no pair: what a reference set calls right is often not the best.
 *
 * @param judge a comparer, or a reward (a verifier) that scores the reference too
 * @returns pairs; `ledger.dropped` counts tasks without reference, and samples that are not worse or not judged
 * @source IXC-2.5-Reward (2025), section 3: an SFT answer against samples of the SFT model
 * @example labelByReference(tasks, verifier, ctx)
 */
export function labelByReference(
  tasks: AsyncIterable<Task> | Iterable<Task>,
  judge: Comparer | Reward,
  ctx: Context,
): Recipe<PreferencePair, "no-reference" | "not-worse" | "unscored"> {
  return recipe(["no-reference", "not-worse", "unscored"], async function* (ledger) {
    for await (const task of tasks) {
      const reference = referenceCandidate(task);
      ledger.in += reference === undefined ? 1 : task.candidates.length;
      if (reference === undefined) {
        ledger.dropped["no-reference"]++;
        continue;
      }
      const asked: Task = { ...task, candidates: [reference, ...task.candidates] };
      const worse = await worseThanFirst(asked, judge, ctx);
      for (const [i, sample] of task.candidates.entries()) {
        if (worse[i] === true) {
          ledger.out++;
          yield { prompt: task.prompt, chosen: reference, rejected: sample, origin: task.id };
        } else ledger.dropped[worse[i] === false ? "not-worse" : "unscored"]++;
      }
    }
  });
}

async function worseThanFirst(task: Task, judge: Comparer | Reward, ctx: Context): Promise<(boolean | undefined)[]> {
  if ("compare" in judge) {
    const pairs = task.candidates.slice(1).map((_, i) => [0, i + 1] as const);
    const [compared] = await ctx.compare(judge, [{ task, pairs }]);
    return compared!.map((one) => (one.unscored === undefined ? one.p > 0.5 : undefined));
  }
  const [[first, ...rest] = []] = await ctx.score(judge, [task]);
  return rest.map((score) => (isScored(first!) && isScored(score) ? first.value > score.value : undefined));
}

function referenceCandidate({ reference }: Task): Candidate | undefined {
  if (reference?.exemplar !== undefined) return reference.exemplar;
  const text = reference?.texts?.[0] ?? reference?.answer;
  return typeof text === "string" || typeof text === "number" ? candidate(String(text)) : undefined;
}
