import {
  type Context,
  candidateHash,
  type Draft,
  type Fault,
  failure,
  fault,
  type JsonObject,
  random,
  type Score,
  type Seed,
  settle,
  split,
  type Task,
  type Unscored,
  unscored,
} from "../../core/index.ts";
import { askAll, drawOf, type JudgeOptions, type Question } from "./ask.ts";
import { type Ask, about, empty, identity, type JudgeReward, lengthOf, lostScore, seedOf, tooLong } from "./judge.ts";
import type { Prompt } from "./prompt.ts";

/** Options of judges that see a whole group. */
export interface GroupOptions extends JudgeOptions {
  /** Show the candidates in a new order for each vote; default true. */
  shuffle?: boolean | undefined;
}

/** One vote of a group judge, with the order in which it saw the candidates (indices into the task's). */
export interface GroupVote<T> {
  verdict: T;
  order: readonly number[];
  text: string;
}

/** What a judge of a whole group is made of. */
export interface GroupJudge<T> {
  form: string;
  prompts: readonly Prompt[];
  grammars: readonly string[];
  range: readonly [number, number];
  more?: JsonObject | undefined;
  /** Most candidates in one question; a larger group is split (`splits`), or unscored. Default 10. */
  maxGroup?: number | undefined;
  /** Are drafts values on one additive scale, so that parts of a larger group can be put on a common one by shared anchors? Default false. */
  splits?: boolean | undefined;
  /** Must a task have two candidates or more? Default true. */
  needsTwo?: boolean | undefined;
  prepare(task: Task, order: readonly number[], ctx: Context): Ask<T> | Unscored;
  /** At least one vote. Returns a draft for each candidate of `live`, which are indices into the task's. */
  conclude(votes: readonly GroupVote<T>[], task: Task, live: readonly number[]): readonly Draft[];
}

interface Asked<T> {
  part: number;
  order: readonly number[];
  question: Question<T>;
}

/** A part of a group: candidates that one question shows together. */
interface Part {
  members: readonly number[];
  votes: GroupVote<unknown>[];
  lost: Unscored[];
}

interface Group {
  task: Task;
  /** What each candidate is by its own fault. */
  faults: readonly (Fault | undefined)[];
  live: readonly number[];
  /** Candidates that are shown in every part of a group too large for one question. */
  anchors: readonly number[];
  parts: Part[];
  /** Why the others have no score. */
  failed?: Score | undefined;
}

/**
 * A reward that shows a task's candidates together, each vote in an order of its own (drawn from the seed over content-hash
 * order, so that the order in the file changes nothing). Candidates that say nothing or are over-long are faults and are
 * not shown. Votes of one task see the same candidates, so their scores may be added.
 *
 * A group of more than `maxGroup`, where the judge's values are additive (`splits`), is shown in parts of equal size that share anchors: two of
 * its candidates (one where maxGroup is below 4), drawn by the seed. With v(i, c) the value of candidate i in part c,
 *
 *     value_i = v(i, c) − mean over anchors a of v(a, c) + mean over anchors and parts of v(a, ·),  kept within the range,
 *
 * and an anchor's own value is the mean of its shifted values. `facts.part` says in which part a candidate was shown and `facts.shift` by how much it was moved.
 */
