import {
  type Candidate,
  type Context,
  type Draft,
  failure,
  fault,
  fingerprintOf,
  type JsonObject,
  type LikelihoodModel,
  type Message,
  type Reward,
  type Score,
  type Span,
  settle,
  type Task,
  type TokenLogprobs,
  textOf,
  type Unscored,
  unscored,
} from "../../core/index.ts";

/** What a model is asked: how likely each text is after a prefix. */
export interface Question {
  prefix: readonly Message[] | string;
  completions: readonly string[];
}

/** A reward that is computed from log-probabilities of given texts. */
export interface LikelihoodForm {
  name: string;
  version: number;
  models: readonly LikelihoodModel[];
  /** Whatever else decides the scores. */
  options: JsonObject;
  range?: readonly [number, number] | undefined;
  floor?: number | undefined;
  /** For each model what it is asked about a candidate, or the score that needs no asking. */
  ask(
    candidate: Candidate,
    task: Task,
    ctx: Context,
  ): Promise<readonly Question[] | Draft> | readonly Question[] | Draft;
  /** The score, from each model's answers in the order of its completions. */
  answer(found: readonly (readonly TokenLogprobs[])[], candidate: Candidate, task: Task): Draft;
}

/** The text that a candidate answers with, or the score of one that has none, or several. */
export function answerOf(candidate: Candidate, floor: number | undefined): string | Draft {
  const [only, ...others] = candidate.output.filter((message) => textOf(message) !== "");
  if (only === undefined)
    return floor === undefined ? unscored("undecided", "an empty answer has no likelihood") : fault("no-answer");
  if (others.length > 0 || only.role !== "assistant")
    return unscored("unsupported", "the likelihood of an answer of several messages is not defined");
  return textOf(only);
}

/** What is wrong with a model's log-probabilities of a text, if anything. */
function flaw(found: TokenLogprobs | Unscored | undefined, model: string): Unscored | undefined {
  if (found === undefined) return unscored("bug", `${model} returned fewer log-probabilities than asked for`);
  if (found.unscored !== undefined) return found;
  if (found.tokens.length !== found.logprobs.length)
    return unscored(
      "bug",
      `${model} returned ${found.logprobs.length} log-probabilities of ${found.tokens.length} tokens`,
    );
  if (found.logprobs.length === 0) return unscored("undecided", `${model} finds no token in the text`);
  if (!found.logprobs.every(Number.isFinite))
    return unscored("undecided", `${model} holds a token of the text to be impossible (log-probability −∞)`);
  return undefined;
}

/** Asks a model all questions at once, those with the same prefix together, so that it reads each prefix once. */
async function askAll(
  model: LikelihoodModel,
  questions: readonly Question[],
  ctx: Context,
): Promise<(TokenLogprobs | Unscored | undefined)[][]> {
  const jobs: { prefix: Question["prefix"]; completions: string[] }[] = [];
  const known = new Map<string, number>();
  const places = questions.map(({ prefix, completions }) => {
    const key = JSON.stringify(prefix);
    const job = known.get(key) ?? jobs.push({ prefix, completions: [] }) - 1;
    known.set(key, job);
    const texts = jobs[job]!.completions;
    const from = texts.length;
    texts.push(...completions);
    return { job, from, count: completions.length };
  });
  if (jobs.length === 0) return [];
  const answers = await model.logprobs(jobs, ctx);
  return places.map(({ job, from, count }) => Array.from({ length: count }, (_, i) => answers[job]?.[from + i]));
}

/**
 * The common part of the likelihood rewards: asks each model once for all candidates of all tasks, refuses what is not a
 * finite log-probability for every token, and hands the rest to `answer`.
 *
 * @returns a reward of single candidates; unscored: the model's own reason, `undecided` for an impossible or empty text
 */
export function likelihoodReward(form: LikelihoodForm): Reward {
  const { name, models, range, floor } = form;
  const about = { name, ...(range === undefined ? {} : { range }), ...(floor === undefined ? {} : { floor }) };
  return {
    ...about,
    sees: "candidate",
    work: "io",
    fingerprint: fingerprintOf(
      "likelihood",
      name,
      { version: form.version, spec: { ...form.options, floor: floor ?? null } },
      models.map((model) => model.fingerprint),
    ),
    async score(tasks, ctx) {
      const items = await Promise.all(
        tasks.flatMap((task) =>
          task.candidates.map(async (candidate) => ({ task, candidate, asked: await form.ask(candidate, task, ctx) })),
        ),
      );
      const open = items.filter((item) => Array.isArray(item.asked));
      const scores = new Map<unknown, Score>();
      try {
        const found = await Promise.all(
          models.map((model, m) =>
            askAll(
              model,
              open.map(({ asked }) => (asked as readonly Question[])[m]!),
              ctx,
            ),
          ),
        );
        for (const [i, item] of open.entries()) {
          const answers = found.map((rows) => rows[i]!);
          const wrong = answers.flatMap((row, m) => row.map((one) => flaw(one, models[m]!.name))).find(Boolean);
          scores.set(
            item,
            wrong ??
              settle(form.answer(answers as readonly (readonly TokenLogprobs[])[], item.candidate, item.task), about),
          );
        }
      } catch (thrown) {
        for (const item of open) scores.set(item, failure(name, thrown, ctx));
      }
      let at = 0;
      return tasks.map((task) =>
        task.candidates.map(() => {
          const item = items[at++]!;
          return scores.get(item) ?? settle(item.asked as Draft, about);
        }),
      );
    },
  };
}

/** The sum of the log-probabilities of the tokens that begin in each span, or undefined where tokens do not spell the text. */
export function spanSums(found: TokenLogprobs, text: string, spans: readonly Span[]): number[] | undefined {
  if (found.tokens.join("") !== text) return undefined;
  const sums = spans.map(() => 0);
  let at = 0;
  for (const [t, token] of found.tokens.entries()) {
    const span = spans.findIndex(({ start, end }) => at >= start && at < end);
    if (span >= 0) sums[span] = sums[span]! + found.logprobs[t]!;
    at += token.length;
  }
  return sums;
}

/** The mean of numbers. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
