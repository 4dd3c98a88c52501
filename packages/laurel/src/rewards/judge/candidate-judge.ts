import {
  type Candidate,
  type Context,
  type Draft,
  failure,
  fault,
  type JsonObject,
  type Score,
  settle,
  type Task,
} from "../../core/index.ts";
import { type Answers, askAll, drawOf, type JudgeOptions, type Question } from "./ask.ts";
import { type Ask, about, empty, identity, type JudgeReward, lostScore, seedOf, tooLong, withMore } from "./judge.ts";
import { type Prompt, renderFacts } from "./prompt.ts";

/** A candidate's question, or the draft that spares it. */
export type Prepared<T> = Ask<T> | Draft;

function isAsk<T>(value: Prepared<T>): value is Ask<T> {
  return typeof value === "object" && "prompt" in value;
}

/** What a judge of single candidates is made of. */
export interface CandidateJudge<T> {
  form: string;
  prompts: readonly Prompt[];
  grammars: readonly string[];
  range: readonly [number, number];
  /** What else decides scores. */
  more?: JsonObject | undefined;
  topLogprobs?: number | undefined;
  /** Something that decides scores has no fingerprint, so the judge has none either. */
  uncached?: boolean | undefined;
  /** Fields of the prompt that hold the candidate's text, whose length is the candidate's own fault; default `answer`. */
  own?: readonly string[] | undefined;
  prepare(candidate: Candidate, task: Task, ctx: Context): Prepared<T> | Promise<Prepared<T>>;
  /** At least one vote. Facts about losses and rendering are added. */
  conclude(answers: Answers<T>, candidate: Candidate, task: Task): Draft;
}

/**
 * A reward that asks one question a candidate; all questions of a call go to the model at once.
 * A candidate that says nothing, or is over-long, is a fault and costs no call. Without a readable vote it is unscored.
 */
export function candidateJudge<T>(options: JudgeOptions, judge: CandidateJudge<T>): JudgeReward {
  const draw = drawOf(options);
  const made: JudgeReward = {
    ...about(judge.form, options),
    ...identity(judge.form, judge.prompts, judge.grammars, options, draw, {
      range: [...judge.range],
      topLogprobs: judge.topLogprobs ?? null,
      ...judge.more,
    }),
    ...(judge.uncached === true ? { fingerprint: null } : {}),
    sees: "candidate",
    range: judge.range,
    prompts: judge.prompts,
    async score(tasks, ctx) {
      const units = tasks.flatMap((task) => task.candidates.map((candidate) => ({ task, candidate })));
      const asked: { at: number; facts: JsonObject; question: Question<T> }[] = [];
      const scores: Score[] = new Array(units.length);
      await Promise.all(
        units.map(async ({ task, candidate }, at) => {
          try {
            if (empty(candidate, task, options)) {
              scores[at] = settle(fault("no-answer"), made);
              return;
            }
            const prepared = await judge.prepare(candidate, task, ctx);
            if (!isAsk(prepared)) {
              scores[at] = settle(prepared, made);
              return;
            }
            const rendered = prepared.prompt.render(prepared.values, options);
            if (rendered.tooLong !== undefined) {
              const mine = (judge.own ?? ["answer"]).includes(rendered.tooLong);
              scores[at] = mine ? settle(fault("over-long"), made) : tooLong(rendered.tooLong, rendered.length);
              return;
            }
            asked.push({
              at,
              facts: renderFacts(rendered),
              question: {
                messages: rendered.messages,
                grammar: prepared.grammar,
                // no seed is sent at temperature 0, and hashing long texts costs more than the rest
                seed: draw.temperature > 0 ? seedOf(ctx, task, candidate) : ctx.seed,
              },
            });
          } catch (thrown) {
            scores[at] = failure(made.name, thrown, ctx);
          }
        }),
      );
      const answers = await askAll(
        options.model,
        asked.map((one) => one.question),
        draw,
        ctx,
        judge.topLogprobs,
      );
      for (const [i, { at, facts }] of asked.entries()) {
        const { task, candidate } = units[at]!;
        const answer = answers[i]!;
        if (answer.votes.length === 0) scores[at] = lostScore(answer.lost);
        else {
          try {
            scores[at] = withMore(settle(judge.conclude(answer, candidate, task), made), answer, facts);
          } catch (thrown) {
            scores[at] = failure(made.name, thrown, ctx);
          }
        }
      }
      let next = 0;
      return tasks.map((task) => task.candidates.map(() => scores[next++]!));
    },
  };
  return made;
}