export function groupJudge<T>(options: GroupOptions, judge: GroupJudge<T>): JudgeReward {
  const { shuffle = true, limit = 100_000, tooLong: rule = "fault" } = options;
  const draw = drawOf(options, shuffle);
  const { maxGroup = 10, needsTwo = true } = judge;
  const { fingerprint } = identity(judge.form, judge.prompts, judge.grammars, options, draw, {
    range: [...judge.range],
    shuffle,
    maxGroup,
    ...judge.more,
  });

  const groupOf = (task: Task, ctx: Context): Group => {
    const faults = task.candidates.map((candidate): Fault | undefined => {
      if (empty(candidate, task, options)) return "no-answer";
      return rule === "fault" && lengthOf(candidate) > limit ? "over-long" : undefined;
    });
    const live = faults.flatMap((kind, i) => (kind === undefined ? [i] : []));
    const whole: Group = { task, faults, live, anchors: [], parts: [{ members: live, votes: [], lost: [] }] };
    if (task.candidates.length === 1 && needsTwo)
      return {
        ...whole,
        failed: unscored("incomplete-group", "one candidate has nobody to be compared with"),
      };
    if (live.length <= maxGroup) return whole;
    if (judge.splits !== true || maxGroup < 2) {
      const message = `${live.length} candidates are more than the ${maxGroup} that ${made.name} shows together`;
      return { ...whole, failed: unscored("unsupported", message) };
    }
    const order = shuffle ? ordered(task, live, split(seedOf(ctx, task), "parts")) : live;
    const anchors = order.slice(0, maxGroup < 4 ? 1 : 2);
    const rest = order.slice(anchors.length);
    const count = Math.ceil(rest.length / (maxGroup - anchors.length));
    const parts = Array.from({ length: count }, (_, c): Part => {
      const members = rest.slice(Math.floor((c * rest.length) / count), Math.floor(((c + 1) * rest.length) / count));
      return { members: [...anchors, ...members].sort((a, b) => a - b), votes: [], lost: [] };
    });
    return { ...whole, anchors, parts };
  };

  const questionsOf = (group: Group, ctx: Context): Asked<T>[] => {
    if (group.failed !== undefined || group.live.length === 0) return [];
    const questions: Asked<T>[] = [];
    const votes = Array.from({ length: draw.votes }, (_, vote) => vote);
    for (const [part, vote] of group.parts.flatMap((_, p) => votes.map((v) => [p, v] as const))) {
      const { members } = group.parts[part]!;
      const own = split(seedOf(ctx, group.task), `vote:${vote}`);
      const seed = group.parts.length === 1 ? own : split(own, `part:${part}`);
      const order = shuffle ? ordered(group.task, members, split(seed, "order")) : members;
      const ask = judge.prepare(group.task, order, ctx);
      const rendered = "prompt" in ask ? ask.prompt.render(ask.values, options) : ask;
      if ("unscored" in rendered || rendered.tooLong !== undefined) {
        group.failed = "unscored" in rendered ? rendered : tooLong(rendered.tooLong, rendered.length);
        return [];
      }
      questions.push({
        part,
        order,
        question: { messages: rendered.messages, grammar: (ask as Ask<T>).grammar, seed },
      });
    }
    return questions;
  };

  const made: JudgeReward = {
    ...about(judge.form, options),
    fingerprint,
    ...(draw.temperature > 0 || shuffle ? { random: true } : {}),
    sees: "group",
    range: judge.range,
    prompts: judge.prompts,
    async score(tasks, ctx) {
      const groups = tasks.map((task) => groupOf(task, ctx));
      const asked = groups.map((group) => {
        try {
          return questionsOf(group, ctx);
        } catch (thrown) {
          group.failed = failure(made.name, thrown, ctx);
          return [];
        }
      });
      const answers = await askAll(
        options.model,
        asked.flatMap((questions) => questions.map(({ question }) => question)),
        { ...draw, votes: 1 },
        ctx,
      );
      let next = 0;
      return groups.map((group, g) => {
        for (const { part, order } of asked[g]!) {
          const { votes, lost } = answers[next++]!;
          const mine = group.parts[part]!;
          mine.votes.push(...votes.map(({ verdict, reply }) => ({ verdict, order, text: reply.text })));
          mine.lost.push(...lost);
        }
        return scoresOf(group, ctx);
      });
    },
  };

  const partScores = (group: Group, part: Part, ctx: Context): Score[] => {
    const { members, votes, lost } = part;
    if (votes.length === 0) return members.map(() => lostScore(lost));
    try {
      return judge.conclude(votes as readonly GroupVote<T>[], group.task, members).map((draft) => {
        const score = settle(draft, made);
        return score.unscored !== undefined || lost.length === 0
          ? score
          : { ...score, facts: { ...score.facts, votes: votes.length, lostVotes: lost.length } };
      });
    } catch (thrown) {
      return members.map(() => failure(made.name, thrown, ctx));
    }
  };

  const scoresOf = (group: Group, ctx: Context): Score[] => {
    const { faults, live, failed } = group;
    const scores = new Map<number, Score>();
    if (failed === undefined && live.length > 0) {
      const parts = group.parts.map((part) => {
        const mine = partScores(group, part, ctx);
        return new Map(part.members.map((i, k) => [i, mine[k]!] as const));
      });
      for (const [i, score] of parts.length === 1 ? parts[0]! : joined(parts, group.anchors, judge.range))
        scores.set(i, score);
    }
    return faults.map((kind, i) => (kind === undefined ? (failed ?? scores.get(i)!) : settle(fault(kind), made)));
  };
  return made;
}

