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
  /** Most candidates in one question; a larger group is unscored. Default 10. */
  maxGroup?: number | undefined;
  /** Must a task have two candidates or more? Default true. */
  needsTwo?: boolean | undefined;
  prepare(task: Task, order: readonly number[], ctx: Context): Ask<T> | Unscored;
  /** At least one vote. Returns a draft for each candidate of `live`, which are indices into the task's. */
  conclude(votes: readonly GroupVote<T>[], task: Task, live: readonly number[]): readonly Draft[];
}

interface Group {
  task: Task;
  /** What each candidate is by its own fault. */
  faults: readonly (Fault | undefined)[];
  live: readonly number[];
  /** Why the others have no score. */
  failed?: Score | undefined;
}

/**
 * A reward that shows a task's candidates together, each vote in an order of its own (drawn from the seed over content-hash
 * order, so that the order in the file changes nothing). Candidates that say nothing or are over-long are faults and are
 * not shown. Votes of one task see the same candidates, so their scores may be added.
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

  const groupOf = (task: Task): Group => {
    const faults = task.candidates.map((candidate): Fault | undefined => {
      if (empty(candidate, task, options)) return "no-answer";
      return rule === "fault" && lengthOf(candidate) > limit ? "over-long" : undefined;
    });
    const live = faults.flatMap((kind, i) => (kind === undefined ? [i] : []));
    if (task.candidates.length === 1 && needsTwo)
      return {
        task,
        faults,
        live,
        failed: unscored("incomplete-group", "one candidate has nobody to be compared with"),
      };
    if (live.length <= maxGroup) return { task, faults, live };
    const message = `${live.length} candidates are more than the ${maxGroup} that ${made.name} shows together`;
    return { task, faults, live, failed: unscored("unsupported", message) };
  };

  const questionsOf = (group: Group, ctx: Context): { order: readonly number[]; question: Question<T> }[] => {
    if (group.failed !== undefined || group.live.length === 0) return [];
    const questions: { order: readonly number[]; question: Question<T> }[] = [];
    for (let vote = 0; vote < draw.votes; vote++) {
      const seed = split(seedOf(ctx, group.task), `vote:${vote}`);
      const order = shuffle ? ordered(group.task, group.live, split(seed, "order")) : group.live;
      const ask = judge.prepare(group.task, order, ctx);
      const rendered = "prompt" in ask ? ask.prompt.render(ask.values, options) : ask;
      if ("unscored" in rendered || rendered.tooLong !== undefined) {
        group.failed = "unscored" in rendered ? rendered : tooLong(rendered.tooLong, rendered.length);
        return [];
      }
      questions.push({ order, question: { messages: rendered.messages, grammar: (ask as Ask<T>).grammar, seed } });
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
      const groups = tasks.map(groupOf);
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
        const mine = asked[g]!.map(({ order }) => ({ order, answer: answers[next++]! }));
        const votes = mine.flatMap(({ order, answer }) =>
          answer.votes.map(({ verdict, reply }) => ({ verdict, order, text: reply.text })),
        );
        const lost = mine.flatMap(({ answer }) => answer.lost);
        return scoresOf(group, votes, lost, ctx);
      });
    },
  };

  const scoresOf = (group: Group, votes: readonly GroupVote<T>[], lost: readonly Unscored[], ctx: Context): Score[] => {
    const { task, faults, live } = group;
    let drafts: readonly Draft[] | undefined;
    let { failed } = group;
    if (failed === undefined && live.length > 0) {
      if (votes.length === 0) failed = lostScore(lost);
      else
        try {
          drafts = judge.conclude(votes, task, live);
        } catch (thrown) {
          failed = failure(made.name, thrown, ctx);
        }
    }
    return faults.map((kind, i) => {
      if (kind !== undefined) return settle(fault(kind), made);
      if (drafts === undefined) return failed!;
      const score = settle(drafts[live.indexOf(i)]!, made);
      return score.unscored !== undefined || lost.length === 0
        ? score
        : { ...score, facts: { ...score.facts, votes: votes.length, lostVotes: lost.length } };
    });
  };
  return made;
}

function ordered(task: Task, live: readonly number[], seed: Seed): readonly number[] {
  const hashes = task.candidates.map(candidateHash);
  const sorted = [...live].sort((a, b) => (hashes[a]! < hashes[b]! ? -1 : hashes[a]! > hashes[b]! ? 1 : a - b));
  return random(seed).shuffled(sorted);
}
