import {
  type Comparer,
  candidate,
  type Example,
  isScored,
  type LanguageModel,
  type Reward,
  type Score,
  seedFrom,
  split,
  type Task,
  UsageError,
} from "../../core/index.ts";
import { shuffleCandidates } from "../../io/index.ts";
import { type ScoreAllOptions, scoreBatches } from "../../run/index.ts";
import { type AskOptions, askJudge } from "../judge-audit/ask.ts";
import type { Taker } from "./topic.ts";

/** The places of right and wrong candidates. */
function sidesOf({ task, labels }: Example): { right: number[]; wrong: number[] } {
  const { correct } = labels;
  const [right, wrong]: [number[], number[]] = [[], []];
  for (let i = 0; i < task.candidates.length; i++) {
    if (correct?.[i] === true) right.push(i);
    else if (correct?.[i] === false) wrong.push(i);
  }
  if (right.length === 0 || wrong.length === 0)
    throw new UsageError(`the question '${task.id}' has no right or no wrong candidate`);
  return { right, wrong };
}

/** The mean over pairs of a right and a wrong candidate; null where one pair has none. */
function overPairs(example: Example, won: (right: number, wrong: number) => number | null): number | null {
  const { right, wrong } = sidesOf(example);
  let sum = 0;
  for (const i of right)
    for (const j of wrong) {
      const one = won(i, j);
      if (one === null) return null;
      sum += one;
    }
  return sum / (right.length * wrong.length);
}

/**
 * A reward as a taker: a question is right where the right candidate has the higher score, a tie counts half.
 *
 * Candidates are shown in an order that the seed decides; labels never reach the reward. A fault scores the floor; an unscored candidate
 * leaves the question ungraded.
 *
 * @param options as `scoreAll`'s
 * @throws UsageError, when it answers, for a question without a right or without a wrong candidate
 */
export function rewardTaker(reward: Reward, options: ScoreAllOptions = {}, name: string = reward.name): Taker {
  const seed = split(seedFrom(options.seed ?? 0), "order");
  return {
    name,
    fingerprint: reward.fingerprint,
    async answer(examples) {
      const shown = examples.map((example) => shuffleCandidates(example, seed));
      const scores = new Map<string, readonly Score[]>();
      const tasks = shown.map(({ example }) => [example.task]);
      for await (const rows of scoreBatches(reward, tasks, { ...options, repeats: 1 }))
        for (const { task, row } of rows) scores.set(task.id, row.scores);
      return shown.map(({ example }) => {
        const own = scores.get(example.task.id);
        if (own === undefined) return null;
        return overPairs(example, (right, wrong) => {
          const [a, b] = [own[right]!, own[wrong]!];
          if (!isScored(a) || !isScored(b)) return null;
          return a.value > b.value ? 1 : a.value === b.value ? 0.5 : 0;
        });
      });
    },
  };
}

/**
 * A judge of pairs as a taker: what it says for the right candidate (1, ½ or 0), the mean over both orders.
 *
 * @param options as `scoreAll`'s, and `orders`
 */
export function comparerTaker(comparer: Comparer, options: AskOptions = {}, name: string = comparer.name): Taker {
  return {
    name,
    fingerprint: comparer.fingerprint,
    async answer(examples) {
      const { votes } = await askJudge(comparer, examples, { ...options, which: "labelled" });
      const byId = Map.groupBy(votes, ({ id }) => id);
      return examples.map((example) =>
        overPairs(example, (right, wrong) => {
          const own = (byId.get(example.task.id) ?? []).flatMap(({ first, second, p }) => {
            if (p === null) return [];
            const verdict = p > 0.5 ? 1 : p === 0.5 ? 0.5 : 0;
            if (first === right && second === wrong) return [verdict];
            return first === wrong && second === right ? [1 - verdict] : [];
          });
          return own.length === 0 ? null : own.reduce((sum, one) => sum + one, 0) / own.length;
        }),
      );
    },
  };
}

/**
 * A language model as a taker: it answers the question, and a reward grades the answer against the reference.
 *
 * @param grade right where its score is at least `threshold`; a fault (no answer) is wrong, an unscored answer leaves the question ungraded
 * @param options as `scoreAll`'s; `threshold` (default 0.5), `maxTokens` of an answer (default 1,024), `system` instructions
 */
export function modelTaker(
  model: LanguageModel,
  grade: Reward,
  options: ScoreAllOptions & {
    threshold?: number | undefined;
    maxTokens?: number | undefined;
    system?: string | undefined;
  } = {},
  name: string = model.name,
): Taker {
  const { threshold = 0.5, maxTokens = 1024, system, ...run } = options;
  // a compose reward that asks and has the answer graded, so that calls are cached, limited and paid for as the runner does
  const listener: Reward = {
    name: `${model.name} graded by ${grade.name}`,
    fingerprint: null,
    sees: "candidate",
    work: "compose",
    children: [grade],
    async score(tasks: readonly Task[], ctx) {
      const replies = await model.generate(
        tasks.map(({ prompt }) => ({
          messages: system === undefined ? prompt : [{ role: "system" as const, content: system }, ...prompt],
          temperature: 0,
          maxTokens,
        })),
        ctx,
      );
      const asked: Task[] = [];
      const places = tasks.map((task, i): number | Score => {
        const reply = replies[i]![0]!;
        return reply.unscored === undefined ? asked.push({ ...task, candidates: [candidate(reply.text)] }) - 1 : reply;
      });
      const graded = await ctx.score(grade, asked);
      return places.map((place) => (typeof place === "number" ? graded[place]! : [place]));
    },
  };
  return {
    name,
    fingerprint: model.fingerprint,
    async answer(examples) {
      const scores = new Map<string, Score>();
      // the answers that stand in the example are not shown
      const tasks = examples.map(({ task }) => [{ ...task, candidates: [candidate("")] }]);
      for await (const rows of scoreBatches(listener, tasks, { ...run, repeats: 1 }))
        for (const { task, row } of rows) scores.set(task.id, row.scores[0]!);
      return examples.map(({ task }) => {
        const score = scores.get(task.id);
        return score === undefined || !isScored(score) ? null : score.value >= threshold ? 1 : 0;
      });
    },
  };
}