/**
 * The scores of a group that was shown in parts, put on one scale by the anchors that have a score in every part that was judged.
 * A part without a verdict leaves its own candidates unscored; without a common anchor nothing is comparable, and all are.
 */
function joined(
  parts: readonly ReadonlyMap<number, Score>[],
  anchors: readonly number[],
  [low, high]: readonly [number, number],
): Map<number, Score> {
  const judged = parts.filter((part) => [...part.values()].some((score) => score.unscored === undefined));
  const valueIn = (part: ReadonlyMap<number, Score>, i: number): number | undefined => {
    const score = part.get(i);
    return score === undefined || score.unscored !== undefined ? undefined : score.value;
  };
  const common = anchors.filter((i) => judged.every((part) => valueIn(part, i) !== undefined));
  const scores = new Map<number, Score>();
  if (judged.length === 0 || common.length === 0) {
    const apart = unscored(
      "incomplete-group",
      "no anchor was scored in every part of the group, so they share no scale",
    );
    for (const part of parts)
      for (const [i, score] of part) scores.set(i, score.unscored === undefined ? apart : score);
    return scores;
  }
  const means = judged.map((part) => mean(common.map((i) => valueIn(part, i)!)));
  const level = mean(means);
  const shifts = new Map(judged.map((part, c) => [part, level - means[c]!] as const));
  const kept = (value: number): number => Math.min(high, Math.max(low, value));
  for (const [p, part] of parts.entries())
    for (const [i, score] of part) {
      if (anchors.includes(i)) continue;
      const shift = shifts.get(part) ?? 0;
      scores.set(
        i,
        score.unscored !== undefined
          ? score
          : { ...score, value: kept(score.value + shift), facts: { ...score.facts, part: p + 1, shift } },
      );
    }
  for (const i of anchors) {
    const values = judged.flatMap((part) => {
      const value = valueIn(part, i);
      return value === undefined ? [] : [value + shifts.get(part)!];
    });
    const first = judged.map((part) => part.get(i)!).find((score) => score.unscored === undefined);
    if (first === undefined || first.unscored !== undefined) {
      scores.set(i, parts[0]!.get(i)!);
      continue;
    }
    // the parts' spreads are of other votes than this mean's
    const { spread: _spread, ...rest } = first;
    scores.set(i, { ...rest, value: kept(mean(values)), facts: { ...rest.facts, anchorOf: judged.length } });
  }
  return scores;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function ordered(task: Task, live: readonly number[], seed: Seed): readonly number[] {
  const hashes = task.candidates.map(candidateHash);
  const sorted = [...live].sort((a, b) => (hashes[a]! < hashes[b]! ? -1 : hashes[a]! > hashes[b]! ? 1 : a - b));
  return random(seed).shuffled(sorted);
}
