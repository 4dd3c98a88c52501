import {
  type Candidate,
  type Compared,
  type ComparedDraft,
  type Comparisons,
  type Context,
  failure,
  type JsonObject,
  type Task,
  type Unscored,
  unscored,
} from "../../core/index.ts";
import { type Answers, askAll, drawOf, type JudgeOptions, type Question } from "./ask.ts";
import { type Ask, about, empty, identity, type JudgeComparer, lengthOf, lostScore, seedOf, tooLong } from "./judge.ts";
import type { Prompt } from "./prompt.ts";

/** What a judge of two candidates is made of. */
export interface PairJudge<T> {
  form: string;
  prompts: readonly Prompt[];
  grammars: readonly string[];
  more?: JsonObject | undefined;
  topLogprobs?: number | undefined;
  /** Fields that hold the first and second candidate's text; default `answer-A` and `answer-B`. */
  own?: readonly [string, string] | undefined;
  prepare(first: Candidate, second: Candidate, task: Task, ctx: Context): Ask<T> | ComparedDraft;
  conclude(answers: Answers<T>, first: Candidate, second: Candidate, task: Task): ComparedDraft;
}

/**
 * A comparer that shows two candidates in the given order; `bothOrders` makes it fair.
 * A side that says nothing or is over-long loses by its own fault without a call (both: a tie).
 */
export function pairJudge<T>(options: JudgeOptions, judge: PairJudge<T>): JudgeComparer {
  const draw = drawOf(options);
  const [ownA, ownB] = judge.own ?? ["answer-A", "answer-B"];
  const made: JudgeComparer = {
    ...about(judge.form, options),
    ...identity(judge.form, judge.prompts, judge.grammars, options, draw, {
      topLogprobs: judge.topLogprobs ?? null,
      ...judge.more,
    }),
    prompts: judge.prompts,
    async compare(jobs, ctx): Promise<Comparisons> {
      const units = jobs.flatMap(({ task, pairs }) => pairs.map(([first, second]) => ({ task, first, second })));
      const out: ComparedDraft[] = new Array(units.length);
      const asked: { at: number; question: Question<T> }[] = [];
      for (const [at, { task, first, second }] of units.entries()) {
        const a = task.candidates[first];
        const b = task.candidates[second];
        if (a === undefined || b === undefined) {
          out[at] = unscored("bug", `${made.name}: task ${task.id} has no pair (${first}, ${second})`);
          continue;
        }
        try {
          const failed = sides(empty(a, task, options), empty(b, task, options));
          const prepared = failed ?? judge.prepare(a, b, task, ctx);
          if (typeof prepared !== "object" || !("prompt" in prepared)) {
            out[at] = prepared;
            continue;
          }
          const { limit = 100_000, tooLong: rule = "fault" } = options;
          const long = rule === "fault" ? sides(lengthOf(a) > limit, lengthOf(b) > limit) : undefined;
          const rendered = long === undefined ? prepared.prompt.render(prepared.values, options) : undefined;
          if (long !== undefined) out[at] = long;
          else if (rendered!.tooLong !== undefined) {
            const { tooLong: field, length } = rendered!;
            out[at] = sides(field === ownA, field === ownB) ?? tooLong(field, length);
          } else
            asked.push({
              at,
              question: {
                messages: rendered!.messages,
                grammar: prepared.grammar,
                // no seed is sent at temperature 0, and hashing long texts costs more than the rest
                seed: draw.temperature > 0 ? seedOf(ctx, task, a, b) : ctx.seed,
              },
            });
        } catch (thrown) {
          out[at] = failure(made.name, thrown, ctx) as Unscored;
        }
      }
      const answers = await askAll(
        options.model,
        asked.map((one) => one.question),
        draw,
        ctx,
        judge.topLogprobs,
      );
      for (const [i, { at }] of asked.entries()) {
        const { task, first, second } = units[at]!;
        const answer = answers[i]!;
        try {
          out[at] =
            answer.votes.length === 0
              ? lostScore(answer.lost)
              : judge.conclude(answer, task.candidates[first]!, task.candidates[second]!, task);
        } catch (thrown) {
          out[at] = failure(made.name, thrown, ctx) as Unscored;
        }
      }
      let next = 0;
      return jobs.map(({ pairs }) =>
        pairs.map(([first, second]): Compared => {
          const draft = out[next++]!;
          return typeof draft === "number" ? { first, second, p: draft } : { ...draft, first, second };
        }),
      );
    },
  };
  return made;
}

/** The draft for sides that failed by their own fault: the other wins, or both tie. */
function sides(first: boolean, second: boolean): ComparedDraft | undefined {
  if (!first && !second) return undefined;
  if (first && second) return { p: 0.5, tie: 1, fault: "both" };
  return first ? { p: 0, fault: "first" } : { p: 1, fault: "second" };
}
